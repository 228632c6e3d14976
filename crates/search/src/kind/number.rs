//! Number: decimals and integers as points, Ranges as ranges.
//! Spec: <https://hl7.org/fhir/R4/search.html#number>.
//!
//! A stored number is a point: its own digits do not widen it, so that `5.40` finds 5.4.

use fhir::Value;

use super::decimal::{implied, point};
use super::{PREFIXES, Values, split_prefix};
use crate::entry::IndexValue;
use crate::expression::{NumberRange, Predicate, Prefix};
use crate::query::fault::Fault;

/// A decimal or an integer.
pub(crate) fn convert(value: Value<'_>, out: &mut Values<'_>) {
    if let Some(number) = value.as_number().and_then(point) {
        out.push(IndexValue::Number { low: number, high: number });
    }
}

/// A Range; an absent end is open.
pub(crate) fn convert_range(value: Value<'_>, out: &mut Values<'_>) {
    if let Some((low, high)) = range_of(value) {
        out.push(IndexValue::Number { low, high });
    }
}

/// The ends of a Range; `None` where neither is a number.
pub(crate) fn range_of(value: Value<'_>) -> Option<(f64, f64)> {
    let end = |name: &str| value.get(name)?.get("value")?.as_number().and_then(point);
    let (low, high) = (end("low"), end("high"));
    if low.is_none() && high.is_none() {
        return None;
    }
    Some((low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY)))
}

/// `[prefix]number`.
pub(crate) fn parse(text: &str) -> Result<Predicate, Fault> {
    parse_range(text).map(|read| Predicate::Number(read.range))
}

/// A number of a query with its prefix.
pub(crate) struct Read {
    pub(crate) range: NumberRange,
    /// Where the range's high end is the last number below one that the digits imply, that one.
    pub(crate) open_high: Option<f64>,
}

/// `[prefix]number` as a range.
pub(crate) fn parse_range(text: &str) -> Result<Read, Fault> {
    let (prefix, digits) = split_prefix(text);
    let Some(range) = implied(digits) else {
        return Err(Fault::new(
            text.len() - digits.len(),
            format!(
                "is no number; write digits such as 5.4 or 1e3, with {PREFIXES} before them where \
                 needed"
            ),
        ));
    };
    let (mut low, mut high) = (range.low, range.high);
    if prefix == Prefix::Ap {
        let tenth = range.value.abs() / 10.0;
        (low, high) = (low.min(range.value - tenth), high.max(range.value + tenth));
    }
    let open_high = (high.total_cmp(&range.high).is_eq()).then(|| range.high.next_up());
    Ok(Read { range: NumberRange { prefix, low, high, value: range.value }, open_high })
}
