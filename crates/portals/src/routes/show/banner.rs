//! The patient banner of a record.

use fhir::PartialDate;
use interactions::record::{Area, Cited, Detail, Face, Record};

use super::frame::supplies;
use crate::components::age::{age, years};
use crate::components::banner::{AllergyStatement, Death, PatientBanner, PersonName};
use crate::components::nhs_number::NhsNumber;
use crate::components::supply::Emptiness;
use crate::components::traced::{Traced, lineage_of};
use crate::routes::portal::Portal;

pub(crate) fn name(name: &interactions::record::PersonName) -> PersonName {
    PersonName { family: name.family.clone(), given: name.given.clone(), title: name.title.clone() }
}

pub(crate) fn gender_words(code: Option<&str>) -> &'static str {
    match code {
        Some("male") => "Male",
        Some("female") => "Female",
        Some("other") => "Other",
        _ => "Not known",
    }
}

pub(crate) fn cited_href(cited: &Cited) -> String {
    let kind = cited.key.resource_type.as_str();
    lineage_of(kind, cited.key.id.as_str(), &format!("{kind}.{}", cited.said.path))
}

fn traced(cited: &Cited, words: impl Into<String>) -> Traced {
    Traced::new(words, cited_href(cited))
}

/// A whole date of birth as a day.
fn day(text: &str) -> Option<jiff::civil::Date> {
    text.get(..10)?.parse().ok()
}

pub(crate) fn age_or_death(portal: &Portal, face: &Face) -> String {
    if face.deceased {
        let died = face.died.as_ref().map(|died| portal.when(Some(died)).text);
        return died.map_or_else(|| "Died".to_owned(), |on| format!("Died {on}"));
    }
    let born = face.born.as_ref().and_then(|(_, born)| day(&born.text));
    born.and_then(|born| age(born, portal.today())).unwrap_or_else(|| "age not known".to_owned())
}

fn death(portal: &Portal, face: &Face) -> Option<Death> {
    let died = face.died.as_ref();
    let born = face.born.as_ref().and_then(|(_, born)| day(&born.text));
    let age =
        died.and_then(|died| day(&died.text)).zip(born).and_then(|(died, born)| years(born, died));
    face.deceased.then(|| Death {
        on: died.map(|died| portal.when(Some(died))),
        age: age.map(|years| format!("{years}y")),
    })
}

/// The banner of a record at this address.
pub(crate) fn of(portal: &Portal, record: &Record, href: &str) -> PatientBanner {
    let face = &record.face;
    let born = face.born.as_ref().map(|(key, born)| {
        let kind = key.resource_type.as_str();
        let href = lineage_of(kind, key.id.as_str(), &format!("{kind}.{}", born.path));
        Traced::new(portal.when(Some(born)).text, href)
    });
    let death = death(portal, face);
    let age = match &death {
        Some(death) => death.age.clone(),
        None => face.born.as_ref().and_then(|(_, born)| age(day(&born.text)?, portal.today())),
    };
    let number = face.nhs_number.as_ref();
    PatientBanner {
        name: name(&face.name),
        preferred_name: face.preferred_name.clone(),
        born: born.unwrap_or_else(|| Traced::plain("Not recorded")),
        age,
        gender: face.gender.as_ref().map(|g| traced(g, gender_words(Some(&g.said.text)))),
        nhs_number: number.map(|n| NhsNumber::new(n.said.text.as_str(), face.nhs_number_verified)),
        nhs_number_lineage: number.map(cited_href),
        death,
        address: face.address.clone(),
        address_lineage: face.address_cited.as_ref().map(cited_href),
        contacts: face.contacts.iter().map(|c| (c.label.to_owned(), c.value.clone())).collect(),
        practice: face
            .practice
            .as_ref()
            .map(|practice| traced(practice, practice.said.text.as_str())),
        allergies: allergies(portal, record),
        allergies_href: format!("{href}/allergies"),
        record_href: href.to_owned(),
        local_identifiers: record
            .identities
            .iter()
            .filter_map(|identity| {
                let number = identity.local_numbers.first()?;
                Some((portal.source(&identity.source.feed).name, number.value.clone()))
            })
            .collect(),
    }
}

/// The one statement about allergies: some, none, not recorded, or nobody could tell.
pub(crate) fn allergies(portal: &Portal, record: &Record) -> AllergyStatement {
    let holding = || {
        record.of(Area::Allergies).filter_map(|entry| match &entry.detail {
            Detail::Allergy { holds: true, none_known, severity, .. } => {
                Some((entry, *none_known, *severity))
            }
            _ => None,
        })
    };
    let newest = |none: bool| {
        let dated = holding().filter(move |(_, is_none, _)| *is_none == none);
        let newest = dated.filter_map(|(entry, ..)| entry.when.as_ref()).max_by_key(|when| when.at);
        newest.map(|when| portal.when(Some(when)))
    };
    let mut known: Vec<_> = holding().filter(|(_, none, _)| !none).collect();
    known.sort_by_key(|(entry, _, severity)| {
        let rank = match severity {
            Some("severe") => 0,
            Some("mild") => 2,
            // One without a severity may be as bad as a moderate one.
            _ => 1,
        };
        (rank, std::cmp::Reverse(entry.at()))
    });
    let mut substances: Vec<String> = Vec::new();
    for (entry, ..) in known {
        if !substances.iter().any(|s| s.eq_ignore_ascii_case(&entry.title.text)) {
            substances.push(entry.title.text.clone());
        }
    }
    if !substances.is_empty() {
        return AllergyStatement::Known { substances, updated: newest(false) };
    }
    if holding().any(|(_, none, _)| none) {
        return AllergyStatement::NoneKnown { updated: newest(true) };
    }
    match supplies(portal, record, Some(Area::Allergies)).emptiness() {
        Emptiness::NotAvailable => AllergyStatement::Unavailable,
        Emptiness::NoneRecorded | Emptiness::PartlyAvailable => AllergyStatement::NotRecorded,
    }
}

/// Whether a FHIR date lies after this moment.
pub(crate) fn is_after(text: &str, now: i64) -> bool {
    PartialDate::parse(text).is_some_and(|date| date.high >= now)
}
