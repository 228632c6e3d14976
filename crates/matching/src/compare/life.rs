//! Sex, date of death and place in a multiple birth.
//!
//! They are facts of a few values each, so they share a file. Another such fact is one function.

use super::level::Level;
use super::{Finding, Scale};
use crate::demographics::MultipleBirth;
use crate::prepared::Prepared;

pub(crate) fn sex(left: &Prepared, right: &Prepared, scale: Scale<'_>) -> Finding {
    scale.plain(match (left.sex, right.sex) {
        (Some(left), Some(right)) if left == right => Level::SexAgree,
        (Some(_), Some(_)) => Level::SexDiffer,
        _ => Level::SexMissing,
    })
}

/// A death that only one record knows of says nothing: news travels slowly between systems.
pub(crate) fn death_date(left: &Prepared, right: &Prepared, scale: Scale<'_>) -> Finding {
    scale.plain(match (left.death, right.death) {
        // One system may hold the day of death and another that of its registration.
        (Some(left), Some(right)) if left.year().abs_diff(right.year()) <= 1 => Level::DeathAgree,
        (Some(_), Some(_)) => Level::DeathDiffer,
        _ => Level::DeathMissing,
    })
}

pub(crate) fn birth_order(left: &Prepared, right: &Prepared, scale: Scale<'_>) -> Finding {
    use MultipleBirth::Order;
    scale.plain(match (left.multiple_birth, right.multiple_birth) {
        (Some(Order(left)), Some(Order(right))) if left == right => Level::BirthOrderAgree,
        (Some(Order(_)), Some(Order(_))) => Level::BirthOrderDiffer,
        _ => Level::BirthOrderMissing,
    })
}

pub(crate) fn is_multiple(record: &Prepared) -> bool {
    matches!(record.multiple_birth, Some(MultipleBirth::Several | MultipleBirth::Order(_)))
}
