//! Finding people: by NHS number, or by name and date of birth, over all systems at once.

use std::collections::BTreeMap;

use ::search::Handling;
use fhir::{ResourceId, Tree};
use store::{ResourceKey, Stored};

use super::words::Context;
use super::{Face, Identity, face, load};
use crate::app::App;
use crate::failure::Failure;
use crate::linking::{NHS_NUMBER, PATIENT};

/// People that one answer lists at the most.
pub const PEOPLE_MAX: usize = 50;
/// Patients that are looked at to list them.
const PATIENTS_MAX: usize = 400;

/// Whom to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeopleQuery {
    /// The 10 digits.
    NhsNumber(String),
    /// Beginnings of names, without regard to case and accents, and the whole date of birth.
    NameAndBirth {
        /// Family name.
        family: String,
        /// Given name; may be empty.
        given: String,
        /// As FHIR writes it: `1957-03-27`.
        born: String,
    },
}

/// One person found.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundPerson {
    /// The Person, or the Patient where nothing links it yet.
    pub id: ResourceId,
    /// Who it is.
    pub face: Face,
    /// Every Patient of the person, whether or not it matches by itself.
    pub identities: Vec<Identity>,
}

/// The people found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FoundPeople {
    /// At most [`PEOPLE_MAX`], by name.
    pub people: Vec<FoundPerson>,
    /// How many match; at least so many where there is more.
    pub total: usize,
}

impl App {
    /// Finds people by any of their records.
    pub async fn find_people(&self, query: &PeopleQuery) -> Result<FoundPeople, Failure> {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let mut pairs = match query {
            PeopleQuery::NhsNumber(number) => {
                vec![pair("identifier", format!("{NHS_NUMBER}|{}", escaped(number)))]
            }
            // Nobody's name has no letter in it; the search would refuse it.
            PeopleQuery::NameAndBirth { family, .. } if !has_letter(family) => {
                return Ok(FoundPeople::default());
            }
            PeopleQuery::NameAndBirth { family, given, born } => {
                let mut pairs =
                    vec![pair("family", escaped(family)), pair("birthdate", escaped(born))];
                if has_letter(given) {
                    pairs.push(pair("given", escaped(given)));
                }
                pairs
            }
        };
        pairs.push(pair("_count", PATIENTS_MAX.to_string()));
        let (search, _) = self.parse_search(PATIENT, &pairs, Handling::Strict)?;
        let page = self.store.search(&search, None).await?;
        let mut people: BTreeMap<ResourceId, Vec<ResourceKey>> = BTreeMap::new();
        for hit in page.hits {
            let patient = hit.resource.key.id;
            let (person, patients) = match self.person_of_patient(&patient).await {
                Some((person, patients)) => (person, patients),
                None => (patient.clone(), vec![patient]),
            };
            let key = |id| ResourceKey { resource_type: PATIENT, id };
            people.entry(person).or_insert_with(|| patients.into_iter().map(key).collect());
        }
        let total = people.len();
        let mut found = Vec::new();
        for (id, patients) in people.into_iter().take(PEOPLE_MAX) {
            let stored = self.store.read_many(&patients).await?;
            found.extend(self.found(id, stored));
        }
        found.sort_by(|a, b| {
            let by = |f: &FoundPerson| (f.face.name.family.clone(), f.face.name.given.clone());
            by(a).cmp(&by(b)).then_with(|| a.id.cmp(&b.id))
        });
        Ok(FoundPeople { people: found, total })
    }

    fn found(&self, id: ResourceId, stored: Vec<Option<Stored>>) -> Option<FoundPerson> {
        let context =
            Context { definitions: self.definitions(), names: std::collections::HashMap::new() };
        let mut identities: Vec<Identity> = stored
            .into_iter()
            .flatten()
            .filter_map(|stored| {
                let tree = Tree::parse(stored.body.as_deref()?).ok()?;
                Some(face::read(&context, tree.root(), load::source_of(&stored, &tree)))
            })
            .collect();
        face::order(&mut identities);
        let face = face::of(&identities);
        (!identities.is_empty()).then_some(FoundPerson { id, face, identities })
    }

    /// What one Patient says of the person.
    pub async fn identity(&self, patient: &ResourceId) -> Result<Identity, Failure> {
        let key = ResourceKey { resource_type: PATIENT, id: patient.clone() };
        let stored = self.read(&key).await?;
        let found = self.found(patient.clone(), vec![Some(stored)]);
        let identity = found.and_then(|found| found.identities.into_iter().next());
        identity.ok_or_else(|| Failure::not_found(&key))
    }
}

fn has_letter(name: &str) -> bool {
    name.chars().any(char::is_alphanumeric)
}

/// Text made safe as the value of a search parameter.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, ',' | '|' | '$' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
