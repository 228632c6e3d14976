//! Texts in the form in which strings are compared: case, accents, punctuation and spacing folded.
//! Spec: <https://hl7.org/fhir/R4/search.html#string>.
//!
//! Letters are decomposed (NFKD, by `unicode-normalization`, whose tables are not ours to keep) and
//! lose their marks; `STROKED` lists the letters that have no decomposition but that people type
//! without their stroke. Apostrophes and full stops vanish (`O'Brien` is `obrien`), every other run
//! of punctuation and white space is one space (`Smith-Jones` is `smith jones`).
//!
//! To fold one more letter, add it to `STROKED`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The folded form of a text; empty where nothing of it can be searched by.
///
/// ```
/// assert_eq!(search::fold("  Siân O’Brien-ŁUKASZ "), "sian obrien lukasz");
/// ```
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    if text.is_ascii() {
        for byte in text.bytes() {
            match ASCII[usize::from(byte & 0x7F)] {
                NOTHING => {}
                SPACE => space = true,
                letter => {
                    if space && !out.is_empty() {
                        out.push(' ');
                    }
                    space = false;
                    out.push(char::from(letter));
                }
            }
        }
        return out;
    }
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        if let Ok(at) = STROKED.binary_search_by_key(&c, |(letter, _)| *letter) {
            STROKED[at].1.chars().for_each(|plain| push(plain, &mut space, &mut out));
        } else {
            c.to_lowercase().for_each(|lower| push(lower, &mut space, &mut out));
        }
    }
    out
}

/// A character that vanishes.
const NOTHING: u8 = 0;
/// One that parts words.
const SPACE: u8 = b' ';

/// What [`push`] makes of each ASCII character: the letter or digit to append, or one of the two above.
const ASCII: [u8; 128] = {
    let mut table = [SPACE; 128];
    let mut byte = 0;
    while byte < 128 {
        let c = byte as u8;
        if c.is_ascii_alphanumeric() {
            table[byte] = c.to_ascii_lowercase();
        } else if matches!(c, b'\'' | b'`' | b'.') {
            table[byte] = NOTHING;
        }
        byte += 1;
    }
    table
};

/// Appends one character; `space` is set while a run of separators waits for what follows it.
fn push(c: char, space: &mut bool, out: &mut String) {
    if c.is_alphanumeric() {
        if *space && !out.is_empty() {
            out.push(' ');
        }
        *space = false;
        out.push(c.to_ascii_lowercase());
    } else if !matches!(c, '\'' | '’' | '‘' | 'ʼ' | '`' | '.') && !is_combining_mark(c) {
        *space = true;
    }
}

/// Letters without a decomposition, in order, with what is typed for them.
const STROKED: [(char, &str); 26] = [
    ('Æ', "ae"),
    ('Ð', "d"),
    ('Ø', "o"),
    ('Þ', "th"),
    ('ß', "ss"),
    ('æ', "ae"),
    ('ð', "d"),
    ('ø', "o"),
    ('þ', "th"),
    ('Đ', "d"),
    ('đ', "d"),
    ('Ħ', "h"),
    ('ħ', "h"),
    ('ı', "i"),
    ('Ł', "l"),
    ('ł', "l"),
    ('Ŋ', "n"),
    ('ŋ', "n"),
    ('Œ', "oe"),
    ('œ', "oe"),
    ('Ŧ', "t"),
    ('ŧ', "t"),
    ('ƶ', "z"),
    ('ə', "e"),
    ('ς', "σ"),
    ('ẞ', "ss"),
];

/// A key that words share which sound alike in English: American Soundex, word by word.
///
/// Used for the parameters whose definition says `phonetic`.
///
/// ```
/// assert_eq!(search::sound("Robert Ashcroft"), search::sound("rupert ashcraft"));
/// ```
pub fn sound(text: &str) -> String {
    let folded = fold(text);
    let mut out = String::with_capacity(folded.len());
    for word in folded.split(' ').filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        soundex(word, &mut out);
    }
    out
}

fn soundex(word: &str, out: &mut String) {
    let mut chars = word.chars();
    let Some(first) = chars.next() else { return };
    out.push(first);
    let (mut last, mut digits) = (sound_class(first), 0);
    for c in chars {
        let class = sound_class(c);
        match class {
            // h and w do not part two letters of one class; vowels do.
            Some('h') => continue,
            Some(digit) if class != last => {
                out.push(digit);
                digits += 1;
            }
            _ => {}
        }
        last = class;
        if digits == 3 {
            return;
        }
    }
    (digits..3).for_each(|_| out.push('0'));
}

fn sound_class(c: char) -> Option<char> {
    match c {
        'b' | 'f' | 'p' | 'v' => Some('1'),
        'c' | 'g' | 'j' | 'k' | 'q' | 's' | 'x' | 'z' => Some('2'),
        'd' | 't' => Some('3'),
        'l' => Some('4'),
        'm' | 'n' => Some('5'),
        'r' => Some('6'),
        'h' | 'w' => Some('h'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{ASCII, STROKED, fold, push, sound};

    #[test]
    fn folding() {
        let cases = [
            ("", ""),
            (" \t\n", ""),
            ("'-.'", ""),
            ("Smith", "smith"),
            ("SMITH-Jones", "smith jones"),
            ("O'Brien", "obrien"),
            ("O’Brien", "obrien"),
            ("St. John's  Rd,\tBath", "st johns rd bath"),
            ("Adán Núñez", "adan nunez"),
            ("Ada\u{301}n", "adan"),
            ("STRAẞE Straße", "strasse strasse"),
            ("Łódź", "lodz"),
            ("Ørsted Æther", "orsted aether"),
            ("Ŵyn Ŷ", "wyn y"),
            ("ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ"),
            ("ﬁ ½ ①", "fi 1 2 1"),
            ("İstanbul", "istanbul"),
            ("北京", "北京"),
            ("BS1 4ST", "bs1 4st"),
        ];
        for (text, folded) in cases {
            assert_eq!(fold(text), folded, "{text:?}");
            assert_eq!(fold(folded), folded, "folding twice changes nothing: {text:?}");
        }
    }

    #[test]
    fn ascii_folds_as_everything_does() {
        for byte in 0..=127_u8 {
            let (mut space, mut out) = (false, String::new());
            push(char::from(byte), &mut space, &mut out);
            let expected = match (out.bytes().next(), space) {
                (Some(letter), _) => letter,
                (None, true) => b' ',
                (None, false) => 0,
            };
            assert_eq!(ASCII[usize::from(byte)], expected, "{byte}");
        }
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(STROKED.is_sorted_by_key(|(letter, _)| *letter));
    }

    #[test]
    fn sounds() {
        let cases = [
            ("Robert", "r163"),
            ("Rupert", "r163"),
            ("Ashcraft", "a261"),
            ("Tymczak", "t522"),
            ("Pfister", "p236"),
            ("Smyth", "s530"),
            ("Smith Lee", "s530 l000"),
            ("", ""),
        ];
        for (text, key) in cases {
            assert_eq!(sound(text), key, "{text}");
        }
    }
}
