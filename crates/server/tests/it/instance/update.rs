//! `PUT` and `DELETE /{type}/{id}`: the rows of the specification's tables.
//! Spec: <https://hl7.org/fhir/R4/http.html#update>, <https://hl7.org/fhir/R4/http.html#delete>.

use crate::setup::{Headers, Server};

/// What is there before, what is sent, and what comes of it: status and version afterwards.
const UPDATES: &[(&str, Headers, u16, &str)] = &[
    ("nothing", &[], 201, "W/\"1\""),
    ("nothing", &[("if-none-match", "*")], 201, "W/\"1\""),
    ("nothing", &[("if-match", "W/\"1\"")], 412, ""),
    ("nothing", &[("if-match", "*")], 412, ""),
    ("nothing", &[("if-match", "W/\"1\", W/\"2\"")], 412, ""),
    ("nothing", &[("if-none-match", "W/\"1\"")], 201, "W/\"1\""),
    ("nothing", &[("if-unmodified-since", "Sun, 01 Mar 2026 11:00:00 GMT")], 201, "W/\"1\""),
    ("version 1", &[], 200, "W/\"2\""),
    ("version 1", &[("if-match", "W/\"1\"")], 200, "W/\"2\""),
    ("version 1", &[("if-match", "\"1\"")], 200, "W/\"2\""),
    ("version 1", &[("if-match", "W/\"2\"")], 412, "W/\"1\""),
    ("version 1", &[("if-match", "W/\"0\"")], 412, "W/\"1\""),
    ("version 1", &[("if-match", "\"of another server\"")], 400, "W/\"1\""),
    ("version 1", &[("if-match", "\"of-another-server\"")], 412, "W/\"1\""),
    ("version 1", &[("if-match", "1")], 400, "W/\"1\""),
    ("version 1", &[("if-match", "")], 400, "W/\"1\""),
    ("version 1", &[("if-match", "*")], 200, "W/\"2\""),
    ("version 1", &[("if-match", "*, W/\"1\"")], 400, "W/\"1\""),
    ("version 1", &[("if-match", "W/\"1\", W/\"2\"")], 200, "W/\"2\""),
    ("version 1", &[("if-match", "W/\"7\""), ("if-match", "W/\"1\"")], 200, "W/\"2\""),
    ("version 1", &[("if-match", "W/\"2\", W/\"3\"")], 412, "W/\"1\""),
    ("version 1", &[("if-none-match", "*")], 412, "W/\"1\""),
    ("version 1", &[("if-none-match", "W/\"1\"")], 412, "W/\"1\""),
    ("version 1", &[("if-none-match", "W/\"2\"")], 200, "W/\"2\""),
    ("version 1", &[("if-none-match", "W/\"2\", \"1\"")], 412, "W/\"1\""),
    ("version 1", &[("if-none-match", "1")], 400, "W/\"1\""),
    ("version 1", &[("if-none-match", "W/\"2\""), ("if-match", "W/\"1\"")], 200, "W/\"2\""),
    ("version 1", &[("if-none-match", "W/\"1\""), ("if-match", "W/\"1\"")], 412, "W/\"1\""),
    ("version 1", &[("if-unmodified-since", "Sun, 01 Mar 2026 12:00:00 GMT")], 200, "W/\"2\""),
    ("version 1", &[("if-unmodified-since", "Sun, 01 Mar 2026 11:59:59 GMT")], 412, "W/\"1\""),
    // What is no date is passed over, and so is the date beside an If-Match.
    ("version 1", &[("if-unmodified-since", "last week")], 200, "W/\"2\""),
    (
        "version 1",
        &[("if-match", "W/\"1\""), ("if-unmodified-since", "Sun, 01 Mar 2026 11:00:00 GMT")],
        200,
        "W/\"2\"",
    ),
    (
        "version 1",
        &[("if-none-match", "W/\"1\""), ("if-unmodified-since", "Sun, 01 Mar 2026 12:00:00 GMT")],
        412,
        "W/\"1\"",
    ),
    // A date says nothing of a write.
    ("version 1", &[("if-modified-since", "Sun, 01 Mar 2026 12:00:00 GMT")], 200, "W/\"2\""),
    ("version 1", &[("if-none-exist", "_id=b")], 400, "W/\"1\""),
    ("version 1", &[("if-none-match", "*"), ("if-match", "W/\"1\"")], 400, "W/\"1\""),
    ("deleted", &[], 201, "W/\"3\""),
    ("deleted", &[("if-none-match", "*")], 201, "W/\"3\""),
    ("deleted", &[("if-match", "W/\"1\"")], 412, ""),
    ("deleted", &[("if-match", "W/\"2\"")], 412, ""),
    ("deleted", &[("if-match", "*")], 412, ""),
    ("deleted", &[("if-none-match", "W/\"2\"")], 201, "W/\"3\""),
];

async fn prepared(before: &str) -> Server {
    let server = Server::start();
    if before != "nothing" {
        server.put("/Patient/a", r#"{"resourceType":"Patient","id":"a"}"#).await;
    }
    if before == "deleted" {
        server.call("DELETE", "/Patient/a", &[], "").await;
    }
    server
}

#[tokio::test]
async fn updates_by_what_is_there() {
    for (before, headers, status, version) in UPDATES {
        let server = prepared(before).await;
        let body = r#"{"resourceType":"Patient","id":"a","active":true}"#;
        let answer = server.call("PUT", "/Patient/a", headers, body).await;
        assert_eq!(answer.status, *status, "{before} {headers:?}: {}", answer.text);
        if *status < 300 {
            assert_eq!(answer.header("etag"), *version, "{before} {headers:?}");
            let number = version.trim_matches(|c: char| !c.is_ascii_digit());
            let location = format!("http://127.0.0.1/fhir/Patient/a/_history/{number}");
            assert_eq!(answer.header("location"), location);
            assert_eq!(answer.header("last-modified"), "Sun, 01 Mar 2026 12:00:00 GMT");
        } else {
            let expression = answer.issue().1;
            let named = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(&expression));
            assert!(named, "{headers:?}: {expression}");
        }
        assert_eq!(server.get("/Patient/a").await.header("etag"), *version, "{before} {headers:?}");
    }
}

const DELETES: &[(&str, Headers, u16, u16)] = &[
    ("nothing", &[], 204, 404),
    ("nothing", &[("if-match", "W/\"1\"")], 412, 404),
    ("version 1", &[], 204, 410),
    ("version 1", &[("prefer", "return=OperationOutcome")], 200, 410),
    ("version 1", &[("if-match", "W/\"1\"")], 204, 410),
    ("version 1", &[("if-match", "W/\"2\"")], 412, 200),
    ("version 1", &[("if-match", "x")], 400, 200),
    ("version 1", &[("if-match", "*")], 204, 410),
    ("version 1", &[("if-match", "W/\"2\", W/\"1\"")], 204, 410),
    ("version 1", &[("if-match", "W/\"2\", W/\"3\"")], 412, 200),
    ("version 1", &[("if-none-match", "*")], 412, 200),
    ("version 1", &[("if-none-match", "W/\"1\"")], 412, 200),
    ("version 1", &[("if-none-match", "W/\"2\"")], 204, 410),
    ("version 1", &[("if-none-match", "x")], 400, 200),
    ("version 1", &[("if-unmodified-since", "Sun, 01 Mar 2026 12:00:00 GMT")], 204, 410),
    ("version 1", &[("if-unmodified-since", "Sun, 01 Mar 2026 11:59:59 GMT")], 412, 200),
    ("version 1", &[("if-none-exist", "_id=b")], 400, 200),
    ("nothing", &[("if-match", "*")], 412, 404),
    ("nothing", &[("if-none-match", "*")], 204, 404),
    ("nothing", &[("if-none-match", "W/\"1\"")], 204, 404),
    ("deleted", &[], 204, 410),
    ("deleted", &[("if-match", "*")], 412, 410),
    ("deleted", &[("if-none-match", "W/\"2\"")], 204, 410),
    ("deleted", &[("if-match", "W/\"2\"")], 412, 410),
];

#[tokio::test]
async fn deletes_by_what_is_there() {
    for (before, headers, status, read) in DELETES {
        let server = prepared(before).await;
        let answer = server.call("DELETE", "/Patient/a", headers, "").await;
        assert_eq!(answer.status, *status, "{before} {headers:?}: {}", answer.text);
        if *status >= 400 {
            let expression = answer.issue().1;
            assert!(expression.eq_ignore_ascii_case(headers[0].0), "{headers:?}: {expression}");
        }
        let after = server.get("/Patient/a").await;
        assert_eq!(after.status, *read, "{before} {headers:?}");
        if *read >= 400 {
            assert_eq!(after.issue().1, "Patient/a", "the outcome names what is not there");
        }
    }
}
