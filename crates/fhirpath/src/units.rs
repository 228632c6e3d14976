//! Units of UCUM: order, sums, products and quotients of values with units.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#quantity-equality>, `#math`; <https://ucum.org/ucum>. What a
//! unit is worth is known by the crate `ucum`; codes that are the same need not be known.

use std::cmp::Ordering;

use rust_decimal::{Decimal, RoundingStrategy};
use ucum::{Converted, Ratio};

use crate::number;
use crate::quantity::{Quantity, Unit};

/// Digits of a decimal that comes from a conversion.
const DIGITS: u32 = 28;

fn ratio(value: Decimal) -> Option<Ratio> {
    Ratio::from_parts(value.mantissa(), -(value.scale() as i32))
}

fn decimal(value: Ratio) -> Option<Decimal> {
    let (mut mantissa, mut exponent) = value.to_decimal(DIGITS)?;
    while exponent > 0 {
        mantissa = mantissa.checked_mul(10)?;
        exponent -= 1;
    }
    // What is past a decimal's last place is nothing to it.
    while exponent < -(DIGITS as i32) {
        mantissa /= 10;
        exponent += 1;
    }
    Decimal::try_from_i128_with_scale(mantissa, exponent.unsigned_abs()).ok()
}

fn converted(value: Decimal, from: &ucum::Unit, to: &ucum::Unit) -> Option<Decimal> {
    match from.convert(ratio(value)?, to).ok()? {
        Converted::Exact(ratio) => decimal(ratio),
        Converted::Approximate(value) => Decimal::from_f64_retain(value),
    }
}

fn both(a: &str, b: &str) -> Option<(ucum::Unit, ucum::Unit)> {
    let (a, b) = (ucum::Unit::parse(a).ok()?, ucum::Unit::parse(b).ok()?);
    a.commensurable(&b).then_some((a, b))
}

/// The order of two values; `None` where the units are of different dimensions or unknown.
pub(crate) fn order(a: Decimal, a_unit: &str, b: Decimal, b_unit: &str) -> Option<Ordering> {
    if a_unit == b_unit {
        return Some(a.cmp(&b));
    }
    let (a_unit, b_unit) = both(a_unit, b_unit)?;
    a_unit.compare(ratio(a)?, ratio(b)?, &b_unit)
}

/// Whether two values are the same when both are rounded to the coarser of their last digits.
pub(crate) fn are_equivalent(a: Decimal, a_unit: &str, b: Decimal, b_unit: &str) -> bool {
    if a_unit == b_unit {
        return number::is_equivalent(a, b);
    }
    let Some((a_unit, b_unit)) = both(a_unit, b_unit) else { return false };
    let digit = |value: Decimal, unit: &ucum::Unit| {
        unit.canonical().factor_f64 * 10_f64.powi(-(value.normalize().scale() as i32))
    };
    let is_a_coarser = digit(a, &a_unit) >= digit(b, &b_unit);
    let (coarse, fine) = if is_a_coarser {
        (a, converted(b, &b_unit, &a_unit))
    } else {
        (b, converted(a, &a_unit, &b_unit))
    };
    let coarse = coarse.normalize();
    let round = |value: Decimal| {
        value.round_dp_with_strategy(coarse.scale(), RoundingStrategy::MidpointAwayFromZero)
    };
    fine.is_some_and(|fine| round(fine) == coarse)
}

/// Whether values of the units can be compared.
pub(crate) fn are_comparable(a: &str, b: &str) -> bool {
    a == b || both(a, b).is_some()
}

/// The quantity in another unit.
pub(crate) fn convert<'t>(quantity: &Quantity<'t>, unit: Unit<'t>) -> Option<Quantity<'t>> {
    let to = Quantity { value: Decimal::ONE, unit };
    if let Some((value, per)) = quantity.in_calendar(&to) {
        return Some(Quantity { value: number::divide(value, per)?, unit: to.unit });
    }
    let (from_code, to_code) = (quantity.code()?, to.code()?);
    if from_code == to_code {
        return Some(Quantity { value: quantity.value, unit: to.unit });
    }
    let (from, into) = both(from_code, to_code)?;
    Some(Quantity { value: converted(quantity.value, &from, &into)?, unit: to.unit })
}

/// The sum or difference in the more granular of the two units; `None` where the units do not go
/// together.
pub(crate) fn sum<'t>(
    a: &Quantity<'t>,
    b: &Quantity<'t>,
    calculate: fn(Decimal, Decimal) -> Option<Decimal>,
) -> Option<Quantity<'t>> {
    let same =
        |unit: &Unit<'t>, a, b| Some(Quantity { value: calculate(a, b)?, unit: unit.clone() });
    if a.unit == b.unit {
        return same(&a.unit, a.value, b.value);
    }
    if let Some((a_value, b_value)) = a.in_calendar(b) {
        let is_a = a_value == a.value;
        return same(if is_a { &a.unit } else { &b.unit }, a_value, b_value);
    }
    let (a_code, b_code) = (a.code()?, b.code()?);
    if a_code == b_code {
        return same(&a.unit, a.value, b.value);
    }
    let (a_unit, b_unit) = both(a_code, b_code)?;
    if a_unit.is_special() || b_unit.is_special() {
        return None;
    }
    if a_unit.canonical().factor_f64 <= b_unit.canonical().factor_f64 {
        same(&a.unit, a.value, converted(b.value, &b_unit, &a_unit)?)
    } else {
        same(&b.unit, converted(a.value, &a_unit, &b_unit)?, b.value)
    }
}

/// The product.
pub(crate) fn multiply<'t>(a: &Quantity<'t>, b: &Quantity<'t>) -> Option<Quantity<'t>> {
    let value = a.value.checked_mul(b.value)?;
    match (a.code(), b.code()) {
        (_, Some("1")) => Some(Quantity { value, unit: a.unit.clone() }),
        (Some("1"), _) => Some(Quantity { value, unit: b.unit.clone() }),
        (a, b) => {
            let (a, b) = (ucum::Unit::parse(a?).ok()?, ucum::Unit::parse(b?).ok()?);
            with_unit(value, &a.times(&b)?)
        }
    }
}

/// The quotient.
pub(crate) fn divide<'t>(a: &Quantity<'t>, b: &Quantity<'t>) -> Option<Quantity<'t>> {
    let value = number::divide(a.value, b.value)?;
    if b.code() == Some("1") {
        return Some(Quantity { value, unit: a.unit.clone() });
    }
    if a.unit == b.unit {
        return Some(Quantity::plain(value));
    }
    let (a, b) = (ucum::Unit::parse(a.code()?).ok()?, ucum::Unit::parse(b.code()?).ok()?);
    with_unit(value, &a.over(&b)?)
}

/// A value with a unit that was made; a unit that only counts becomes a plain number.
fn with_unit<'t>(value: Decimal, unit: &ucum::Unit) -> Option<Quantity<'t>> {
    if unit.is_number() {
        let one = ucum::Unit::parse("1").ok()?;
        return converted(value, unit, &one).map(Quantity::plain);
    }
    let code = simplified(unit.code()).unwrap_or_else(|| unit.code().to_owned());
    Some(Quantity { value, unit: Unit::Ucum(code.into()) })
}

/// `cm.cm` as `cm2`, `cm2/cm` as `cm`; `None` for codes with brackets round terms, or numbers.
fn simplified(code: &str) -> Option<String> {
    if code.contains(['(', '{', '*', '%']) {
        return None;
    }
    let mut terms: Vec<(&str, i32)> = Vec::new();
    let mut rest = code;
    let mut sign = 1;
    loop {
        let end = rest.find(['.', '/']).unwrap_or(rest.len());
        let term = &rest[..end];
        let name = term.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
        let power =
            if name.len() == term.len() { 1 } else { term[name.len()..].parse::<i32>().ok()? };
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        match terms.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum += sign * power,
            None => terms.push((name, sign * power)),
        }
        let Some(operator) = rest[end..].chars().next() else { break };
        sign = if operator == '/' { -1 } else { 1 };
        rest = &rest[end + 1..];
    }
    let mut out = String::new();
    for (name, power) in terms.iter().filter(|(_, power)| *power > 0) {
        let dot = if out.is_empty() { "" } else { "." };
        let exponent = if *power == 1 { String::new() } else { power.to_string() };
        out.push_str(&format!("{dot}{name}{exponent}"));
    }
    for (name, power) in terms.iter().filter(|(_, power)| *power < 0) {
        let exponent = if *power == -1 { String::new() } else { (-power).to_string() };
        out.push_str(&format!("/{name}{exponent}"));
    }
    // The same unit, or it was no simple one.
    let same =
        ucum::Unit::parse(&out).ok()?.canonical() == ucum::Unit::parse(code).ok()?.canonical();
    same.then_some(out)
}
