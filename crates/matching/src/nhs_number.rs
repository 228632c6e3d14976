//! The NHS number: ten digits, a modulus 11 check digit, and how far somebody verified it.
//!
//! Facts: NHS Data Dictionary "NHS NUMBER" and "NHS NUMBER STATUS INDICATOR CODE";
//! HL7 v2 carries the status in PID-32, FHIR UK Core in an extension on the identifier.
//! A new status code gets a variant in [`Verification`] and a row in [`Verification::parse`].

use std::fmt;

/// A number that passed the check digit. The digits are held as one integer below 10^10.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NhsNumber(u64);

/// Why a text is not an NHS number. The text itself is never repeated: it may be a person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NhsNumberError {
    /// The text holds something other than digits, spaces and hyphens.
    NotDigits,
    /// The text does not hold exactly ten digits.
    WrongLength,
    /// The tenth digit does not follow from the first nine.
    CheckDigit,
    /// All ten digits are the same: such numbers pass the check but are never issued.
    Repeated,
}

impl NhsNumber {
    /// Reads a number as people type it, with or without spaces and hyphens.
    ///
    /// ```
    /// use matching::{NhsNumber, NhsNumberError};
    /// let number = NhsNumber::parse("999 000 0018").unwrap();
    /// assert_eq!(number.digits(), "9990000018");
    /// assert!(number.is_test());
    /// assert_eq!(NhsNumber::parse("9990000019"), Err(NhsNumberError::CheckDigit));
    /// ```
    pub fn parse(text: &str) -> Result<Self, NhsNumberError> {
        let value = ten_digits(text)?;
        let mut digits = [0u64; 10];
        let mut rest = value;
        for digit in digits.iter_mut().rev() {
            *digit = rest % 10;
            rest /= 10;
        }
        let sum: u64 = digits[..9].iter().zip((2..=10).rev()).map(|(digit, w)| digit * w).sum();
        // A remainder of 10 has no digit, so `11 - 1 = 10` never equals the tenth digit.
        let check = (11 - sum % 11) % 11;
        if check != digits[9] {
            return Err(NhsNumberError::CheckDigit);
        }
        if digits.iter().all(|digit| *digit == digits[0]) {
            return Err(NhsNumberError::Repeated);
        }
        Ok(Self(value))
    }

    /// The ten digits without spaces, as they go on the wire.
    pub fn digits(self) -> String {
        format!("{:010}", self.0)
    }

    /// The ten digits grouped 3 3 4, as they are shown to people.
    pub fn grouped(self) -> String {
        let digits = self.digits();
        format!("{} {} {}", &digits[..3], &digits[3..6], &digits[6..])
    }

    /// Whether the number lies in the range 999, which is kept for tests and never issued.
    pub fn is_test(self) -> bool {
        self.0 / 10_000_000 == 999
    }

    pub(crate) fn value(self) -> u64 {
        self.0
    }
}

impl fmt::Debug for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Debug output ends up in logs, so the number stays out of it.
        f.write_str("NhsNumber(..)")
    }
}

impl fmt::Display for NhsNumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotDigits => "NHS number holds a character that is not a digit: send ten digits",
            Self::WrongLength => "NHS number does not hold ten digits: send ten digits",
            Self::CheckDigit => "NHS number fails its check digit: check it for a typing error",
            Self::Repeated => "NHS number repeats one digit: send the real number or none",
        })
    }
}

impl std::error::Error for NhsNumberError {}

/// Ten digits as an integer, whatever their check digit says.
pub(crate) fn ten_digits(text: &str) -> Result<u64, NhsNumberError> {
    let mut value = 0u64;
    let mut count = 0;
    for character in text.trim().chars() {
        match character {
            '0'..='9' if count < 10 => {
                value = value * 10 + u64::from(character as u32 - '0' as u32);
                count += 1;
            }
            '0'..='9' => return Err(NhsNumberError::WrongLength),
            ' ' | '-' | '\u{a0}' => {}
            _ => return Err(NhsNumberError::NotDigits),
        }
    }
    if count == 10 { Ok(value) } else { Err(NhsNumberError::WrongLength) }
}

/// How far a source says that its NHS number has been checked against the national register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verification {
    /// 01: number present and verified.
    Verified,
    /// 02, 03, 06, 08 or no code: present, but nobody vouches for it yet.
    Untraced,
    /// 04 or 05: a trace found no match, several, or a conflict; the number is suspect.
    Disputed,
}

impl Verification {
    /// Reads `NSTS01`, `01`, `1`, or the words of the retired UK Core code system.
    ///
    /// An unknown code vouches for nothing, so it reads as [`Verification::Untraced`].
    ///
    /// ```
    /// use matching::Verification;
    /// assert_eq!(Verification::parse("NSTS01"), Verification::Verified);
    /// assert_eq!(Verification::parse("number-present-and-verified"), Verification::Verified);
    /// assert_eq!(Verification::parse("05"), Verification::Disputed);
    /// assert_eq!(Verification::parse("?"), Verification::Untraced);
    /// ```
    pub fn parse(code: &str) -> Self {
        let code = code.trim();
        let number = match code.get(..4) {
            Some(head) if head.eq_ignore_ascii_case("NSTS") => &code[4..],
            _ => code,
        };
        match number {
            "01" | "1" | "number-present-and-verified" => Self::Verified,
            "04" | "4" | "05" | "5" => Self::Disputed,
            words if words.starts_with("trace-attempted") => Self::Disputed,
            words if words.starts_with("trace-needs-to-be-resolved") => Self::Disputed,
            _ => Self::Untraced,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NhsNumber, NhsNumberError as E, Verification as V};

    #[test]
    fn numbers() {
        let ok = |text| assert!(NhsNumber::parse(text).is_ok(), "{text}");
        ok("9990000018");
        ok(" 999-000-0050 ");
        ok("999\u{a0}000\u{a0}0190");
        ok("9990000220");
        let err = |text, why| assert_eq!(NhsNumber::parse(text), Err(why), "{text}");
        err("", E::WrongLength);
        err("999000001", E::WrongLength);
        err("99900000180", E::WrongLength);
        err("9990000019", E::CheckDigit);
        // 999000014 has no check digit at all.
        for last in 0..10 {
            assert_eq!(NhsNumber::parse(&format!("999000014{last}")), Err(E::CheckDigit));
        }
        err("9999999999", E::Repeated);
        err("0000000000", E::Repeated);
        err("999O000018", E::NotDigits);
        err("999000001²", E::NotDigits);
        err(&"9".repeat(100_000), E::WrongLength);
    }

    #[test]
    fn shown_and_sent() {
        let number = NhsNumber::parse("9990000018").unwrap();
        assert_eq!(number.grouped(), "999 000 0018");
        assert!(number.is_test());
        assert_eq!(format!("{number:?}"), "NhsNumber(..)");
    }

    #[test]
    fn verification_codes() {
        for (code, expect) in [
            ("NSTS01", V::Verified),
            ("nsts01", V::Verified),
            ("01", V::Verified),
            (" 01 ", V::Verified),
            ("NSTS02", V::Untraced),
            ("NSTS04", V::Disputed),
            ("05", V::Disputed),
            ("trace-attempted-no-match-or-multiple-match-found", V::Disputed),
            ("08", V::Untraced),
            ("", V::Untraced),
            ("NST", V::Untraced),
            ("é01", V::Untraced),
            ("NSTé01", V::Untraced),
        ] {
            assert_eq!(V::parse(code), expect, "{code}");
        }
    }
}
