//! Where one value came from.

use std::sync::Arc;

use axum::extract::{Path, RawQuery};
use fhir::{ResourceId, VersionId};
use interactions::record::{Record, RecordScope};
use interactions::{
    Duty, Kind, Origin as Source, ResourceKey, ValueLineage, Weights, decode_query, item_parts,
};

use super::answer::Answer;
use super::gate::State;
use super::portal::Portal;
use super::show::words::{capitalised, charset_of, item_words, severity_tag};
use super::show::{banner, frame};
use crate::clinician::lineage::{Field, Finding, LineagePage, MatchDecision, Origin, OtherElement};
use crate::components::evidence::Evidence;
use crate::components::traced::{lineage_of, percent_encoded};
use crate::layout::Area;
use crate::problem::Problem;

/// The longest path that is looked at.
const PATH_MAX: usize = 500;

pub(super) async fn show(
    State(portal): State<Arc<Portal>>,
    Path((kind, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Answer {
    let pairs = decode_query(query.as_deref().unwrap_or(""));
    let asked = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let path = asked("path").unwrap_or("");
    let version = match asked("version") {
        None => None,
        Some(text) => {
            Some(VersionId::parse(text).ok_or_else(|| portal.problem(Problem::BadRequest))?)
        }
    };
    if path.len() > PATH_MAX {
        return Err(portal.problem(Problem::BadRequest));
    }
    let failed = |failure| portal.failure(&failure);
    let resource_type = portal.app.resource_type(&kind).map_err(failed)?;
    let id = ResourceId::parse(&id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let key = ResourceKey { resource_type, id };
    let lineage = portal.app.value_lineage(&key, path, version).await.map_err(failed)?;
    let record = match &lineage.patient {
        Some(patient) => about(&portal, &patient.id).await,
        None => None,
    };
    let matched = match &lineage.patient {
        Some(patient) => matched(&portal, &patient.id).await,
        None => None,
    };
    portal.page(&page(&portal, &lineage, record.as_ref(), matched))
}

/// The person whose value it is; a page about bytes does not fail because they cannot be shown.
async fn about(portal: &Portal, patient: &ResourceId) -> Option<Record> {
    let person = portal.app.person_of_patient(patient).await.map(|(person, _)| person);
    let id = person.unwrap_or_else(|| patient.clone());
    portal.app.record(&id, RecordScope::Banner).await.ok()
}

/// How the Patient came to belong to its person.
async fn matched(portal: &Portal, patient: &ResourceId) -> Option<MatchDecision> {
    let (_, patients) = portal.app.person_of_patient(patient).await?;
    let pairs = portal.app.linked_pairs(std::slice::from_ref(patient)).await;
    let Some(pair) = pairs.into_iter().next() else {
        let words = if patients.len() > 1 { "Linked" } else { "The only record of this person" };
        return Some(MatchDecision {
            words: words.to_owned(),
            at: portal.moment(portal.app.clock.now()),
            grounds: Vec::new(),
            href: None,
        });
    };
    let [a, b] = &pair.patients;
    let pair = portal.app.patient_pair(a, b).await.ok()?;
    let (words, at) = match &pair.ruled {
        Some(ruled) => (format!("Linked by {}", ruled.by), ruled.at),
        None => ("Linked automatically, as of now".to_owned(), portal.app.clock.now()),
    };
    let grounds = pair.explanation.iter().flat_map(|explanation| {
        let reasons = explanation.reasons.iter().map(|reason| reason.words().to_owned());
        let weights = Weights::built_in();
        let findings = explanation.comparison.findings.iter().filter_map(|finding| {
            let weight = weights.of(finding.level);
            let said = weight.kind != Kind::Missing;
            said.then(|| capitalised(weight.words))
        });
        reasons.chain(findings).collect::<Vec<_>>()
    });
    Some(MatchDecision {
        words,
        at: portal.moment(at),
        grounds: grounds.collect(),
        href: (portal.app.on_duty(Duty::Links).is_ok()).then(|| format!("/console/links/{a}/{b}")),
    })
}

fn page(
    portal: &Portal,
    lineage: &ValueLineage,
    record: Option<&Record>,
    matched: Option<MatchDecision>,
) -> LineagePage {
    let key = &lineage.stored.key;
    let name = key.resource_type.as_str();
    let full =
        |path: &str| if path.is_empty() { name.to_owned() } else { format!("{name}.{path}") };
    let finding = |issue: &fhir::Issue| Finding {
        severity: severity_tag(issue.severity),
        path: issue.expression.clone().unwrap_or_default(),
        message: issue.message.clone(),
    };
    let other = |(path, value): &(String, String)| OtherElement {
        path: full(path),
        value: value.clone(),
        href: lineage_of(name, key.id.as_str(), &full(path)),
        current: *path == lineage.path,
    };
    LineagePage {
        layout: portal.layout(Area::Find, "Where this came from"),
        banner: record.map(|record| banner::of(portal, record, &frame::href(record))),
        value: if lineage.path.is_empty() { key.to_string() } else { lineage.value.clone() },
        path: full(&lineage.path),
        name: element_name(name, &lineage.path),
        resource: key.to_string(),
        hide_href: match lineage.patient.as_ref().filter(|patient| **patient != *key) {
            Some(_) if portal.app.on_duty(Duty::HideEntries).is_ok() => {
                format!("/clinician/hide/{key}")
            }
            _ => String::new(),
        },
        resource_href: format!("/fhir/{key}/_history/{}", lineage.stored.version),
        version: lineage.stored.version.to_string(),
        origins: lineage.origins.iter().map(|o| origin(portal, o, lineage)).collect(),
        matched,
        findings: lineage.findings.iter().map(finding).collect(),
        others: lineage.others.iter().map(other).collect(),
    }
}

/// What an element is called in plain words; the path where there is no better name.
fn element_name(kind: &str, path: &str) -> String {
    let bare: String =
        path.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest)).collect();
    let name = match (kind, bare.as_str()) {
        (_, "") => "The whole entry",
        ("Patient", "birthDate") => "Date of birth",
        ("Patient", "gender") => "Gender",
        ("Patient", "name") => "Name",
        ("Patient", "address") => "Address",
        ("Patient", "identifier.value") => "Number",
        ("Patient", "generalPractitioner") => "Practice",
        ("Observation", "valueQuantity.value") => "Result",
        ("Condition", "code") => "Problem",
        ("AllergyIntolerance", "code") => "Substance",
        ("MedicationRequest" | "MedicationStatement", "medicationCodeableConcept") => "Medicine",
        _ => return format!("{kind}.{bare}"),
    };
    name.to_owned()
}

fn origin(portal: &Portal, origin: &Source, lineage: &ValueLineage) -> Origin {
    let content = &origin.item.content;
    let whole = origin.locator.is_empty();
    let range = origin.start..origin.end;
    let mark = (!whole).then(|| range.clone());
    let evidence = Evidence::new(&content.bytes, mark, charset_of(&content.bytes));
    let (mapping, rule) = split_rules(&origin.rules);
    let (mapping, version) = mapping.split_once('@').unwrap_or((mapping, "1"));
    let read = evidence.marked_text();
    let change = match lineage.value.as_str() {
        value if whole || read.trim() == value || read.chars().count() > 120 => String::new(),
        value => format!("{read} became {value}"),
    };
    Origin {
        source: portal.source(&content.feed.0),
        feed: content.feed.to_string(),
        feed_href: format!("/console/feeds/{}", percent_encoded(&content.feed.0)),
        protocol: protocol(portal, &content.feed.0, &content.bytes),
        message: item_words(&content.kind, &content.control_id),
        message_href: format!("/console/items/{}", origin.item.id),
        received: portal.moment_with_seconds(content.received),
        place: if whole { "the whole message".to_owned() } else { place_words(&origin.locator) },
        bytes: (origin.start, origin.end),
        rule: if rule.is_empty() { "every rule of the mapping".to_owned() } else { rule },
        mapping: mapping.to_owned(),
        mapping_version: version.to_owned(),
        change,
        evidence,
        fields: if whole { Vec::new() } else { fields(&content.bytes, &range) },
    }
}

/// `adt/pid@1#family, adt/pid@1#given` → the mapping and the rules without it.
fn split_rules(rules: &str) -> (&str, String) {
    let first = rules.split(", ").next().unwrap_or("");
    let mapping = first.split_once('#').map_or(first, |(mapping, _)| mapping);
    let names: Vec<&str> =
        rules.split(", ").filter_map(|rule| rule.split_once('#').map(|(_, name)| name)).collect();
    (mapping, names.join(", "))
}

/// A locator with the field's name, where the standard has one.
fn place_words(locator: &str) -> String {
    let first = locator.split(", ").next().unwrap_or("");
    let field = first.split_once('-').and_then(|(segment, rest)| {
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        interactions::hl7_field_name(segment.split('[').next()?, number.parse().ok()?)
    });
    match field {
        Some(name) => format!("{locator}, {}", name.to_lowercase()),
        None => locator.to_owned(),
    }
}

fn protocol(portal: &Portal, feed: &str, bytes: &[u8]) -> String {
    let said = portal.protocol(feed);
    if !said.is_empty() {
        return said;
    }
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => "FHIR Bundles over HTTP",
        Some(b'M') if bytes.starts_with(b"MSH") => "HL7 v2 over MLLP",
        _ => "CSV files",
    }
    .to_owned()
}

/// The part of the item that the place stands in, field by field.
fn fields(bytes: &[u8], range: &std::ops::Range<usize>) -> Vec<Field> {
    let touches =
        |field: &interactions::ItemField| field.start < range.end && range.start < field.end;
    let parts = item_parts(bytes);
    let part = parts.into_iter().find(|part| part.fields.iter().any(touches));
    let fields = part.into_iter().flat_map(|part| part.fields);
    fields
        .map(|field| Field {
            marked: touches(&field),
            position: field.position,
            name: field.name,
            text: field.text.chars().take(400).collect(),
        })
        .collect()
}
