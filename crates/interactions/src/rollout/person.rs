//! What roll-out needs to know of a person: their practices and their date of birth.

use ::store::Stored;
use access::Citizen;
use access::rollout::RolloutPerson;
use fhir::{ResourceId, Tree, Value};
use store::ResourceKey;

use crate::app::App;
use crate::failure::Failure;
use crate::linking::patient_key;

/// The system of ODS codes: <https://digital.nhs.uk/services/organisation-data-service>.
pub(super) const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";
/// What `meta.source` of a feed's resources begins with.
pub(super) const FEED: &str = "urn:careloom:feed:";
/// Organisations of one person that are looked at.
const ORGANISATIONS_MAX: usize = 20;

impl App {
    /// The person whose record is looked at.
    pub(super) async fn rollout_person(&self, citizen: &Citizen) -> Result<RolloutPerson, Failure> {
        let keys: Vec<_> = citizen.patients.iter().map(patient_key).collect();
        let stored = self.store.read_many(&keys).await?;
        let trees: Vec<Tree> = stored.iter().flatten().filter_map(tree).collect();
        let patients: Vec<Value<'_>> = trees.iter().map(Tree::root).collect();
        let mut person = RolloutPerson { id: citizen.subject.to_string(), ..<_>::default() };
        let mut organisations: Vec<ResourceKey> = Vec::new();
        for patient in &patients {
            self.add_patient(*patient, &mut person, &mut organisations);
        }
        organisations.truncate(ORGANISATIONS_MAX);
        for stored in self.store.read_many(&organisations).await?.iter().flatten() {
            let Some(tree) = tree(stored) else { continue };
            person.practices.extend(tree.root().all("identifier").filter_map(ods_code));
        }
        Ok(person)
    }

    /// Adds what a Patient says, and the organisations that must be read for more.
    pub(super) fn add_patient(
        &self,
        patient: Value<'_>,
        person: &mut RolloutPerson,
        organisations: &mut Vec<ResourceKey>,
    ) {
        let source = patient.get("meta").and_then(|meta| meta.text_of("source"));
        if let Some(feed) = source.and_then(|source| source.strip_prefix(FEED)) {
            let feed = feed.split('#').next().unwrap_or(feed);
            person.practices.push(format!("feed:{feed}"));
        }
        let references = patient.get("managingOrganization").into_iter();
        for reference in references.chain(patient.all("generalPractitioner")) {
            person.practices.extend(reference.get("identifier").and_then(ods_code));
            let id = reference.text_of("reference").and_then(|r| r.strip_prefix("Organization/"));
            let id = id.and_then(ResourceId::parse);
            if let (Some(id), Ok(kind)) = (id, self.resource_type("Organization")) {
                let key = ResourceKey { resource_type: kind, id };
                if !organisations.contains(&key) {
                    organisations.push(key);
                }
            }
        }
        let born = patient.text_of("birthDate").unwrap_or_default();
        if born.len() > person.born.len() {
            born.clone_into(&mut person.born);
        }
    }
}

pub(super) fn tree(stored: &Stored) -> Option<Tree> {
    Tree::parse(stored.body.as_deref()?).ok()
}

fn ods_code(identifier: Value<'_>) -> Option<String> {
    let code = identifier.text_of("value")?;
    (identifier.text_of("system") == Some(ODS)).then(|| code.to_ascii_uppercase())
}
