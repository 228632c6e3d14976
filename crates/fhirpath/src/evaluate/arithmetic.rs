//! `+ - * / div mod` on numbers, quantities, strings and dates.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#math>, `#datetime-arithmetic`. Overflow and division by zero
//! have no value. To let an operator take a type, add the pair to `calculate`.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use crate::ast::Operator;
use crate::number::{self, Number};
use crate::quantity::{CalendarUnit, Quantity, Unit};
use crate::system::System;
use crate::temporal::Duration;
use crate::units;

/// A value, none, or what is wrong with the types.
type Answer<'t> = Result<Option<System<'t>>, String>;

pub(super) fn calculate<'t>(operator: Operator, a: &System<'t>, b: &System<'t>) -> Answer<'t> {
    if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
        return Ok(numbers(operator, a, b).map(System::from_number));
    }
    match (operator, a, b) {
        (Operator::Add, System::String(a), System::String(b)) => {
            Ok(Some(System::from_string(format!("{}{}", &**a, &**b))))
        }
        (
            Operator::Add | Operator::Subtract,
            System::Date(_) | System::DateTime(_) | System::Time(_),
            System::Quantity(by),
        ) => shift(a, by, operator == Operator::Subtract),
        _ => match (as_quantity(a), as_quantity(b)) {
            (Some(a), Some(b)) => quantities(operator, &a, &b),
            _ => Err(mismatch(operator, a, b)),
        },
    }
}

fn mismatch(operator: Operator, a: &System<'_>, b: &System<'_>) -> String {
    let (a, b) = (a.system_type().as_str(), b.system_type().as_str());
    format!("{} does not take {a} and {b}", operator.as_str())
}

/// A quantity, or a number as one without unit.
fn as_quantity<'t>(value: &System<'t>) -> Option<Quantity<'t>> {
    match value {
        System::Quantity(quantity) => Some(quantity.clone()),
        other => other.as_number().map(|number| Quantity::plain(number.to_decimal())),
    }
}

fn numbers(operator: Operator, a: Number, b: Number) -> Option<Number> {
    match operator {
        Operator::Add => a.both(b, i64::checked_add, Decimal::checked_add),
        Operator::Subtract => a.both(b, i64::checked_sub, Decimal::checked_sub),
        Operator::Multiply => a.both(b, i64::checked_mul, Decimal::checked_mul),
        Operator::Divide => number::divide(a.to_decimal(), b.to_decimal()).map(Number::Decimal),
        Operator::Div => {
            let whole = number::divide_whole(a.to_decimal(), b.to_decimal())?;
            match (a, b) {
                (Number::Long(_), _) | (_, Number::Long(_)) => whole.to_i64().map(Number::Long),
                _ => whole.to_i32().map(Number::Integer),
            }
        }
        _ => a.both(b, i64::checked_rem, Decimal::checked_rem),
    }
}

fn quantities<'t>(operator: Operator, a: &Quantity<'t>, b: &Quantity<'t>) -> Answer<'t> {
    match operator {
        Operator::Add => Ok(units::sum(a, b, Decimal::checked_add).map(System::Quantity)),
        Operator::Subtract => Ok(units::sum(a, b, Decimal::checked_sub).map(System::Quantity)),
        Operator::Multiply => Ok(units::multiply(a, b).map(System::Quantity)),
        Operator::Divide => Ok(units::divide(a, b).map(System::Quantity)),
        _ => Err(format!("{} does not take quantities", operator.as_str())),
    }
}

/// A date or time and a duration.
fn shift<'t>(value: &System<'t>, by: &Quantity<'_>, is_backwards: bool) -> Answer<'t> {
    let by = duration(by)?;
    let Some(by) = by.map(|by| if is_backwards { by.reversed() } else { by }) else {
        return Ok(None);
    };
    Ok(match value {
        System::Date(date) => {
            if by.unit > CalendarUnit::Day {
                let unit = by.unit.as_str();
                return Err(format!("a Date and {unit}s; expected years, months, weeks or days"));
            }
            date.add(by).map(System::Date)
        }
        System::DateTime(date_time) => date_time.add(by).map(System::DateTime),
        System::Time(time) => {
            if by.unit <= CalendarUnit::Day {
                let unit = by.unit.as_str();
                return Err(format!(
                    "a Time and {unit}s; expected hours, minutes, seconds or milliseconds"
                ));
            }
            time.add(by).map(System::Time)
        }
        _ => None,
    })
}

impl Duration {
    fn reversed(self) -> Duration {
        Duration { count: -self.count, nanoseconds: -self.nanoseconds, ..self }
    }
}

/// A quantity as a duration of the calendar: `None` where it is too large to be one.
///
/// UCUM's units of a week and below are taken as the calendar's. Its year and month are not: they
/// are 365.25 and 30.4375 days.
pub(crate) fn duration(quantity: &Quantity<'_>) -> Result<Option<Duration>, String> {
    const EXPECTED: &str =
        "expected a unit of the calendar such as day, or 'wk', 'd', 'h', 'min', 's', 'ms'";
    let unit = match &quantity.unit {
        Unit::Calendar(unit) => *unit,
        Unit::Ucum(code) => match CalendarUnit::from_code(code) {
            Some(unit) if unit.is_definite() => unit,
            Some(_) => return Err(format!("a definite duration above a week; {EXPECTED}")),
            // A word of the calendar in quotes can mean nothing else.
            None => CalendarUnit::from_word(code)
                .ok_or_else(|| format!("not a duration; {EXPECTED}"))?,
        },
    };
    let whole = quantity.value.trunc();
    let Some(count) = whole.to_i64() else { return Ok(None) };
    // Below seconds nothing is rounded: 0.1 seconds are 100 milliseconds.
    let scale = match unit {
        CalendarUnit::Second => 1_000_000_000,
        CalendarUnit::Millisecond => 1_000_000,
        _ => 0,
    };
    let fraction = (quantity.value - whole).checked_mul(Decimal::from(scale));
    let nanoseconds = fraction.and_then(|fraction| fraction.to_i64()).unwrap_or(0);
    Ok(Some(Duration { unit, count, nanoseconds }))
}

/// The value with the other sign; `None` for the least Integer.
pub(super) fn negate(value: System<'_>) -> Option<System<'_>> {
    match value {
        System::Integer(value) => value.checked_neg().map(System::Integer),
        System::Long(value) => value.checked_neg().map(System::Long),
        System::Decimal(value) => Some(System::Decimal(-value)),
        System::Quantity(quantity) => {
            Some(System::Quantity(Quantity { value: -quantity.value, unit: quantity.unit }))
        }
        other => Some(other),
    }
}
