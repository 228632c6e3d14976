//! Rulings: a person says that two Patients are one human being, or two, or takes a link apart.

use access::Duty;
use fhir::{ResourceId, Tree};
use matching::Ruling;
use store::{Expected, ResourceKey};

use super::person::links_of;
use super::register::Register;
use super::review::{Pair, pair, task_change, task_of};
use super::{PERSON, TASK, patient_key};
use crate::app::{App, Shared};
use crate::failure::{Category, Failure};

/// What somebody decides about two Patients.
#[derive(Clone, Debug)]
pub struct RulingRequest {
    /// One Patient.
    pub a: ResourceId,
    /// The other.
    pub b: ResourceId,
    /// Same or different.
    pub ruling: Ruling,
    /// Who says so, as the audit shows it.
    pub by: String,
}

/// What came of a ruling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The Persons that link the two now.
    pub persons: [Option<ResourceId>; 2],
}

impl App {
    /// Takes a ruling: links or takes apart, and keeps it as the completed Task.
    ///
    /// A later ruling on the same two replaces the earlier one, so every link can be undone.
    pub async fn rule(&self, request: &RulingRequest) -> Result<Judged, Failure> {
        let app = self.on_duty(Duty::Links)?;
        let pair = pair(&request.a, &request.b);
        let mut register = self.linking.register.lock().await;
        let _writing = self.in_force();
        let known = |id: &ResourceId| {
            register.record(id).ok_or_else(|| Failure::not_found(&patient_key(id)))
        };
        let (a, b) = (known(&request.a)?, known(&request.b)?);
        let explanation = register
            .explain_pair(&pair)
            .ok_or_else(|| Failure::not_found(&patient_key(&request.a)))?;
        let before = [register.linker.person_of(a), register.linker.person_of(b)];
        register.linker.withdraw(a, b);
        let changed = match request.ruling {
            Ruling::Same => register.linker.confirm_same(a, b),
            Ruling::Different => register.linker.confirm_different(a, b),
        };
        let change = changed.map_err(|error| {
            Failure::plain(
                Category::Unprocessable,
                fhir::IssueCode::BusinessRule,
                error.to_string(),
            )
        })?;
        let moved = change.moves.iter().flat_map(|m| [m.from, m.to]);
        let after = [register.linker.person_of(a), register.linker.person_of(b)];
        for person in moved.chain(before.into_iter().chain(after).flatten()) {
            register.touch(person);
        }
        let task = app.ruled_task(&mut register, &pair, request, &explanation).await?;
        if let Err(failure) = register.commit(&app, vec![task]).await {
            register.linker.undo(&change);
            return Err(failure);
        }
        let person = |id: &ResourceId| register.person_of(id).map(|state| state.id.clone());
        Ok(Judged { persons: [person(&request.a), person(&request.b)] })
    }

    async fn ruled_task(
        &self,
        register: &mut Register,
        pair: &Pair,
        request: &RulingRequest,
        explanation: &matching::Explanation,
    ) -> Result<store::Change, Failure> {
        let id = register.reviews.get(pair).cloned().unwrap_or_else(|| self.ids.next());
        let key = store::ResourceKey { resource_type: TASK, id: id.clone() };
        let current = self.store.read(&key).await?.filter(|stored| stored.body.is_some());
        let expected = current.map_or(Expected::Absent, |stored| Expected::Version(stored.version));
        let task = task_of(pair, Some((request.ruling, &request.by)), explanation);
        register.reviews.insert(pair.clone(), id.clone());
        Ok(task_change(self, &id, &task, expected))
    }

    /// Why a Patient is with the others of its Person; nothing where it stands alone.
    pub async fn explain_link(&self, patient: &ResourceId) -> Option<matching::Explanation> {
        self.opens_patient(patient).await.ok()?;
        let register = self.linking.register.lock().await;
        register.linker.explain_link(register.record(patient)?)
    }
}

impl Shared {
    /// The Person that links a Patient, with the Patients on it.
    pub async fn person_of_patient(
        &self,
        patient: &ResourceId,
    ) -> Option<(ResourceId, Vec<ResourceId>)> {
        let register = self.linking.register.lock().await;
        let state = register.person_of(patient)?;
        Some((state.id.clone(), state.links.iter().map(|link| link.patient.clone()).collect()))
    }
}

impl App {
    /// The Patients that a Person links; a Patient's own id where no Person has it.
    pub(crate) async fn patients_of_person(
        &self,
        person: &ResourceId,
    ) -> Result<Vec<ResourceId>, Failure> {
        let app = self.elevated();
        let key = ResourceKey { resource_type: PERSON, id: person.clone() };
        let stored = app.store.read(&key).await?;
        if let Some(tree) = stored.and_then(|stored| Tree::parse(stored.body.as_deref()?).ok()) {
            return Ok(links_of(&tree).into_iter().map(|link| link.patient).collect());
        }
        let patient = app.store.read(&patient_key(person)).await?;
        let is_there = patient.is_some_and(|stored| stored.body.is_some());
        Ok(if is_there { vec![person.clone()] } else { Vec::new() })
    }
}
