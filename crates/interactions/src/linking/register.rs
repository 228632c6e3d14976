//! The working state of linking: the linker, and which resource each of its ids stands for.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use fhir::{ResourceId, Tree};
use matching::{Candidate, Decision, Linker, PersonId, Reason, Reconsidered, RecordId, Ruling};
use store::{Batch, Change};

use super::person::{Link, PersonState, links_of};
use super::review::{self, Pair};
use super::{PATIENT, PERSON, TASK, demographics_of, patient_key};
use crate::app::App;
use crate::failure::Failure;
use crate::scan::scan_type;

/// What is linked, and what waits.
#[derive(Default)]
pub(crate) struct Register {
    pub(crate) linker: Linker,
    record_of: HashMap<ResourceId, RecordId>,
    patient_of: Vec<ResourceId>,
    persons: BTreeMap<PersonId, PersonState>,
    /// Reviews that exist already, open or decided, by the pair of Patients they are about.
    pub(crate) reviews: HashMap<Pair, ResourceId>,
    /// Patients whose Person resource has not been brought up to date yet.
    stale: BTreeSet<PersonId>,
}

impl Register {
    pub(crate) fn record(&self, patient: &ResourceId) -> Option<RecordId> {
        self.record_of.get(patient).copied()
    }

    pub(crate) fn patient(&self, record: RecordId) -> Option<&ResourceId> {
        self.patient_of.get(record.0 as usize)
    }

    /// The Person resource that a Patient is linked by.
    pub(crate) fn person_of(&self, patient: &ResourceId) -> Option<&PersonState> {
        self.persons.get(&self.linker.person_of(self.record(patient)?)?)
    }

    fn record_or_new(&mut self, patient: &ResourceId) -> RecordId {
        if let Some(record) = self.record(patient) {
            return record;
        }
        let record = RecordId(self.patient_of.len() as u64);
        self.patient_of.push(patient.clone());
        self.record_of.insert(patient.clone(), record);
        record
    }

    pub(crate) fn touch(&mut self, person: PersonId) {
        self.stale.insert(person);
    }

    /// Rebuilds the state from the store; gives the Patients that no Person links.
    pub(crate) async fn load(app: &App) -> Result<Vec<ResourceId>, Failure> {
        let mut register = app.linking.register.lock().await;
        *register = Register::default();
        let mut person_of: HashMap<ResourceId, PersonId> = HashMap::new();
        let mut number = 0;
        scan_type(app, PERSON, |key, version, tree| {
            number += 1;
            let links = links_of(tree);
            for link in &links {
                person_of.insert(link.patient.clone(), PersonId(number));
            }
            let state = PersonState { id: key.id.clone(), version: Some(version), links };
            register.persons.insert(PersonId(number), state);
        })
        .await?;
        let mut unlinked = Vec::new();
        let mut seen = HashSet::new();
        scan_type(app, PATIENT, |key, _, tree| match person_of.get(&key.id) {
            Some(person) => {
                seen.insert(key.id.clone());
                let record = register.record_or_new(&key.id);
                let demographics = demographics_of(tree.root());
                // The record is new to an empty linker, so it cannot be refused.
                let _ = register.linker.place(record, &demographics, *person);
            }
            None => unlinked.push(key.id.clone()),
        })
        .await?;
        // A Person may link a Patient that is deleted: looking at it again takes the link out.
        unlinked.extend(person_of.into_keys().filter(|patient| !seen.contains(patient)));
        scan_type(app, TASK, |key, _, tree| review::restore(&mut register, key, tree)).await?;
        Ok(unlinked)
    }

    pub(crate) fn restore_ruling(&mut self, pair: &Pair, ruling: Ruling) {
        let (a, b) = (self.record_or_new(&pair.0), self.record_or_new(&pair.1));
        self.linker.restore_ruling(a, b, ruling);
    }

    /// The changes that bring every stale Person up to date; call [`Register::written`] with the
    /// versions after the commit.
    pub(crate) async fn person_changes(
        &mut self,
        app: &App,
    ) -> Result<Vec<(PersonId, PersonState, Change)>, Failure> {
        let mut changes = Vec::new();
        for person in std::mem::take(&mut self.stale) {
            let desired = self.desired(app, person);
            let current = self.persons.get(&person);
            let same = current.is_some_and(|current| current.links == desired.links);
            if (same && current.is_some_and(|c| c.version.is_some()))
                || (current.is_none() && desired.links.is_empty())
            {
                continue;
            }
            let face = match desired.links.first() {
                Some(link) => app.store.read(&patient_key(&link.patient)).await?,
                None => None,
            };
            let face = face.and_then(|stored| Tree::parse(stored.body.as_deref()?).ok());
            let change = desired.change(app, face.as_ref());
            changes.push((person, desired, change));
        }
        Ok(changes)
    }

    fn desired(&self, app: &App, person: PersonId) -> PersonState {
        let current = self.persons.get(&person);
        let links = self
            .linker
            .members(person)
            .into_iter()
            .filter_map(|record| {
                let patient = self.patient(record)?.clone();
                Some(Link { assurance: self.assurance(record), patient })
            })
            .collect();
        PersonState {
            id: current.map_or_else(|| app.ids.next(), |state| state.id.clone()),
            version: current.and_then(|state| state.version),
            links,
        }
    }

    fn assurance(&self, record: RecordId) -> &'static str {
        let Some(explanation) = self.linker.explain_link(record) else { return "level2" };
        if explanation.reasons.contains(Reason::ConfirmedSame) {
            "level4"
        } else if explanation.reasons.contains(Reason::NhsNumberConfirmed) {
            "level3"
        } else {
            "level2"
        }
    }

    fn written(&mut self, person: PersonId, mut state: PersonState, version: fhir::VersionId) {
        if state.links.is_empty() {
            self.persons.remove(&person);
        } else {
            state.version = Some(version);
            self.persons.insert(person, state);
        }
    }

    /// Commits the stale Persons together with `extra` changes; what fails stays stale.
    pub(crate) async fn commit(&mut self, app: &App, extra: Vec<Change>) -> Result<(), Failure> {
        let persons = self.person_changes(app).await?;
        let mut batch = Batch::default();
        let mut states = Vec::new();
        for (person, state, change) in persons {
            batch.changes.push(change);
            states.push((person, state));
        }
        batch.changes.extend(extra);
        if batch.changes.is_empty() {
            return Ok(());
        }
        match app.commit(batch).await {
            Ok(committed) => {
                for ((person, state), done) in states.into_iter().zip(committed) {
                    self.written(person, state, done.version);
                }
                Ok(())
            }
            Err(error) => {
                for (person, mut state) in states {
                    self.stale.insert(person);
                    // Somebody else may have written the Person: take up its version.
                    if let Ok(Some(now)) = app.store.read(&state.key()).await {
                        state.version = Some(now.version).filter(|_| now.body.is_some());
                        if let Some(current) = self.persons.get_mut(&person) {
                            current.version = state.version;
                        }
                    }
                }
                Err(error.into())
            }
        }
    }
}

impl App {
    /// Looks at one Patient: takes it into the linker, and writes what follows from that.
    pub(super) async fn link_patient(&self, id: &ResourceId) -> Result<(), Failure> {
        let stored = self.store.read(&patient_key(id)).await?;
        let tree = stored.and_then(|stored| Tree::parse(stored.body.as_deref()?).ok());
        let mut register = self.linking.register.lock().await;
        let _writing = self.in_force();
        let Some(tree) = tree else {
            if let Some(person) = register.record(id).and_then(|r| register.linker.remove(r)) {
                register.touch(person);
            }
            return register.commit(self, Vec::new()).await;
        };
        let mut tasks = Vec::new();
        let record = register.record_or_new(id);
        let doubtful = register.take_in(record, &demographics_of(tree.root()));
        for (about, candidates) in doubtful {
            tasks.extend(review::open(self, &mut register, about, &candidates));
        }
        register.follow_source_links(record, &tree);
        register.commit(self, tasks).await
    }
}

impl Register {
    /// Adds or updates a record, revisits those it may help, and gives what is doubtful.
    fn take_in(
        &mut self,
        record: RecordId,
        demographics: &matching::Demographics,
    ) -> Vec<(RecordId, Vec<Candidate>)> {
        let mut doubtful = Vec::new();
        let mut revisit = Vec::new();
        if self.linker.person_of(record).is_some() {
            if let Some(person) = self.linker.person_of(record) {
                self.touch(person);
            }
            if let Ok(seen) = self.linker.update(record, demographics) {
                self.second_look(record, seen, &mut doubtful, &mut revisit);
            }
        } else if let Ok(placement) = self.linker.add(record, demographics) {
            self.touch(placement.person);
            match placement.decision {
                Decision::Review(candidates) => doubtful.push((record, candidates)),
                Decision::Link { also, .. } if !also.is_empty() => doubtful.push((record, also)),
                Decision::Link { .. } | Decision::New => {}
            }
            revisit = placement.revisit;
        }
        // A record that moved may in turn make others clear; each is looked at once.
        let mut looked_at = BTreeSet::from([record]);
        while let Some(lone) = revisit.pop() {
            if !looked_at.insert(lone) {
                continue;
            }
            let before = self.linker.person_of(lone);
            if let Ok(seen) = self.linker.reconsider(lone) {
                if let Some(person) = before {
                    self.touch(person);
                }
                self.second_look(lone, seen, &mut doubtful, &mut revisit);
            }
        }
        doubtful
    }

    fn second_look(
        &mut self,
        record: RecordId,
        seen: Reconsidered,
        doubtful: &mut Vec<(RecordId, Vec<Candidate>)>,
        revisit: &mut Vec<RecordId>,
    ) {
        match seen {
            Reconsidered::Keeps(_) => {}
            Reconsidered::Links(placement) => {
                self.touch(placement.person);
                revisit.extend(placement.revisit);
            }
            Reconsidered::Review(candidates) => doubtful.push((record, candidates)),
            Reconsidered::SuggestUnlink { explanation, mut elsewhere } => {
                if let Some(person) = self.linker.person_of(record) {
                    elsewhere.insert(0, Candidate { person, explanation });
                }
                doubtful.push((record, elsewhere));
            }
        }
    }

    /// A merge message of the source itself (A40) says that two of its Patients are one person.
    fn follow_source_links(&mut self, record: RecordId, patient: &Tree) {
        for link in patient.root().all("link") {
            let merged = matches!(link.text_of("type"), Some("replaced-by" | "replaces"));
            let other = link
                .at("other.reference")
                .and_then(fhir::Value::as_str)
                .and_then(|text| ResourceId::parse(text.strip_prefix("Patient/")?));
            let other = other.filter(|_| merged).and_then(|id| self.record(&id));
            let Some(other) = other else { continue };
            let before = [self.linker.person_of(record), self.linker.person_of(other)];
            if before[0] != before[1] && self.linker.confirm_same(record, other).is_ok() {
                before.into_iter().flatten().for_each(|person| self.touch(person));
            }
        }
    }
}
