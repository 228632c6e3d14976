//! Texts as they are compared: without case, accents, punctuation and spacing; and their words.
//! Spec: <https://hl7.org/fhir/R4/search.html#string>.
//!
//! The specification leaves open what ignoring punctuation means for a hyphen. The reading here:
//! apostrophes and full stops count for nothing (`O'Brien` is `obrien`), everything else that is
//! neither letter nor digit parts words (`Smith-Jones` is `smith jones`).

use unicode_normalization::UnicodeNormalization;

/// Letters that no decomposition takes apart, as they are typed without their mark.
const PLAIN: [(&str, &str); 14] = [
    // Greek writes the same letter otherwise at the end of a word.
    ("ς", "σ"),
    ("æ", "ae"),
    ("œ", "oe"),
    ("ø", "o"),
    ("ð", "d"),
    ("đ", "d"),
    ("þ", "th"),
    ("ß", "ss"),
    ("ł", "l"),
    ("ħ", "h"),
    ("ı", "i"),
    ("ŋ", "n"),
    ("ŧ", "t"),
    ("ĸ", "k"),
];

/// The words of a text, each in its plain form.
pub(crate) fn words(text: &str) -> Vec<String> {
    let decomposed: String = text.nfkd().collect();
    let mut plain = decomposed.to_lowercase();
    for (letter, typed) in PLAIN {
        plain = plain.replace(letter, typed);
    }
    let mut words = vec![String::new()];
    for c in plain.chars() {
        if c.is_alphanumeric() {
            words.last_mut().expect("there is always one").push(c);
        } else if !is_nothing(c) {
            words.push(String::new());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_nothing(c: char) -> bool {
    let is_mark = unicode_normalization::char::is_combining_mark(c);
    is_mark || matches!(c, '\'' | '\u{2019}' | '\u{2018}' | '\u{02BC}' | '`' | '.')
}

/// The plain form of a text: its words with one space between.
pub(crate) fn plain(text: &str) -> String {
    words(text).join(" ")
}
