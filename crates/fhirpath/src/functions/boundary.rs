//! The least and the greatest value that a value of limited precision can stand for.
//!
//! Spec: <https://hl7.org/fhirpath/#lowboundaryprecision-integer-decimal--date--datetime--time>
//! (trial use). A time without offset may be anywhere from +14:00 to -12:00.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::quantity::Quantity;
use crate::system::System;
use crate::temporal::{Parts, Precision, days_in_month};

/// Which end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Low,
    High,
}

const DECIMAL_PLACES: i32 = 8;
const DECIMAL_PLACES_MAX: i32 = 28;

/// The boundary to a number of digits; `None` where there are no such digits. The value is given
/// back where its type has no boundaries.
pub(super) fn boundary(
    value: System<'_>,
    side: Side,
    digits: Option<i32>,
) -> Result<Option<System<'_>>, System<'_>> {
    if let Some(number) = value.as_number() {
        return Ok(decimal(number.to_decimal(), side, digits).map(System::Decimal));
    }
    Ok(match value {
        System::Quantity(quantity) => {
            let value = decimal(quantity.value, side, digits);
            value.map(|value| System::Quantity(Quantity { value, unit: quantity.unit }))
        }
        System::Date(mut date) => {
            let Some((to, _)) = target(digits.unwrap_or(8), Precision::Day) else {
                return Ok(None);
            };
            widen(&mut date.parts, date.precision, side);
            date.precision = to;
            date.parts = cut(date.parts, to);
            Some(System::Date(date))
        }
        System::DateTime(mut value) => {
            let Some((to, has_fraction)) = target(digits.unwrap_or(17), Precision::Second) else {
                return Ok(None);
            };
            widen(&mut value.parts, value.precision, side);
            value.precision = to;
            value.parts = cut(value.parts, to);
            if !has_fraction {
                (value.parts.nanosecond, value.parts.fraction_digits) = (0, 0);
            }
            if to < Precision::Hour {
                value.offset = None;
            } else if value.offset.is_none() {
                value.offset = Some(if side == Side::Low { 14 * 60 } else { -12 * 60 });
            }
            Some(System::DateTime(value))
        }
        System::Time(mut time) => {
            let digits = digits.unwrap_or(9).checked_add(8);
            let found = digits.and_then(|digits| target(digits, Precision::Second));
            let Some((to, has_fraction)) = found.filter(|(to, _)| *to >= Precision::Hour) else {
                return Ok(None);
            };
            widen(&mut time.parts, time.precision, side);
            time.precision = to;
            if !has_fraction {
                (time.parts.nanosecond, time.parts.fraction_digits) = (0, 0);
            }
            Some(System::Time(time))
        }
        other => return Err(other),
    })
}

/// Half a unit of the last digit below or above, brought to a number of places.
///
/// Where there are fewer places than the value has, the end nearer to zero is cut off and the end
/// farther from zero is rounded, as the suite's examples have it.
fn decimal(value: Decimal, side: Side, places: Option<i32>) -> Option<Decimal> {
    let places = places.unwrap_or(DECIMAL_PLACES);
    if !(0..=DECIMAL_PLACES_MAX).contains(&places) {
        return None;
    }
    let half = Decimal::try_new(5, value.scale() + 1).ok()?;
    let end = match side {
        Side::Low => value.checked_sub(half)?,
        Side::High => value.checked_add(half)?,
    };
    let is_nearer_to_zero = end.is_sign_negative() == (side == Side::High);
    let strategy = if is_nearer_to_zero {
        RoundingStrategy::ToZero
    } else {
        RoundingStrategy::MidpointAwayFromZero
    };
    let mut end = end.round_dp_with_strategy(places as u32, strategy);
    end.rescale(places as u32);
    (end.scale() == places as u32).then_some(end)
}

/// The precision that a number of digits means, and whether a fraction of a second is in it.
fn target(digits: i32, most: Precision) -> Option<(Precision, bool)> {
    let precision = match digits {
        4 => Precision::Year,
        6 => Precision::Month,
        8 => Precision::Day,
        10 => Precision::Hour,
        12 => Precision::Minute,
        14 | 17 => Precision::Second,
        _ => return None,
    };
    (precision <= most).then_some((precision, digits == 17))
}

/// Sets what is not known to its least or greatest.
fn widen(parts: &mut Parts, known: Precision, side: Side) {
    let is_high = side == Side::High;
    if known < Precision::Month {
        parts.month = if is_high { 12 } else { 1 };
    }
    if known < Precision::Day {
        parts.day = if is_high { days_in_month(parts.year, parts.month) } else { 1 };
    }
    if known < Precision::Hour {
        parts.hour = if is_high { 23 } else { 0 };
    }
    if known < Precision::Minute {
        parts.minute = if is_high { 59 } else { 0 };
    }
    if known < Precision::Second {
        parts.second = if is_high { 59 } else { 0 };
    }
    if parts.fraction_digits < 3 {
        if is_high {
            // The digits that are not known, to the millisecond, are nines.
            let unknown = 10_u32.pow(9 - u32::from(parts.fraction_digits));
            parts.nanosecond += (unknown / 1_000_000 - 1) * 1_000_000;
        }
        parts.fraction_digits = 3;
    }
}

/// Without what is below a precision.
fn cut(mut parts: Parts, to: Precision) -> Parts {
    if to < Precision::Month {
        parts.month = 1;
    }
    if to < Precision::Day {
        parts.day = 1;
    }
    if to < Precision::Hour {
        parts.hour = 0;
    }
    if to < Precision::Minute {
        parts.minute = 0;
    }
    if to < Precision::Second {
        (parts.second, parts.nanosecond, parts.fraction_digits) = (0, 0, 0);
    }
    parts
}
