//! A word of a name in one normal form: upper case, without accents, apostrophes or spaces.
//!
//! Latin letters with marks fold to A–Z (Unicode Latin-1 Supplement, Latin Extended-A and
//! Vietnamese); other scripts stay as they are. A further letter is one more arm in [`fold`].

use std::fmt;

/// Longest word kept, in bytes of its normal form; the rest of a longer one is cut off.
const BYTES_MAX: usize = 23;

/// A normalised word held in place: 24 bytes, no allocation, cheap to compare and hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(crate) struct Token {
    bytes: [u8; BYTES_MAX],
    length: u8,
}

impl Token {
    pub(crate) const EMPTY: Self = Self { bytes: [0; BYTES_MAX], length: 0 };

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.length)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len()]
    }

    pub(crate) fn as_str(&self) -> &str {
        // Only whole characters are ever pushed, so this is always valid.
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    pub(crate) fn is_ascii(&self) -> bool {
        self.as_bytes().is_ascii()
    }

    /// Appends a character in normal form; one that no longer fits is dropped.
    fn push(&mut self, character: char) {
        let mut buffer = [0; 4];
        let encoded = character.encode_utf8(&mut buffer).as_bytes();
        let start = self.len();
        let end = start + encoded.len();
        if end <= BYTES_MAX {
            self.bytes[start..end].copy_from_slice(encoded);
            self.length = end as u8;
        }
    }

    /// The words joined into one, so that `De Souza` equals `DeSouza`.
    pub(crate) fn joined(words: &[Self]) -> Self {
        let mut whole = Self::EMPTY;
        for word in words {
            for character in word.as_str().chars() {
                whole.push(character);
            }
        }
        whole
    }

    /// The first word of a text.
    #[cfg(test)]
    pub(crate) fn word(text: &str) -> Self {
        words(text, 1).first().copied().unwrap_or_default()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Splits text into normalised words, at most `limit` of them.
///
/// Apostrophes and full stops vanish within a word (`O'Brien`, `St.`); anything else that is not a
/// letter, hyphens included, separates words.
pub(crate) fn words(text: &str, limit: usize) -> Vec<Token> {
    // Names from outside have no length limit of their own.
    const CHARACTERS_MAX: usize = 200;
    let mut found = Vec::with_capacity(2);
    let mut current = Token::EMPTY;
    for character in text.chars().take(CHARACTERS_MAX) {
        if character.is_ascii_alphabetic() {
            current.push(character.to_ascii_uppercase());
        } else if is_silent(character) {
        } else if let Some(folded) = fold(character) {
            folded.chars().for_each(|letter| current.push(letter));
        } else if character.is_alphabetic() {
            character.to_uppercase().for_each(|letter| current.push(letter));
        } else if !current.is_empty() {
            found.push(std::mem::take(&mut current));
        }
    }
    if !current.is_empty() {
        found.push(current);
    }
    found.truncate(limit);
    found
}

/// Marks inside a word that people write or leave out at will.
fn is_silent(character: char) -> bool {
    matches!(
        character,
        '\'' | '\u{2019}' | '\u{2018}' | '`' | '\u{b4}' | '\u{2bc}' | '.' | '\u{300}'..='\u{36f}'
    )
}

fn fold(character: char) -> Option<&'static str> {
    Some(match character {
        'À'..='Å' | 'à'..='å' | 'Ā'..='ą' | 'Ạ'..='ặ' | 'ª' => "A",
        'Æ' | 'æ' => "AE",
        'Ç' | 'ç' | 'Ć'..='č' => "C",
        'Ď'..='đ' | 'Ð' | 'ð' => "D",
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' | 'Ẹ'..='ệ' => "E",
        'Ĝ'..='ģ' => "G",
        'Ĥ'..='ħ' => "H",
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ'..='ı' | 'Ỉ'..='ị' => "I",
        'Ĳ' | 'ĳ' => "IJ",
        'Ĵ' | 'ĵ' => "J",
        'Ķ'..='ĸ' => "K",
        'Ĺ'..='ł' => "L",
        'Ñ' | 'ñ' | 'Ń'..='ŋ' => "N",
        'Ò'..='Ö' | 'ò'..='ö' | 'Ø' | 'ø' | 'Ō'..='ő' | 'Ơ' | 'ơ' | 'Ọ'..='ợ' | 'º' => {
            "O"
        }
        'Œ' | 'œ' => "OE",
        'Ŕ'..='ř' => "R",
        'Ś'..='š' | 'Ș' | 'ș' => "S",
        'ß' | 'ẞ' => "SS",
        'Ţ'..='ŧ' | 'Ț' | 'ț' => "T",
        'Þ' | 'þ' => "TH",
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ'..='ų' | 'Ư' | 'ư' | 'Ụ'..='ự' => "U",
        'Ŵ' | 'ŵ' => "W",
        'Ý' | 'ý' | 'ÿ' | 'Ŷ'..='Ÿ' | 'Ỳ'..='ỹ' => "Y",
        'Ź'..='ž' => "Z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Token, words};

    #[test]
    fn normal_forms() {
        let check = |text: &str, expect: &[&str]| {
            let found = words(text, 8);
            let found: Vec<&str> = found.iter().map(Token::as_str).collect();
            assert_eq!(found, expect, "{text}");
        };
        check("Smith", &["SMITH"]);
        check("  o'brien ", &["OBRIEN"]);
        check("O’Brien", &["OBRIEN"]);
        check("Smith-Jones", &["SMITH", "JONES"]);
        check("de la Cruz", &["DE", "LA", "CRUZ"]);
        check("Zoë", &["ZOE"]);
        check("Zoe\u{308}", &["ZOE"]);
        check("Łukasz Żółć", &["LUKASZ", "ZOLC"]);
        check("Nguyễn Thị", &["NGUYEN", "THI"]);
        check("Weiß", &["WEISS"]);
        check("St. John", &["ST", "JOHN"]);
        check("Иванов", &["ИВАНОВ"]);
        check("李", &["李"]);
        check("", &[]);
        check("- ' 3 _", &[]);
        assert_eq!(words(&"a ".repeat(1000), 8).len(), 8);
        assert_eq!(words(&"ж".repeat(1000), 8)[0].as_str().chars().count(), 11);
        assert_eq!(Token::joined(&words("de Souza", 8)), Token::word("DeSouza"));
    }
}
