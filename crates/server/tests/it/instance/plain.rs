//! Reads that are answered before the routes. That they are the same as by their routes is looked at
//! for each request of each test, in `setup.rs`.

use axum::body::Body;
use axum::http::Request;

use crate::setup::{Headers, Server};

/// Whether a request is answered without its route.
const CASES: &[(&str, &str, Headers, bool)] = &[
    ("GET", "/fhir/Patient/a", &[], true),
    (
        "GET",
        "/fhir/Patient/a",
        &[("host", "x"), ("user-agent", "x"), ("accept", "*/*"), ("connection", "close")],
        true,
    ),
    ("GET", "/fhir/Patient/a", &[("accept", "application/fhir+json")], true),
    ("GET", "/fhir/Patient/a", &[("accept-encoding", "gzip, br")], true),
    ("GET", "/fhir/Patient/long", &[("accept-encoding", "gzip, br")], true),
    ("GET", "/fhir/Patient/a", &[("accept", "application/fhir+xml")], false),
    ("GET", "/fhir/Patient/a", &[("accept", "application/json")], false),
    ("GET", "/fhir/Patient/a", &[("accept", "*/*"), ("accept", "text/html")], false),
    ("GET", "/fhir/Patient/a", &[("content-type", "application/fhir+xml")], false),
    ("GET", "/fhir/Patient/a", &[("content-encoding", "br")], false),
    (
        "GET",
        "/fhir/Patient/a",
        &[("content-type", "application/fhir+json"), ("content-length", "0")],
        true,
    ),
    ("GET", "/fhir/Patient/a", &[("content-length", "2")], false),
    ("GET", "/fhir/Patient/a", &[("if-none-match", "W/\"1\"")], false),
    ("GET", "/fhir/Patient/a", &[("if-modified-since", "x")], false),
    ("GET", "/fhir/Patient/a", &[("prefer", "respond-async")], false),
    ("GET", "/fhir/Patient/a", &[("authorization", "Bearer x")], false),
    ("GET", "/fhir/Patient/a?_format=xml", &[], false),
    ("GET", "/fhir/Patient/a?", &[], false),
    ("GET", "/fhir/Patient/a/", &[], false),
    ("GET", "/fhir/Patient/%61", &[], false),
    ("GET", "/fhir/Patient/gone", &[], false),
    ("GET", "/fhir/Patient/nobody", &[], false),
    ("GET", "/fhir/Patient/$everything", &[], false),
    ("GET", "/fhir/Patient/_history", &[], false),
    ("GET", "/fhir/Patient/a/_history", &[], false),
    ("GET", "/fhir/Patent/a", &[], false),
    ("GET", "/fhir/patient/a", &[], false),
    ("GET", "/fhir//Patient/a", &[], false),
    ("GET", "/fhirs/Patient/a", &[], false),
    ("GET", "/Patient/a", &[], false),
    ("HEAD", "/fhir/Patient/a", &[], false),
    ("POST", "/fhir/Patient/a", &[], false),
    ("DELETE", "/fhir/Patient/a", &[], false),
];

#[tokio::test]
async fn which_reads_need_no_route() {
    let server = Server::start();
    let long = format!(
        r#"{{"resourceType":"Patient","id":"long","name":[{{"text":"{}"}}]}}"#,
        "long ".repeat(1_000)
    );
    server.put("/Patient/long", &long).await;
    for id in ["a", "gone"] {
        let body = format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#);
        server.put(&format!("/Patient/{id}"), &body).await;
    }
    assert_eq!(server.call("DELETE", "/Patient/gone", &[], "").await.status, 204);
    for (method, path, headers, is_plain) in CASES {
        let mut request = Request::builder().method(*method).uri(*path);
        for (name, value) in *headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).expect("a request");
        let answer = server.reads.answer(&request).await;
        assert_eq!(answer.is_some(), *is_plain, "{method} {path} {headers:?}");
        if method != &"DELETE" {
            // The same by its route, or this fails in there.
            server.send_for_bytes(request).await;
        }
    }
}

#[tokio::test]
async fn a_plain_read_sees_what_was_written_before() {
    let server = Server::start();
    for version in 1..20 {
        let body =
            format!(r#"{{"resourceType":"Patient","id":"a","active":{}}}"#, version % 2 == 0);
        server.put("/Patient/a", &body).await;
        let request = Request::builder().uri("/fhir/Patient/a").body(Body::empty()).unwrap();
        let answer = server.reads.answer(&request).await.expect("a plain read");
        assert_eq!(answer.headers()["etag"], format!("W/\"{version}\"").as_str());
    }
}
