//! Two Patients side by side: whether they are linked, what speaks for it, and who decided.

use std::collections::BTreeSet;

use access::Duty;
use fhir::{ResourceId, Tree};
use matching::{Explanation, Ruling};
use store::{ResourceKey, Stored};

use super::register::Register;
use super::review::{Pair, pair};
use super::{REVIEW_CODE, TASK, patient_key};
use crate::app::App;
use crate::failure::Failure;

/// What somebody has decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruled {
    /// Same or different.
    pub ruling: Ruling,
    /// Who.
    pub by: String,
    /// When: microseconds since 1970.
    pub at: i64,
}

/// Two Patients.
#[derive(Clone, Debug)]
pub struct PatientPair {
    /// The two, the smaller id first.
    pub patients: [ResourceId; 2],
    /// The Persons that link them now.
    pub persons: [Option<ResourceId>; 2],
    /// The evidence; absent where one of the two is gone.
    pub explanation: Option<Explanation>,
    /// What somebody has decided.
    pub ruled: Option<Ruled>,
    /// The review and its version, where somebody was asked or has decided.
    pub review: Option<Stored>,
}

impl PatientPair {
    /// Whether one Person links both.
    pub fn linked(&self) -> bool {
        self.persons[0].is_some() && self.persons[0] == self.persons[1]
    }

    fn of(register: &Register, pair: &Pair) -> PatientPair {
        let person = |id: &ResourceId| register.person_of(id).map(|state| state.id.clone());
        PatientPair {
            persons: [person(&pair.0), person(&pair.1)],
            explanation: register.explain_pair(pair),
            patients: [pair.0.clone(), pair.1.clone()],
            ruled: None,
            review: None,
        }
    }
}

impl App {
    /// Two Patients side by side.
    pub async fn patient_pair(
        &self,
        a: &ResourceId,
        b: &ResourceId,
    ) -> Result<PatientPair, Failure> {
        let pair = pair(a, b);
        for id in [&pair.0, &pair.1] {
            self.opens_patient(id).await?;
        }
        let (mut view, task) = {
            let register = self.linking.register.lock().await;
            for id in [&pair.0, &pair.1] {
                if register.record(id).is_none() {
                    return Err(Failure::not_found(&patient_key(id)));
                }
            }
            (PatientPair::of(&register, &pair), register.reviews.get(&pair).cloned())
        };
        if let Some(id) = task {
            let key = ResourceKey { resource_type: TASK, id };
            view.review =
                self.elevated().store.read(&key).await?.filter(|stored| stored.body.is_some());
            view.ruled = view.review.as_ref().and_then(ruled);
        }
        Ok(view)
    }

    /// Whether the caller may know of a Patient: the register of links is in memory, behind no door.
    pub(super) async fn opens_patient(&self, patient: &ResourceId) -> Result<(), Failure> {
        if self.on_duty(Duty::Links).is_ok() {
            return Ok(());
        }
        let current = self.store.read(&patient_key(patient)).await?;
        current.map(|_| ()).ok_or_else(|| Failure::not_found(&patient_key(patient)))
    }

    /// The pairs that somebody has decided, newest first, at most `limit`.
    pub async fn ruled_pairs(&self, limit: usize) -> Result<Vec<PatientPair>, Failure> {
        let app = self.on_duty(Duty::Links)?;
        let mut decided = Vec::new();
        crate::scan::scan_type(&app, TASK, |key, _, tree| {
            if tree.root().text_of("status") == Some("completed") && is_review(tree) {
                decided.push(key.clone());
            }
        })
        .await?;
        let mut tasks: Vec<Stored> =
            app.store.read_many(&decided).await?.into_iter().flatten().collect();
        tasks.sort_by_key(|task| std::cmp::Reverse(task.last_updated));
        let register = self.linking.register.lock().await;
        let pairs = tasks.into_iter().take(limit).filter_map(|task| {
            let (pair, _) = register.reviews.iter().find(|(_, id)| **id == task.key.id)?;
            let mut view = PatientPair::of(&register, pair);
            view.ruled = ruled(&task);
            view.review = Some(task);
            Some(view)
        });
        Ok(pairs.collect())
    }

    /// Each Patient of a Person with the one that speaks most for its being there.
    pub async fn linked_pairs(&self, patients: &[ResourceId]) -> Vec<PatientPair> {
        // Before the register is held: the doors ask it too.
        let mut open = Vec::with_capacity(patients.len());
        for patient in patients {
            if self.opens_patient(patient).await.is_ok() {
                open.push(patient);
            }
        }
        let register = self.linking.register.lock().await;
        let mut seen: BTreeSet<Pair> = BTreeSet::new();
        let mut pairs = Vec::new();
        for patient in open {
            let closest = register
                .record(patient)
                .and_then(|record| register.patient(register.linker.explain_link(record)?.closest));
            let Some(closest) = closest else { continue };
            let pair = pair(patient, closest);
            if seen.insert(pair.clone()) {
                pairs.push(PatientPair::of(&register, &pair));
            }
        }
        pairs
    }
}

fn is_review(task: &Tree) -> bool {
    task.root().at("code.coding[0].code").and_then(fhir::Value::as_str) == Some(REVIEW_CODE)
}

/// What a completed Task says.
fn ruled(task: &Stored) -> Option<Ruled> {
    let tree = Tree::parse(task.body.as_deref()?).ok()?;
    let root = tree.root();
    if root.text_of("status") != Some("completed") {
        return None;
    }
    let ruling = match root.at("output[0].valueCode")?.as_str()? {
        "same" => Ruling::Same,
        "different" => Ruling::Different,
        _ => return None,
    };
    let by = root.at("owner.display").and_then(fhir::Value::as_str).unwrap_or("");
    Some(Ruled { ruling, by: by.to_owned(), at: task.last_updated })
}
