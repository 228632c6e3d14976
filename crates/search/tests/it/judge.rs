//! A second judge: paths written by hand over `serde_json` find the same values as the indexer, for
//! every resource of a sample of Synthea.

use std::collections::BTreeMap;

use fhir::{ResourceId, Tree};
use serde_json::Value as Json;

use crate::extract::{indexer, is_beside, values};
use crate::synthea::bundles;

/// All values at a path of member names, through arrays.
fn at<'j>(json: &'j Json, path: &str) -> Vec<&'j Json> {
    path.split('.').fold(vec![json], |values, name| {
        let members = values.into_iter().filter_map(|value| value.get(name));
        members
            .flat_map(|v| v.as_array().map_or_else(|| vec![v], |items| items.iter().collect()))
            .collect()
    })
}

fn text(json: &Json, name: &str) -> String {
    json.get(name).and_then(Json::as_str).unwrap_or("-").to_owned()
}

fn concepts(json: &Json, path: &str) -> Vec<String> {
    let codings = at(json, &format!("{path}.coding"));
    codings
        .iter()
        .map(|coding| format!("{}|{}", text(coding, "system"), text(coding, "code")))
        .collect()
}

fn texts(json: &Json, path: &str) -> Vec<String> {
    at(json, path)
        .iter()
        .filter_map(|v| v.as_str())
        .map(|v| format!("{v} ({})", search::fold(v)))
        .collect()
}

/// References as Synthea writes them: `urn:uuid:` of an entry, or `Type?identifier=…`.
fn references(
    json: &Json,
    path: &str,
    types: &BTreeMap<String, String>,
    only: &[&str],
) -> Vec<String> {
    let found = at(json, &format!("{path}.reference"));
    let found = found.iter().filter_map(|v| v.as_str()).filter_map(|v| {
        let (type_name, shown) = match (types.get(v), v.split_once('?')) {
            (Some(type_name), _) => {
                (type_name.as_str(), format!("{type_name}/{}", &v["urn:uuid:".len()..]))
            }
            (None, Some((type_name, _))) => (type_name, format!("uri {v}")),
            (None, None) => (v.split_once('/')?.0, v.to_owned()),
        };
        (only.is_empty() || only.contains(&type_name)).then_some(shown)
    });
    found.collect()
}

/// A second of time with its offset as UTC, by another library's arithmetic: its first or last millisecond.
fn second(json: &Json, name: &str, millis: &str) -> String {
    let Some(text) = json.get(name).and_then(Json::as_str) else { return "..".to_owned() };
    let time: jiff::Timestamp = text.parse().expect("Synthea writes times with an offset");
    let full = format!("{}{millis}", time.strftime("%Y-%m-%dT%H:%M:%S"));
    full.replace("T00:00:00.000Z", "").replace("T23:59:59.999Z", "$")
}

fn period(json: &Json, start: &str, end: &str) -> Vec<String> {
    vec![format!("{} to {}", second(json, start, ".000Z"), second(json, end, ".999Z"))]
}

/// The values that a resource is found by, by hand.
fn by_hand(json: &Json, code: &str, types: &BTreeMap<String, String>) -> Option<Vec<String>> {
    let kind = json["resourceType"].as_str()?;
    let fixed = |system: &str, path: &str| -> Vec<String> {
        at(json, path).iter().filter_map(|v| v.as_str()).map(|v| format!("{system}|{v}")).collect()
    };
    let names = || {
        let parts = ["text", "family", "given", "prefix", "suffix"];
        parts.iter().flat_map(|part| texts(json, &format!("name.{part}"))).collect()
    };
    Some(match (kind, code) {
        ("Patient", "gender") => fixed("http://hl7.org/fhir/administrative-gender", "gender"),
        ("Patient" | "Practitioner", "name") => names(),
        ("Patient", "birthdate") => {
            let date = text(json, "birthDate");
            vec![format!("{date} to {date}$")]
        }
        ("Observation", "date") => period(json, "effectiveDateTime", "effectiveDateTime"),
        ("Immunization", "date") => period(json, "occurrenceDateTime", "occurrenceDateTime"),
        ("Encounter", "date") => period(&json["period"], "start", "end"),
        ("Procedure", "date") => period(&json["performedPeriod"], "start", "end"),
        ("Patient", "given") => texts(json, "name.given"),
        ("Patient", "family") => texts(json, "name.family"),
        ("Patient", "address-city") => texts(json, "address.city"),
        ("Patient" | "Encounter" | "Organization", "identifier") => {
            let all = at(json, "identifier");
            all.iter().map(|i| format!("{}|{}", text(i, "system"), text(i, "value"))).collect()
        }
        ("Patient", "deceased") => {
            let dead = json.get("deceasedDateTime").is_some() || json["deceasedBoolean"] == true;
            vec![format!("-|{dead}")]
        }
        ("Patient", "phone") => at(json, "telecom")
            .into_iter()
            .filter(|t| t["system"] == "phone")
            .map(|t| format!("{}|{}", text(t, "use"), text(t, "value")))
            .collect(),
        ("Observation" | "Condition" | "Procedure", "code") => concepts(json, "code"),
        ("Observation", "combo-code") => {
            let mut all = concepts(json, "code");
            all.extend(concepts(json, "component.code"));
            all
        }
        ("Observation", "category") => concepts(json, "category"),
        ("Observation", "status") => fixed("http://hl7.org/fhir/observation-status", "status"),
        ("Observation", "value-concept") => concepts(json, "valueCodeableConcept"),
        ("Observation", "combo-value-quantity") => {
            let mut all = at(json, "valueQuantity");
            all.extend(at(json, "component.valueQuantity"));
            let show = |q: &&Json| {
                let n = q.get("value")?.as_f64()?;
                let unit = (text(q, "system"), text(q, "code"), text(q, "unit"));
                Some(format!("{n} to {n} {}|{}|{}", unit.0, unit.1, unit.2))
            };
            all.iter().filter_map(show).collect()
        }
        ("Observation" | "Condition" | "Encounter" | "Procedure", "subject") => {
            references(json, "subject", types, &[])
        }
        ("Observation" | "Condition" | "Encounter" | "Procedure", "patient") => {
            references(json, "subject", types, &["Patient"])
        }
        ("Encounter", "class") => {
            vec![format!("{}|{}", text(&json["class"], "system"), text(&json["class"], "code"))]
        }
        ("Encounter", "service-provider") => references(json, "serviceProvider", types, &[]),
        ("Encounter", "participant") => references(json, "participant.individual", types, &[]),
        ("Claim", "encounter") => references(json, "item.encounter", types, &[]),
        ("MedicationRequest", "code") => concepts(json, "medicationCodeableConcept"),
        ("Immunization", "vaccine-code") => concepts(json, "vaccineCode"),
        _ => return None,
    })
}

const CODES: [&str; 23] = [
    "gender",
    "name",
    "family",
    "given",
    "address-city",
    "identifier",
    "deceased",
    "phone",
    "birthdate",
    "date",
    "code",
    "combo-code",
    "category",
    "status",
    "value-concept",
    "combo-value-quantity",
    "subject",
    "patient",
    "class",
    "service-provider",
    "participant",
    "encounter",
    "vaccine-code",
];

#[test]
fn both_judges_agree() {
    let (mut compared, mut found) = (0, BTreeMap::<&str, usize>::new());
    for bundle in bundles(12) {
        let json: Json = serde_json::from_str(&bundle).expect("JSON");
        let entries = json["entry"].as_array().expect("entries");
        let types: BTreeMap<String, String> = entries
            .iter()
            .map(|entry| (text(entry, "fullUrl"), text(&entry["resource"], "resourceType")))
            .collect();
        for entry in entries {
            let resource = &entry["resource"];
            let type_name = text(resource, "resourceType");
            let tree = Tree::parse(resource.to_string().as_bytes()).expect("JSON");
            let resolve = |text: &str| {
                let id = ResourceId::parse(text.strip_prefix("urn:uuid:")?)?;
                Some((crate::resource_type(types.get(text)?), id))
            };
            let extracted = indexer().extract(tree.root(), &resolve).entries;
            for code in CODES {
                let Some(mut expected) = by_hand(resource, code, &types) else { continue };
                expected.sort();
                expected.dedup();
                let mut values = values(&extracted, &type_name, code);
                values.retain(|value| !is_beside(value));
                values.sort();
                assert_eq!(values, expected, "{type_name}.{code} of {resource}");
                compared += 1;
                *found.entry(code).or_default() += values.len();
            }
        }
    }
    println!("{compared} comparisons, values by code: {found:?}");
    if compared > 0 {
        for code in [
            "gender",
            "code",
            "combo-value-quantity",
            "subject",
            "identifier",
            "phone",
            "date",
            "birthdate",
        ] {
            assert!(found.get(code).is_some_and(|count| *count > 0), "{code} never had a value");
        }
    }
}
