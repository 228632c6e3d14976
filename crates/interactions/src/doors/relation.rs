//! Whether staff have to do with a person: the person is known to their organisation's own systems, or
//! they have opened the record with a reason. Spec: `docs/security.md`, legitimate relationships.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError};

use ::access::consent::Agreed;
use ::access::{Staff, Who};
use ::store::StoreError;
use fhir::{ResourceId, Tree};

use super::Doors;
use crate::app::App;
use crate::linking::patient_key;

/// Patients that were looked at already.
pub(super) type Known = HashMap<ResourceId, bool>;

/// Patients that one request may ask about.
const ASKED_MAX: usize = 1_000;

impl Doors {
    /// Of these patients, those whose person the caller has to do with; nobody for who is not staff,
    /// for whom it makes no difference.
    pub(crate) async fn related(
        &self,
        patients: &BTreeSet<ResourceId>,
    ) -> Result<Vec<ResourceId>, StoreError> {
        let Who::Staff(staff) = &self.caller.who else { return Ok(Vec::new()) };
        let mut related = Vec::new();
        for patient in patients.iter().take(ASKED_MAX) {
            let known =
                self.known.lock().unwrap_or_else(PoisonError::into_inner).get(patient).copied();
            let is_related = match known {
                Some(known) => known,
                None => self.look_up(staff, patient).await?,
            };
            if is_related {
                related.push(patient.clone());
            }
        }
        Ok(related)
    }

    async fn look_up(&self, staff: &Staff, patient: &ResourceId) -> Result<bool, StoreError> {
        let (person, patients) = match self.shared.person_of_patient(patient).await {
            Some((person, patients)) => (Some(person), patients),
            None => (None, vec![patient.clone()]),
        };
        let now = self.shared.clock.now();
        let is_open = staff
            .opened
            .iter()
            .any(|opened| Some(&opened.person) == person.as_ref() && opened.until > now);
        let is_known = is_open || self.is_known_to(staff, &patients).await?;
        // Who shares nothing between organisations shows others nothing but in an emergency.
        let is_related = is_open || (is_known && !self.shares_nothing(&patients).await?);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(patients.into_iter().map(|patient| (patient, is_related)));
        known.insert(patient.clone(), is_related);
        Ok(is_related)
    }

    /// Whether the person has chosen that organisations do not see each other's part of the record.
    async fn shares_nothing(&self, patients: &[ResourceId]) -> Result<bool, StoreError> {
        let app = App::trusted(Arc::clone(&self.shared));
        let agreements = app.agreements(patients).await.map_err(|failure| {
            StoreError::backend("read what a person has agreed to", failure.to_string())
        })?;
        Ok(agreements.iter().any(|held| held.agreement.agreed == Agreed::NoSharing))
    }

    /// Whether one of the caller's organisation's systems has a record of the person.
    pub(crate) async fn are_known(&self, patients: &[ResourceId]) -> Result<bool, StoreError> {
        match &self.caller.who {
            Who::Staff(staff) => self.is_known_to(staff, patients).await,
            _ => Ok(false),
        }
    }

    /// Whether one of the organisation's systems has a record of the person.
    async fn is_known_to(
        &self,
        staff: &Staff,
        patients: &[ResourceId],
    ) -> Result<bool, StoreError> {
        let keys: Vec<_> = patients.iter().map(patient_key).collect();
        let stored = self.raw.read_many(&keys).await?;
        Ok(stored.iter().flatten().any(|stored| {
            let tree = stored.body.as_deref().and_then(|body| Tree::parse(body).ok());
            let source = tree.as_ref().and_then(|tree| tree.root().at("meta.source"));
            let source = source.and_then(|source| source.as_str().map(ToOwned::to_owned));
            source.is_some_and(|source| staff.sources.iter().any(|own| **own == *source))
        }))
    }
}
