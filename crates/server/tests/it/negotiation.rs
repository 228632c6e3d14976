//! Formats, `Prefer`, bodies that cannot be read, limits.

use axum::body::Body;
use axum::http::Request;

use crate::setup::Server;

const PATIENT: &str =
    r#"{"resourceType":"Patient","id":"a","name":[{"family":"Shah","given":["Amina"]}]}"#;

/// What a client asks for, and the status and format that it gets.
const FORMATS: &[(&str, crate::setup::Headers, u16, &str)] = &[
    ("", &[], 200, "application/fhir+json"),
    ("", &[("accept", "*/*")], 200, "application/fhir+json"),
    ("", &[("accept", "application/*")], 200, "application/fhir+json"),
    ("", &[("accept", "")], 200, "application/fhir+json"),
    ("", &[("accept", "application/fhir+xml")], 200, "application/fhir+xml"),
    ("", &[("accept", "application/fhir+xml; fhirVersion=4.0")], 200, "application/fhir+xml"),
    ("", &[("accept", "text/xml")], 200, "application/fhir+xml"),
    ("", &[("accept", "application/json")], 200, "application/fhir+json; charset=utf-8"),
    ("", &[("accept", "text/json")], 200, "application/fhir+json; charset=utf-8"),
    ("", &[("accept", "application/xml")], 200, "application/fhir+xml; charset=utf-8"),
    ("?_format=application/json", &[], 200, "application/fhir+json; charset=utf-8"),
    (
        "",
        &[("accept", "application/json;q=0.2, application/xml;q=0.7")],
        200,
        "application/fhir+xml",
    ),
    (
        "",
        &[("accept", "text/html"), ("accept", "application/fhir+xml")],
        200,
        "application/fhir+xml",
    ),
    (
        "",
        &[("accept-charset", "iso-8859-1"), ("accept-language", "cy")],
        200,
        "application/fhir+json",
    ),
    ("?_format=xml", &[("accept", "application/fhir+json")], 200, "application/fhir+xml"),
    ("?_format=application/fhir%2Bxml", &[], 200, "application/fhir+xml"),
    ("?_format=application/fhir+xml", &[], 200, "application/fhir+xml"),
    ("?_format=text/xml", &[], 200, "application/fhir+xml"),
    ("?_format=application/xml", &[], 200, "application/fhir+xml"),
    ("?_format=*/*", &[], 200, "application/fhir+json"),
    ("?_format=json&_pretty=true", &[], 200, "application/fhir+json"),
    // Refusals come in the format that would have been, or in JSON.
    ("?_format=text/turtle", &[], 406, "application/fhir+json"),
    ("?_format=html", &[], 406, "application/fhir+json"),
    ("?_format=", &[], 406, "application/fhir+json"),
    ("?_format=xml&_pretty=maybe", &[], 400, "application/fhir+json"),
    ("", &[("accept", "text/html")], 406, "application/fhir+json"),
    ("", &[("accept", "application/fhir+xml;q=0")], 406, "application/fhir+json"),
    ("", &[("accept", "application/fhir+json; fhirVersion=5.0")], 406, "application/fhir+json"),
    ("x?_format=xml", &[], 404, "application/fhir+xml"),
];

#[tokio::test]
async fn formats() {
    let server = Server::start();
    server.put("/Patient/a", PATIENT).await;
    for (query, headers, status, content_type) in FORMATS {
        let answer = server.call("GET", &format!("/Patient/a{query}"), headers, "").await;
        assert_eq!(answer.status, *status, "{query} {headers:?}");
        assert!(answer.header("content-type").starts_with(content_type), "{query} {headers:?}");
        if *status >= 400 {
            answer.issue();
        } else {
            assert_eq!(answer.json()["name"][0]["family"], "Shah", "{query} {headers:?}");
        }
    }
    let xml = server.get("/Patient/a?_format=xml").await.text;
    assert!(xml.contains(r#"<family value="Shah"/>"#), "{xml}");
    let headers = [("content-type", "application/fhir+xml")];
    let back = server.call("PUT", "/Patient/a", &headers, &xml).await;
    assert_eq!(back.status, 200, "{}", back.text);
    assert!(back.header("content-type").starts_with("application/fhir+xml"), "as it was sent");
    assert_eq!(back.json()["name"][0]["given"][0], "Amina");
    let pretty = server.get("/Patient/a?_format=xml&_pretty=true").await;
    assert!(pretty.text.contains("\n    <family value=\"Shah\"/>\n"), "{}", pretty.text);
    assert_eq!(pretty.json(), server.get("/Patient/a").await.json());
    let pretty = server.get("/Patient/a?_pretty=true").await.text;
    assert!(pretty.contains("\n      \"family\": \"Shah\""), "{pretty}");
}

/// A Binary is a resource: its content goes nowhere by itself, where a browser would run it.
#[tokio::test]
async fn binaries() {
    let server = Server::start();
    let body = r#"{"resourceType":"Binary","id":"a","contentType":"text/html","data":"PGI+"}"#;
    server.put("/Binary/a", body).await;
    for (accept, status, content_type) in [
        ("", 200, "application/fhir+json; charset=utf-8"),
        ("*/*", 200, "application/fhir+json; charset=utf-8"),
        ("text/html, */*;q=0.1", 200, "application/fhir+json; charset=utf-8"),
        ("application/fhir+xml", 200, "application/fhir+xml; charset=utf-8"),
        ("text/html", 406, "application/fhir+json; charset=utf-8"),
        ("application/pdf", 406, "application/fhir+json; charset=utf-8"),
    ] {
        let answer = server.call("GET", "/Binary/a", &[("accept", accept)], "").await;
        assert_eq!(answer.status, status, "{accept}: {}", answer.text);
        assert_eq!(answer.header("content-type"), content_type, "{accept}");
        if status == 200 {
            assert_eq!(answer.json()["data"], "PGI+", "{accept}");
        }
    }
    for (method, path) in [("PUT", "/Binary/a"), ("POST", "/Binary")] {
        let answer = server.call(method, path, &[("content-type", "text/html")], "<b>").await;
        assert_eq!((answer.status.as_u16(), answer.issue().1.as_str()), (415, "Content-Type"));
    }
    assert_eq!(server.get("/Binary/a").await.header("etag"), "W/\"1\"");
}

/// JSON that XML has no way to write is refused aloud, not answered in the wrong format.
#[tokio::test]
async fn what_xml_cannot_carry() {
    let server = Server::start();
    server
        .put("/Patient/a", r#"{"resourceType":"Patient","id":"a","name":[{"text":"\ufffe"}]}"#)
        .await;
    let answer = server.get("/Patient/a?_format=xml").await;
    assert_eq!((answer.status.as_u16(), answer.issue().0.as_str()), (406, "not-supported"));
    // A write is told as what it is, though nothing of it can be shown.
    let body = r#"{"resourceType":"Patient","id":"b","name":[{"text":"\ufffe"}]}"#;
    let written = server.call("PUT", "/Patient/b?_format=xml", &[], body).await;
    assert_eq!((written.status.as_u16(), written.text.as_str()), (201, ""));
    assert_eq!(written.header("etag"), "W/\"1\"");
    assert_eq!(server.get("/Patient/a?_format=json").await.status, 200);
    let echoed = server.get("/Patient?%0b=1&_format=xml").await;
    assert_eq!(echoed.status, 400);
    echoed.issue();
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
    // Patches and deletes answer the same way.
    let patch = r#"[{"op":"add","path":"/active","value":true}]"#;
    let prefer = async |method: &str, value: &str| {
        let kind = ("content-type", "application/json-patch+json");
        let body = if method == "PATCH" { patch } else { "" };
        server.call(method, "/Patient/a", &[("prefer", value), kind], body).await
    };
    let minimal = prefer("PATCH", "return=minimal").await;
    assert_eq!((minimal.status.as_u16(), minimal.text.as_str()), (200, ""));
    assert_eq!(minimal.header("location"), "http://127.0.0.1/fhir/Patient/a/_history/4");
    let whole = prefer("PATCH", "return=representation").await;
    assert_eq!(whole.json()["meta"]["versionId"], "5");
    assert_eq!(whole.header("content-location"), "http://127.0.0.1/fhir/Patient/a/_history/5");
    let outcome = prefer("PATCH", "return=OperationOutcome").await;
    assert_eq!(outcome.json()["issue"][0]["severity"], "information");
    let deleted = prefer("DELETE", "return=OperationOutcome").await;
    assert_eq!((deleted.status.as_u16(), deleted.header("etag")), (200, "W/\"7\""));
    assert_eq!(deleted.json()["resourceType"], "OperationOutcome");
    let again = prefer("DELETE", "return=minimal").await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (204, ""));
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
        ("application/fhir+json; charset=iso-8859-1", PATIENT, 415, "not-supported"),
        ("application/fhir+json; fhirVersion=3.0", PATIENT, 415, "not-supported"),
        ("application/json-patch+json", PATIENT, 415, "not-supported"),
        ("*/*", PATIENT, 415, "not-supported"),
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
async fn malformed_text_is_refused_with_its_place() {
    let server = Server::start();
    let answer = server.call("POST", "/Patient", &[], "{\n \"resourceType\": }").await;
    assert_eq!(answer.issue(), ("structure".to_owned(), "line 2 column 18".to_owned()));
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
