//! Elements, filters of lists, references, fragments: what a query gives.

use graphql::{Limits, Need, Request};
use serde_json::json;

use crate::store::{BASE, data, request, run, try_run_with};

#[test]
fn elements() {
    let cases = [
        ("id active gender", json!({"id": "p", "active": true, "gender": "female"})),
        ("resourceType __typename", json!({"resourceType": "Patient", "__typename": "Patient"})),
        ("maritalStatus { text } photo { url }", json!({"maritalStatus": null, "photo": null})),
        ("born: birthDate", json!({"born": "1970-03-30"})),
        (
            "_birthDate { extension { url valueDateTime } } _gender { id }",
            json!({"_birthDate": {"extension": [{"url": "http://x.test/time",
                "valueDateTime": "1970-03-30T10:00:00Z"}]}, "_gender": null}),
        ),
        (
            "multipleBirthInteger multipleBirthBoolean",
            json!({"multipleBirthInteger": 2, "multipleBirthBoolean": null}),
        ),
        (
            "contact { __typename name { family } relationship { text coding { code } } }",
            json!({"contact": [{"__typename": "PatientContact", "name": {"family": "Shah"},
                "relationship": [{"text": "mother", "coding": null}]}]}),
        ),
        (
            "name(use: official) { family given }",
            json!({"name": [{"family": "Shah", "given": ["Amina", "R"]}]}),
        ),
        (
            "name(use: \"usual\") { family given }",
            json!({"name": [{"family": null, "given": ["Mina"]}]}),
        ),
        ("name(use: [usual, old]) { use }", json!({"name": [{"use": "usual"}]})),
        ("name(use: nickname) { family }", json!({"name": null})),
        ("name(given: \"R\") { use }", json!({"name": [{"use": "official"}]})),
        ("telecom(system: phone, rank: 1) { value }", json!({"telecom": [{"value": "1"}]})),
        (
            "telecom(_offset: 1) { value }",
            json!({"telecom": [{"value": "a@x.test"}, {"value": "2"}]}),
        ),
        ("telecom(_offset: 1, _count: 1) { value }", json!({"telecom": [{"value": "a@x.test"}]})),
        ("telecom(system: phone, _offset: 1) { value }", json!({"telecom": [{"value": "2"}]})),
        ("telecom(_count: 0) { value }", json!({"telecom": null})),
        ("name(fhirpath: \"given.count() > 1\") { use }", json!({"name": [{"use": "official"}]})),
        (
            "name(fhirpath: \"%resource.active\", _count: 1) { use }",
            json!({"name": [{"use": "official"}]}),
        ),
        ("name { given(_offset: 1) }", json!({"name": [{"given": ["R"]}, {"given": null}]})),
        (
            "name { given(fhirpath: \"startsWith('A')\") }",
            json!({"name": [{"given": ["Amina"]}, {"given": null}]}),
        ),
    ];
    for (fields, expected) in cases {
        let found = data(&format!("{{ Patient(id: \"p\") {{ {fields} }} }}"));
        assert_eq!(found["Patient"], expected, "{fields}");
    }
}

#[test]
fn numbers_keep_their_digits() {
    let query = r#"{ Observation(id: "x") { valueQuantity { value } } }"#;
    assert_eq!(
        run(query).answer.to_string(),
        r#"{"data":{"Observation":{"valueQuantity":{"value":4.50}}}}"#
    );
    let found = data(r#"{ Observation(id: "y") { valueString } }"#);
    assert_eq!(found["Observation"]["valueString"], "\"high\" é");
}

#[test]
fn references() {
    let cases = [
        ("managingOrganization { reference resource { ... on Organization { name } } }",
            json!({"managingOrganization": {"reference": "Organization/o",
                "resource": {"name": "Hope Street"}}})),
        ("managingOrganization { resource(type: Organization) { name } }",
            json!({"managingOrganization": {"resource": {"name": "Hope Street"}}})),
        ("managingOrganization { resource(type: Practitioner) { active } }",
            json!({"managingOrganization": {"resource": null}})),
        ("managingOrganization { resource { resourceType id } }",
            json!({"managingOrganization": {"resource": {"resourceType": "Organization", "id": "o"}}})),
        ("managingOrganization { resource(type: Organization) { partOf { resource(type: Organization)
            { name partOf { resource(optional: true) { id } } } } } }",
            json!({"managingOrganization": {"resource": {"partOf": {"resource":
                {"name": "Hope Group", "partOf": {"resource": null}}}}}})),
        ("generalPractitioner { resource(optional: true, type: [Practitioner, PractitionerRole]) {
            ... on Practitioner { name { family } } } }",
            json!({"generalPractitioner": [{"resource": {"name": [{"family": "Wong"}]}},
                {"resource": {"name": [{"family": "Inside"}]}}, {"resource": null}]})),
        ("contained { id ... on Practitioner { name { family } } ... on Medication { status } }",
            json!({"contained": [{"id": "in", "name": [{"family": "Inside"}]}]})),
    ];
    for (fields, expected) in cases {
        let found = data(&format!("{{ Patient(id: \"p\") {{ {fields} }} }}"));
        assert_eq!(found["Patient"], expected, "{fields}");
    }
    let found =
        data(r#"{ Bundle(id: "b") { entry { resource { id ... on Patient { gender } } } } }"#);
    assert_eq!(
        found["Bundle"]["entry"],
        json!([{"resource": {"id": "e", "gender": "other"}}, {"resource": {"id": "f"}}])
    );
}

/// What cannot be followed is null, and an error says where.
#[test]
fn references_to_nothing() {
    let told = run(r#"{ Patient(id: "p") { generalPractitioner { resource { id } } } }"#);
    assert_eq!(told.answer["data"]["Patient"]["generalPractitioner"][2]["resource"], json!(null));
    let error = &told.answer["errors"][0];
    assert_eq!(error["path"], json!(["Patient", "generalPractitioner", 2, "resource"]));
    assert_eq!(error["locations"], json!([{"line": 1, "column": 44}]));
    assert_eq!(error["extensions"]["code"], "not-found");
    assert_eq!(error["extensions"]["resource"]["resourceType"], "OperationOutcome");
    for query in [
        r#"{ Observation(id: "x") { performer { resource { id } } } }"#,
        r#"{ Organization(id: "p") { partOf { resource { id } } } }"#,
        r#"{ Patient(id: "none") { id } }"#,
        r#"{ Patient(id: "p") { managingOrganization { resource { birthDate: id active name } } g: generalPractitioner { resource { gender name } } } }"#,
    ] {
        assert!(!run(query).messages().is_empty(), "{query}");
    }
}

/// All references of one level are asked for together.
#[test]
fn references_are_read_in_rounds() {
    let told = run(r#"{ Patient(id: "p") { managingOrganization { resource(type: Organization) {
        partOf { resource { id } } } } generalPractitioner { resource(optional: true) { id } } } }"#);
    let sizes: Vec<usize> = told.rounds.iter().map(Vec::len).collect();
    assert_eq!(sizes, [1, 3, 1]);
    assert!(told.rounds[1].iter().all(|need| matches!(need, Need::Read { .. })));
}

#[test]
fn fragments_and_variables() {
    let found = data(
        r#"query Q($id: ID = "p", $more: Boolean = false) {
             a: Patient(id: $id) { ...Both ... on Patient { gender } ... @include(if: $more) { active } }
             b: Patient(id: "q") { ...Both ... on Resource { gender } ... @skip(if: $more) { active } }
           }
           fragment Both on Patient { id name @include(if: $more) { ...Names } contact { name { ...Names } } }
           fragment Names on HumanName { family }"#,
    );
    assert_eq!(
        found,
        json!({
            "a": {"id": "p", "contact": [{"name": {"family": "Shah"}}], "gender": "female"},
            "b": {"id": "q", "contact": null, "gender": "male", "active": null},
        })
    );
    // One field selected twice is one field, with what both select.
    let found = data(
        r#"{ Patient(id: "p") { contact { name { family } } contact { relationship { text } } id id } }"#,
    );
    assert_eq!(
        found["Patient"],
        json!({"id": "p",
        "contact": [{"name": {"family": "Shah"}, "relationship": [{"text": "mother"}]}]})
    );
}

#[test]
fn variables_that_are_sent() {
    let tree = fhir::Tree::parse(br#"{"id":"q","uses":["usual"],"yes":true}"#).unwrap();
    let query = "query A($id: ID!) { Patient(id: $id) { id } }
        query B($uses: [code!], $yes: Boolean!, $none: String) {
            Patient(id: \"p\") { name(use: $uses, text: $none) { use @include(if: $yes) } } }";
    for (name, expected) in [
        ("A", json!({"Patient": {"id": "q"}})),
        ("B", json!({"Patient": {"name": [{"use": "usual"}]}})),
    ] {
        let sent =
            Request { operation_name: Some(name), variables: Some(tree.root()), ..request(query) };
        let told = try_run_with(sent, None, Limits::default()).unwrap();
        assert_eq!(told.answer["data"], expected, "{name}");
    }
}

/// At the instance level the resource is there, and what refers to it.
#[test]
fn a_resource_in_scope() {
    let query = "{ id name(use: official) { family } ObservationList(_reference: subject) { id } }";
    let told = try_run_with(request(query), Some("Patient/p"), Limits::default()).unwrap();
    assert_eq!(
        told.answer["data"],
        json!({"id": "p", "name": [{"family": "Shah"}],
        "ObservationList": [{"id": "x"}, {"id": "y"}]})
    );
    for query in ["{ Patient(id: \"p\") { id } }", "{ PatientList { id } }", "{ status }"] {
        assert!(
            try_run_with(request(query), Some("Patient/p"), Limits::default()).is_err(),
            "{query}"
        );
    }
    assert!(BASE.starts_with("http://127."));
}
