//! Quantity: Quantity and its kinds, Money, Range, SampledData.
//! Spec: <https://hl7.org/fhir/R4/search.html#quantity>.
//!
//! Values are points unless a comparator, a Range or sampled data make them ranges. Units compare as
//! written, and those of UCUM also by their canonical form, so that 5.4 mg finds 0.0054 g. Canonical
//! values are rounded to [`DIGITS`] digits on both sides: 5.4 / 1000 and 0.0054 are not one `f64`.

use fhir::Value;

use super::decimal::point;
use super::number::{Read, parse_range, range_of};
use super::{PREFIXES, Values};
use crate::entry::{CanonicalValue, IndexValue};
use crate::expression::{CanonicalRange, NumberRange, Predicate};
use crate::query::escape::{split, unescape};
use crate::query::fault::Fault;

/// The system of currencies, which Money implies.
const CURRENCIES: &str = "urn:iso:std:iso:4217";

/// A Quantity, Age, Count, Distance or Duration.
pub(crate) fn convert(value: Value<'_>, out: &mut Values<'_>) {
    let Some(number) = number_of(value) else { return };
    let (low, high) = match value.text_of("comparator") {
        Some("<" | "<=") => (f64::NEG_INFINITY, number),
        Some(">" | ">=") => (number, f64::INFINITY),
        _ => (number, number),
    };
    push(value, low, high, out);
    // What is less than 5 is not 5: the end itself is no part of the range.
    let pushed = out.entries.last_mut().map(|entry| &mut entry.value);
    let Some(IndexValue::Quantity { low, high, canonical, .. }) = pushed else { return };
    match value.text_of("comparator") {
        Some("<") => {
            *high = high.next_down();
            if let Some(range) = canonical {
                range.high = range.high.next_down();
            }
        }
        Some(">") => {
            *low = low.next_up();
            if let Some(range) = canonical {
                range.low = range.low.next_up();
            }
        }
        _ => {}
    }
}

/// Money: the currency is the code.
pub(crate) fn convert_money(value: Value<'_>, out: &mut Values<'_>) {
    let Some(number) = number_of(value) else { return };
    let code: Option<Box<str>> = value.text_of("currency").map(Into::into);
    out.push(IndexValue::Quantity {
        system: code.is_some().then(|| CURRENCIES.into()),
        code,
        unit: None,
        low: number,
        high: number,
        canonical: None,
    });
}

/// A Range: the unit is that of an end.
pub(crate) fn convert_range(value: Value<'_>, out: &mut Values<'_>) {
    let unit = value.get("low").or_else(|| value.get("high"));
    if let (Some(unit), Some((low, high))) = (unit, range_of(value)) {
        push(unit, low, high, out);
    }
}

/// SampledData: from the least to the greatest sample, in the unit of the origin.
pub(crate) fn convert_sampled(value: Value<'_>, out: &mut Values<'_>) {
    let number = |name: &str| value.get(name)?.as_number().and_then(point);
    let Some(origin) = value.get("origin") else { return };
    let zero = number_of(origin).unwrap_or(0.0);
    let factor = number("factor").unwrap_or(1.0);
    let limit = |name: &str| number(name).map(|limit| zero + limit * factor);
    let samples = value.text_of("data").unwrap_or("").split_ascii_whitespace();
    let samples = samples.filter_map(|sample| match sample {
        "L" => limit("lowerLimit"),
        "U" => limit("upperLimit"),
        _ => point(sample).map(|sample| zero + sample * factor),
    });
    let (low, high) = samples
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), s| (low.min(s), high.max(s)));
    if low <= high {
        push(origin, low, high, out);
    }
}

fn number_of(value: Value<'_>) -> Option<f64> {
    value.get("value")?.as_number().and_then(point)
}

fn push(unit: Value<'_>, low: f64, high: f64, out: &mut Values<'_>) {
    let text = |name: &str| unit.text_of(name).map(Into::into);
    out.push(IndexValue::Quantity {
        system: text("system"),
        code: text("code"),
        unit: text("unit"),
        low,
        high,
        canonical: canonical_value(unit, low, high),
    });
}

/// `[prefix]number`, `[prefix]number|system|code`, `[prefix]number||code`.
pub(crate) fn parse(text: &str) -> Result<Predicate, Fault> {
    let parts = split(text, '|');
    let [number, unit @ ..] = parts.as_slice() else { return Err(shape()) };
    if !matches!(unit.len(), 0 | 2) {
        return Err(shape());
    }
    let read = parse_range(number)?;
    let part = |at: usize| {
        unit.get(at).filter(|part| !part.is_empty()).map(|part| unescape(part).into_boxed_str())
    };
    let (system, code) = (part(0), part(1));
    let canonical = match (&system, &code) {
        (Some(system), Some(code)) if &**system == ucum::SYSTEM => canonical_range(&read, code),
        _ => None,
    };
    Ok(Predicate::Quantity { range: read.range, system, code, canonical })
}

/// What was asked for in canonical units; `None` where the code is no unit of UCUM.
fn canonical_range(read: &Read, code: &str) -> Option<CanonicalRange> {
    let convert = |value: f64| ucum::normalise(value, code).map(|(value, _)| rounded(value));
    let (value, unit) = ucum::normalise(read.range.value, code)?;
    let high = match read.open_high {
        Some(open) => convert(open)?.next_down(),
        None => convert(read.range.high)?,
    };
    let range = NumberRange {
        prefix: read.range.prefix,
        low: convert(read.range.low)?,
        high,
        value: rounded(value),
    };
    Some(CanonicalRange { unit: (&*unit).into(), range })
}

/// A stored range in canonical units; `None` where its unit is none of UCUM.
fn canonical_value(unit: Value<'_>, low: f64, high: f64) -> Option<CanonicalValue> {
    if unit.text_of("system") != Some(ucum::SYSTEM) {
        return None;
    }
    let code = unit.text_of("code")?;
    let (start, base) = ucum::normalise(low, code)?;
    let start = rounded(start);
    let end =
        if low.total_cmp(&high).is_eq() { start } else { rounded(ucum::normalise(high, code)?.0) };
    Some(CanonicalValue { unit: (&*base).into(), low: start, high: end })
}

/// Significant digits of a canonical value.
const DIGITS: i32 = 13;

/// Powers of ten up to this one are exact, so that a quotient by one is the nearest `f64` of its digits.
const EXACT_MAX: i32 = 22;

/// The value with [`DIGITS`] digits: conversions that differ in the last bits come out the same.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let places = DIGITS - 1 - value.abs().log10().floor() as i32;
    if (0..=EXACT_MAX).contains(&places) {
        let power = 10_f64.powi(places);
        (value * power).round() / power
    } else if (-EXACT_MAX..0).contains(&places) {
        let power = 10_f64.powi(-places);
        (value / power).round() * power
    } else {
        format!("{value:.*e}", DIGITS as usize - 1).parse().unwrap_or(value)
    }
}

fn shape() -> Fault {
    Fault::from(format!(
        "is no quantity; write number, number|system|code or number||code, with {PREFIXES} before the \
         number where needed"
    ))
}
