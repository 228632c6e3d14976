//! Two at once: exactly one wins.

use std::sync::Arc;

use crate::setup::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conditional_creates_at_once_create_one() {
    let server = Arc::new(Server::start());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let server = Arc::clone(&server);
        tasks.spawn(async move {
            let body =
                r#"{"resourceType":"Patient","identifier":[{"system":"urn:s","value":"1"}]}"#;
            let headers = [("if-none-exist", "identifier=urn:s|1")];
            server.call("POST", "/Patient", &headers, body).await.status.as_u16()
        });
    }
    let mut statuses = tasks.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 201].contains(status)), "{statuses:?}");
    assert_eq!(server.get("/Patient?_summary=count").await.json()["total"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn updates_of_one_version_at_once_let_one_win() {
    let server = Arc::new(Server::start());
    let body = r#"{"resourceType":"Patient","id":"a"}"#;
    server.put("/Patient/a", body).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let server = Arc::clone(&server);
        tasks.spawn(async move {
            server.call("PUT", "/Patient/a", &[("if-match", "W/\"1\"")], body).await.status.as_u16()
        });
    }
    let statuses = tasks.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 29, "{statuses:?}");
    assert_eq!(server.app.store.type_counts().await.unwrap().len(), 1);
}

/// Conditions that the store cannot decide alone are decided anew when another writer came between,
/// so that none is taken for true that no longer is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conditions_that_are_read_let_one_win_too() {
    // Method, header, and how many of 20 win.
    let cases = [
        ("PUT", ("if-match", "W/\"1\", W/\"99\""), 1),
        ("PATCH", ("if-match", "W/\"1\", W/\"99\""), 1),
        ("DELETE", ("if-match", "W/\"1\", W/\"99\""), 1),
        ("DELETE", ("if-match", "*"), 1),
        ("PUT", ("if-match", "*"), 20),
        ("PUT", ("if-none-match", "W/\"99\""), 20),
        ("PATCH", ("if-none-match", "W/\"99\""), 20),
    ];
    for (method, condition, winners) in cases {
        let server = Arc::new(Server::with(|options| options.conflict_retries_max = 1_000));
        server.put("/Patient/a", r#"{"resourceType":"Patient","id":"a"}"#).await;
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..20 {
            let server = Arc::clone(&server);
            tasks.spawn(async move {
                let (kind, body) = match method {
                    "PUT" => (
                        "application/fhir+json",
                        format!(r#"{{"resourceType":"Patient","id":"a","language":"x{number}"}}"#),
                    ),
                    "PATCH" => (
                        "application/json-patch+json",
                        format!(r#"[{{"op":"add","path":"/language","value":"x{number}"}}]"#),
                    ),
                    _ => ("", String::new()),
                };
                let headers = [condition, ("content-type", kind)];
                server.call(method, "/Patient/a", &headers, &body).await.status.as_u16()
            });
        }
        let statuses = tasks.join_all().await;
        let won = statuses.iter().filter(|status| **status < 300).count();
        let lost = statuses.iter().filter(|status| **status == 412).count();
        assert_eq!((won, lost), (winners, 20 - winners), "{method} {condition:?}: {statuses:?}");
        let written = server.get("/Patient/a/_history").await.json()["total"].clone();
        assert_eq!(written, winners + 1, "{method} {condition:?}");
    }
}
