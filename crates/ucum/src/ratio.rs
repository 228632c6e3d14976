//! Exact numbers: decimals, their quotients, and powers of pi.
//!
//! A [`Ratio`] is `numerator / denominator × 10^exponent × pi^pi` in one form only, so that equal
//! numbers are equal values. What doesn't fit is `None`, and callers go on with an `f64`.

use std::cmp::Ordering;

/// Powers of ten and of pi beyond this are refused.
const EXPONENT_MAX: i32 = 4096;

/// An exact number.
///
/// ```
/// use ucum::Ratio;
/// let half = Ratio::parse("0.50").unwrap();
/// assert_eq!(half, Ratio::from_parts(5, -1).unwrap());
/// assert!(half < Ratio::parse("1").unwrap());
/// assert_eq!(half.to_string(), "0.5");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    /// Never a multiple of ten, except 0.
    numerator: i128,
    /// Coprime to the numerator, 2 and 5.
    denominator: u128,
    exponent: i32,
    pi: i32,
}

impl Ratio {
    /// Nothing.
    pub const ZERO: Ratio = Ratio { numerator: 0, denominator: 1, exponent: 0, pi: 0 };
    /// One.
    pub const ONE: Ratio = Ratio { numerator: 1, denominator: 1, exponent: 0, pi: 0 };
    /// The ratio of a circle's circumference to its diameter.
    pub const PI: Ratio = Ratio { numerator: 1, denominator: 1, exponent: 0, pi: 1 };

    /// `mantissa × 10^exponent`.
    pub fn from_parts(mantissa: i128, exponent: i32) -> Option<Ratio> {
        Ratio::reduced(mantissa, 1, exponent, 0)
    }

    /// A decimal as FHIR and FHIRPath write it: `-1.50`, `4e-3`.
    pub fn parse(text: &str) -> Option<Ratio> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.as_bytes().first()? {
            b'-' => (true, &mantissa[1..]),
            b'+' => (false, &mantissa[1..]),
            _ => (false, mantissa),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || (part.is_empty() && digits.contains('.')) {
            return None;
        }
        // Zeros at the end weigh nothing, and would overflow what they do not change.
        let part = part.trim_end_matches('0');
        let mut number: i128 = 0;
        for digit in whole.bytes().chain(part.bytes()) {
            if !digit.is_ascii_digit() {
                return None;
            }
            number = number.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        }
        let places = i32::try_from(part.len()).ok()?;
        let number = if negative { -number } else { number };
        Ratio::from_parts(number, exponent.checked_sub(places)?)
    }

    /// The product, if it fits.
    pub fn checked_mul(self, other: Ratio) -> Option<Ratio> {
        // Cross-wise first, so that what cancels does not overflow.
        let left = gcd(self.numerator.unsigned_abs(), other.denominator);
        let right = gcd(other.numerator.unsigned_abs(), self.denominator);
        let (left_signed, right_signed) = (i128::try_from(left).ok()?, i128::try_from(right).ok()?);
        let (numerator, tens) =
            product_and_tens(self.numerator / left_signed, other.numerator / right_signed)?;
        Ratio::reduced(
            numerator,
            (self.denominator / right).checked_mul(other.denominator / left)?,
            self.exponent.checked_add(other.exponent)?.checked_add(tens)?,
            self.pi.checked_add(other.pi)?,
        )
    }

    /// The quotient, if it fits; `None` for a division by nothing.
    pub fn checked_div(self, other: Ratio) -> Option<Ratio> {
        self.checked_mul(other.inverse()?)
    }

    /// The sum, if it fits; `None` also where pi is in one only.
    pub fn checked_add(self, other: Ratio) -> Option<Ratio> {
        if self.numerator == 0 {
            return Some(other);
        }
        if other.numerator == 0 {
            return Some(self);
        }
        if self.pi != other.pi {
            return None;
        }
        let exponent = self.exponent.min(other.exponent);
        let common = self.denominator / gcd(self.denominator, other.denominator);
        let denominator = common.checked_mul(other.denominator)?;
        let scaled = |ratio: Ratio| -> Option<i128> {
            let ten = ten_to(u32::try_from(ratio.exponent.checked_sub(exponent)?).ok()?)?;
            let times = i128::try_from(denominator / ratio.denominator).ok()?;
            ratio.numerator.checked_mul(ten)?.checked_mul(times)
        };
        let sum = scaled(self)?.checked_add(scaled(other)?)?;
        Ratio::reduced(sum, denominator, exponent, self.pi)
    }

    /// The number below nothing by as much.
    pub fn checked_neg(self) -> Option<Ratio> {
        Some(Ratio { numerator: self.numerator.checked_neg()?, ..self })
    }

    /// `self` to a power, if it fits.
    pub fn checked_pow(self, power: i32) -> Option<Ratio> {
        let base = if power < 0 { self.inverse()? } else { self };
        let mut result = Ratio::ONE;
        if base.numerator == 1 && base.denominator == 1 {
            return Ratio::reduced(
                1,
                1,
                base.exponent.checked_mul(power.abs())?,
                base.pi.checked_mul(power.abs())?,
            );
        }
        for _ in 0..power.unsigned_abs() {
            result = result.checked_mul(base)?;
        }
        Some(result)
    }

    /// The nearest double, within an ulp or two.
    pub fn to_f64(self) -> f64 {
        self.apply(1.0)
    }

    /// `value` times this number, rounded as seldom as can be: whole numbers and powers of ten that
    /// a double holds are multiplied and divided as such.
    pub fn apply(self, value: f64) -> f64 {
        self.steps().apply(value)
    }

    /// This number as a multiplication and a division of doubles.
    pub(crate) fn steps(self) -> Steps {
        let power = f64_ten_to(self.exponent.unsigned_abs());
        let (numerator, denominator) = (self.numerator as f64, self.denominator as f64);
        let pi = std::f64::consts::PI.powi(self.pi);
        if self.exponent >= 0 {
            Steps { times: numerator * power * pi, over: denominator }
        } else {
            Steps { times: numerator * pi, over: denominator * power }
        }
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.numerator == 0
    }

    /// As a decimal `mantissa × 10^exponent`, if it is one.
    pub fn to_parts(self) -> Option<(i128, i32)> {
        (self.denominator == 1 && self.pi == 0).then_some((self.numerator, self.exponent))
    }

    /// As a decimal with at most `digits` significant digits, rounded half to even; exact if it is a
    /// decimal that has no more.
    pub fn to_decimal(self, digits: u32) -> Option<(i128, i32)> {
        let digits = digits.clamp(1, 36);
        if self.pi != 0 {
            let text = format!("{:.*e}", (digits.min(16) - 1) as usize, self.to_f64());
            return Ratio::parse(&text)?.to_parts();
        }
        if let Some((mantissa, exponent)) = self.to_parts()
            && mantissa.unsigned_abs() < 10u128.pow(digits)
        {
            return Some((mantissa, exponent));
        }
        // Long division, a digit at a time, so that nothing overflows.
        let magnitude = self.numerator.unsigned_abs();
        let mut quotient = magnitude / self.denominator;
        let mut rest = magnitude % self.denominator;
        let mut exponent = self.exponent;
        let limit = 10u128.pow(digits);
        while quotient < limit / 10 && rest != 0 && exponent > -EXPONENT_MAX {
            let (digit, left) = next_digit(rest, self.denominator);
            quotient = quotient * 10 + digit;
            rest = left;
            exponent -= 1;
        }
        let mut sticky = rest != 0;
        let mut dropped = 0;
        if quotient < limit && rest != 0 {
            let (digit, left) = next_digit(rest, self.denominator);
            (dropped, sticky) = (digit, left != 0);
        }
        while quotient >= limit {
            sticky |= dropped != 0;
            dropped = quotient % 10;
            quotient /= 10;
            exponent += 1;
        }
        if dropped > 5 || (dropped == 5 && (sticky || quotient % 2 == 1)) {
            quotient += 1;
        }
        let signed = i128::try_from(quotient).ok()?;
        Ratio::from_parts(if self.numerator < 0 { -signed } else { signed }, exponent)?.to_parts()
    }

    fn inverse(self) -> Option<Ratio> {
        if self.numerator == 0 {
            return None;
        }
        let numerator = i128::try_from(self.denominator).ok()? * self.numerator.signum();
        Ratio::reduced(
            numerator,
            self.numerator.unsigned_abs(),
            self.exponent.checked_neg()?,
            self.pi.checked_neg()?,
        )
    }

    /// The one form of a number.
    fn reduced(numerator: i128, denominator: u128, exponent: i32, pi: i32) -> Option<Ratio> {
        if numerator == 0 {
            return Some(Ratio::ZERO);
        }
        let (mut numerator, mut denominator, mut exponent) = (numerator, denominator, exponent);
        if denominator != 1 {
            let shared = gcd(numerator.unsigned_abs(), denominator);
            numerator /= i128::try_from(shared).ok()?;
            denominator /= shared;
            for (factor, times) in [(10, 1), (2, 5), (5, 2)] {
                while denominator % factor == 0 {
                    denominator /= factor;
                    numerator = numerator.checked_mul(times)?;
                    exponent = exponent.checked_sub(1)?;
                }
            }
        }
        while numerator % 10 == 0 {
            numerator /= 10;
            exponent = exponent.checked_add(1)?;
        }
        if exponent.abs() > EXPONENT_MAX || pi.abs() > EXPONENT_MAX {
            return None;
        }
        Some(Ratio { numerator, denominator, exponent, pi })
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Ratio) -> Ordering {
        let signs = self.numerator.signum().cmp(&other.numerator.signum());
        if signs != Ordering::Equal || self == other {
            return signs;
        }
        let magnitudes = if self.pi == other.pi {
            compare_magnitudes(*self, *other)
        } else {
            // Never equal: pi is no root of a rational.
            self.to_f64().abs().total_cmp(&other.to_f64().abs())
        };
        if self.numerator < 0 { magnitudes.reverse() } else { magnitudes }
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Ratio) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Ratio {
    /// A decimal: all its digits where it ends and is short, else 28 of them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some((mantissa, exponent)) = self.to_decimal(28) else {
            return write!(f, "{}", self.to_f64());
        };
        let digits = mantissa.unsigned_abs().to_string();
        if mantissa < 0 {
            f.write_str("-")?;
        }
        let places = exponent.unsigned_abs() as usize;
        if !(-40..=40).contains(&exponent) {
            write!(f, "{digits}e{exponent}")
        } else if exponent >= 0 {
            write!(f, "{digits}{}", "0".repeat(places))
        } else if digits.len() > places {
            let (whole, part) = digits.split_at(digits.len() - places);
            write!(f, "{whole}.{part}")
        } else {
            write!(f, "0.{}{digits}", "0".repeat(places - digits.len()))
        }
    }
}

/// A multiplication and a division.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Steps {
    pub(crate) times: f64,
    pub(crate) over: f64,
}

impl Steps {
    pub(crate) fn apply(self, value: f64) -> f64 {
        value * self.times / self.over
    }

    pub(crate) fn undo(self, value: f64) -> f64 {
        value * self.over / self.times
    }
}

fn gcd(left: u128, right: u128) -> u128 {
    let (mut left, mut right) = (left, right);
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left.max(1)
}

/// The product as a number times a power of ten. Where the number alone does not fit, the fives of
/// one and the twos of the other go to the power: a half is held as `5 × 10^-1`, and halved often
/// has many fives that doubling takes away again.
fn product_and_tens(left: i128, right: i128) -> Option<(i128, i32)> {
    if let Some(product) = left.checked_mul(right) {
        return Some((product, 0));
    }
    let (mut left, mut right, mut tens) = (left, right, 0);
    while left % 5 == 0 && right % 2 == 0 {
        (left, right, tens) = (left / 5, right / 2, tens + 1);
    }
    while left % 2 == 0 && right % 5 == 0 {
        (left, right, tens) = (left / 2, right / 5, tens + 1);
    }
    Some((left.checked_mul(right)?, tens))
}

fn ten_to(power: u32) -> Option<i128> {
    10i128.checked_pow(power)
}

/// Powers of ten up to 10^22 are exact doubles; beyond them the parser of the standard library
/// rounds once, where repeated multiplication would round often.
fn f64_ten_to(power: u32) -> f64 {
    format!("1e{power}").parse().unwrap_or(f64::INFINITY)
}

/// The next digit of `rest / denominator` and what is left, by ten additions that cannot overflow.
fn next_digit(rest: u128, denominator: u128) -> (u128, u128) {
    let (mut digit, mut left) = (0, 0u128);
    for _ in 0..10 {
        if left >= denominator - rest {
            left -= denominator - rest;
            digit += 1;
        } else {
            left += rest;
        }
    }
    (digit, left)
}

/// `a/b × 10^e` against `c/d × 10^f`, as whole numbers of any length: `a·d·10^(e-f)` against `c·b`.
fn compare_magnitudes(left: Ratio, right: Ratio) -> Ordering {
    let mut a = product(left.numerator.unsigned_abs(), right.denominator);
    let mut b = product(right.numerator.unsigned_abs(), left.denominator);
    let lift = left.exponent - right.exponent;
    for _ in 0..lift.max(0) {
        times_ten(&mut a);
    }
    for _ in 0..(-lift).max(0) {
        times_ten(&mut b);
    }
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// Limbs, least first, none of the last being 0.
fn product(left: u128, right: u128) -> Vec<u32> {
    let limbs = |n: u128| [n as u32, (n >> 32) as u32, (n >> 64) as u32, (n >> 96) as u32];
    let mut result = vec![0u32; 8];
    for (i, a) in limbs(left).into_iter().enumerate() {
        let mut carry = 0u64;
        for (j, b) in limbs(right).into_iter().enumerate() {
            let sum = u64::from(a) * u64::from(b) + u64::from(result[i + j]) + carry;
            result[i + j] = sum as u32;
            carry = sum >> 32;
        }
        result[i + 4] = carry as u32;
    }
    while result.last() == Some(&0) {
        result.pop();
    }
    result
}

fn times_ten(limbs: &mut Vec<u32>) {
    let mut carry = 0u64;
    for limb in limbs.iter_mut() {
        let sum = u64::from(*limb) * 10 + carry;
        *limb = sum as u32;
        carry = sum >> 32;
    }
    if carry != 0 {
        limbs.push(carry as u32);
    }
}
