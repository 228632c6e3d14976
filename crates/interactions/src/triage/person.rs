//! What the record says of the person that a journey is about: name, age, sex, place, practice.

use std::collections::BTreeSet;

use ::triage::{Age, Sex};
use access::{Citizen, Who};
use fhir::{ResourceId, Tree};
use jiff::civil::Date;
use store::ResourceKey;

use super::{instant, london};
use crate::app::App;
use crate::failure::Failure;
use crate::linking::patient_key;
use crate::record::Identity;

/// Identifiers of organisations.
const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";

/// Somebody whose record the caller has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordPerson {
    /// The Patient resource that what comes of a journey is written for.
    pub patient: ResourceId,
    /// What to call them.
    pub name: String,
    /// Whether it is the caller.
    pub is_self: bool,
    /// Their age today, where all that is recorded of it agrees.
    pub age: Option<Age>,
    /// Their sex, where all that is recorded of it agrees.
    pub sex: Option<Sex>,
    /// The postcode of their usual address; may be empty.
    pub postcode: String,
}

impl App {
    /// The person whose record the caller has, if they are proven well enough to read it.
    pub async fn triage_record_person(&self) -> Result<Option<RecordPerson>, Failure> {
        let Who::Citizen(citizen) = &self.caller().who else { return Ok(None) };
        if !citizen.may_read {
            return Ok(None);
        }
        let mut identities = Vec::new();
        for patient in &citizen.patients {
            identities.push((patient.clone(), self.identity(patient).await?));
        }
        let today = instant(self.clock.now()).to_zoned(london()).date();
        Ok(person_of(citizen, &identities, today))
    }

    /// The telephone number of the person whose record a journey is about, as their records say it; may be
    /// empty.
    pub async fn triage_phone(&self, token: &str) -> Result<String, Failure> {
        let held = self.triage_held(token).await?;
        let Some(patient) = held.journey.patient() else { return Ok(String::new()) };
        let identity = self.identity(&patient).await?;
        let number = |label: &str| {
            let found = identity.contacts.iter().find(|contact| contact.label == label);
            found.map(|contact| contact.value.clone())
        };
        Ok(number("Mobile").or_else(|| number("Home")).unwrap_or_default())
    }

    /// The ODS codes of the organisations that a person's records name as theirs: their practice is among
    /// them, where it is known at all.
    pub(super) async fn triage_organisations(
        &self,
        patients: &[ResourceId],
    ) -> Result<BTreeSet<String>, Failure> {
        let app = self.elevated();
        let keys: Vec<ResourceKey> = patients.iter().map(patient_key).collect();
        let mut organisations = BTreeSet::new();
        for tree in trees(&app, &keys).await? {
            let root = tree.root();
            let named = root.all("generalPractitioner").chain(root.all("managingOrganization"));
            organisations.extend(named.filter_map(|each| {
                let id = each.text_of("reference")?.strip_prefix("Organization/")?;
                ResourceId::parse(id)
            }));
        }
        self.triage_codes(organisations).await
    }

    /// The ODS codes of organisations.
    pub(super) async fn triage_codes(
        &self,
        organisations: impl IntoIterator<Item = ResourceId>,
    ) -> Result<BTreeSet<String>, Failure> {
        let app = self.elevated();
        let resource_type = app.resource_type("Organization")?;
        let keys: Vec<ResourceKey> =
            organisations.into_iter().map(|id| ResourceKey { resource_type, id }).collect();
        let mut codes = BTreeSet::new();
        for tree in trees(&app, &keys).await? {
            let identifiers = tree.root().all("identifier");
            let of_ods = identifiers.filter(|each| each.text_of("system") == Some(ODS));
            codes.extend(of_ods.filter_map(|each| each.text_of("value").map(str::to_owned)));
        }
        Ok(codes)
    }
}

async fn trees(app: &App, keys: &[ResourceKey]) -> Result<Vec<Tree>, Failure> {
    let stored = app.store.read_many(keys).await?;
    let read = |stored: store::Stored| Tree::parse(stored.body.as_deref()?).ok();
    Ok(stored.into_iter().flatten().filter_map(read).collect())
}

/// What the records agree on; where they differ, the person is asked.
fn person_of(
    citizen: &Citizen,
    identities: &[(ResourceId, Identity)],
    today: Date,
) -> Option<RecordPerson> {
    // What comes of a journey belongs beside what the person's practice holds.
    let of_practice = |identity: &Identity| identity.active && identity.practice.is_some();
    let home = identities.iter().find(|(_, identity)| of_practice(identity));
    let (patient, home) = home.or(identities.first())?;
    let born: BTreeSet<Date> = identities
        .iter()
        .filter_map(|(_, identity)| identity.born.as_ref()?.text.parse().ok())
        .collect();
    let sexes: BTreeSet<Sex> = identities
        .iter()
        .filter_map(|(_, identity)| identity.gender.as_ref())
        .map(|gender| Sex::from_gender(&gender.text))
        .collect();
    let name = identities.iter().find_map(|(_, identity)| identity.name_said.as_ref());
    Some(RecordPerson {
        patient: patient.clone(),
        name: name.map_or_else(String::new, |name| name.text.clone()),
        is_self: citizen.person == citizen.subject,
        age: only(&born).and_then(|born| Age::on(*born, today)),
        sex: only(&sexes).copied(),
        postcode: home.postcode.clone(),
    })
}

fn only<T: Ord>(set: &BTreeSet<T>) -> Option<&T> {
    set.first().filter(|_| set.len() == 1)
}
