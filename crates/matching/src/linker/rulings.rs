//! Human decisions: confirmed the same person, confirmed not the same, and taking either back.
//!
//! A ruling is about two records, so it outlives any regrouping, and it stands until withdrawn. A
//! further kind of ruling is a variant of [`Ruling`] and a place in `decision.rs` where it counts.

use std::collections::BTreeSet;

use super::{Linker, LinkerError};
use crate::decision::{PersonId, RecordId, Rulings};

/// What somebody decided about two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// They are one person's.
    Same,
    /// They are two people's.
    Different,
}

/// What a ruling changed, so that it can be shown, stored and undone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Records that changed their person.
    pub moves: Vec<Move>,
    /// Pairs of records with the ruling before the change and after it.
    pub rulings: Vec<(RecordId, RecordId, Option<Ruling>, Option<Ruling>)>,
}

/// One record's change of person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The record.
    pub record: RecordId,
    /// Its person before.
    pub from: PersonId,
    /// Its person after.
    pub to: PersonId,
}

impl Linker {
    /// What somebody decided about two records.
    pub fn ruling(&self, a: RecordId, b: RecordId) -> Option<Ruling> {
        self.rulings.get(&a)?.get(&b).copied()
    }

    /// Takes in a ruling from the store at start-up: it moves nothing.
    pub fn restore_ruling(&mut self, a: RecordId, b: RecordId, ruling: Ruling) {
        if a != b {
            self.set_ruling(a, b, Some(ruling), &mut Change::default());
        }
    }

    /// Somebody confirms that two records are one person's: the person of `a` joins that of `b`.
    pub fn confirm_same(&mut self, a: RecordId, b: RecordId) -> Result<Change, LinkerError> {
        let (from, into) = self.two_persons(a, b)?;
        let (moving, staying) = (self.members(from), self.members(into));
        if from != into {
            for left in &moving {
                if let Some(right) = staying
                    .iter()
                    .find(|right| self.ruling(*left, **right) == Some(Ruling::Different))
                    && (*left, *right) != (a, b)
                {
                    return Err(LinkerError::Contradiction(*left, *right));
                }
            }
        }
        if self.ruling(a, b) == Some(Ruling::Different) {
            return Err(LinkerError::Contradiction(a, b));
        }
        let mut change = Change::default();
        self.set_ruling(a, b, Some(Ruling::Same), &mut change);
        if from != into {
            for record in moving {
                self.shift(record, into, &mut change);
            }
        }
        Ok(change)
    }

    /// Somebody confirms that two records are two people's. Where they share a person, `a` leaves
    /// it, together with the records confirmed to be the same as `a`.
    pub fn confirm_different(&mut self, a: RecordId, b: RecordId) -> Result<Change, LinkerError> {
        let (left, right) = self.two_persons(a, b)?;
        let group = self.confirmed_group(a);
        if group.contains(&b) {
            return Err(LinkerError::Contradiction(a, b));
        }
        let mut change = Change::default();
        self.set_ruling(a, b, Some(Ruling::Different), &mut change);
        if left == right {
            self.shift_to_new_person(&group, left, &mut change);
        }
        Ok(change)
    }

    /// Undoes a record's link: it leaves its person and is never linked there again by itself.
    /// Records confirmed to be the same as this one go with it.
    pub fn unlink(&mut self, record: RecordId) -> Result<Change, LinkerError> {
        let person = self.person_of(record).ok_or(LinkerError::RecordUnknown(record))?;
        let group = self.confirmed_group(record);
        let mut change = Change::default();
        for other in self.members(person) {
            if !group.contains(&other) {
                self.set_ruling(record, other, Some(Ruling::Different), &mut change);
            }
        }
        if !change.rulings.is_empty() {
            self.shift_to_new_person(&group, person, &mut change);
        }
        Ok(change)
    }

    /// Takes back a ruling; records stay where they are until they are reconsidered.
    pub fn withdraw(&mut self, a: RecordId, b: RecordId) -> Change {
        let mut change = Change::default();
        self.set_ruling(a, b, None, &mut change);
        change
    }

    /// Puts everything back as it was before a change. Records gone since then stay gone.
    pub fn undo(&mut self, change: &Change) {
        for step in change.moves.iter().rev() {
            if let Ok(slot) = self.slot(step.record) {
                self.move_slot(slot, step.from);
            }
        }
        for (a, b, before, _) in change.rulings.iter().rev() {
            self.set_ruling(*a, *b, *before, &mut Change::default());
        }
    }

    pub(super) fn rulings_on(&self, record: RecordId) -> Rulings {
        let mut found = Rulings::default();
        for (other, ruling) in self.rulings.get(&record).into_iter().flatten() {
            if let Some(person) = self.person_of(*other) {
                match ruling {
                    Ruling::Same => found.same.push(person),
                    Ruling::Different => found.different.push(person),
                }
            }
        }
        found
    }

    fn two_persons(&self, a: RecordId, b: RecordId) -> Result<(PersonId, PersonId), LinkerError> {
        if a == b {
            return Err(LinkerError::SameRecord(a));
        }
        let person = |id| self.person_of(id).ok_or(LinkerError::RecordUnknown(id));
        Ok((person(a)?, person(b)?))
    }

    /// The record and all records tied to it by confirmations, within its person.
    fn confirmed_group(&self, record: RecordId) -> BTreeSet<RecordId> {
        let person = self.person_of(record);
        let mut group = BTreeSet::from([record]);
        let mut unseen = vec![record];
        while let Some(next) = unseen.pop() {
            for (other, ruling) in self.rulings.get(&next).into_iter().flatten() {
                let is_tied = *ruling == Ruling::Same && self.person_of(*other) == person;
                if is_tied && group.insert(*other) {
                    unseen.push(*other);
                }
            }
        }
        group
    }

    fn set_ruling(
        &mut self,
        a: RecordId,
        b: RecordId,
        ruling: Option<Ruling>,
        change: &mut Change,
    ) {
        let before = self.ruling(a, b);
        if before == ruling {
            return;
        }
        for (left, right) in [(a, b), (b, a)] {
            let of_left = self.rulings.entry(left).or_default();
            match ruling {
                Some(ruling) => of_left.insert(right, ruling),
                None => of_left.remove(&right),
            };
            if of_left.is_empty() {
                self.rulings.remove(&left);
            }
        }
        change.rulings.push((a, b, before, ruling));
    }

    fn shift(&mut self, record: RecordId, to: PersonId, change: &mut Change) {
        if let (Some(from), Ok(slot)) = (self.person_of(record), self.slot(record)) {
            self.move_slot(slot, to);
            change.moves.push(Move { record, from, to });
        }
    }

    /// Moves a group out, unless it is all that the person consists of.
    fn shift_to_new_person(
        &mut self,
        group: &BTreeSet<RecordId>,
        from: PersonId,
        change: &mut Change,
    ) {
        if group.len() < self.members(from).len() {
            let person = self.new_person();
            for record in group {
                self.shift(*record, person, change);
            }
        }
    }
}
