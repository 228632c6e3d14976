//! Decimals as they are written: digits and a power of ten, compared without rounding.
//! Spec: <https://hl7.org/fhir/R4/search.html#number> for what digits imply.

use std::cmp::Ordering;

/// `digits` · 10^-`scale`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal {
    digits: i128,
    scale: i32,
}

/// Powers of ten beyond this are no number that the judge is asked about.
const SCALE_MAX: i32 = 60;

impl Decimal {
    /// Reads digits with an optional sign, point and exponent.
    pub(crate) fn parse(text: &str) -> Option<Decimal> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let written = format!("{whole}{fraction}");
        let digits: i128 = written.parse().ok()?;
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        // The specification reads `1e2` as 95 to 105: as precise as `1.0e2`.
        if fraction.is_empty() && mantissa.len() < text.len() {
            let (digits, scale) = (digits.checked_mul(10)?, scale.checked_add(1)?);
            return (scale.abs() <= SCALE_MAX).then_some(Decimal { digits, scale });
        }
        (scale.abs() <= SCALE_MAX).then_some(Decimal { digits, scale })
    }

    /// The number `digits` · 10^-`scale`.
    pub(crate) fn new(digits: i128, scale: i32) -> Decimal {
        Decimal { digits, scale }
    }

    /// Half of the last digit that is written: how far the number may be off.
    pub(crate) fn half_step(self) -> Decimal {
        Decimal { digits: 5, scale: self.scale + 1 }
    }

    /// A tenth of the number, without its sign.
    pub(crate) fn tenth(self) -> Decimal {
        Decimal { digits: self.digits.abs(), scale: self.scale + 1 }
    }

    pub(crate) fn plus(self, other: Decimal) -> Decimal {
        let (a, b, scale) = aligned(self, other);
        Decimal { digits: a + b, scale }
    }

    pub(crate) fn minus(self, other: Decimal) -> Decimal {
        self.plus(Decimal { digits: -other.digits, scale: other.scale })
    }

    pub(crate) fn times(self, other: Decimal) -> Decimal {
        let digits = self.digits.saturating_mul(other.digits);
        Decimal { digits, scale: self.scale + other.scale }
    }

    /// The nearest machine number.
    pub(crate) fn nearest(self) -> f64 {
        format!("{}e{}", self.digits, -self.scale).parse().unwrap_or(f64::NAN)
    }

    /// The same number as `ucum` takes it.
    pub(crate) fn ratio(self) -> Option<ucum::Ratio> {
        ucum::Ratio::from_parts(self.digits, -self.scale)
    }
}

/// Both with the same scale.
fn aligned(a: Decimal, b: Decimal) -> (i128, i128, i32) {
    let scale = a.scale.max(b.scale);
    let raise = |number: Decimal| {
        let power = 10_i128.checked_pow((scale - number.scale).unsigned_abs());
        power.and_then(|power| number.digits.checked_mul(power)).unwrap_or(i128::MAX / 4)
    };
    (raise(a), raise(b), scale)
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b, _) = aligned(*self, *other);
        a.cmp(&b)
    }
}
