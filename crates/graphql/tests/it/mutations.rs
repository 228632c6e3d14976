//! Mutations: what is written, in which order, and what is told.

use graphql::{Limits, Need, Request};
use serde_json::json;

use crate::store::{request, run, try_run, try_run_with};

#[test]
fn what_is_written() {
    let told = run(r#"mutation {
        a: PatientCreate(res: {gender: female, active: true, multipleBirthInteger: 2,
            name: [{family: "Ó\"x", given: ["A", null]}], birthDate: null}) {
            location resource { gender name { family } } information { id } }
        b: PatientUpdate(id: "q", resource: {resourceType: "Patient", id: "q"}) { resource { id } }
        c: PatientDelete(id: "q") { information { issue { code } } __typename }
    }"#);
    assert_eq!(told.messages(), [""; 0]);
    assert_eq!(
        told.answer["data"],
        json!({
            "a": {"location": "http://127.0.0.1/fhir/made",
                "resource": {"gender": "female", "name": [{"family": "Ó\"x"}]}, "information": null},
            "b": {"resource": {"id": "q"}},
            "c": {"information": null, "__typename": "PatientDeletion"},
        })
    );
    let bodies: Vec<&Need> = told.rounds.iter().map(|round| &round[0]).collect();
    let Need::Create { body, .. } = bodies[0] else { panic!("{bodies:?}") };
    assert_eq!(
        String::from_utf8_lossy(body),
        r#"{"resourceType":"Patient","gender":"female","active":true,"multipleBirthInteger":2,"name":[{"family":"Ó\"x","given":["A",null]}]}"#
    );
    assert!(matches!(bodies[1], Need::Update { id, .. } if &**id == "q"));
    assert!(matches!(bodies[2], Need::Delete { .. }));
    assert!(told.rounds.iter().all(|round| round.len() == 1), "one after another");
}

/// What a mutation's resource refers to is read before the next mutation begins.
#[test]
fn references_of_what_was_written() {
    let told = run(r#"mutation {
        a: PatientCreate(res: {managingOrganization: {reference: "Organization/o"}}) {
            resource { managingOrganization { resource(type: Organization) { name } } } }
        b: PatientDelete(id: "p") { __typename } }"#);
    let organisation = &told.answer["data"]["a"]["resource"]["managingOrganization"]["resource"];
    assert_eq!(organisation["name"], "Hope Street");
    assert!(matches!(told.rounds[1][0], Need::Read { .. }));
    assert!(matches!(told.rounds[2][0], Need::Delete { .. }));
}

#[test]
fn resources_as_variables() {
    let tree = fhir::Tree::parse(br#"{"res":{"resourceType":"Patient","gender":"male"}}"#).unwrap();
    let query =
        "mutation M($res: PatientInput!) { PatientCreate(res: $res) { resource { gender } } }";
    let sent = Request { variables: Some(tree.root()), ..request(query) };
    let told = try_run_with(sent, None, Limits::default()).unwrap();
    assert_eq!(told.answer["data"]["PatientCreate"]["resource"]["gender"], "male");
}

/// One that fails is null; those after it run.
#[test]
fn failures() {
    let told = run("mutation {
        a: PatientCreate(res: {gender: nonsense}) { location }
        b: PatientCreate(res: 3) { location }
        c: PatientCreate(res: {gender: male}) { location } }");
    assert_eq!(told.answer["data"]["a"], json!(null));
    assert_eq!(told.answer["data"]["b"], json!(null));
    assert_eq!(told.answer["data"]["c"]["location"], "http://127.0.0.1/fhir/made");
    assert_eq!(told.messages().len(), 2, "{:?}", told.messages());
    for query in [
        "mutation { PatientCreate { location } }",
        "mutation { PatientUpdate(res: {}) { resource { id } } }",
        "mutation { PatientDelete(id: \"p\") }",
        "mutation { PatientCreate(res: {}) { nothing } }",
        "mutation { PatientPatch(id: \"p\") { resource { id } } }",
        "mutation { Patient(id: \"p\") { id } }",
        "{ PatientDelete(id: \"p\") { __typename } }",
    ] {
        assert!(try_run(query).is_err(), "{query}");
    }
    let query = "mutation { PatientDelete(id: \"p\") { __typename } }";
    let sent = Request { allows_mutations: false, ..request(query) };
    assert!(try_run_with(sent, None, Limits::default()).is_err());
}
