//! From one resource to others: chains, `_has`, compartments, lists, includes, hierarchies, order.

use std::collections::BTreeSet;

use judge::{
    Contained, Criterion, Include, IncludeSource, Judge, Modifier, Operand, Query, Referred,
    SortKey, Step, System, Test, Token, World, may_follow,
};

use crate::{NOW, compartment, criterion, found, found_by, resource_type, world};

fn ward() -> World {
    world(&[
        r#"{"resourceType":"Patient","id":"p","name":[{"family":"Shah"}],"generalPractitioner":[{"reference":"Practitioner/g"}]}"#,
        r#"{"resourceType":"Patient","id":"q","name":[{"family":"Ng"}]}"#,
        r#"{"resourceType":"Practitioner","id":"g","name":[{"family":"Ray"}]}"#,
        r#"{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/p"},"status":"finished","location":[{"location":{"reference":"Location/bed"}}]}"#,
        r#"{"resourceType":"Observation","id":"o","status":"final","subject":{"reference":"http://own.test/fhir/Patient/p"},"encounter":{"reference":"Encounter/e"},"code":{"coding":[{"code":"x"}]}}"#,
        r#"{"resourceType":"Observation","id":"r","status":"final","subject":{"reference":"Patient/gone","identifier":{"system":"s","value":"1"}},"code":{"coding":[{"code":"y"}]}}"#,
        r#"{"resourceType":"List","id":"l","entry":[{"item":{"reference":"Patient/q"}}]}"#,
        r#"{"resourceType":"Location","id":"site"}"#,
        r#"{"resourceType":"Location","id":"ward","partOf":{"reference":"Location/site"}}"#,
        r#"{"resourceType":"Location","id":"bed","partOf":{"reference":"Location/ward"}}"#,
        r##"{"resourceType":"MedicationRequest","id":"m","contained":[{"resourceType":"Medication","id":"i","code":{"coding":[{"code":"z"}]}}],"medicationReference":{"reference":"#i"}}"##,
    ])
}

fn text(text: &str) -> Vec<Operand> {
    vec![Operand::Text(text.to_owned())]
}

fn code(code: &str) -> Vec<Operand> {
    vec![Operand::Token(Token { system: System::Any, code: Some(code.to_owned()) })]
}

fn chain(parameter: &str, target: Option<&str>) -> Step {
    Step::Chain { parameter: parameter.to_owned(), target: target.map(resource_type) }
}

fn has(source: &str, parameter: &str) -> Step {
    Step::Has { source: resource_type(source), parameter: parameter.to_owned() }
}

#[test]
fn chains_and_has() {
    let ward = ward();
    let name =
        |path: Vec<Step>, wanted: &str| criterion(path, "family", Modifier::None, text(wanted));
    let one = chain("subject", Some("Patient"));
    let two = vec![one.clone(), chain("general-practitioner", Some("Practitioner"))];
    assert_eq!(found(&ward, "Observation", vec![name(vec![one.clone()], "sha")]), ["o"]);
    assert_eq!(found(&ward, "Observation", vec![name(vec![one], "ng")]), [""; 0]);
    assert_eq!(found(&ward, "Observation", vec![name(two, "ray")]), ["o"]);
    let referred = vec![has("Observation", "patient")];
    let wanted =
        |path: &[Step], value| criterion(path.to_vec(), "code", Modifier::None, code(value));
    assert_eq!(found(&ward, "Patient", vec![wanted(&referred, "x")]), ["p"]);
    assert_eq!(found(&ward, "Patient", vec![wanted(&referred, "y")]), [""; 0]);
    let nested = vec![has("Patient", "general-practitioner"), has("Observation", "patient")];
    assert_eq!(found(&ward, "Practitioner", vec![wanted(&nested, "x")]), ["g"]);
    let chained = vec![has("Observation", "patient"), chain("encounter", None)];
    let finished = criterion(chained, "status", Modifier::None, code("finished"));
    assert_eq!(found(&ward, "Patient", vec![finished]), ["p"]);
    let inside = vec![chain("medication", Some("Medication"))];
    assert_eq!(found(&ward, "MedicationRequest", vec![wanted(&inside, "z")]), ["m"]);
    // A target that is not there fulfils nothing, not even that something is missing.
    let is_missing = Test::Missing { code: "family".to_owned(), is_missing: true };
    let missing = Criterion { path: vec![chain("subject", Some("Patient"))], test: is_missing };
    assert_eq!(found(&ward, "Observation", vec![missing]), [""; 0]);
}

#[test]
fn references() {
    let ward = ward();
    let patient = resource_type("Patient");
    let wanted = |modifier, referred| {
        vec![criterion(vec![], "subject", modifier, vec![Operand::Reference(referred)])]
    };
    let id = || Referred::Id("p".to_owned());
    let cases = [
        (wanted(Modifier::None, id()), "o"),
        (wanted(Modifier::Type(patient), id()), "o"),
        (wanted(Modifier::None, Referred::Local(patient, "p".to_owned())), "o"),
        (wanted(Modifier::None, Referred::Own(patient, "gone".to_owned())), "r"),
    ];
    for (criteria, expected) in cases {
        assert_eq!(found(&ward, "Observation", criteria), [expected]);
    }
    let group = wanted(Modifier::Type(resource_type("Group")), id());
    assert_eq!(found(&ward, "Observation", group), [""; 0]);
    let named = criterion(vec![], "subject", Modifier::Identifier, code("1"));
    assert_eq!(found(&ward, "Observation", vec![named]), ["r"]);
    let place = |modifier, id: &str| {
        let referred = Referred::Local(resource_type("Location"), id.to_owned());
        vec![criterion(vec![], "location", modifier, vec![Operand::Reference(referred)])]
    };
    assert_eq!(found(&ward, "Encounter", place(Modifier::Below, "site")), ["e"]);
    assert_eq!(found(&ward, "Encounter", place(Modifier::Above, "bed")), ["e"]);
    assert_eq!(found(&ward, "Encounter", place(Modifier::Above, "ward")), [""; 0]);
}

#[test]
fn compartments_and_lists() {
    let ward = ward();
    assert_eq!(found_by(&ward, &compartment("Patient", "p", Some("Observation"))), ["o"]);
    assert_eq!(found_by(&ward, &compartment("Patient", "p", None)), ["e", "o"]);
    assert_eq!(found_by(&ward, &compartment("Encounter", "e", None)), ["e", "o"]);
    assert_eq!(found_by(&ward, &compartment("Patient", "q", Some("List"))), [""; 0]);
    let listed = Criterion { path: vec![], test: Test::List(vec!["l".to_owned()]) };
    assert_eq!(found(&ward, "Patient", vec![listed]), ["q"]);
}

#[test]
fn contained_resources() {
    let ward = ward();
    let mut query = Query::of_type(resource_type("Medication"));
    query.criteria = vec![criterion(vec![], "code", Modifier::None, code("z"))];
    for (contained, expected) in [(Contained::No, 0), (Contained::Only, 1), (Contained::Both, 1)] {
        query.contained = contained;
        assert_eq!(found_by(&ward, &query).len(), expected, "{contained:?}");
    }
}

#[test]
fn includes() {
    let ward = ward();
    let judge = Judge::new(definitions::embedded(), NOW);
    let include = |name: &str, parameter: &str, is_reverse, is_iterated| Include {
        is_reverse,
        is_iterated,
        source: IncludeSource::Parameter(resource_type(name), parameter.to_owned()),
        target: None,
    };
    let of = |page: (&str, &str), includes: &[Include]| -> Vec<String> {
        let page = BTreeSet::from([(resource_type(page.0), page.1.to_owned())]);
        judge.included(&ward, &page, includes).into_iter().map(|key| key.1).collect()
    };
    let subject = include("Observation", "subject", false, false);
    let doctor = include("Patient", "general-practitioner", false, true);
    assert_eq!(of(("Observation", "o"), std::slice::from_ref(&subject)), ["p"]);
    assert_eq!(of(("Observation", "o"), &[subject.clone(), doctor]), ["p", "g"]);
    assert_eq!(of(("Observation", "r"), &[subject]), [""; 0]);
    let observations = include("Observation", "patient", true, false);
    assert_eq!(of(("Patient", "p"), &[observations]), ["o"]);
    let parts = include("Location", "partof", true, true);
    assert_eq!(of(("Location", "site"), &[parts]), ["bed", "ward"]);
    let all =
        Include { is_reverse: false, is_iterated: false, source: IncludeSource::All, target: None };
    assert_eq!(of(("Observation", "o"), &[all]), ["e", "p"]);
}

#[test]
fn order() {
    let ward = ward();
    let judge = Judge::new(definitions::embedded(), NOW);
    let sort = [SortKey { code: "family".to_owned(), is_descending: false }];
    let values =
        |id: &str| judge.sort_values(&ward, &(resource_type("Patient"), id.to_owned()), &sort);
    assert!(may_follow(&values("q"), &values("p"), &sort));
    assert!(!may_follow(&values("p"), &values("q"), &sort));
    let none = judge.sort_values(&ward, &(resource_type("List"), "l".to_owned()), &sort);
    assert!(may_follow(&values("p"), &none, &sort));
    assert!(!may_follow(&none, &values("p"), &sort));
}
