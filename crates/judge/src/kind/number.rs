//! Number: integers, decimals and ranges of them.
//! Spec: <https://hl7.org/fhir/R4/search.html#number>.
//!
//! A stored number is exactly itself; only what is asked for has a precision, and only for `eq`,
//! `ne` and `ap`: the others compare with the number as written.

use fhir::Value;

use crate::decimal::Decimal;
use crate::query::Prefix;
use crate::span::{End, Span};

/// The number of an element.
pub(crate) fn read(value: Value<'_>, type_name: &str) -> Option<Span<Decimal>> {
    match type_name {
        "Range" => range(value),
        _ => Some(Span::point(Decimal::parse(value.as_number()?)?)),
    }
}

/// A Range, open where an end is not given.
pub(crate) fn range(value: Value<'_>) -> Option<Span<Decimal>> {
    let end = |name| Decimal::parse(value.get(name)?.get("value")?.as_number()?);
    let (low, high) = (end("low"), end("high"));
    if low.is_none() && high.is_none() {
        return None;
    }
    Some(Span {
        low: low.map_or(End::never(), End::closed),
        high: high.map_or(End::never(), End::closed),
    })
}

/// What is asked for as a range.
pub(crate) fn wanted(prefix: Prefix, digits: &str) -> Option<Span<Decimal>> {
    let number = Decimal::parse(digits)?;
    let (low, high) = (number.minus(number.half_step()), number.plus(number.half_step()));
    Some(match prefix {
        Prefix::None | Prefix::Eq | Prefix::Ne => {
            Span { low: End::closed(low), high: End::open(high) }
        }
        Prefix::Ap => {
            let (least, most) = (number.minus(number.tenth()), number.plus(number.tenth()));
            let high = if most < high { End::open(high) } else { End::closed(most) };
            Span { low: End::closed(low.min(least)), high }
        }
        _ => Span::point(number),
    })
}
