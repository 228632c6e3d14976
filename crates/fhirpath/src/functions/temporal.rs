//! Precision and parts of values: `precision`, `comparable`, `lowBoundary`, `yearOf` and their kin.
//!
//! Spec: <https://hl7.org/fhirpath/#lowboundaryprecision-integer-decimal--date--datetime--time>
//! and what follows it there (trial use). Boundaries themselves are in `boundary`.

use rust_decimal::Decimal;

use super::boundary::{self, Side};
use crate::error::Error;
use crate::evaluate::{Call, Evaluator, Flow, Scope};
use crate::function::Function;
use crate::item::Item;
use crate::number::divide;
use crate::system::System;
use crate::temporal::{Parts, Precision};
use crate::tree::Sink;

pub(super) fn call<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let Some(value) = evaluator.input_value(call, scope)? else { return Ok(Flow::More) };
    let answer = match call.function {
        Function::LowBoundary | Function::HighBoundary => {
            let places = evaluator.argument_integer(call, 0, scope)?;
            let side = if call.function == Function::LowBoundary { Side::Low } else { Side::High };
            boundary::boundary(value, side, places).map_err(|value| {
                evaluator.wrong_input(call, &value, "a number, Quantity, Date, DateTime or Time")
            })?
        }
        Function::Precision => Some(System::Integer(precision(&value).ok_or_else(|| {
            evaluator.wrong_input(call, &value, "a Decimal, Date, DateTime or Time")
        })?)),
        Function::Comparable => {
            let Some(other) = evaluator.argument_value(call, 0, scope)? else {
                return Ok(Flow::More);
            };
            let (System::Quantity(a), System::Quantity(b)) = (&value, &other) else {
                return Err(evaluator.wrong_input(call, &value, "two quantities"));
            };
            Some(System::Boolean(a.is_comparable(b)))
        }
        function => part(function, &value).map_err(|()| {
            evaluator.wrong_input(call, &value, "a Date, DateTime or Time that has this part")
        })?,
    };
    super::answer(answer.map(Item::Value), sink)
}

/// Digits that are known.
fn precision(value: &System<'_>) -> Option<i32> {
    let digits = |precision, parts: &Parts| match precision {
        Precision::Year => 4,
        Precision::Month => 6,
        Precision::Day => 8,
        Precision::Hour => 10,
        Precision::Minute => 12,
        Precision::Second if parts.fraction_digits == 0 => 14,
        Precision::Second => 17,
    };
    match value {
        System::Decimal(value) => Some(value.scale() as i32),
        System::Integer(_) | System::Long(_) => Some(0),
        System::Quantity(quantity) => Some(quantity.value.scale() as i32),
        System::Date(date) => Some(digits(date.precision, &date.parts)),
        System::DateTime(value) => Some(digits(value.precision, &value.parts)),
        System::Time(time) => Some(digits(time.precision, &time.parts) - 8),
        _ => None,
    }
}

/// A part, `None` where it is not known, an error where values of the type have no such part.
fn part<'t>(function: Function, value: &System<'t>) -> Result<Option<System<'t>>, ()> {
    let (parts, known, is_time) = match value {
        System::Date(date) => (&date.parts, date.precision, false),
        System::DateTime(date_time) => (&date_time.parts, date_time.precision, false),
        System::Time(time) => (&time.parts, time.precision, true),
        _ => return Err(()),
    };
    let integer = |at: Precision, value: i32| {
        if is_time && at < Precision::Hour {
            return Err(());
        }
        Ok((known >= at).then_some(System::Integer(value)))
    };
    match function {
        Function::YearOf => integer(Precision::Year, parts.year),
        Function::MonthOf => integer(Precision::Month, i32::from(parts.month)),
        Function::DayOf => integer(Precision::Day, i32::from(parts.day)),
        Function::HourOf => integer(Precision::Hour, i32::from(parts.hour)),
        Function::MinuteOf => integer(Precision::Minute, i32::from(parts.minute)),
        Function::SecondOf => integer(Precision::Second, i32::from(parts.second)),
        Function::MillisecondOf if parts.fraction_digits == 0 => Ok(None),
        Function::MillisecondOf => {
            integer(Precision::Second, (parts.nanosecond / 1_000_000) as i32)
        }
        _ => match (function, value) {
            (Function::TimezoneOffsetOf, System::DateTime(value)) => {
                let hours = |minutes| divide(Decimal::from(minutes), Decimal::from(60));
                Ok(value.offset.and_then(hours).map(System::Decimal))
            }
            (Function::DateOf, System::Date(date)) => Ok(Some(System::Date(*date))),
            (Function::DateOf, System::DateTime(value)) => Ok(Some(System::Date(value.date()))),
            (Function::TimeOf, System::DateTime(value)) => Ok(value.time().map(System::Time)),
            _ => Err(()),
        },
    }
}
