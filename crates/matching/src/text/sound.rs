//! A sound code for English and anglicised names, used to find and to compare spellings.
//!
//! It is this crate's own reduction in the spirit of Metaphone: letters that sound alike share a
//! code, vowels count only at the start, silent letters go. Another spelling habit is one more arm
//! in [`Sound::of`].

use super::token::Token;

/// Up to eight code letters packed into one integer; zero for an empty or unsounded word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Sound(pub(crate) u64);

const CODES_MAX: usize = 6;

impl Sound {
    pub(crate) fn of(word: &Token) -> Self {
        if !word.is_ascii() {
            return Self::of_other_script(word);
        }
        let letters = word.as_bytes();
        let mut codes = Codes::default();
        let mut i = silent_start(letters);
        if letters.get(i).is_some_and(|letter| is_vowel(*letter)) {
            codes.push(b'A');
            i += 1;
        }
        while i < letters.len() && codes.count < CODES_MAX {
            let next = letters.get(i + 1).copied().unwrap_or(0);
            let (code, used) = match (letters[i], next) {
                (b'P', b'H') => (b'F', 2),
                (b'G', b'H') => (0, 2),
                (b'S' | b'C', b'H') => (b'X', 2),
                (b'S', b'C') if matches!(letters.get(i + 2), Some(b'H')) => (b'X', 3),
                (b'T', b'H') => (b'T', 2),
                (b'C', b'K') => (b'K', 2),
                (b'D', b'G') => (b'J', 2),
                (b'C', b'E' | b'I' | b'Y') | (b'X' | b'Z' | b'S', _) => (b'S', 1),
                (b'G', b'E' | b'I' | b'Y') | (b'J', _) => (b'J', 1),
                (b'C' | b'K' | b'Q' | b'G', _) => (b'K', 1),
                (b'B' | b'P', _) => (b'P', 1),
                (b'F' | b'V', _) => (b'F', 1),
                (b'D' | b'T', _) => (b'T', 1),
                (b'M' | b'N', _) => (b'N', 1),
                (letter @ (b'L' | b'R'), _) => (letter, 1),
                _ => (0, 1),
            };
            codes.push(code);
            i += used;
        }
        codes.finish()
    }

    /// Words in other scripts sound by their first letters, which is enough to find them again.
    fn of_other_script(word: &Token) -> Self {
        let packed = word.as_str().chars().take(3).fold(0, |sum: u64, c| sum << 21 | c as u64);
        Self(packed | 1 << 63)
    }

    pub(crate) fn is_silent(self) -> bool {
        self.0 == 0
    }
}

#[derive(Default)]
struct Codes {
    packed: u64,
    last: u8,
    count: usize,
}

impl Codes {
    /// Adds a code; a repeated code counts once and zero counts not at all.
    fn push(&mut self, code: u8) {
        if code != 0 && code != self.last && self.count < CODES_MAX {
            self.packed = self.packed << 8 | u64::from(code);
            self.count += 1;
        }
        if code != 0 {
            self.last = code;
        }
    }

    fn finish(self) -> Sound {
        Sound(self.packed)
    }
}

/// How many letters at the start are written but not spoken.
fn silent_start(letters: &[u8]) -> usize {
    match letters {
        [b'K' | b'G' | b'P', b'N', ..] | [b'W', b'R', ..] | [b'P', b'S', ..] => 1,
        _ => 0,
    }
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'A' | b'E' | b'I' | b'O' | b'U' | b'Y')
}

#[cfg(test)]
mod tests {
    use super::Sound;
    use crate::text::token::Token;

    #[test]
    fn alike_and_not() {
        let alike = |left, right, expect| {
            let sounds = [left, right].map(|text| Sound::of(&Token::word(text)));
            assert_eq!(sounds[0] == sounds[1], expect, "{left} {right}");
        };
        alike("SMITH", "SMYTHE", true);
        alike("PHILLIPS", "FILIPS", true);
        alike("KNIGHT", "NITE", true);
        alike("CLARKE", "CLARK", true);
        alike("REID", "READ", true);
        alike("CATHERINE", "KATHRYN", true);
        alike("STEPHEN", "STEVEN", true);
        alike("WRIGHT", "RITE", true);
        alike("MACDONALD", "MCDONALD", true);
        alike("MOHAMMED", "MUHAMAD", true);
        alike("SMITH", "JONES", false);
        alike("JACK", "JAMES", false);
        alike("ИВАНОВ", "ПЕТРОВ", false);
        assert!(Sound::of(&Token::EMPTY).is_silent());
        assert!(!Sound::of(&Token::word("李")).is_silent());
    }
}
