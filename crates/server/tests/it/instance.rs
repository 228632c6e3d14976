//! `/{type}/{id}`: read, vread, update, delete, history.

pub(crate) mod patch;
mod plain;
mod read;
mod update;

use crate::setup::Server;

const PATIENT: &str = r#"{"resourceType":"Patient","id":"a","birthDate":"1958-02-14"}"#;

#[tokio::test]
async fn a_life_of_a_resource() {
    let server = Server::start();
    let created = server.call("PUT", "/Patient/a", &[], PATIENT).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.header("etag"), "W/\"1\"");
    assert_eq!(created.header("last-modified"), "Sun, 01 Mar 2026 12:00:00 GMT");
    assert_eq!(created.header("location"), "http://127.0.0.1/fhir/Patient/a/_history/1");
    assert_eq!(
        created.text,
        r#"{"resourceType":"Patient","id":"a","meta":{"versionId":"1","lastUpdated":"2026-03-01T12:00:00.000Z"},"birthDate":"1958-02-14"}"#
    );
    let changed = PATIENT.replace("1958", "1959");
    assert_eq!(server.call("PUT", "/Patient/a", &[], &changed).await.status, 200);
    let read = server.get("/Patient/a").await;
    assert_eq!((read.status.as_u16(), read.header("etag")), (200, "W/\"2\""));
    assert_eq!(read.json()["birthDate"], "1959-02-14");
    assert_eq!(server.get("/Patient/a/_history/1").await.json()["birthDate"], "1958-02-14");
    assert_eq!(server.call("DELETE", "/Patient/a", &[], "").await.status, 204);
    assert_eq!(server.get("/Patient/a").await.status, 410);
    assert_eq!(server.get("/Patient/a/_history/3").await.status, 410);
    assert_eq!(server.get("/Patient/a/_history/2").await.status, 200);
    assert_eq!(server.call("DELETE", "/Patient/a", &[], "").await.status, 204);
    let again = server.call("PUT", "/Patient/a", &[], PATIENT).await;
    assert_eq!((again.status.as_u16(), again.header("etag")), (201, "W/\"4\""));
    let history = server.get("/Patient/a/_history").await.json();
    assert_eq!(history["total"], 4);
    let methods: Vec<_> = history["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["request"]["method"].clone())
        .collect();
    assert_eq!(methods, ["PUT", "DELETE", "PUT", "PUT"]);
}

#[tokio::test]
async fn conditions() {
    let server = Server::start();
    server.put("/Patient/a", PATIENT).await;
    let cases: [(&str, crate::setup::Headers, u16); 8] = [
        ("GET", &[("if-none-match", "W/\"1\"")], 304),
        ("GET", &[("if-none-match", "W/\"2\"")], 200),
        ("PUT", &[("if-match", "W/\"2\"")], 412),
        ("PUT", &[("if-match", "two")], 400),
        ("PUT", &[("if-match", "W/\"1\"")], 200),
        ("PUT", &[("if-match", "W/\"1\"")], 412),
        ("DELETE", &[("if-match", "W/\"1\"")], 412),
        ("DELETE", &[("if-match", "W/\"2\"")], 204),
    ];
    for (method, headers, status) in cases {
        let body = if method == "PUT" { PATIENT } else { "" };
        let answer = server.call(method, "/Patient/a", headers, body).await;
        assert_eq!(answer.status, status, "{method} {headers:?}: {}", answer.text);
        if status >= 400 {
            answer.issue();
        }
    }
}

#[tokio::test]
async fn what_is_refused() {
    let server = Server::start();
    server.put("/Patient/a", PATIENT).await;
    let long_id = "x".repeat(65);
    let cases = [
        ("GET", "/Patient/none".to_owned(), "", 404, "not-found"),
        ("GET", "/Patient/a/_history/9".to_owned(), "", 404, "not-found"),
        ("GET", "/Patient/a/_history/x".to_owned(), "", 404, "not-found"),
        ("GET", "/Patient/none/_history".to_owned(), "", 404, "not-found"),
        ("GET", format!("/Patient/{long_id}"), "", 400, "value"),
        ("GET", "/Patient/a_b".to_owned(), "", 400, "value"),
        ("GET", "/patient/a".to_owned(), "", 404, "not-supported"),
        ("GET", "/Patient/a/what/is/this".to_owned(), "", 404, "not-found"),
        ("POST", "/Patient/a".to_owned(), PATIENT, 405, "not-supported"),
        ("PUT", "/Patient/a".to_owned(), "", 400, "structure"),
        ("PUT", "/Patient/b".to_owned(), PATIENT, 400, "value"),
        ("PUT", "/Patient/a".to_owned(), r#"{"resourceType":"Patient"}"#, 400, "value"),
        (
            "PUT",
            "/Patient/a".to_owned(),
            r#"{"resourceType":"Observation","id":"a"}"#,
            400,
            "invalid",
        ),
        ("PUT", "/Patient/a".to_owned(), r#"{"resourceType":"Patient","id":7}"#, 400, ""),
        (
            "PUT",
            "/Patient/a".to_owned(),
            r#"{"resourceType":"Patient","id":"a","sex":"f"}"#,
            400,
            "",
        ),
        (
            "PUT",
            "/Patient/a".to_owned(),
            r#"{"resourceType":"Patient","id":"a","birthDate":"14/02/58"}"#,
            400,
            "",
        ),
        (
            "PUT",
            "/Patient/a".to_owned(),
            r#"{"resourceType":"Patient","id":"a","id":"a"}"#,
            400,
            "structure",
        ),
    ];
    for (method, path, body, status, code) in cases {
        let answer = server.call(method, &path, &[], body).await;
        assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.text);
        let (found, expression) = answer.issue();
        assert!(code.is_empty() || found == code, "{method} {path} {body}: {}", answer.text);
        if code.is_empty() {
            assert!(expression.starts_with("Patient."), "{body}: {expression}");
        }
    }
    assert_eq!(server.get("/Patient/a").await.header("etag"), "W/\"1\"", "nothing was written");
}
