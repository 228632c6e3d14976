//! Limits: what costs too much is refused or ended, and told so.

use graphql::Limits;
use serde_json::json;

use crate::store::{messages, request, try_run, try_run_with};

#[test]
fn queries_that_are_too_large() {
    let deep = format!(
        "{{ Organization(id: \"o\") {{ {} id {} }} }}",
        "partOf { resource(type: Organization) { ".repeat(20),
        "} }".repeat(20)
    );
    let wide: Vec<String> = (0..2_100).map(|n| format!("a{n}: id")).collect();
    let wide = wide.join(" ");
    let wide = format!("{{ Patient(id: \"p\") {{ {wide} }} }}");
    // Each fragment uses the next one ten times.
    let mut growing = "{ Patient(id: \"p\") { ...F0 } }".to_owned();
    for n in 0..9 {
        let uses = format!("...F{} ", n + 1).repeat(10);
        growing.push_str(&format!(" fragment F{n} on Patient {{ {uses} }}"));
    }
    growing.push_str(" fragment F9 on Patient { id }");
    let long = format!("{{ Patient(id: \"p\") {{ id }} }} #{}", "x".repeat(70_000));
    let nested = format!("{{ a{} }}", "{ a".repeat(5_000));
    let brackets = format!("{{ PatientList(name: {}) {{ id }} }}", "[".repeat(5_000));
    let tokens = format!("{{ {} }}", "a ".repeat(20_000));
    for query in [deep, wide, growing, long, nested, brackets, tokens] {
        let errors = try_run(&query).map(|told| told.answer).expect_err(&query[..60]);
        assert!(!errors.is_empty() && errors.len() <= 50);
    }
}

#[test]
fn answers_that_are_too_large() {
    let reverse = "{ PatientList { id ObservationList(_reference: subject) { id } } }";
    let cases = [
        (Limits { searches_max: 2, ..Limits::default() }, reverse, "2 searches"),
        (Limits { resources_max: 3, ..Limits::default() }, reverse, "3 resources"),
        (Limits { values_max: 4, ..Limits::default() }, reverse, "4 values"),
        (
            Limits { values_max: 100, ..Limits::default() },
            "{ __schema { types { name } } }",
            "100 values",
        ),
    ];
    for (limits, query, words) in cases {
        let told = try_run_with(request(query), None, limits).unwrap();
        let messages = messages(&told.answer);
        assert!(messages.iter().any(|m| m.contains(words)), "{messages:?}");
        assert_eq!(told.answer["errors"][0]["extensions"]["code"], json!("too-costly"));
    }
    let limits = Limits { matches_max: 1, ..Limits::default() };
    let told = try_run_with(request("{ PatientList { id } }"), None, limits).unwrap();
    assert_eq!(told.answer["data"]["PatientList"], json!(null));
    assert!(messages(&told.answer)[0].contains("more than 1 resources match"));
}
