//! `PUT /{type}?…`: the specification's table of conditional update.
//! Spec: <https://hl7.org/fhir/R4/http.html#cond-update>.

use crate::setup::{Headers, Server};

/// Ids of what matches before, the body's id, headers, the status, and which id holds the new
/// content afterwards.
const ROWS: &[(&[&str], &str, Headers, u16, &str)] = &[
    // No match, no id: a create under an id of the server.
    (&[], "", &[], 201, "id-1"),
    // No match, an id: an update that creates.
    (&[], "mine", &[], 201, "mine"),
    // No match, an id that another resource has.
    (&[], "other", &[], 409, ""),
    // One match, no id or its id.
    (&["a"], "", &[], 200, "a"),
    (&["a"], "a", &[], 200, "a"),
    // One match, another id.
    (&["a"], "b", &[], 400, ""),
    // Several.
    (&["a", "b"], "", &[], 412, ""),
    (&["a", "b"], "a", &[], 412, ""),
    // With headers.
    (&["a"], "", &[("if-match", "W/\"1\"")], 200, "a"),
    (&["a"], "", &[("if-match", "W/\"2\"")], 412, ""),
    (&[], "", &[("if-match", "W/\"1\"")], 412, ""),
    (&["a"], "", &[("if-none-match", "*")], 412, ""),
    (&[], "", &[("if-none-match", "*")], 201, "id-1"),
    (&["a"], "", &[("if-match", "*")], 200, "a"),
    (&[], "", &[("if-match", "*")], 412, ""),
    (&["a"], "", &[("if-match", "W/\"2\", W/\"1\"")], 200, "a"),
    (&["a"], "", &[("if-none-match", "W/\"1\"")], 412, ""),
    (&["a"], "", &[("if-none-match", "W/\"2\"")], 200, "a"),
    (&[], "other", &[("if-none-match", "W/\"2\"")], 409, ""),
    (&["a"], "", &[("if-unmodified-since", "Sun, 01 Mar 2026 12:00:00 GMT")], 200, "a"),
    (&["a"], "", &[("if-unmodified-since", "Sun, 01 Mar 2026 11:59:59 GMT")], 412, ""),
    (&["a"], "", &[("prefer", "return=minimal")], 200, "a"),
];

#[tokio::test]
async fn conditional_updates() {
    for (before, id, headers, status, written) in ROWS {
        let server = Server::start();
        server.put("/Patient/other", r#"{"resourceType":"Patient","id":"other"}"#).await;
        for id in *before {
            let body = format!(
                r#"{{"resourceType":"Patient","id":"{id}","identifier":[{{"system":"urn:s","value":"1"}}]}}"#
            );
            server.put(&format!("/Patient/{id}"), &body).await;
        }
        let id_member = if id.is_empty() { String::new() } else { format!(r#""id":"{id}","#) };
        let body = format!(
            r#"{{"resourceType":"Patient",{id_member}"identifier":[{{"system":"urn:s","value":"1"}}],"birthDate":"1970-01-01"}}"#
        );
        let answer = server.call("PUT", "/Patient?identifier=urn:s|1", headers, &body).await;
        assert_eq!(answer.status, *status, "{before:?} {id} {headers:?}: {}", answer.text);
        if *status >= 400 {
            answer.issue();
        } else {
            let version = if before.is_empty() { 1 } else { 2 };
            let location = format!("http://127.0.0.1/fhir/Patient/{written}/_history/{version}");
            assert_eq!(answer.header("location"), location);
        }
        let found = server.get("/Patient?birthdate=1970").await.json();
        let found = found["entry"][0]["resource"]["id"].as_str().unwrap_or("").to_owned();
        assert_eq!(found, *written, "{before:?} {id} {headers:?}");
    }
}

#[tokio::test]
async fn conditions_that_are_none() {
    let server = Server::start();
    let cases = [
        ("/Patient", 400),
        ("/Patient?", 400),
        ("/Patient?_count=1", 412),
        ("/Patient?_format=json", 412),
        ("/Patient?nosuch=1", 400),
        ("/Patient?identifier=%ff", 400),
        ("/Nosuch?_id=1", 404),
    ];
    for (path, status) in cases {
        for method in ["PUT", "PATCH", "DELETE"] {
            let (kind, body) = match method {
                "PUT" => ("application/fhir+json", r#"{"resourceType":"Patient"}"#),
                "PATCH" => ("application/json-patch+json", "[]"),
                _ => ("", ""),
            };
            let answer = server.call(method, path, &[("content-type", kind)], body).await;
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
            answer.issue();
        }
    }
    assert_eq!(server.get("/_history").await.json()["total"], 0);
}
