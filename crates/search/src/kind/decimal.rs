//! Decimals as points, and as the ranges that their digits imply.
//! Spec: <https://hl7.org/fhir/R4/search.html#number>.
//!
//! The ends of a range are worked out on the decimal digits and only then become the nearest `f64`,
//! as stored values do, so a stored decimal that equals an end compares equal to it.

/// Digits at the most: more say nothing that an `f64` could hold.
const LENGTH_MAX: usize = 64;

/// A decimal: `digits × 10^exponent`.
struct Decimal {
    negative: bool,
    /// Significant digits as written, with leading zeros.
    digits: String,
    exponent: i32,
}

impl Decimal {
    fn parse(text: &str) -> Option<Decimal> {
        if text.len() > LENGTH_MAX {
            return None;
        }
        let negative = text.starts_with('-');
        let text = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let digits = format!("{whole}{fraction}");
        if whole.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(Decimal { negative, digits, exponent: i32::from(exponent) - fraction.len() as i32 })
    }

    fn to_f64(&self) -> Option<f64> {
        let sign = if self.negative { "-" } else { "" };
        let value: f64 = format!("{sign}{}e{}", self.digits, self.exponent).parse().ok()?;
        value.is_finite().then_some(value)
    }

    /// The same number with one digit more, moved by half a unit of its last digit.
    fn moved_by_half(&self, up: bool) -> Option<f64> {
        // The digits are at most 64, too many for an integer type, so half a unit is added by hand.
        let mut digits = self.digits.clone().into_bytes();
        digits.push(b'5');
        let away_from_zero = up != self.negative;
        let mut negative = self.negative;
        if !away_from_zero {
            // `d…d0 - 5`: borrow one from the digit before; below zero the sign turns.
            match digits[..digits.len() - 1].iter().rposition(|d| *d != b'0') {
                None => negative = !negative,
                Some(at) => {
                    digits[at] -= 1;
                    let last = digits.len() - 1;
                    digits[at + 1..last].fill(b'9');
                }
            }
        }
        let digits = String::from_utf8(digits).ok()?;
        Decimal { negative, digits, exponent: self.exponent - 1 }.to_f64()
    }
}

/// Whether [`Decimal::parse`] takes the text.
fn is_decimal(text: &str) -> bool {
    if text.len() > LENGTH_MAX {
        return false;
    }
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    are_digits(whole) && are_digits(fraction) && exponent.parse::<i16>().is_ok()
}

/// The nearest `f64` of a decimal as it stands in a resource.
pub(crate) fn point(text: &str) -> Option<f64> {
    if !is_decimal(text) {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// A number of a query: itself, and the range of what rounds to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Implied {
    pub(crate) value: f64,
    pub(crate) low: f64,
    /// Inclusive; the spec's range is open at its high end.
    pub(crate) high: f64,
}

/// Reads a number of a query; `5.4` implies 5.35 to just below 5.45.
///
/// The specification has `1e2` imply 95 to 105, as if it were `1.0e2`.
pub(crate) fn implied(text: &str) -> Option<Implied> {
    let decimal = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) if !mantissa.contains('.') => {
            Decimal::parse(&format!("{mantissa}.0e{exponent}"))?
        }
        _ => Decimal::parse(text)?,
    };
    Some(Implied {
        value: decimal.to_f64()?,
        low: decimal.moved_by_half(false)?,
        high: decimal.moved_by_half(true)?.next_down(),
    })
}

#[cfg(test)]
mod tests {
    use super::{implied, point};

    #[test]
    fn implied_ranges() {
        let cases = [
            ("100", 100.0, 99.5, 100.5),
            ("100.00", 100.0, 99.995, 100.005),
            ("1e2", 100.0, 95.0, 105.0),
            ("1.0E2", 100.0, 95.0, 105.0),
            ("5.4", 5.4, 5.35, 5.45),
            ("5.40", 5.4, 5.395, 5.405),
            ("-5.4", -5.4, -5.45, -5.35),
            ("+5.4", 5.4, 5.35, 5.45),
            ("0", 0.0, -0.5, 0.5),
            ("-0.0", 0.0, -0.05, 0.05),
            ("0.001", 0.001, 0.0005, 0.0015),
            ("10", 10.0, 9.5, 10.5),
            ("1000000000000000000000", 1e21, 999_999_999_999_999_999_999.5, 1e21),
            ("007", 7.0, 6.5, 7.5),
            ("1e-3", 0.001, 0.00095, 0.00105),
        ];
        for (text, value, low, high) in cases {
            let range = implied(text).unwrap();
            let want = (value, low, f64::next_down(high));
            assert_eq!((range.value, range.low, range.high), want, "{text}");
        }
    }

    #[test]
    fn a_number_lies_in_its_own_range_and_its_upper_end_does_not() {
        for (text, upper) in [("5.4", "5.45"), ("0.3", "0.35"), ("99.9", "99.95"), ("7", "7.5")] {
            let range = implied(text).unwrap();
            let (own, end) = (point(text).unwrap(), point(upper).unwrap());
            assert!(range.low <= own && own <= range.high && end > range.high, "{text}");
        }
    }

    #[test]
    fn what_is_no_number() {
        let long = "1".repeat(65);
        let cases = [
            "", "-", "+", ".5", "5.", "e5", "5e", "5e+", "1e99999", "1e400", "-1e400", "inf",
            "nan", "0x1", "1_000", "1,5", " 1", "1 ", "--1", "+-1", "٣", &long,
        ];
        for text in cases {
            assert_eq!((implied(text), point(text)), (None, None), "{text:?}");
        }
    }
}
