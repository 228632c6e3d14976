//! Slots booked together: one session, one after the other, of one kind.
//! GP Connect 1.2.7 asks the same of its multi-slot bookings.

use crate::model::Slot;

/// What is wrong with a row of slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowFault {
    /// None is named.
    Empty,
    /// One is named twice.
    Twice,
    /// They are of more than one session.
    Sessions,
    /// They are not one after the other.
    Gap,
    /// They differ in how people meet or in kind.
    Kinds,
}

impl RowFault {
    /// In words, for a program's error or a person.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            RowFault::Empty => "no slot is named",
            RowFault::Twice => "a slot is named twice",
            RowFault::Sessions => "the slots are of different sessions",
            RowFault::Gap => "the slots do not follow one another",
            RowFault::Kinds => "the slots differ in delivery channel or service type",
        }
    }
}

/// Checks slots in the order in which they are booked.
pub(crate) fn check_row(slots: &[&Slot]) -> Result<(), RowFault> {
    if slots.is_empty() {
        return Err(RowFault::Empty);
    }
    for (index, slot) in slots.iter().enumerate() {
        if slots[..index].iter().any(|other| other.id == slot.id) {
            return Err(RowFault::Twice);
        }
    }
    for pair in slots.windows(2) {
        let (first, second) = (pair[0], pair[1]);
        if first.schedule != second.schedule {
            return Err(RowFault::Sessions);
        }
        if first.end != second.start {
            return Err(RowFault::Gap);
        }
        if first.mode != second.mode || first.service_type != second.service_type {
            return Err(RowFault::Kinds);
        }
    }
    Ok(())
}
