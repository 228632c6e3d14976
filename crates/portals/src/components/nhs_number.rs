//! The NHS number: shown in groups of 3, 3 and 4; read from what a person types.
//!
//! Rules: NHS CUI NUM; check digit as in the NHS Data Model and Dictionary (modulus 11).

use askama::Template;

/// An NHS number with how far it is known to be right.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"<span class="app-nhs-number">{{ grouped() }}</span>{% if !verified %} <strong class="nhsuk-tag nhsuk-tag--orange">Not verified</strong>{% endif %}"#
)]
pub struct NhsNumber {
    digits: String,
    /// Whether a trace has confirmed that it is this person's number (status 01).
    pub verified: bool,
}

/// Why what was typed is no NHS number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Something other than digits, spaces and dashes is in it.
    NotDigits,
    /// It has some other number of digits than 10.
    WrongLength,
    /// The check digit does not agree: a digit was mistyped.
    WrongCheckDigit,
}

impl Unusable {
    /// What to tell the person who typed it.
    pub fn message(self) -> &'static str {
        match self {
            Self::NotDigits => "NHS number must have only digits, spaces and dashes",
            Self::WrongLength => "NHS number must have 10 digits",
            Self::WrongCheckDigit => {
                "NHS number is not valid: check for a digit that is mistyped or swapped"
            }
        }
    }
}

impl NhsNumber {
    /// A number as some system gave it; it is shown even if it is wrong.
    pub fn new(digits: impl Into<String>, verified: bool) -> Self {
        Self { digits: digits.into(), verified }
    }

    /// Reads what a person typed: spaces and dashes anywhere are fine.
    ///
    /// ```
    /// use portals::components::nhs_number::{NhsNumber, Unusable};
    /// assert_eq!(NhsNumber::typed("999 000 0050").as_deref(), Ok("9990000050"));
    /// assert_eq!(NhsNumber::typed("999 000 0051"), Err(Unusable::WrongCheckDigit));
    /// ```
    pub fn typed(text: &str) -> Result<String, Unusable> {
        let separator = |c: char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}');
        let digits: String = text.chars().filter(|&c| !separator(c)).collect();
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Unusable::NotDigits);
        }
        if digits.len() != 10 {
            return Err(Unusable::WrongLength);
        }
        let sum: u32 = digits
            .bytes()
            .zip((1..=10).rev())
            .map(|(d, weight)| u32::from(d - b'0') * weight)
            .sum();
        if sum.is_multiple_of(11) { Ok(digits) } else { Err(Unusable::WrongCheckDigit) }
    }

    /// The number in groups of 3, 3 and 4, or as it came if it has not 10 digits.
    pub fn grouped(&self) -> String {
        let d = self.digits.as_str();
        if d.len() == 10 && d.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("{} {} {}", &d[..3], &d[3..6], &d[6..])
        } else {
            d.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed() {
        let cases = [
            ("9990000050", Ok("9990000050")),
            (" 999-000-0190 ", Ok("9990000190")),
            ("999\u{2013}000\u{a0}0220", Ok("9990000220")),
            ("9990000051", Err(Unusable::WrongCheckDigit)),
            ("9990000500", Err(Unusable::WrongCheckDigit)),
            ("999 000 005", Err(Unusable::WrongLength)),
            ("", Err(Unusable::WrongLength)),
            ("99900000500", Err(Unusable::WrongLength)),
            ("QQ 12 34 56 C", Err(Unusable::NotDigits)),
            ("٩٩٩٠٠٠٠٠٥٠", Err(Unusable::NotDigits)),
        ];
        for (text, expected) in cases {
            assert_eq!(NhsNumber::typed(text).as_deref(), expected.as_deref(), "{text:?}");
        }
    }

    #[test]
    fn unissuable_numbers_are_refused() {
        // The check digit of these would have to be 10, so no tenth digit makes them right.
        for base in ["999000000", "999000014", "999000028"] {
            for last in 0..10 {
                assert!(NhsNumber::typed(&format!("{base}{last}")).is_err(), "{base}{last}");
            }
        }
    }

    #[test]
    fn grouping_keeps_what_is_not_ten_digits() {
        assert_eq!(NhsNumber::new("9990000050", true).grouped(), "999 000 0050");
        assert_eq!(NhsNumber::new("99900", true).grouped(), "99900");
        assert_eq!(NhsNumber::new("999000005é", true).grouped(), "999000005é");
    }

    #[test]
    fn the_unverified_is_flagged_in_words() {
        assert!(NhsNumber::new("9990000050", false).to_string().contains("Not verified"));
        assert!(!NhsNumber::new("9990000050", true).to_string().contains("Not verified"));
    }
}
