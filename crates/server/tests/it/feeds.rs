//! `/feeds/{name}`: Bundles for the ledger, and what is no Bundle.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use interactions::{Feed, Format};
use tower::ServiceExt as _;

use server::BundleFeed;

use crate::setup::Server;

const BUNDLE: &str = r#"{"resourceType":"Bundle","type":"message"}"#;

/// Method, path, content type, body, status, code of the issue.
const ROWS: &[(&str, &str, &str, &str, u16, &str)] = &[
    ("POST", "/feeds/none", "application/fhir+json", BUNDLE, 404, "not-found"),
    ("POST", "/feeds/%FF", "application/fhir+json", BUNDLE, 400, "value"),
    ("POST", "/feeds/gp", "", BUNDLE, 415, "not-supported"),
    ("POST", "/feeds/gp", "text/plain", BUNDLE, 415, "not-supported"),
    ("POST", "/feeds/gp", "application/x-notjson", BUNDLE, 415, "not-supported"),
    ("POST", "/feeds/gp", "application/fhir+xml", BUNDLE, 415, "not-supported"),
    ("POST", "/feeds/gp", "application/fhir+json; fhirVersion=5.0", BUNDLE, 415, "not-supported"),
    ("GET", "/feeds/gp", "", "", 405, "not-supported"),
    ("PUT", "/feeds/gp", "application/fhir+json", BUNDLE, 405, "not-supported"),
];

async fn call(server: &Server, request: Request<Body>) -> (u16, axum::http::HeaderMap, String) {
    let keyed = Some(interactions::secret_key("the key"));
    let feeds = vec![
        BundleFeed { feed: Feed::new("gp", Format::Bundle), key_hash: None },
        BundleFeed { feed: Feed::new("keyed", Format::Bundle), key_hash: keyed },
    ];
    let router = server::feeds_router(Arc::clone(&server.app), feeds, 1_000);
    let response = router.oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.expect("a body");
    (parts.status.as_u16(), parts.headers, String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn a_feed_with_a_key_asks_for_it() {
    let server = Server::start();
    for (authorization, status) in [
        ("Bearer the key", 202),
        ("", 401),
        ("Bearer ", 401),
        ("Bearer the ke", 401),
        ("Bearer The key", 401),
        ("bearer the key", 401),
        ("the key", 401),
        ("Basic dGhlIGtleQ==", 401),
    ] {
        let request = Request::post("/feeds/keyed")
            .header("content-type", "application/fhir+json")
            .header("authorization", authorization);
        let request = request.body(Body::from(BUNDLE)).expect("a request");
        let (answered, _, text) = call(&server, request).await;
        assert_eq!(answered, status, "{authorization:?}: {text}");
    }
}

#[tokio::test]
async fn what_feeds_refuse() {
    let server = Server::start();
    for (method, path, content_type, body, status, code) in ROWS {
        let request = Request::builder().method(*method).uri(*path);
        let request = request.header("content-type", *content_type).body(Body::from(*body));
        let (found, headers, text) = call(&server, request.unwrap()).await;
        assert_eq!(found, *status, "{method} {path} {content_type}: {text}");
        let outcome: serde_json::Value = serde_json::from_str(&text).expect("an outcome");
        assert_eq!(outcome["issue"][0]["code"], *code, "{method} {path}: {text}");
        assert_eq!(headers.contains_key("allow"), *status == 405, "{method} {path}");
    }
    let long = Request::post("/feeds/gp")
        .header("content-type", "application/json")
        .body(Body::from(" ".repeat(2_000)));
    assert_eq!(call(&server, long.unwrap()).await.0, 413);
}

#[tokio::test]
async fn a_bundle_is_kept_before_it_is_answered() {
    let server = Server::start();
    let request = Request::post("/feeds/gp")
        .header("content-type", "application/fhir+json; charset=utf-8")
        .body(Body::from(BUNDLE));
    let (status, _, text) = call(&server, request.unwrap()).await;
    assert!([202, 422].contains(&status), "{text}");
    let balance = server.app.store.ledger().await.expect("a ledger");
    assert_eq!(balance.iter().map(|feed| feed.received).sum::<u64>(), 1);
}
