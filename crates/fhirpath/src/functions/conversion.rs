//! Conversion: `toInteger`, `convertsToInteger` and their kin.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#conversion>. `convertsToX` is whether `toX` has an answer.

use rust_decimal::Decimal;

use crate::error::Error;
use crate::evaluate::{Call, Evaluator, Flow, Scope};
use crate::function::Function;
use crate::item::Item;
use crate::quantity::{CalendarUnit, Quantity, Unit};
use crate::system::System;
use crate::temporal::{Date, DateTime, Time};
use crate::tree::Sink;
use crate::units;

pub(super) fn call<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let Some(item) = evaluator.input_single(call, scope)? else { return Ok(Flow::More) };
    let unit = evaluator.argument_text(call, 0, scope)?;
    let converted = item.system().and_then(|value| {
        let converted = convert(call.function, value)?;
        match (&unit, converted) {
            (Some(unit), System::Quantity(quantity)) => {
                in_unit(&quantity, unit).map(System::Quantity)
            }
            (_, other) => Some(other),
        }
    });
    if is_question(call.function) {
        return sink(converted.is_some().into());
    }
    super::answer(converted.map(Item::Value), sink)
}

fn is_question(function: Function) -> bool {
    function.as_str().starts_with("convertsTo")
}

fn convert(function: Function, value: System<'_>) -> Option<System<'_>> {
    match function {
        Function::ToBoolean | Function::ConvertsToBoolean => boolean(&value).map(System::Boolean),
        Function::ToInteger | Function::ConvertsToInteger => {
            i32::try_from(long(&value)?).ok().map(System::Integer)
        }
        Function::ToLong | Function::ConvertsToLong => long(&value).map(System::Long),
        Function::ToDecimal | Function::ConvertsToDecimal => decimal(&value).map(System::Decimal),
        Function::ToText | Function::ConvertsToString => match value {
            System::Type(_) => None,
            System::String(_) => Some(value),
            other => Some(System::from_string(other.to_string())),
        },
        Function::ToDate | Function::ConvertsToDate => match value {
            System::Date(_) => Some(value),
            System::DateTime(date_time) => Some(System::Date(date_time.date())),
            System::String(text) => {
                let date =
                    Date::parse(&text).or_else(|| DateTime::parse(&text).map(DateTime::date));
                date.map(System::Date)
            }
            _ => None,
        },
        Function::ToDateTime | Function::ConvertsToDateTime => match value {
            System::DateTime(_) => Some(value),
            System::Date(date) => Some(System::DateTime(date.to_date_time())),
            System::String(text) => DateTime::parse(&text).map(System::DateTime),
            _ => None,
        },
        Function::ToTime | Function::ConvertsToTime => match value {
            System::Time(_) => Some(value),
            System::String(text) => {
                Time::parse(text.strip_prefix('T').unwrap_or(&text)).map(System::Time)
            }
            _ => None,
        },
        _ => quantity(value).map(System::Quantity),
    }
}

fn boolean(value: &System<'_>) -> Option<bool> {
    match value {
        System::Boolean(value) => Some(*value),
        System::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" | "1.0" => Some(true),
            "false" | "f" | "no" | "n" | "0" | "0.0" => Some(false),
            _ => None,
        },
        other => {
            let number = other.as_number()?.to_decimal();
            let is_one = number == Decimal::ONE;
            (is_one || number.is_zero()).then_some(is_one)
        }
    }
}

fn long(value: &System<'_>) -> Option<i64> {
    match value {
        System::Boolean(value) => Some(i64::from(*value)),
        System::Integer(value) => Some(i64::from(*value)),
        System::Long(value) => Some(*value),
        System::String(text) => {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            let is_whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            if is_whole { text.parse().ok() } else { None }
        }
        _ => None,
    }
}

fn decimal(value: &System<'_>) -> Option<Decimal> {
    match value {
        System::Boolean(value) => Some(Decimal::from(u8::from(*value))),
        System::String(text) => parse_decimal(text),
        other => other.as_number().map(crate::number::Number::to_decimal),
    }
}

/// A sign, digits, and a point with digits after it.
fn parse_decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || fraction.is_some_and(|fraction| !all_digits(fraction)) {
        return None;
    }
    text.strip_prefix('+').unwrap_or(text).parse().ok()
}

fn quantity(value: System<'_>) -> Option<Quantity<'_>> {
    match value {
        System::Quantity(quantity) => Some(quantity),
        System::String(text) => parse_quantity(&text),
        System::Boolean(value) => {
            Some(Quantity::plain(if value { Decimal::ONE } else { Decimal::ZERO }))
        }
        other => other.as_number().map(|number| Quantity::plain(number.to_decimal())),
    }
}

/// `5`, `5.0 'mg'`, `5 days`
fn parse_quantity<'t>(text: &str) -> Option<Quantity<'t>> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-')));
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let value = parse_decimal(number)?;
    let spaced = unit.starts_with(char::is_whitespace);
    let unit = unit.trim_start();
    if unit.is_empty() {
        return Some(Quantity::plain(value));
    }
    if let Some(code) = unit.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        let is_code = !code.is_empty() && !code.contains('\'');
        return is_code.then(|| Quantity { value, unit: Unit::Ucum(code.to_owned().into()) });
    }
    let unit = CalendarUnit::from_word(unit).filter(|_| spaced)?;
    Some(Quantity { value, unit: Unit::Calendar(unit) })
}

/// The same quantity in another unit, given as a word of the calendar or a code of UCUM.
fn in_unit<'t>(quantity: &Quantity<'t>, unit: &str) -> Option<Quantity<'t>> {
    let plain = unit.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(unit);
    let target = match CalendarUnit::from_word(plain) {
        Some(unit) => Unit::Calendar(unit),
        None => Unit::Ucum(plain.to_owned().into()),
    };
    units::convert(quantity, target)
}
