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
