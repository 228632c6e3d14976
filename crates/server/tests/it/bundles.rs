//! `POST /`: batch and transaction.

mod entries;
mod overlaps;
mod references;

use serde_json::{Value, json};

use crate::setup::Server;

pub(crate) async fn post(server: &Server, bundle: &Value) -> crate::setup::Answer {
    server.call("POST", "", &[], &bundle.to_string()).await
}

pub(crate) fn entry(full_url: &str, method: &str, url: &str, resource: Value) -> Value {
    let mut entry = json!({"request": {"method": method, "url": url}});
    if !full_url.is_empty() {
        entry["fullUrl"] = full_url.into();
    }
    if !resource.is_null() {
        entry["resource"] = resource;
    }
    entry
}

pub(crate) fn bundle(kind: &str, entries: Vec<Value>) -> Value {
    let entries = Value::Array(entries);
    json!({"resourceType": "Bundle", "type": kind, "entry": entries})
}

pub(crate) fn statuses(answer: &Value) -> Vec<String> {
    let entries = answer["entry"].as_array().cloned().unwrap_or_default();
    let status = |e: &Value| e["response"]["status"].as_str().unwrap_or("")[..3].to_owned();
    entries.iter().map(status).collect()
}

#[tokio::test]
async fn a_transaction_resolves_what_its_entries_mean() {
    let server = Server::start();
    server.put("/Organization/o", r#"{"resourceType":"Organization","id":"o","identifier":[{"system":"urn:o","value":"1"}]}"#).await;
    let patient = json!({"resourceType": "Patient", "identifier": [{"system": "urn:s", "value": "urn:uuid:1"}],
        "managingOrganization": {"reference": "Organization?identifier=urn:o|1"}});
    let observation = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
        "subject": {"reference": "urn:uuid:1"}, "performer": [{"reference": "Organization/o"}]});
    let mut conditional = entry("urn:uuid:1", "POST", "Patient", patient);
    conditional["request"]["ifNoneExist"] = "identifier=urn:s|urn:uuid:1".into();
    let whole = bundle(
        "transaction",
        vec![
            entry("", "GET", "Patient?identifier=urn:s|urn:uuid:1", Value::Null),
            entry("urn:uuid:2", "POST", "Observation", observation),
            conditional,
            entry(
                "",
                "PUT",
                "Group/g",
                json!({"resourceType": "Group", "id": "g", "type": "person", "actual": true}),
            ),
        ],
    );
    let answer = post(&server, &whole).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    assert_eq!(answer["type"], "transaction-response");
    assert_eq!(statuses(&answer), ["200", "201", "201", "201"]);
    assert_eq!(
        answer["entry"][0]["resource"]["entry"].as_array().map(Vec::len),
        Some(1),
        "reads come last"
    );
    let found =
        server.get("/Observation?subject:Patient.identifier=urn:s%7Curn:uuid:1").await.json();
    let subject =
        found["entry"][0]["resource"]["subject"]["reference"].as_str().unwrap().to_owned();
    let patient = server.get(&format!("/{subject}")).await.json();
    assert_eq!(
        patient["identifier"][0]["value"], "urn:uuid:1",
        "an identifier's value is no reference"
    );
    assert_eq!(patient["managingOrganization"]["reference"], "Organization/o");
    // The same again finds the patient, and refers to it.
    let again = post(&server, &whole).await.json();
    assert_eq!(statuses(&again), ["200", "201", "200", "200"]);
    assert_eq!(server.get("/Patient?_summary=count").await.json()["total"], 1);
    let referring =
        server.get(&format!("/Observation?subject={subject}&_summary=count")).await.json();
    assert_eq!(referring["total"], 2);
}

#[tokio::test]
async fn a_transaction_that_fails_writes_nothing() {
    let server = Server::start();
    server.put("/Patient/old", r#"{"resourceType":"Patient","id":"old"}"#).await;
    let good = || entry("urn:uuid:1", "POST", "Patient", json!({"resourceType": "Patient"}));
    let group = json!({"resourceType": "Group", "id": "g", "type": "person", "actual": true});
    let mut stale =
        entry("", "PUT", "Patient/old", json!({"resourceType": "Patient", "id": "old"}));
    stale["request"]["ifMatch"] = "W/\"9\"".into();
    let dangling = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
        "subject": {"reference": "Patient?identifier=urn:s|none"}});
    let cases = [
        ("unknown type", entry("", "POST", "Patent", json!({"resourceType": "Patent"})), 400),
        ("wrong method", entry("", "FETCH", "Patient", json!({"resourceType": "Patient"})), 400),
        ("no resource", entry("", "POST", "Patient", Value::Null), 400),
        ("another type", entry("", "POST", "Patient", json!({"resourceType": "Group"})), 400),
        (
            "unknown element",
            entry("", "POST", "Patient", json!({"resourceType": "Patient", "sex": "f"})),
            400,
        ),
        ("id mismatch", entry("", "PUT", "Group/h", group), 400),
        ("stale version", stale, 412),
        ("dangling condition", entry("", "POST", "Observation", dangling), 412),
    ];
    for (name, bad, status) in cases {
        let answer = post(&server, &bundle("transaction", vec![good(), bad])).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text);
        assert!(answer.issue().1.starts_with("Bundle.entry[1]"), "{name}: {}", answer.text);
    }
    let twice = || entry("", "PUT", "Patient/t", json!({"resourceType": "Patient", "id": "t"}));
    let answer = post(&server, &bundle("transaction", vec![twice(), twice()])).await;
    assert_eq!((answer.status.as_u16(), answer.issue().0.as_str()), (400, "duplicate"));
    for wrong in [
        json!({"resourceType": "Patient"}),
        json!({"resourceType": "Bundle", "type": "collection"}),
    ] {
        assert_eq!(post(&server, &wrong).await.status, 400);
    }
    assert_eq!(server.get("/_history").await.json()["total"], 1, "only the first patient");
}

#[tokio::test]
async fn a_transaction_that_contradicts_itself_writes_nothing() {
    let server = Server::start();
    server
        .put("/Patient/old", r#"{"resourceType":"Patient","id":"old","identifier":[{"system":"urn:s","value":"1"}]}"#)
        .await;
    let conditional = |full_url: &str, query: &str| {
        let mut entry = entry(full_url, "POST", "Patient", json!({"resourceType": "Patient"}));
        entry["request"]["ifNoneExist"] = query.into();
        entry
    };
    let dangling = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
        "subject": {"reference": "urn:uuid:nowhere"}});
    let cases = [
        (
            "one condition twice",
            vec![conditional("", "identifier=a"), conditional("", "identifier=a")],
            "duplicate",
        ),
        (
            "found and deleted",
            vec![
                conditional("", "identifier=urn:s|1"),
                entry("", "DELETE", "Patient/old", Value::Null),
            ],
            "duplicate",
        ),
        (
            "one fullUrl twice",
            vec![
                conditional("urn:uuid:1", "identifier=a"),
                conditional("urn:uuid:1", "identifier=b"),
            ],
            "duplicate",
        ),
        ("a dangling reference", vec![entry("", "POST", "Observation", dangling)], "not-found"),
    ];
    for (name, entries, code) in cases {
        let answer = post(&server, &bundle("transaction", entries)).await;
        assert_eq!(answer.status, 400, "{name}: {}", answer.text);
        let (found, expression) = answer.issue();
        assert_eq!(found, code, "{name}");
        assert!(expression.starts_with("Bundle.entry["), "{name}: {expression}");
    }
    assert_eq!(server.get("/_history").await.json()["total"], 1);
}

#[tokio::test]
async fn a_batch_does_what_it_can() {
    let server = Server::start();
    let answer = post(
        &server,
        &bundle(
            "batch",
            vec![
                entry("", "GET", "Patient/none", Value::Null),
                entry("", "POST", "Patient", json!({"resourceType": "Patient"})),
                entry("", "POST", "Patient", json!({"resourceType": "Patient", "sex": "f"})),
                entry("", "DELETE", "Patient/none", Value::Null),
                entry("", "GET", "Patient?_summary=count", Value::Null),
            ],
        ),
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    assert_eq!(statuses(&answer), ["404", "201", "400", "204", "200"]);
    assert_eq!(
        answer["entry"][2]["response"]["outcome"]["issue"][0]["expression"][0]
            .as_str()
            .map(|e| e.starts_with("Bundle.entry[2]")),
        Some(true)
    );
    assert_eq!(answer["entry"][4]["resource"]["total"], 1);
    let empty = post(&server, &json!({"resourceType": "Bundle", "type": "batch"})).await.json();
    assert_eq!(empty.get("entry"), None);
}
