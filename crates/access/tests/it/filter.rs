//! Filters held against one resource: by whose record it is, labels, sources, constraints of scopes.

use std::sync::Arc;

use access::{
    Action, AppGrant, Caller, Citizen, Facts, Filter, RecordLevel, SourceLevel, Who, Withheld,
    WithheldReason, decide, holds, patients_named, patients_of,
};
use fhir::Tree;
use search::{DefinedTerminology, Handling, Indexer, ParseOptions};

use crate::{id, resource_type, scopes};

fn options() -> ParseOptions {
    ParseOptions {
        handling: Handling::Strict,
        count_default: 20,
        count_max: 100,
        base_url: "http://localhost/fhir".to_owned(),
        now: 0,
        terminology: Arc::new(DefinedTerminology::new(definitions::embedded())),
    }
}

fn indexed(json: &str) -> (fhir::ResourceType, fhir::ResourceId, search::Indexed) {
    let tree = Tree::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{json}: {error:?}"));
    let text = |name: &str| {
        tree.root()
            .get(name)
            .and_then(|value| value.as_str().map(ToOwned::to_owned))
            .expect("a text")
    };
    let entries = Indexer::new(definitions::embedded()).extract(tree.root(), &|reference| {
        let (type_name, id) = reference.split_once('/')?;
        let resource_type = definitions::embedded().resource_type(type_name)?;
        Some((resource_type, fhir::ResourceId::parse(id)?))
    });
    (resource_type(&text("resourceType")), id(&text("id")), entries)
}

fn passes(filter: &Filter, json: &str) -> Option<bool> {
    let (resource_type, id, indexed) = indexed(json);
    let expression = filter.expression(definitions::embedded(), resource_type, &options())?;
    holds(&expression, &id, &indexed)
}

fn citizen() -> Caller {
    let citizen = Citizen {
        account: "c".into(),
        person: id("me"),
        subject: id("me"),
        patients: vec![id("p1")],
        may_read: true,
        levels: vec![
            SourceLevel { source: "urn:gp".into(), level: RecordLevel::Summary },
            SourceLevel { source: "urn:a,b|c".into(), level: RecordLevel::None },
        ],
        withheld: vec![Withheld {
            resource_type: resource_type("Observation"),
            id: id("withheld"),
            reason: WithheldReason::AwaitsReview,
        }],
        proxy: None,
    };
    Caller { who: Who::Citizen(Arc::new(citizen)), app: None, purpose: "PATRQT" }
}

#[test]
fn what_is_withheld_by_its_id() {
    for (type_name, expected) in [("Observation", false), ("Condition", true)] {
        let json = format!(
            r#"{{"resourceType":"{type_name}","id":"withheld","subject":{{"reference":"Patient/p1"}}}}"#
        );
        let facts = Facts { definitions: definitions::embedded(), related: &[] };
        let decision = decide(&citizen(), Action::Read, resource_type(type_name), &facts);
        assert_eq!(passes(&decision.filter, &json), Some(expected), "{type_name}");
    }
}

#[test]
fn what_a_person_sees_of_their_record() {
    let table = [
        (
            r#"{"resourceType":"Observation","id":"o","status":"final","subject":{"reference":"Patient/p1"}}"#,
            true,
        ),
        (
            r#"{"resourceType":"Observation","id":"o","status":"final","subject":{"reference":"Patient/p2"}}"#,
            false,
        ),
        (r#"{"resourceType":"Observation","id":"o","status":"final"}"#, false),
        (
            r#"{"resourceType":"Observation","id":"o","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"NOPAT"}]},"subject":{"reference":"Patient/p1"}}"#,
            false,
        ),
        (
            r#"{"resourceType":"Observation","id":"o","meta":{"security":[{"system":"urn:other","code":"NOPAT"}]},"subject":{"reference":"Patient/p1"}}"#,
            true,
        ),
        (
            r#"{"resourceType":"Observation","id":"o","meta":{"tag":[{"system":"urn:careloom:code","code":"held-for-review"}]},"subject":{"reference":"Patient/p1"}}"#,
            false,
        ),
        (
            r#"{"resourceType":"Observation","id":"o","meta":{"source":"urn:gp"},"subject":{"reference":"Patient/p1"}}"#,
            false,
        ),
        (
            r#"{"resourceType":"Observation","id":"o","meta":{"source":"urn:hospital"},"subject":{"reference":"Patient/p1"}}"#,
            true,
        ),
        (
            r#"{"resourceType":"MedicationRequest","id":"m","meta":{"source":"urn:gp"},"subject":{"reference":"Patient/p1"}}"#,
            true,
        ),
        (
            r#"{"resourceType":"MedicationRequest","id":"m","meta":{"source":"urn:a,b|c"},"subject":{"reference":"Patient/p1"}}"#,
            false,
        ),
        (
            r#"{"resourceType":"DocumentReference","id":"d","meta":{"source":"urn:gp"},"subject":{"reference":"Patient/p1"}}"#,
            false,
        ),
        (
            r#"{"resourceType":"Appointment","id":"a","meta":{"source":"urn:gp"},"participant":[{"actor":{"reference":"Patient/p1"}}]}"#,
            true,
        ),
        (
            r#"{"resourceType":"Appointment","id":"a","participant":[{"actor":{"reference":"Patient/p3"}}]}"#,
            false,
        ),
        (r#"{"resourceType":"Patient","id":"p1"}"#, true),
        (
            r#"{"resourceType":"Patient","id":"p2","link":[{"other":{"reference":"Patient/p1"},"type":"seealso"}]}"#,
            false,
        ),
        (
            r#"{"resourceType":"Person","id":"me","link":[{"target":{"reference":"Patient/p1"}}]}"#,
            true,
        ),
        (
            r#"{"resourceType":"Person","id":"other","link":[{"target":{"reference":"Patient/p1"}}]}"#,
            false,
        ),
    ];
    let facts = Facts { definitions: definitions::embedded(), related: &[] };
    for (json, is_seen) in table {
        let (resource_type, ..) = indexed(json);
        let decision = decide(&citizen(), Action::Read, resource_type, &facts);
        assert_eq!(passes(&decision.filter, json), Some(is_seen), "{json}");
    }
}

#[test]
fn constraints_of_scopes_hold_of_one_resource() {
    let laboratory = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
    let table = [
        (laboratory, "laboratory", Some(true)),
        (laboratory, "vital-signs", Some(false)),
        ("patient/Observation.rs?category=vital-signs,laboratory", "laboratory", Some(true)),
        ("patient/Observation.rs?category:not=laboratory", "laboratory", Some(false)),
        // What takes more than the resource is not decided, and so lets nothing through.
        ("patient/Observation.rs?subject:Patient.name=x", "laboratory", None),
        ("patient/Observation.rs?date=ge2020", "laboratory", None),
        ("patient/Observation.rs?nonsense=1", "laboratory", None),
    ];
    for (granted, category, expected) in table {
        let app =
            AppGrant { client: "app".into(), scopes: scopes(granted), patients: vec![id("p1")] };
        let caller = Caller { app: Some(Arc::new(app)), ..Caller::OPERATOR };
        let facts = Facts { definitions: definitions::embedded(), related: &[] };
        let decision = decide(&caller, Action::Read, resource_type("Observation"), &facts);
        let json = format!(
            r#"{{"resourceType":"Observation","id":"o","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"{category}"}}]}}],"effectiveDateTime":"2021","subject":{{"reference":"Patient/p1"}}}}"#
        );
        assert_eq!(passes(&decision.filter, &json), expected, "{granted} {category}");
    }
}

#[test]
fn whose_a_resource_is_and_whom_a_search_names() {
    let definitions = definitions::embedded();
    let json = r#"{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/p1"},"performer":[{"reference":"Patient/p2"},{"reference":"Practitioner/x"}]}"#;
    let (observation, own, entries) = indexed(json);
    let patients = patients_of(definitions, observation, &own, &entries);
    assert_eq!(patients.iter().map(ToString::to_string).collect::<Vec<_>>(), ["p1", "p2"]);
    let table = [
        ("Observation", "patient=Patient/p1", Some("p1")),
        ("Observation", "patient=p1", Some("p1")),
        ("Observation", "subject=Patient/p1&code=x", Some("p1")),
        ("Observation", "patient=p1,p2", Some("p1 p2")),
        ("Observation", "subject=Group/p1", None),
        ("Observation", "code=x", None),
        ("Observation", "patient.name=x", None),
        ("Observation", "patient:missing=false", None),
        ("Observation", "focus=Patient/p1", None),
        ("Patient", "_id=p1,p2", Some("p1 p2")),
        ("Patient", "name=x", None),
    ];
    for (type_name, query, expected) in table {
        let pairs: Vec<_> = query
            .split('&')
            .map(|pair| {
                pair.split_once('=').map(|(n, v)| (n.to_owned(), v.to_owned())).expect("a pair")
            })
            .collect();
        let (search, _) =
            search::parse_query(definitions, resource_type(type_name), &pairs, &options())
                .unwrap_or_else(|issues| panic!("{query}: {issues:?}"));
        let named =
            patients_named(definitions, resource_type(type_name), &search.branches[0].filter);
        let named =
            named.map(|ids| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
        assert_eq!(named.as_deref(), expected, "{type_name}?{query}");
    }
}
