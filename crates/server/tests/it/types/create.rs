//! `POST /{type}` with `If-None-Exist`. Spec: <https://hl7.org/fhir/R4/http.html#ccreate>.

use crate::setup::{Headers, Server};

/// How many match before, the condition, the status, how many match afterwards.
const ROWS: &[(usize, &str, Headers, u16, usize)] = &[
    (0, "identifier=urn:s|1", &[], 201, 1),
    (1, "identifier=urn:s|1", &[], 200, 1),
    (1, "?identifier=urn:s|1", &[], 200, 1),
    (1, "identifier=urn:s%7C1", &[], 200, 1),
    (1, "identifier=urn:s|2", &[], 201, 2),
    (1, "identifier=urn:s|1&active=false", &[], 201, 2),
    (1, "identifier=urn:s|1", &[("prefer", "return=minimal")], 200, 1),
    (1, "identifier=urn:s|1", &[("prefer", "return=OperationOutcome")], 200, 1),
    // Words are looked up inside of the write too, which has not been indexed when it begins.
    (1, "_content=hope", &[], 200, 1),
    (1, "_content=despair", &[], 201, 2),
    (1, "_text=hope", &[], 201, 2),
    (2, "_content=hope&active=true", &[], 412, 2),
    (2, "identifier=urn:s|1", &[], 412, 2),
    (1, "", &[], 412, 1),
    (1, "_count=1&_sort=_id", &[], 412, 1),
    (1, "nosuch=1", &[], 400, 1),
    (1, "birthdate=yesterday", &[], 400, 1),
    (1, "identifier=%FF", &[], 400, 1),
    // What is created has no version yet that could be current.
    (0, "identifier=urn:s|1", &[("if-match", "W/\"1\"")], 412, 0),
    (0, "identifier=urn:s|1", &[("if-match", "*")], 412, 0),
    (1, "identifier=urn:s|1", &[("if-match", "*")], 412, 1),
    (0, "identifier=urn:s|1", &[("if-match", "1")], 400, 0),
    (0, "identifier=urn:s|1", &[("if-none-match", "*")], 201, 1),
    (0, "identifier=urn:s|1", &[("if-none-match", "x")], 400, 0),
    (0, "identifier=urn:s|1", &[("if-unmodified-since", "Sun, 01 Mar 2026 11:00:00 GMT")], 201, 1),
];

#[tokio::test]
async fn conditional_creates() {
    let body = r#"{"resourceType":"Patient","identifier":[{"system":"urn:s","value":"1"}],"active":true,"address":[{"text":"Hope Street"}]}"#;
    for (before, condition, headers, status, after) in ROWS {
        let server = Server::start();
        for _ in 0..*before {
            server.call("POST", "/Patient", &[], body).await;
        }
        let headers = [&[("if-none-exist", *condition)], *headers].concat();
        let answer = server.call("POST", "/Patient", &headers, body).await;
        assert_eq!(answer.status, *status, "{before} {condition}: {}", answer.text);
        match status {
            200 => {
                assert_eq!(answer.header("etag"), "W/\"1\"", "{condition}");
                let location = "http://127.0.0.1/fhir/Patient/id-1/_history/1";
                assert_eq!(answer.header("location"), location, "{condition}");
                assert_eq!(answer.text.is_empty(), headers.contains(&("prefer", "return=minimal")));
            }
            201 => assert!(answer.json()["id"].as_str().is_some_and(|id| id.starts_with("id-"))),
            _ => _ = answer.issue(),
        }
        let count = server.get("/Patient?_summary=count").await.json();
        assert_eq!(count["total"], *after, "{before} {condition}");
    }
}
