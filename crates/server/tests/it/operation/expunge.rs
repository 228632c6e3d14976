//! `$expunge`.

use super::parameters;
use crate::setup::{Answer, Server};

const DELETED: &str = r#"{"name":"expungeDeletedResources","valueBoolean":true}"#;
const PREVIOUS: &str = r#"{"name":"expungePreviousVersions","valueBoolean":true}"#;

/// a has three versions, b is deleted, c has one; of another type d is deleted.
async fn versions() -> Server {
    let server = Server::start();
    for (key, count) in [("Patient/a", 3), ("Patient/b", 2), ("Patient/c", 1), ("Group/d", 1)] {
        let (type_name, id) = key.split_once('/').unwrap();
        for number in 0..count {
            let extra = if type_name == "Group" { r#""type":"person","actual":true"# } else { "" };
            let text = format!(r#""language":"x-{number}""#);
            let members = if extra.is_empty() { text } else { extra.to_owned() };
            let body = format!(r#"{{"resourceType":"{type_name}","id":"{id}",{members}}}"#);
            server.put(&format!("/{key}"), &body).await;
        }
    }
    server.call("DELETE", "/Patient/b", &[], "").await;
    server.call("DELETE", "/Group/d", &[], "").await;
    server
}

fn count(answer: &Answer) -> u64 {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let parameters = answer.json();
    assert_eq!(parameters["parameter"][0]["name"], "count");
    parameters["parameter"][0]["valueInteger"].as_u64().unwrap()
}

/// How many versions each has.
async fn left(server: &Server) -> Vec<u64> {
    let mut left = Vec::new();
    for key in ["Patient/a", "Patient/b", "Patient/c", "Group/d"] {
        let history = server.get(&format!("/{key}/_history")).await;
        left.push(history.json()["total"].as_u64().unwrap_or(0));
    }
    left
}

#[tokio::test]
async fn what_is_named_goes() {
    let both = parameters(&[DELETED, PREVIOUS]);
    let cases: [(&str, &str, u64, [u64; 4]); 8] = [
        ("/Patient/a/$expunge", &parameters(&[PREVIOUS]), 2, [1, 3, 1, 2]),
        ("/Patient/a/$expunge", &parameters(&[DELETED]), 0, [3, 3, 1, 2]),
        ("/Patient/b/$expunge", &both, 3, [3, 0, 1, 2]),
        ("/Patient/$expunge", &parameters(&[DELETED]), 3, [3, 0, 1, 2]),
        ("/Patient/$expunge", &parameters(&[PREVIOUS]), 2, [1, 3, 1, 2]),
        ("/Patient/$expunge", &both, 5, [1, 0, 1, 2]),
        ("/$expunge", &parameters(&[DELETED]), 5, [3, 0, 1, 0]),
        (
            "/$expunge?expungeDeletedResources=true&expungePreviousVersions=true",
            "",
            7,
            [1, 0, 1, 0],
        ),
    ];
    for (path, body, erased, after) in cases {
        let server = versions().await;
        let answer = server.call("POST", path, &[], body).await;
        assert_eq!(count(&answer), erased, "{path} {body}");
        assert_eq!(left(&server).await, after, "{path} {body}");
        let again = server.call("POST", path, &[], body).await;
        assert!([200, 404].contains(&again.status.as_u16()), "{path}: {}", again.text);
        let current = server.get("/Patient/a").await;
        assert_eq!((current.status.as_u16(), current.header("etag")), (200, "W/\"3\""));
        let trail = server.get("/AuditEvent?action=D&outcome=0").await.json();
        assert!(!trail["entry"].as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn no_more_than_the_limit() {
    let server = versions().await;
    let body = parameters(&[DELETED, r#"{"name":"limit","valueInteger":1}"#]);
    // Of one resource all versions go, the others stay until asked for again.
    assert_eq!(count(&server.call("POST", "/$expunge", &[], &body).await), 2);
    assert_eq!(left(&server).await, [3, 3, 1, 0]);
    assert_eq!(count(&server.call("POST", "/$expunge", &[], &body).await), 3);
    assert_eq!(count(&server.call("POST", "/$expunge", &[], &body).await), 0);
}

#[tokio::test]
async fn what_is_not_confirmed_stays() {
    let server = versions().await;
    let no = parameters(&[r#"{"name":"expungeDeletedResources","valueBoolean":false}"#]);
    let cases = [
        ("POST", "/$expunge", "", 400),
        ("POST", "/Patient/$expunge", &no, 400),
        ("POST", "/Patient/a/$expunge?expungeEverything=true", "", 400),
        ("POST", "/Patient/a/$expunge?expungePreviousVersions=yes", "", 400),
        ("POST", "/Patient/a/$expunge?expungePreviousVersions=true&limit=0", "", 400),
        ("POST", "/Patient/none/$expunge?expungePreviousVersions=true", "", 404),
        ("GET", "/$expunge?expungePreviousVersions=true", "", 405),
    ];
    for (method, path, body, status) in cases {
        let answer = server.call(method, path, &[], body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        answer.issue();
    }
    assert_eq!(left(&server).await, [3, 3, 1, 2]);
    assert_eq!(server.get("/AuditEvent").await.json().get("entry"), None);
}
