//! Paths and queries as clients write them: slashes at the end, escapes, methods.

use crate::setup::Server;

const PATIENT: &str = r#"{"resourceType":"Patient","id":"a","active":true}"#;

#[tokio::test]
async fn a_slash_at_the_end_changes_nothing() {
    let server = Server::start();
    server.put("/Patient/a/", PATIENT).await;
    let paths = [
        "/metadata",
        "/Patient",
        "/Patient/a",
        "/Patient/a/_history",
        "/Patient/a/_history/1",
        "/_history",
        "",
        "/nothing/at/all/here",
    ];
    for path in paths {
        let without = server.get(path).await;
        let with = server.get(&format!("{path}/")).await;
        assert_eq!(with.status, without.status, "{path}: {}", with.text);
        if without.status == 200 {
            assert_eq!(with.text, without.text, "{path}");
        }
    }
    let found = server.get("/Patient/?_id=a").await.json();
    assert_eq!(found["entry"][0]["resource"]["id"], "a");
    let bundle = r#"{"resourceType":"Bundle","type":"batch"}"#;
    assert_eq!(server.call("POST", "/", &[], bundle).await.status, 200);
    assert_eq!(server.call("DELETE", "/Patient/a/", &[], "").await.status, 204);
    assert_eq!(server.get("/Patient//").await.status, 404);
}

#[tokio::test]
async fn escapes_that_are_no_text() {
    let server = Server::start();
    let cases = [
        ("/Patient/%FF", 400, "path"),
        ("/%C3%28/a", 400, "path"),
        ("/Patient/a/_history/%80", 400, "path"),
        ("/Patient?family=%FF", 400, "family"),
        ("/Patient?%80=1", 400, "\u{FFFD}"),
        ("/Patient/a?_format=%FE", 400, "_format"),
        ("/_history?_since=%E2%28", 400, "_since"),
        ("/Patient/%zz", 400, "id"),
        ("/Patient/a%2Fb", 400, "id"),
        ("/Patient/%E2%82%AC", 400, "id"),
        ("/%50atient/a", 404, "Patient/a"),
    ];
    for (path, status, expression) in cases {
        for method in ["GET", "DELETE"] {
            // A delete of what is not there is none, and one at a type needs a search.
            if method == "DELETE" && (status == 404 || path.contains('?')) {
                continue;
            }
            let answer = server.call(method, path, &[], "").await;
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
            assert_eq!(answer.issue().1, expression, "{method} {path}");
        }
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = server.call("POST", "/Patient/_search", &form, "family=%FF").await;
    assert_eq!((answer.status.as_u16(), answer.issue().1.as_str()), (400, "family"));
}

#[tokio::test]
async fn methods_that_are_not_allowed() {
    let server = Server::start();
    let cases = [
        ("DELETE", "/metadata", "GET"),
        ("PUT", "", "POST"),
        ("PUT", "/_history", "GET"),
        ("POST", "/Patient/a", "PATCH"),
        ("DELETE", "/Patient/_history", "GET"),
        ("PUT", "/Patient/a/_history/1", "GET"),
        ("OPTIONS", "/Patient", "POST"),
        ("TRACE", "/Patient/a", "GET"),
    ];
    for (method, path, allowed) in cases {
        let answer = server.call(method, path, &[], "").await;
        assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text);
        assert_eq!(answer.issue().0, "not-supported");
        let allow = answer.header("allow");
        assert!(allow.split(',').any(|one| one.trim() == allowed), "{method} {path}: {allow}");
        assert!(!allow.split(',').any(|one| one.trim() == method), "{method} {path}: {allow}");
    }
}
