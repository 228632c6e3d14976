//! Math: `abs`, `ceiling`, `exp`, `floor`, `ln`, `log`, `power`, `round`, `sqrt`, `truncate`.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#math-1>. What cannot be represented has no value. Logarithms,
//! roots and powers of fractions are exact to 16 places.

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, MathematicalOps as _, RoundingStrategy};

use crate::error::Error;
use crate::evaluate::{Call, Evaluator, Flow, Scope};
use crate::function::Function;
use crate::item::Item;
use crate::number::Number;
use crate::quantity::Quantity;
use crate::system::System;
use crate::tree::Sink;

/// Beyond this the exponential function leaves what a decimal holds.
const EXPONENT_MAX: i64 = 64;

pub(super) fn call<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let Some(value) = evaluator.input_value(call, scope)? else { return Ok(Flow::More) };
    evaluator.spend(call.id, 10)?;
    if let (Function::Abs, System::Quantity(quantity)) = (call.function, &value) {
        let unit = quantity.unit.clone();
        return sink(Item::Value(System::Quantity(Quantity { value: quantity.value.abs(), unit })));
    }
    let Some(number) = value.as_number() else {
        return Err(evaluator.wrong_input(call, &value, "a number"));
    };
    let answer = match call.function {
        Function::Log | Function::Power => {
            let Some(other) = evaluator.argument_value(call, 0, scope)? else {
                return Ok(Flow::More);
            };
            let Some(other) = other.as_number() else {
                return Err(evaluator.wrong_argument(call, 0, &other, "a number"));
            };
            match call.function {
                Function::Log => log(number.to_decimal(), other.to_decimal()).map(Number::Decimal),
                _ => power(number, other),
            }
        }
        Function::Round => {
            let places = evaluator.argument_integer(call, 0, scope)?.unwrap_or(0);
            let Ok(places) = u32::try_from(places) else {
                return Err(
                    evaluator.refuse(call.id, "round() to less than 0 places; expected 0 or more")
                );
            };
            let strategy = RoundingStrategy::MidpointAwayFromZero;
            let rounded = number.to_decimal().round_dp_with_strategy(places.min(28), strategy);
            Some(Number::Decimal(rounded))
        }
        function => plain(function, number),
    };
    super::answer(answer.map(|number| Item::Value(System::from_number(number))), sink)
}

fn plain(function: Function, number: Number) -> Option<Number> {
    let decimal = number.to_decimal();
    match function {
        Function::Abs => match number {
            Number::Integer(value) => value.checked_abs().map(Number::Integer),
            Number::Long(value) => value.checked_abs().map(Number::Long),
            Number::Decimal(value) => Some(Number::Decimal(value.abs())),
        },
        Function::Ceiling => whole(number, decimal.ceil()),
        Function::Floor => whole(number, decimal.floor()),
        Function::Truncate => whole(number, decimal.trunc()),
        Function::Exp => exp(decimal).map(Number::Decimal),
        Function::Ln => ln(decimal).map(rounded).map(Number::Decimal),
        _ => decimal.sqrt().map(rounded).map(Number::Decimal),
    }
}

/// A whole number in the type of what it came from.
fn whole(from: Number, value: Decimal) -> Option<Number> {
    match from {
        Number::Long(_) => value.to_i64().map(Number::Long),
        _ => value.to_i32().map(Number::Integer),
    }
}

fn rounded(value: Decimal) -> Decimal {
    value.round_dp(16).normalize()
}

fn exp(value: Decimal) -> Option<Decimal> {
    if value > Decimal::from(EXPONENT_MAX) {
        return None;
    }
    if value < Decimal::from(-EXPONENT_MAX) {
        return Some(Decimal::ZERO);
    }
    value.checked_exp().map(rounded)
}

fn ln(value: Decimal) -> Option<Decimal> {
    if value <= Decimal::ZERO { None } else { value.checked_ln() }
}

fn log(value: Decimal, base: Decimal) -> Option<Decimal> {
    ln(value)?.checked_div(ln(base)?).map(rounded)
}

fn power(base: Number, exponent: Number) -> Option<Number> {
    if let (Number::Integer(base), Number::Integer(exponent)) = (base, exponent) {
        return base.checked_pow(u32::try_from(exponent).ok()?).map(Number::Integer);
    }
    let (base, exponent) = (base.to_decimal(), exponent.to_decimal());
    if exponent.fract().is_zero() {
        let exponent = exponent.to_i64().filter(|exponent| exponent.abs() <= 10_000)?;
        if base.is_zero() && exponent < 0 {
            return None;
        }
        return base.checked_powi(exponent).map(Number::Decimal);
    }
    if base < Decimal::ZERO {
        return None;
    }
    if base.is_zero() {
        return (exponent > Decimal::ZERO).then_some(Number::Decimal(Decimal::ZERO));
    }
    exp(ln(base)?.checked_mul(exponent)?).map(Number::Decimal)
}
