//! Formats, `Prefer`, bodies that cannot be read, limits.

use axum::body::Body;
use axum::http::Request;

use crate::setup::Server;

const PATIENT: &str =
    r#"{"resourceType":"Patient","id":"a","name":[{"family":"Shah","given":["Amina"]}]}"#;

#[tokio::test]
async fn formats() {
    let server = Server::start();
    server.put("/Patient/a", PATIENT).await;
    let cases: [(&str, crate::setup::Headers, u16, &str); 7] = [
        ("", &[], 200, "application/fhir+json"),
        ("", &[("accept", "application/fhir+xml")], 200, "application/fhir+xml"),
        ("?_format=xml", &[("accept", "application/fhir+json")], 200, "application/fhir+xml"),
        ("?_format=application/fhir%2Bxml", &[], 200, "application/fhir+xml"),
        ("?_format=json&_pretty=true", &[], 200, "application/fhir+json"),
        ("?_format=text/turtle", &[], 406, "application/fhir+json"),
        ("", &[("accept", "text/html")], 200, "application/fhir+json"),
    ];
    for (query, headers, status, content_type) in cases {
        let answer = server.call("GET", &format!("/Patient/a{query}"), headers, "").await;
        assert_eq!(answer.status, status, "{query} {headers:?}");
        assert!(answer.header("content-type").starts_with(content_type), "{query} {headers:?}");
    }
    let xml = server.get("/Patient/a?_format=xml").await.text;
    assert!(xml.contains(r#"<family value="Shah"/>"#), "{xml}");
    let headers = [("content-type", "application/fhir+xml")];
    let back = server.call("PUT", "/Patient/a", &headers, &xml).await;
    assert_eq!(back.status, 200, "{}", back.text);
    assert_eq!(back.json()["name"][0]["given"][0], "Amina");
}

#[tokio::test]
async fn preferences() {
    let server = Server::start();
    let prefer =
        async |value: &str| server.call("PUT", "/Patient/a", &[("prefer", value)], PATIENT).await;
    assert_eq!(prefer("return=minimal").await.text, "");
    assert_eq!(prefer("return=representation").await.json()["id"], "a");
    let outcome = prefer("return=OperationOutcome").await;
    assert_eq!(outcome.json()["issue"][0]["severity"], "information");
    assert_eq!(outcome.header("etag"), "W/\"3\"");
}

#[tokio::test]
async fn bodies_that_are_no_resource() {
    let server = Server::start();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let cases = [
        ("application/fhir+json", "{", 400, "structure"),
        ("application/fhir+json", "[]", 400, "invalid"),
        ("application/fhir+json", r#"{"resourceType":"Patient",}"#, 400, "structure"),
        ("application/fhir+json", deep.as_str(), 400, "structure"),
        ("application/fhir+xml", "<Patient", 400, ""),
        (
            "application/fhir+xml",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><Patient xmlns=\"http://hl7.org/fhir\"/>",
            400,
            "",
        ),
        ("application/fhir+xml", PATIENT, 400, ""),
        ("application/fhir+json", "<Patient/>", 400, "structure"),
        ("text/plain", PATIENT, 415, "not-supported"),
        ("application/pdf", PATIENT, 415, "not-supported"),
    ];
    for (content_type, body, status, code) in cases {
        let answer = server.call("POST", "/Patient", &[("content-type", content_type)], body).await;
        let shown = &body[..body.len().min(60)];
        assert_eq!(answer.status, status, "{content_type} {shown}: {}", answer.text);
        let (found, _) = answer.issue();
        assert!(code.is_empty() || found == code, "{content_type} {shown}: {}", answer.text);
    }
    for case in testkit::broken::json() {
        if case.expect == testkit::broken::Expect::Refuse {
            let request = Request::post("/fhir/Patient")
                .header("content-type", "application/fhir+json")
                .body(Body::from(case.input.clone()));
            let answer = server.send(request.unwrap()).await;
            assert_eq!(answer.status, 400, "{}: {}", case.name, answer.text);
            answer.issue();
        }
    }
    assert_eq!(server.get("/Patient?_summary=count").await.json()["total"], 0);
}

#[tokio::test]
async fn bodies_over_the_limit() {
    let server = Server::start();
    let long = format!(r#"{{"resourceType":"Patient","language":"{}"}}"#, "x".repeat(5 << 20));
    for path in ["/Patient", "", "/Patient/_search"] {
        let answer = server.call("POST", path, &[], &long).await;
        assert_eq!(answer.status, 413, "{path}: {}", answer.text);
        assert_eq!(answer.issue().0, "too-long");
    }
}

#[tokio::test]
async fn bytes_that_are_no_utf8() {
    let server = Server::start();
    let request = Request::post("/fhir/Patient")
        .header("content-type", "application/fhir+json")
        .body(Body::from(&b"{\"resourceType\":\"Patient\",\"language\":\"\xFF\"}"[..]));
    let answer = server.send(request.unwrap()).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text.contains("utf-8"), "{}", answer.text);
}
