//! Units of UCUM: two values in one unit, products and quotients of units.
//!
//! Spec: <https://ucum.org/ucum>. To support more, add it to the crate `ucum`; this module only
//! asks it.

use rust_decimal::Decimal;

use crate::quantity::{Quantity, Unit};

/// Seconds of the definite durations, the only units that are compared by size for now.
const DURATIONS: [(&str, i64); 6] = [
    ("ms", 1),
    ("s", 1000),
    ("min", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("wk", 604_800_000),
];

/// Both values in one unit; `None` where the units are of different dimensions or unknown.
pub(crate) fn aligned(
    a: Decimal,
    a_unit: &str,
    b: Decimal,
    b_unit: &str,
) -> Option<(Decimal, Decimal)> {
    if a_unit == b_unit {
        return Some((a, b));
    }
    let factor = |unit: &str| {
        DURATIONS.iter().find(|(known, _)| *known == unit).map(|(_, f)| Decimal::from(*f))
    };
    let (a_factor, b_factor) = (factor(a_unit)?, factor(b_unit)?);
    Some((a.checked_mul(a_factor)?, b.checked_mul(b_factor)?))
}

/// Whether values of the units can be compared.
pub(crate) fn are_comparable(a: &str, b: &str) -> bool {
    aligned(Decimal::ONE, a, Decimal::ONE, b).is_some()
}

/// The sum (or difference) in the unit of the left; `None` where the units do not go together.
pub(crate) fn add<'t>(
    a: &Quantity<'t>,
    b: &Quantity<'t>,
    calculate: fn(Decimal, Decimal) -> Option<Decimal>,
) -> Option<(Decimal, Unit<'t>)> {
    let same = a.unit == b.unit || a.unit_code() == b.unit_code();
    let unit = a.unit.clone();
    same.then_some(())?;
    calculate(a.value, b.value).map(|value| (value, unit))
}

/// The product, where one side has no unit.
pub(crate) fn multiply<'t>(a: &Quantity<'t>, b: &Quantity<'t>) -> Option<Quantity<'t>> {
    let unit = match (a.unit_code(), b.unit_code()) {
        (_, "1") => a.unit.clone(),
        ("1", _) => b.unit.clone(),
        _ => return None,
    };
    Some(Quantity { value: a.value.checked_mul(b.value)?, unit })
}

/// The quotient, where the units are the same or the right side has none.
pub(crate) fn divide<'t>(a: &Quantity<'t>, b: &Quantity<'t>) -> Option<Quantity<'t>> {
    let value = crate::number::divide(a.value, b.value)?;
    match b.unit_code() {
        "1" => Some(Quantity { value, unit: a.unit.clone() }),
        same if same == a.unit_code() => Some(Quantity::plain(value)),
        _ => None,
    }
}

/// The quantity in another unit.
pub(crate) fn convert<'t>(quantity: &Quantity<'t>, unit: Unit<'t>) -> Option<Quantity<'t>> {
    let one = Quantity { value: Decimal::ONE, unit };
    let (value, per) = quantity.aligned(&one)?;
    Some(Quantity { value: crate::number::divide(value, per)?, unit: one.unit })
}
