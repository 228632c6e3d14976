//! Every Bundle parses, its references resolve, and every entry can be asked for twice.

use std::collections::{HashMap, HashSet};

use fhir::{Kind, Tree};
use testkit::{Site, System, dense_nhs_number, dense_person, nhs_number};

use crate::area;

fn references<'t>(value: fhir::Value<'t>, found: &mut Vec<&'t str>) {
    if value.name() == "reference" {
        found.extend(value.as_str());
    }
    match value.kind() {
        Kind::Object => value.members().for_each(|member| references(member, found)),
        Kind::Array => value.items().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// The types of the entries, after the Bundle was checked.
fn check(payload: &[u8]) -> Vec<String> {
    let tree = Tree::parse(payload).unwrap();
    let root = tree.root();
    assert_eq!(root.text_of("resourceType"), Some("Bundle"));
    assert_eq!(root.text_of("type"), Some("transaction"));
    let mut urls = HashSet::new();
    let mut types = Vec::new();
    for entry in root.all("entry") {
        let url = entry.text_of("fullUrl").unwrap();
        assert!(url.starts_with("urn:uuid:") && urls.insert(url.to_owned()), "{url}");
        let resource = entry.get("resource").unwrap();
        let kind = resource.text_of("resourceType").unwrap();
        let request = entry.get("request").unwrap();
        match request.text_of("method").unwrap() {
            "PUT" => {
                let wanted = format!("{kind}?identifier=");
                assert!(request.text_of("url").unwrap().starts_with(&wanted));
            }
            "POST" => {
                assert_eq!(request.text_of("url"), Some(kind));
                assert!(request.text_of("ifNoneExist").unwrap().starts_with("identifier="));
            }
            other => panic!("method {other}"),
        }
        types.push(kind.to_owned());
    }
    let mut all = Vec::new();
    references(root, &mut all);
    for reference in all {
        assert!(urls.contains(reference), "{reference} resolves");
    }
    types
}

#[test]
fn every_bundle_is_sound() {
    let mut kinds: HashMap<String, u32> = HashMap::new();
    for site in Site::ALL {
        let mut names = HashSet::new();
        for delivery in area().deliveries(site, System::Gp) {
            for kind in check(&delivery.payload) {
                *kinds.entry(kind).or_default() += 1;
            }
            assert_eq!(names.insert(delivery.name), !delivery.copy);
        }
    }
    for wanted in [
        "Organization",
        "Practitioner",
        "Patient",
        "Condition",
        "AllergyIntolerance",
        "MedicationRequest",
        "MedicationStatement",
        "Immunization",
        "Observation",
        "Encounter",
        "Appointment",
    ] {
        assert!(kinds.get(wanted).is_some_and(|count| *count > 0), "{wanted} in {kinds:?}");
    }
}

#[test]
fn source_identifiers_do_not_stand_for_two_things() {
    // An identifier that comes again must be the same resource type and the same person.
    let mut owners: HashMap<String, u32> = HashMap::new();
    for delivery in area().deliveries(Site::Hastings, System::Gp) {
        let tree = Tree::parse(&delivery.payload).unwrap();
        for entry in tree.root().all("entry") {
            let resource = entry.get("resource").unwrap();
            let system = resource.at("identifier[0].system").and_then(fhir::Value::as_str).unwrap();
            if system.starts_with("https://gp.hst.example/") {
                let value =
                    resource.at("identifier[0].value").and_then(fhir::Value::as_str).unwrap();
                let person = delivery.person.unwrap().0;
                let owner = *owners.entry(format!("{system}|{value}")).or_insert(person);
                assert_eq!(owner, person, "{system}|{value}");
            }
        }
    }
    assert!(owners.len() > 500);
}

#[test]
fn a_dense_person_has_as_many_entries_as_asked_for() {
    assert!(nhs_number::is_valid(&dense_nhs_number()));
    for wanted in [0, 1, 499, 500, 3_000] {
        let bundles = dense_person(1, wanted, jiff::civil::date(2025, 11, 1));
        let mut clinical = 0;
        for bundle in &bundles {
            let types = check(bundle);
            assert_eq!(types.iter().filter(|kind| *kind == "Patient").count(), 1);
            clinical += types.len() - 1;
        }
        assert_eq!(clinical, wanted);
    }
}
