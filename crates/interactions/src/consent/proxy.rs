//! Who acts for whom: parents, carers, people who hold a power of attorney.

use std::collections::BTreeSet;

use access::consent::{Agreed, Proxy};
use access::{Duty, Ended, Who, ended};
use fhir::{IssueCode, ResourceId};

use super::Held;
use super::choice::noted;
use crate::app::App;
use crate::failure::{Category, Failure};

/// Somebody who acts, or acted, for a person.
#[derive(Clone, Debug)]
pub struct ProxyView {
    /// The Consent.
    pub id: ResourceId,
    /// Who.
    pub proxy: Proxy,
    /// What to call them.
    pub name: String,
    /// The day that it was agreed on.
    pub on: String,
    /// Why it holds no more.
    pub ended: Option<Ended>,
}

/// Somebody whom a person acts for.
#[derive(Clone, Debug)]
pub struct Represented {
    /// The Consent.
    pub id: ResourceId,
    /// Their Person, or the Patient that stands for one.
    pub person: ResourceId,
    /// What to call them.
    pub name: String,
    /// What was agreed.
    pub proxy: Proxy,
}

/// A proxy to be agreed.
#[derive(Clone, Debug)]
pub struct NewProxy {
    /// The Patient of the practice's own system.
    pub patient: ResourceId,
    /// What was agreed.
    pub proxy: Proxy,
    /// Where the request came from.
    pub from: String,
}

impl App {
    /// As what somebody acts for a person now, by the agreements about the person's patients, where
    /// `delegates` are the patients of the one who acts; the caller is elevated.
    pub(crate) async fn proxy_of(
        &self,
        delegates: &[ResourceId],
        patients: &[ResourceId],
        agreements: &[Held],
    ) -> Result<Option<Proxy>, Failure> {
        let (born, _) = self.born_and_sources(patients).await?;
        let today = self.today();
        Ok(agreements.iter().find_map(|held| match &held.agreement.agreed {
            Agreed::Proxy(proxy) if delegates.contains(&proxy.delegate) => {
                let is_over = ended(proxy, &held.agreement.on, &born, &today).is_some();
                (!is_over).then(|| proxy.clone())
            }
            _ => None,
        }))
    }

    /// The people whom the caller acts for.
    pub async fn represented(&self) -> Result<Vec<Represented>, Failure> {
        let Who::Citizen(citizen) = &self.caller().who else { return Ok(Vec::new()) };
        if !citizen.may_read {
            return Ok(Vec::new());
        }
        let app = self.elevated();
        let own = app.patients_of_person(&citizen.person).await?;
        let actors: Vec<String> = own.iter().map(|id| format!("Patient/{id}")).collect();
        if actors.is_empty() {
            return Ok(Vec::new());
        }
        let found = app.agreements_by("actor", &actors.join(",")).await?;
        let mut all: Vec<Represented> = Vec::new();
        for held in found {
            let patient = &held.agreement.patient;
            let (person, patients) = match app.person_of_patient(patient).await {
                Some((person, patients)) => (person, patients),
                None => (patient.clone(), vec![patient.clone()]),
            };
            let agreements = std::slice::from_ref(&held);
            let Some(proxy) = app.proxy_of(&own, &patients, agreements).await? else {
                continue;
            };
            if all.iter().all(|known| known.person != person) {
                let name = app.name_of(&person).await?;
                all.push(Represented { id: held.id.clone(), person, name, proxy });
            }
        }
        Ok(all)
    }

    /// Who acts, or acted, for the person at hand.
    pub async fn own_proxies(&self) -> Result<Vec<ProxyView>, Failure> {
        let patients = self.own_patients()?;
        self.elevated().proxies(&patients).await
    }

    /// Who acts, or acted, for a patient of the caller's organisation.
    pub async fn proxies_of_patient(
        &self,
        patient: &ResourceId,
    ) -> Result<Vec<ProxyView>, Failure> {
        let app = self.on_duty(Duty::OnlineAccess)?;
        self.is_own_patient(&app, patient).await?;
        self.note_shown([patient]);
        app.proxies(std::slice::from_ref(patient)).await
    }

    async fn proxies(&self, patients: &[ResourceId]) -> Result<Vec<ProxyView>, Failure> {
        let (born, _) = self.born_and_sources(patients).await?;
        let today = self.today();
        let mut all = Vec::new();
        for held in self.agreements(patients).await? {
            let Agreed::Proxy(proxy) = held.agreement.agreed else { continue };
            let ended = ended(&proxy, &held.agreement.on, &born, &today);
            let name =
                self.name_of(&proxy.delegate).await.unwrap_or_else(|_| "Somebody".to_owned());
            all.push(ProxyView { id: held.id, proxy, name, on: held.agreement.on, ended });
        }
        Ok(all)
    }

    /// Lets somebody act for a patient of the caller's organisation, which has checked that they may.
    pub async fn add_proxy(&self, new: NewProxy, by: &str) -> Result<ResourceId, Failure> {
        let app = self.on_duty(Duty::OnlineAccess)?;
        self.is_own_patient(&app, &new.patient).await?;
        let wrong = |place: &str, words: &str| {
            Err(Failure::new(Category::Invalid, IssueCode::Value, place, words))
        };
        let until = &new.proxy.until;
        let is_day = until.len() == 10 && fhir::PartialDate::parse(until).is_some();
        if !until.is_empty() && (!is_day || *until < app.today()) {
            return wrong("until", "the last day is a date that is not over, as 2027-03-31");
        }
        if app.patients_of_person(&new.proxy.delegate).await?.is_empty() {
            return wrong("delegate", "nobody is known by this id");
        }
        let of =
            async |patient: &ResourceId| app.person_of_patient(patient).await.map(|known| known.0);
        let person = of(&new.patient).await;
        let is_same = person.is_some() && person == of(&new.proxy.delegate).await;
        if is_same || new.patient == new.proxy.delegate {
            return wrong("delegate", "nobody acts for themselves");
        }
        let held = app.agreements(std::slice::from_ref(&new.patient)).await?;
        let old = held.iter().find(|held| match &held.agreement.agreed {
            Agreed::Proxy(proxy) => proxy.delegate == new.proxy.delegate,
            _ => false,
        });
        let id = app.agree(old, &new.patient, Agreed::Proxy(new.proxy), by).await?;
        let look = noted("add-proxy", 'U', &new.from, None);
        self.note(&look, &BTreeSet::from([new.patient])).await?;
        Ok(id)
    }

    /// Ends a proxy: by the person, by the one who acts for them, or by the practice.
    pub async fn end_proxy(&self, id: &ResourceId, by: &str, from: &str) -> Result<(), Failure> {
        let app = self.elevated();
        let key = store::ResourceKey { resource_type: super::CONSENT, id: id.clone() };
        let stored = app.store.read(&key).await?;
        let held = stored.and_then(|stored| app.held(&stored));
        // Whose it is not, for them it is not there.
        let gone = || Failure::not_found(&key);
        let held = held.ok_or_else(gone)?;
        let Agreed::Proxy(proxy) = &held.agreement.agreed else { return Err(gone()) };
        let patient = held.agreement.patient.clone();
        let is_theirs = if let Who::Citizen(citizen) = &self.caller().who {
            let is_person = citizen.proxy.is_none() && citizen.patients.contains(&patient);
            is_person || app.patients_of_person(&citizen.person).await?.contains(&proxy.delegate)
        } else {
            let duty = self.on_duty(Duty::OnlineAccess)?;
            self.is_own_patient(&duty, &patient).await.is_ok()
        };
        if !is_theirs {
            return Err(gone());
        }
        app.end(&held, by).await?;
        let look = noted("end-proxy", 'U', from, None);
        self.note(&look, &BTreeSet::from([patient])).await?;
        Ok(())
    }
}
