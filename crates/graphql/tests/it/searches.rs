//! Lists and connections: what is searched, and how pages hang together.

use graphql::{Need, SearchNeed};
use serde_json::{Value, json};

use crate::store::{data, run, try_run};

fn search_of(query: &str) -> SearchNeed {
    let told = run(query);
    match &told.rounds[0][0] {
        Need::Search(search) => search.clone(),
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn arguments_are_parameters() {
    let cases: [(&str, &[(&str, &str)]); 9] = [
        ("PatientList { id }", &[]),
        ("PatientList(gender: male) { id }", &[("gender", "male")]),
        ("PatientList(gender: [male, \"female\"]) { id }", &[("gender", "male,female")]),
        ("PatientList(address_city: \"Leeds\") { id }", &[("address-city", "Leeds")]),
        (
            "PatientList(_id: p, _lastUpdated: \"ge2020\") { id }",
            &[("_id", "p"), ("_lastUpdated", "ge2020")],
        ),
        (
            "PatientList(active: true, _sort: \"-birthdate\") { id }",
            &[("active", "true"), ("_sort", "-birthdate")],
        ),
        ("PatientList(_filter: \"name eq a\", _count: 5) { id }", &[("_filter", "name eq a")]),
        ("ObservationList(value_quantity: \"gt5\") { id }", &[("value-quantity", "gt5")]),
        ("ListList(status: current) { id }", &[("status", "current")]),
    ];
    for (field, expected) in cases {
        let search = search_of(&format!("{{ {field} }}"));
        let pairs: Vec<_> = search.pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(pairs, expected, "{field}");
    }
}

#[test]
fn lists() {
    let cases = [
        ("PatientList { id }", json!([{"id": "p"}, {"id": "q"}])),
        ("PatientList(gender: other) { id }", json!([])),
        ("PatientList(_count: 1) { id }", json!([{"id": "p"}])),
        ("PatientList(_offset: 1) { id }", json!([{"id": "q"}])),
        ("PatientList(fhirpath: \"name.exists()\") { id }", json!([{"id": "p"}])),
        ("PatientList @first { id }", json!({"id": "p"})),
        (
            "PatientList { id ObservationList(_reference: subject, status: final) { code { text } } }",
            json!([{"id": "p", "ObservationList": [{"code": {"text": "K"}}, {"code": {"text": "Na"}}]},
                {"id": "q", "ObservationList": []}]),
        ),
    ];
    for (field, expected) in cases {
        let found = data(&format!("{{ all: {field} }}"));
        assert_eq!(found["all"], expected, "{field}");
    }
    let found = data("{ PatientList @flatten { id } }");
    assert_eq!(found, json!({"id": ["p", "q"]}));
}

fn connection(arguments: &str) -> Value {
    let query = format!(
        "{{ c: ObservationConnection{arguments} {{ count offset pagesize first previous next last
            edges {{ mode score resource {{ id }} }} }} }}"
    );
    data(&query)["c"].clone()
}

#[test]
fn connections() {
    let first = connection("(_count: 1, status: final)");
    assert_eq!(first["count"], 2);
    assert_eq!(first["offset"], 0);
    assert_eq!(first["pagesize"], 1);
    assert_eq!(first["previous"], json!(null));
    assert_eq!(first["edges"], json!([{"mode": "match", "score": null, "resource": {"id": "x"}}]));
    // A cursor stands alone, and beside the arguments that it was made with.
    for arguments in ["", ", _count: 1, status: final", ", status: final"] {
        let next = first["next"].as_str().unwrap();
        let second = connection(&format!("(_cursor: \"{next}\"{arguments})"));
        assert_eq!(second["edges"][0]["resource"]["id"], "y", "{arguments}");
        assert_eq!(second["offset"], 1);
        assert_eq!(second["next"], json!(null));
        for way in ["previous", "first"] {
            let cursor = second[way].as_str().unwrap();
            let back = connection(&format!("(_cursor: \"{cursor}\")"));
            assert_eq!(back["edges"][0]["resource"]["id"], "x", "{way}");
        }
        let last = connection(&format!("(_cursor: \"{}\")", first["last"].as_str().unwrap()));
        assert_eq!(last["edges"][0]["resource"]["id"], "y");
    }
    let whole = connection("");
    assert_eq!((whole["pagesize"].clone(), whole["next"].clone()), (json!(50), json!(null)));
    let none = connection("(status: draft)");
    assert_eq!((none["count"].clone(), none["edges"].clone()), (json!(0), json!([])));
}

/// A connection of a resource stays with that resource, whatever cursor is sent.
#[test]
fn reverse_connections() {
    let of = |id: &str, arguments: &str| {
        run(&format!(
            "{{ Patient(id: \"{id}\") {{ ObservationConnection(_reference: subject{arguments}) {{
                count next edges {{ resource {{ id }} }} }} }} }}"
        ))
    };
    let page = of("p", ", _count: 1").answer["data"]["Patient"]["ObservationConnection"].clone();
    assert_eq!(page["count"], 2);
    let cursor = format!(", _cursor: \"{}\"", page["next"].as_str().unwrap());
    let next = of("p", &cursor).answer["data"]["Patient"]["ObservationConnection"].clone();
    assert_eq!(next["edges"], json!([{"resource": {"id": "y"}}]));
    let other = of("q", &cursor);
    assert_eq!(other.answer["data"]["Patient"]["ObservationConnection"], json!(null));
    assert!(other.messages()[0].contains("another search"));
}

#[test]
fn totals_are_counted_when_wanted() {
    assert!(search_of("{ PatientConnection { count } }").wants_total);
    assert!(search_of("{ PatientConnection { last } }").wants_total);
    assert!(!search_of("{ PatientConnection { edges { mode } } }").wants_total);
    assert!(!search_of("{ PatientList { id } }").wants_total);
}

/// Arguments that only show themselves wrong when the query runs.
#[test]
fn arguments_that_make_no_sense() {
    for field in [
        "PatientList(_count: -1) { id }",
        "PatientList(_count: \"many\") { id }",
        "PatientList(_offset: 1000, _count: 1) { id }",
        "PatientList(name: {a: 1}) { id }",
        "PatientList(name: [[\"a\"]]) { id }",
        "PatientList(fhirpath: \"name.\") { id }",
        "PatientConnection(_cursor: \"x\") { count }",
        "PatientConnection(_cursor: \"0~1~~gender=male\", gender: female) { count }",
        "PatientConnection(_cursor: \"0~1~\", _count: 2) { count }",
        "PatientConnection(_offset: 999, _count: 2) { count }",
        "PatientConnection(_cursor: \"99999~10~\") { count }",
    ] {
        let told = run(&format!("{{ x: {field} ok: Patient(id: \"p\") {{ id }} }}"));
        assert_eq!(told.messages().len(), 1, "{field}");
        assert_eq!(told.answer["errors"][0]["path"], json!(["x"]), "{field}");
        assert_eq!(told.answer["data"]["ok"]["id"], "p", "{field}");
    }
    for field in [
        "PatientList(nme: \"a\") { id }",
        "PatientList(_reference: subject) { id }",
        "PatientList(_cursor: \"x\") { id }",
        "PatientList(name: \"a\", name: \"b\") { id }",
        "PatientConnection { size }",
        "PatientConnection { edges { id } }",
        "Patient { id }",
        "Patient(id: \"p\", name: \"x\") { id }",
        "Patient(id: \"p\") { ObservationList { id } }",
        "Patient(id: \"p\") { ObservationList(_reference: code) { id } }",
        "Patient(id: \"p\") { ObservationList(_reference: owner) { id } }",
        "NoSuchList { id }",
    ] {
        assert!(try_run(&format!("{{ {field} }}")).is_err(), "{field}");
    }
}
