//! `GET /{type}/{id}` and `/_history/{version}`: conditions, HEAD, parts.
//! Spec: <https://hl7.org/fhir/R4/http.html#cread>.

use crate::setup::{Headers, Server};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"a","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},"active":true,"contact":[{"gender":"male"}],"birthDate":"1958-02-14"}"#;

/// Headers of a read, and its status; the resource was last changed at 12:00:00.
const CONDITIONS: &[(Headers, u16)] = &[
    (&[], 200),
    (&[("if-none-match", "W/\"1\"")], 304),
    (&[("if-none-match", "\"1\"")], 304),
    (&[("if-none-match", "W/\"7\", W/\"1\"")], 304),
    (&[("if-none-match", "*")], 304),
    (&[("if-none-match", "W/\"2\"")], 200),
    (&[("if-none-match", "1")], 200),
    (&[("if-modified-since", "Sun, 01 Mar 2026 12:00:00 GMT")], 304),
    (&[("if-modified-since", "Sun, 01 Mar 2026 12:00:01 GMT")], 304),
    (&[("if-modified-since", "Sun, 01 Mar 2026 11:59:59 GMT")], 200),
    (&[("if-modified-since", "Sunday, 01-Mar-26 12:00:00 GMT")], 304),
    (&[("if-modified-since", "2026-03-01T12:00:00Z")], 200),
    (&[("if-modified-since", "soon")], 200),
    (&[("if-none-match", "W/\"7\""), ("if-none-match", "W/\"1\"")], 304),
    (&[("if-match", "W/\"1\"")], 200),
    (&[("if-match", "*")], 200),
    (&[("if-match", "W/\"2\", \"1\"")], 200),
    (&[("if-match", "W/\"1\""), ("if-none-match", "W/\"1\"")], 304),
    (&[("if-unmodified-since", "Sun, 01 Mar 2026 12:00:00 GMT")], 200),
    (&[("if-unmodified-since", "soon")], 200),
    // If-Match goes before If-Unmodified-Since.
    (&[("if-match", "W/\"1\""), ("if-unmodified-since", "Sun, 01 Mar 2026 11:00:00 GMT")], 200),
    // If-None-Match goes before If-Modified-Since.
    (&[("if-none-match", "W/\"2\""), ("if-modified-since", "Sun, 01 Mar 2026 12:00:00 GMT")], 200),
    (&[("if-none-match", "W/\"1\""), ("if-modified-since", "Sun, 01 Mar 2026 11:00:00 GMT")], 304),
];

#[tokio::test]
async fn conditional_reads() {
    let server = Server::start();
    server.put("/Patient/a", PATIENT).await;
    for path in ["/Patient/a", "/Patient/a/_history/1"] {
        for method in ["GET", "HEAD"] {
            for (headers, status) in CONDITIONS {
                let answer = server.call(method, path, headers, "").await;
                assert_eq!(answer.status, *status, "{method} {path} {headers:?}");
                assert_eq!(answer.header("etag"), "W/\"1\"", "{method} {path} {headers:?}");
                assert_eq!(answer.header("last-modified"), "Sun, 01 Mar 2026 12:00:00 GMT");
                let has_body = method == "GET" && *status == 200;
                assert_eq!(!answer.text.is_empty(), has_body, "{method} {path} {headers:?}");
            }
        }
    }
}

/// Headers that forbid a read, its status, and the header that is named.
const FORBIDDEN: &[(Headers, u16, &str)] = &[
    (&[("if-match", "W/\"2\"")], 412, "If-Match"),
    (&[("if-match", "\"x\"")], 412, "If-Match"),
    (&[("if-match", "W/\"2\""), ("if-none-match", "W/\"1\"")], 412, "If-Match"),
    (&[("if-match", "1")], 400, "If-Match"),
    (&[("if-unmodified-since", "Sun, 01 Mar 2026 11:59:59 GMT")], 412, "If-Unmodified-Since"),
];

#[tokio::test]
async fn reads_that_conditions_forbid() {
    let server = Server::start();
    server.put("/Patient/a", PATIENT).await;
    for path in ["/Patient/a", "/Patient/a/_history/1"] {
        for (headers, status, expression) in FORBIDDEN {
            let answer = server.call("GET", path, headers, "").await;
            assert_eq!(answer.status, *status, "{path} {headers:?}: {}", answer.text);
            assert_eq!(answer.issue().1, *expression, "{path} {headers:?}");
        }
    }
    let answer = server.call("GET", "/Patient/none", &[("if-match", "*")], "").await;
    assert_eq!(answer.status, 404, "what is not there is not there");
}

/// HEAD says what GET says, without the body.
#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = Server::start();
    server.put("/Patient/a", PATIENT).await;
    server.put("/Patient/gone", r#"{"resourceType":"Patient","id":"gone"}"#).await;
    server.call("DELETE", "/Patient/gone", &[], "").await;
    let paths = [
        "/Patient/a",
        "/Patient/a?_format=xml",
        "/Patient/a/_history/1",
        "/Patient/a/_history",
        "/Patient",
        "/Patient?birthdate=1958",
        "/Patient/_history",
        "/_history",
        "/metadata",
        "/Patient/none",
        "/Patient/gone",
        "/Patient/a/_history/9",
        "/Patient?nosuch=1",
        "/Nosuch/1",
        "/no/such/path/here",
    ];
    for path in paths {
        let get = server.get(path).await;
        let head = server.call("HEAD", path, &[], "").await;
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(head.text, "", "{path}");
        for name in ["content-type", "etag", "last-modified"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
        assert_eq!(head.header("content-length"), get.text.len().to_string(), "{path}");
    }
}

#[tokio::test]
async fn parts_of_a_resource() {
    let server = Server::start();
    server.put("/Patient/a", PATIENT).await;
    let cases = [
        ("_summary=true", "active birthDate id meta resourceType"),
        ("_summary=text", "id meta resourceType text"),
        ("_summary=data", "active birthDate contact id meta resourceType"),
        ("_summary=false", "active birthDate contact id meta resourceType text"),
        ("_elements=birthDate", "birthDate id meta resourceType"),
        ("_elements=birthDate,active", "active birthDate id meta resourceType"),
    ];
    for (query, expected) in cases {
        for path in ["/Patient/a", "/Patient/a/_history/1"] {
            let answer = server.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status, 200, "{query}: {}", answer.text);
            let json = answer.json();
            let mut names: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
            names.sort();
            assert_eq!(names.join(" "), expected, "{query}");
            let is_part = query != "_summary=false";
            assert_eq!(json["meta"]["tag"][0]["code"] == "SUBSETTED", is_part, "{query}");
        }
    }
    let cases = [
        ("_summary=count", "_summary", "cannot be counted"),
        ("_summary=some", "_summary", "true"),
        ("_elements=nosuch!", "_elements", "no top-level element"),
        ("_elements=birthDate,nosuch", "_elements", "at byte 10"),
    ];
    for (query, expression, message) in cases {
        for path in ["/Patient/a", "/Patient/a/_history/1"] {
            let answer = server.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status, 400, "{path}?{query}: {}", answer.text);
            assert_eq!(answer.issue().1, expression, "{query}");
            assert!(answer.text.contains(message), "{query}: {}", answer.text);
        }
    }
}
