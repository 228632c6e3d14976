//! Numbers: integers, longs and decimals, and what they become together.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#conversion>, `#math`. Overflow is no value rather than an
//! error. To add an operation, add a function that returns `None` where there is no value.

use rust_decimal::{Decimal, RoundingStrategy};

/// A number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Integer(i32),
    Long(i64),
    Decimal(Decimal),
}

impl Number {
    pub(crate) fn to_decimal(self) -> Decimal {
        match self {
            Number::Integer(value) => Decimal::from(value),
            Number::Long(value) => Decimal::from(value),
            Number::Decimal(value) => value,
        }
    }

    fn to_long(self) -> Option<i64> {
        match self {
            Number::Integer(value) => Some(i64::from(value)),
            Number::Long(value) => Some(value),
            Number::Decimal(_) => None,
        }
    }

    /// The operation on the narrowest type that both fit.
    pub(crate) fn both(
        self,
        other: Number,
        integers: fn(i64, i64) -> Option<i64>,
        decimals: fn(Decimal, Decimal) -> Option<Decimal>,
    ) -> Option<Number> {
        match (self, other) {
            (Number::Integer(a), Number::Integer(b)) => {
                let value = integers(i64::from(a), i64::from(b))?;
                i32::try_from(value).ok().map(Number::Integer)
            }
            _ => match (self.to_long(), other.to_long()) {
                (Some(a), Some(b)) => integers(a, b).map(Number::Long),
                _ => decimals(self.to_decimal(), other.to_decimal()).map(Number::Decimal),
            },
        }
    }
}

/// The quotient to as many places as a decimal holds, without trailing zeros.
pub(crate) fn divide(a: Decimal, b: Decimal) -> Option<Decimal> {
    a.checked_div(b).map(|quotient| quotient.normalize())
}

/// The whole part of a quotient.
pub(crate) fn divide_whole(a: Decimal, b: Decimal) -> Option<Decimal> {
    a.checked_div(b).map(|quotient| quotient.trunc())
}

/// Equal when rounded to the lesser number of places, trailing zeros aside.
pub(crate) fn is_equivalent(a: Decimal, b: Decimal) -> bool {
    let places = a.normalize().scale().min(b.normalize().scale());
    let round = |value: Decimal| {
        value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
    };
    round(a) == round(b)
}
