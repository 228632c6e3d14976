//! Conditional references of a transaction: found in the store as it will be, the entries of the
//! same Bundle with it. Spec: <https://hl7.org/fhir/R4/http.html#trules>.

use serde_json::{Value, json};

use super::{bundle, entry, post};
use crate::setup::Server;

fn practitioner(id: &str, number: &str) -> Value {
    let mut body = json!({"resourceType": "Practitioner", "identifier": [{"system": "urn:gmc", "value": number}]});
    if !id.is_empty() {
        body["id"] = id.into();
    }
    body
}

fn patient() -> Value {
    json!({"resourceType": "Patient", "id": "p",
        "generalPractitioner": [{"reference": "Practitioner?identifier=urn:gmc|1"}]})
}

/// What is stored before (id, number), the other entries, and what the reference becomes: a
/// reference, or the status and code of a refusal.
type Row = (&'static [(&'static str, &'static str)], Vec<Value>, &'static str);

fn rows() -> Vec<Row> {
    let post = |number: &str| entry("", "POST", "Practitioner", practitioner("", number));
    let put = |id: &str, number: &str| {
        entry("", "PUT", &format!("Practitioner/{id}"), practitioner(id, number))
    };
    let delete = |id: &str| entry("", "DELETE", &format!("Practitioner/{id}"), Value::Null);
    let mut exists = post("1");
    exists["request"]["ifNoneExist"] = "identifier=urn:gmc|1".into();
    let renumber = json!([{"op": "replace", "path": "/identifier/0/value", "value": "1"}]);
    let renumber = json!({"resourceType": "Binary", "contentType": "application/json-patch+json",
        "data": super::entries::base64(&renumber.to_string())});
    vec![
        (&[("a", "1")], vec![], "Practitioner/a"),
        (&[("a", "1"), ("b", "2")], vec![], "Practitioner/a"),
        (&[], vec![], "412 not-found"),
        (&[("a", "2")], vec![], "412 not-found"),
        (&[("a", "1"), ("b", "1")], vec![], "412 multiple-matches"),
        // Across the entries of the Bundle.
        (&[], vec![post("1")], "Practitioner/id-1"),
        (&[], vec![put("n", "1")], "Practitioner/n"),
        (&[], vec![post("1"), post("2")], "Practitioner/id-1"),
        (&[], vec![post("1"), post("1")], "412 multiple-matches"),
        (&[("a", "1")], vec![post("1")], "412 multiple-matches"),
        (&[("a", "1")], vec![put("a", "1")], "Practitioner/a"),
        // As it will be, not as it was.
        (&[("a", "1")], vec![put("a", "2")], "412 not-found"),
        (&[("a", "2")], vec![put("a", "1")], "Practitioner/a"),
        (&[("a", "1")], vec![put("a", "2"), post("1")], "Practitioner/id-1"),
        (&[("a", "1")], vec![delete("a")], "412 not-found"),
        (&[("a", "1"), ("b", "1")], vec![delete("a")], "Practitioner/b"),
        (&[("a", "1"), ("b", "1")], vec![put("b", "2")], "Practitioner/a"),
        (&[("a", "1")], vec![exists.clone()], "Practitioner/a"),
        (&[], vec![exists], "Practitioner/id-1"),
        (&[("a", "2")], vec![entry("", "PATCH", "Practitioner/a", renumber)], "Practitioner/a"),
    ]
}

#[tokio::test]
async fn conditional_references_mean_what_will_be() {
    for (before, others, expected) in rows() {
        let server = Server::start();
        for (id, number) in before {
            let body = practitioner(id, number).to_string();
            server.put(&format!("/Practitioner/{id}"), &body).await;
        }
        let mut entries = vec![entry("", "PUT", "Patient/p", patient())];
        entries.extend(others.clone());
        let answer = post(&server, &bundle("transaction", entries)).await;
        if let Some((status, code)) = expected.split_once(' ') {
            assert_eq!(answer.status.as_str(), status, "{before:?} {others:?}: {}", answer.text);
            let (found, place) = answer.issue();
            assert_eq!(found, code, "{before:?} {others:?}");
            assert!(place.starts_with("Bundle.entry[0].resource.generalPractitioner"), "{place}");
            assert_eq!(server.get("/Patient/p").await.status, 404);
            continue;
        }
        assert_eq!(answer.status, 200, "{before:?} {others:?}: {}", answer.text);
        let stored = server.get("/Patient/p").await.json();
        let reference = &stored["generalPractitioner"][0]["reference"];
        assert_eq!(reference, expected, "{before:?} {others:?}");
        let path = format!("/Patient?general-practitioner={expected}&_summary=count");
        assert_eq!(server.get(&path).await.json()["total"], 1, "and it is indexed so");
    }
}

#[tokio::test]
async fn references_that_are_no_search() {
    let server = Server::start();
    for (reference, status) in [
        ("Practitioner?nosuch=1", 400),
        ("Practitioner?identifier=%FF", 400),
        ("Practitioner?_count=1", 412),
        ("Nosuch?identifier=1", 404),
    ] {
        let patient =
            json!({"resourceType": "Patient", "generalPractitioner": [{"reference": reference}]});
        let whole = bundle("transaction", vec![entry("", "POST", "Patient", patient)]);
        let answer = post(&server, &whole).await;
        assert_eq!(answer.status, status, "{reference}: {}", answer.text);
        assert_eq!(answer.issue().1, "Bundle.entry[0].resource.generalPractitioner[0].reference");
    }
}
