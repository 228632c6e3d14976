//! Queries that are refused before anything runs, each with its place.

use crate::store::{request, try_run, try_run_with};
use graphql::{Limits, Request};

#[test]
fn with_a_place() {
    let cases = [
        ("", 1, 1, "cannot be read"),
        ("{", 1, 2, "cannot be read"),
        ("{ }", 1, 3, "cannot be read"),
        ("query { Patient(id: \"p\" { id } }", 1, 25, "cannot be read"),
        ("{ Patient(id: \"p) { id } }", 1, 15, "cannot be read"),
        ("subscription { Patient(id: 1) { id } }", 1, 1, "subscriptions"),
        ("type A { b: Int }", 1, 1, "schema"),
        ("fragment F on Patient { id }", 0, 0, "operation"),
        ("{ Patient(id: \"p\") {\n  nam { family } } }", 2, 3, "Patient has no field nam"),
        ("{ Patint(id: \"p\") { id } }", 1, 3, "Query has no field Patint"),
        ("{ Patient(id: \"p\") }", 1, 3, "select fields"),
        ("{ Patient(id: \"p\") { id { x } } }", 1, 22, "has no fields"),
        ("{ Patient(id: \"p\") { name } }", 1, 22, "HumanName"),
        ("{ Patient(id: \"p\") { value } }", 1, 22, "no field value"),
        ("{ Patient(id: \"p\") { _name { id } } }", 1, 22, "no field _name"),
        ("{ Patient(id: \"p\") { name(colour: red) { use } } }", 1, 27, "takes no argument colour"),
        ("{ Patient(id: \"p\") { name(period: red) { use } } }", 1, 27, "takes no argument period"),
        ("{ Patient(id: \"p\") { id(use: a) } }", 1, 25, "takes no argument use"),
        ("{ Patient(id: \"p\") { ...F } }", 1, 22, "no fragment F"),
        ("{ Patient(id: \"p\") { ... on Nothing { id } } }", 1, 22, "no type Nothing"),
        ("{ Patient(id: \"p\") { ... on Observation { id } } }", 1, 22, "never a Observation"),
        ("{ Patient(id: \"p\") { a: id a: gender } }", 1, 28, "two things"),
        ("{ Patient(id: \"p\") { name(use: usual) { use } name { use } } }", 1, 47, "two things"),
        ("{ Patient(id: $id) { id } }", 1, 1, "not declared"),
        ("query Q($a: ID) { Patient(id: \"p\") { id } }", 1, 9, "not used"),
        ("query Q($a: ID!) { Patient(id: $a) { id } }", 1, 9, "must have a value"),
        ("query Q($a: Int = \"x\") { Patient(id: $a) { id } }", 1, 9, "not of its type"),
        ("query Q($a: ID, $a: ID) { Patient(id: $a) { id } }", 1, 17, "declared twice"),
        ("{ Patient(id: \"p\") { id } } { PatientList { id } }", 1, 1, "name of its own"),
        ("query A { PatientList { id } } query B { PatientList { id } }", 0, 0, "operationName"),
        (
            "{ PatientList { ...A } } fragment A on Patient { ...B } fragment B on Patient { ...A }",
            1,
            81,
            "leads back to itself",
        ),
        ("{ PatientList { id } } fragment A on Patient { id }", 1, 24, "not used"),
        (
            "{ PatientList { ...A } } fragment A on Patient { id } fragment A on Patient { id }",
            1,
            55,
            "two fragments",
        ),
    ];
    for (query, line, column, words) in cases {
        let errors = try_run(query).map(|told| told.answer).expect_err(query);
        let first = &errors[0];
        assert!(first.message.contains(words), "{query}: {}", first.message);
        let place = first.position.map_or((0, 0), |at| (at.line, at.column));
        assert_eq!(place, (line, column), "{query}: {}", first.message);
    }
}

#[test]
fn several_errors_at_once() {
    let errors = try_run("{ Patient(id: \"p\") { a b c { d } } }").map(|t| t.answer).unwrap_err();
    assert_eq!(errors.len(), 3);
    let told = String::from_utf8(graphql::refused(&errors)).unwrap();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["errors"][1]["locations"][0]["column"], 24);
    assert!(told.get("data").is_none());
}

#[test]
fn operations_that_are_not_there() {
    let sent = Request { operation_name: Some("C"), ..request("query A { PatientList { id } }") };
    assert!(try_run_with(sent, None, Limits::default()).is_err());
}
