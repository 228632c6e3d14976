//! The working index of all records and persons, in memory, rebuilt from the store at start-up.
//!
//! The rule that keeps it safe: adding, changing or reconsidering a record moves that record and no
//! other; only a person's ruling moves several, and every ruling can be undone. Human rulings live
//! in `rulings.rs`, the blocks in `index.rs`.

mod index;
mod rulings;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use foldhash::fast::FixedState;

use crate::blocking::blocking_keys;
use crate::compare::Scale;
use crate::decision::{
    Candidate, Decision, Explanation, PersonId, PersonRecords, RecordId, decide, explain,
};
use crate::demographics::Demographics;
use crate::frequencies::Frequencies;
use crate::prepared::Prepared;
use crate::verdict::{Reason, Thresholds, Verdict};
use crate::weights::Weights;
use index::Index;
pub use rulings::{Change, Move, Ruling};

/// Most records compared for one decision; a record that meets more is not telling.
const CANDIDATE_RECORDS_MAX: usize = 1000;

/// All records and the persons they belong to.
#[derive(Clone, Debug)]
pub struct Linker {
    thresholds: Thresholds,
    frequencies: Frequencies,
    index: Index,
    slots: Vec<Option<Entry>>,
    free_slots: Vec<u32>,
    slot_of: HashMap<RecordId, u32, FixedState>,
    persons: HashMap<PersonId, Vec<u32>, FixedState>,
    rulings: BTreeMap<RecordId, BTreeMap<RecordId, Ruling>>,
    next_person: u64,
}

#[derive(Clone, Debug)]
struct Entry {
    id: RecordId,
    person: PersonId,
    prepared: Prepared,
}

/// Where a record went, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// The record's person: the one linked to, or a new one of its own.
    pub person: PersonId,
    /// The decision behind it.
    pub decision: Decision,
    /// Records that stand alone and that this record matches: reconsider each, since what was
    /// doubtful about them may now be clear.
    pub revisit: Vec<RecordId>,
}

/// What a second look at a record found.
#[derive(Clone, Debug, PartialEq)]
pub enum Reconsidered {
    /// It stays with its person; the explanation is absent where it stands alone.
    Keeps(Option<Explanation>),
    /// It stood alone and now belongs to a person.
    Links(Placement),
    /// It stands alone; somebody should look at these persons.
    Review(Vec<Candidate>),
    /// Its link is no longer supported. It stays until somebody decides.
    SuggestUnlink {
        /// How it stands to the rest of its person now.
        explanation: Explanation,
        /// Where it may belong instead.
        elsewhere: Vec<Candidate>,
    },
}

/// A call that does not fit the linker's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkerError {
    /// The record is already held: use `update`.
    RecordKnown(RecordId),
    /// The record is not held.
    RecordUnknown(RecordId),
    /// An earlier ruling says the opposite: withdraw it first.
    Contradiction(RecordId, RecordId),
    /// A record cannot be ruled against itself.
    SameRecord(RecordId),
}

impl fmt::Display for LinkerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RecordKnown(RecordId(id)) => write!(f, "record {id} is already held: update it"),
            Self::RecordUnknown(RecordId(id)) => write!(f, "record {id} is not held: add it first"),
            Self::Contradiction(RecordId(a), RecordId(b)) => write!(
                f,
                "an earlier ruling on records {a} and {b} says the opposite: withdraw it first"
            ),
            Self::SameRecord(RecordId(id)) => {
                write!(f, "record {id} cannot be ruled against itself: name two records")
            }
        }
    }
}

impl std::error::Error for LinkerError {}

impl Linker {
    /// An empty linker with the thresholds that the documented figures were measured with.
    pub fn new() -> Self {
        Self::with_thresholds(Thresholds::MEASURED)
    }

    /// An empty linker with other thresholds.
    pub fn with_thresholds(thresholds: Thresholds) -> Self {
        Self {
            thresholds,
            frequencies: Frequencies::default(),
            index: Index::default(),
            slots: Vec::new(),
            free_slots: Vec::new(),
            slot_of: HashMap::default(),
            persons: HashMap::default(),
            rulings: BTreeMap::new(),
            next_person: 1,
        }
    }

    /// Makes room before many records are placed.
    pub fn reserve(&mut self, records: usize) {
        self.slots.reserve(records);
        self.slot_of.reserve(records);
        self.persons.reserve(records / 2);
        self.index.reserve(records * 5);
    }

    /// How many records are held.
    pub fn len(&self) -> usize {
        self.slot_of.len()
    }

    /// Whether no record is held.
    pub fn is_empty(&self) -> bool {
        self.slot_of.is_empty()
    }

    /// The person that a record belongs to.
    pub fn person_of(&self, record: RecordId) -> Option<PersonId> {
        self.entry(record).map(|entry| entry.person)
    }

    /// The records of a person, in rising order.
    pub fn members(&self, person: PersonId) -> Vec<RecordId> {
        let slots = self.persons.get(&person).map_or(&[][..], Vec::as_slice);
        let mut records: Vec<RecordId> = self.entries(slots).map(|entry| entry.id).collect();
        records.sort_unstable();
        records
    }

    /// What would be decided about a record that is not held, changing nothing.
    pub fn decide(&self, demographics: &Demographics) -> Decision {
        self.decide_prepared(&Prepared::new(demographics), None)
    }

    /// Decides on a new record and takes it in. It joins a person only on [`Decision::Link`];
    /// otherwise it begins a person of its own.
    pub fn add(
        &mut self,
        id: RecordId,
        demographics: &Demographics,
    ) -> Result<Placement, LinkerError> {
        if self.slot_of.contains_key(&id) {
            return Err(LinkerError::RecordKnown(id));
        }
        let prepared = Prepared::new(demographics);
        let decision = self.decide_prepared(&prepared, Some(id));
        let person = match &decision {
            Decision::Link { to, .. } => to.person,
            Decision::Review(_) | Decision::New => self.new_person(),
        };
        self.insert(id, prepared, person);
        let revisit = self.lone_records(&decision);
        Ok(Placement { person, decision, revisit })
    }

    /// Takes in a record whose person is already decided, as the store says at start-up.
    pub fn place(
        &mut self,
        id: RecordId,
        demographics: &Demographics,
        person: PersonId,
    ) -> Result<(), LinkerError> {
        if self.slot_of.contains_key(&id) {
            return Err(LinkerError::RecordKnown(id));
        }
        self.next_person = self.next_person.max(person.0.saturating_add(1));
        self.insert(id, Prepared::new(demographics), person);
        Ok(())
    }

    /// Lets go of a record. Rulings about it stay, should it come back.
    pub fn remove(&mut self, id: RecordId) -> Option<PersonId> {
        let slot = self.slot_of.remove(&id)?;
        let entry = self.slots[slot as usize].take()?;
        self.unfile(slot, &entry.prepared);
        self.leave(slot, entry.person);
        self.free_slots.push(slot);
        Some(entry.person)
    }

    /// Takes in a record's new demographics and looks at its link again.
    pub fn update(
        &mut self,
        id: RecordId,
        demographics: &Demographics,
    ) -> Result<Reconsidered, LinkerError> {
        let slot = self.slot(id)?;
        let prepared = Prepared::new(demographics);
        if let Some(entry) = self.slots[slot as usize].as_mut() {
            let former = std::mem::replace(&mut entry.prepared, prepared.clone());
            self.unfile(slot, &former);
            self.file(slot, &prepared);
        }
        self.reconsider(id)
    }

    /// Looks at a record's link again. Only a record that stands alone may move, and only into a
    /// person that it clearly belongs to; a link that lost its support is reported and kept.
    pub fn reconsider(&mut self, id: RecordId) -> Result<Reconsidered, LinkerError> {
        let slot = self.slot(id)?;
        let Some(entry) = self.slots[slot as usize].as_ref() else {
            return Err(LinkerError::RecordUnknown(id));
        };
        let own = entry.person;
        let decision = self.decide_prepared(&entry.prepared, Some(id));
        if let Some(explanation) = self.explain_link(id) {
            if explanation.verdict == Verdict::Same {
                return Ok(Reconsidered::Keeps(Some(explanation)));
            }
            let elsewhere = match decision {
                Decision::Link { to, also } => {
                    std::iter::once(to).chain(also).filter(|c| c.person != own).collect()
                }
                Decision::Review(found) => found.into_iter().filter(|c| c.person != own).collect(),
                Decision::New => Vec::new(),
            };
            return Ok(Reconsidered::SuggestUnlink { explanation, elsewhere });
        }
        Ok(match decision {
            Decision::Link { ref to, .. } => {
                let person = to.person;
                self.move_slot(slot, person);
                let revisit = self.lone_records(&decision);
                Reconsidered::Links(Placement { person, decision, revisit })
            }
            Decision::Review(candidates) => Reconsidered::Review(candidates),
            Decision::New => Reconsidered::Keeps(None),
        })
    }

    /// Why a record is with the rest of its person; nothing where it stands alone.
    pub fn explain_link(&self, id: RecordId) -> Option<Explanation> {
        let entry = self.entry(id)?;
        let members = self.members_but(entry.person, Some(id));
        let mut found = explain(&entry.prepared, &members, self.scale(), self.thresholds)?;
        let confirmed =
            members.iter().any(|(member, _)| self.ruling(id, *member) == Some(Ruling::Same));
        if confirmed {
            found.verdict = Verdict::Same;
            found.reasons.add(Reason::ConfirmedSame);
        }
        Some(found)
    }

    /// How two records stand to each other, whatever person each belongs to.
    pub fn explain_between(&self, a: RecordId, b: RecordId) -> Option<Explanation> {
        let (left, right) = (self.entry(a)?, self.entry(b)?);
        explain(&left.prepared, &[(b, &right.prepared)], self.scale(), self.thresholds)
    }

    fn decide_prepared(&self, prepared: &Prepared, id: Option<RecordId>) -> Decision {
        let rulings = id.map(|id| self.rulings_on(id)).unwrap_or_default();
        let mut slots = Vec::new();
        for key in blocking_keys(prepared) {
            self.index.find(key, &mut slots);
            if slots.len() >= CANDIDATE_RECORDS_MAX {
                break;
            }
        }
        let mut persons: Vec<PersonId> = self.entries(&slots).map(|entry| entry.person).collect();
        persons.extend_from_slice(&rulings.same);
        persons.sort_unstable();
        persons.dedup();
        let candidates: Vec<PersonRecords<'_>> = persons
            .into_iter()
            .map(|person| PersonRecords { person, members: self.members_but(person, id) })
            .filter(|person| !person.members.is_empty())
            .collect();
        decide(prepared, &candidates, &rulings, self.scale(), self.thresholds)
    }

    /// Records that a decision's further matches consist of, where they stand alone.
    fn lone_records(&self, decision: &Decision) -> Vec<RecordId> {
        let Decision::Link { also, .. } = decision else { return Vec::new() };
        let lone: BTreeSet<RecordId> = also
            .iter()
            .filter(|candidate| self.persons.get(&candidate.person).is_some_and(|s| s.len() == 1))
            .map(|candidate| candidate.explanation.closest)
            .collect();
        lone.into_iter().collect()
    }

    fn members_but(&self, person: PersonId, but: Option<RecordId>) -> Vec<(RecordId, &Prepared)> {
        let slots = self.persons.get(&person).map_or(&[][..], Vec::as_slice);
        self.entries(slots)
            .filter(|entry| Some(entry.id) != but)
            .map(|entry| (entry.id, &entry.prepared))
            .collect()
    }

    /// What comparisons measure with at the moment.
    pub fn scale(&self) -> Scale<'_> {
        Scale { weights: Weights::built_in(), frequencies: &self.frequencies }
    }

    fn entries<'a>(&'a self, slots: &'a [u32]) -> impl Iterator<Item = &'a Entry> {
        slots.iter().filter_map(|slot| self.slots.get(*slot as usize)?.as_ref())
    }

    fn entry(&self, id: RecordId) -> Option<&Entry> {
        self.slots.get(*self.slot_of.get(&id)? as usize)?.as_ref()
    }

    fn slot(&self, id: RecordId) -> Result<u32, LinkerError> {
        self.slot_of.get(&id).copied().ok_or(LinkerError::RecordUnknown(id))
    }

    fn new_person(&mut self) -> PersonId {
        let person = PersonId(self.next_person);
        self.next_person += 1;
        person
    }

    fn insert(&mut self, id: RecordId, prepared: Prepared, person: PersonId) {
        let slot = self.free_slots.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() as u32 - 1
        });
        self.file(slot, &prepared);
        self.slots[slot as usize] = Some(Entry { id, person, prepared });
        self.slot_of.insert(id, slot);
        self.persons.entry(person).or_insert_with(|| Vec::with_capacity(1)).push(slot);
    }

    fn file(&mut self, slot: u32, prepared: &Prepared) {
        self.frequencies.add(prepared);
        for key in blocking_keys(prepared) {
            self.index.add(key, slot);
        }
    }

    fn unfile(&mut self, slot: u32, prepared: &Prepared) {
        self.frequencies.remove(prepared);
        for key in blocking_keys(prepared) {
            self.index.remove(key, slot);
        }
    }

    fn leave(&mut self, slot: u32, person: PersonId) {
        if let Some(slots) = self.persons.get_mut(&person) {
            slots.retain(|member| *member != slot);
            if slots.is_empty() {
                self.persons.remove(&person);
            }
        }
    }

    fn move_slot(&mut self, slot: u32, to: PersonId) {
        let Some(entry) = self.slots[slot as usize].as_mut() else { return };
        let from = std::mem::replace(&mut entry.person, to);
        if from != to {
            self.leave(slot, from);
            self.persons.entry(to).or_default().push(slot);
        }
    }
}

impl Default for Linker {
    fn default() -> Self {
        Self::new()
    }
}
