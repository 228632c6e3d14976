//! Quantity: Quantity and its kinds, Money, Range, SampledData.
//! Spec: <https://hl7.org/fhir/R4/search.html#quantity>.
//!
//! Values are points unless a comparator, a Range or sampled data make them ranges; units compare as
//! written (conversion between units comes with `terminology`).

use fhir::Value;

use super::decimal::point;
use super::number::{parse_range, range_of};
use super::{PREFIXES, Values};
use crate::entry::IndexValue;
use crate::expression::Predicate;
use crate::query::escape::{split, unescape};

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
        canonical: None,
    });
}

/// `[prefix]number`, `[prefix]number|system|code`, `[prefix]number||code`.
pub(crate) fn parse(text: &str) -> Result<Predicate, String> {
    let parts = split(text, '|');
    let [number, unit @ ..] = parts.as_slice() else { return Err(shape()) };
    if !matches!(unit.len(), 0 | 2) {
        return Err(shape());
    }
    let range = parse_range(number)?;
    let part = |at: usize| {
        unit.get(at).filter(|part| !part.is_empty()).map(|part| unescape(part).into_boxed_str())
    };
    Ok(Predicate::Quantity { range, system: part(0), code: part(1), canonical: None })
}

fn shape() -> String {
    format!(
        "is no quantity; write number, number|system|code or number||code, with {PREFIXES} before the \
         number where needed"
    )
}
