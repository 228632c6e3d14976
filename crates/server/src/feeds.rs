//! Feeds that arrive over HTTP: `POST /feeds/{name}` with a FHIR Bundle.
//!
//! The Bundle is durable in the ledger before the answer, 202; what becomes of it is the feed's
//! processor's business, and the ledger page shows it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use fhir::{Issue, IssueCode, Severity, operation_outcome};
use interactions::{App, Feed, Received};
use store::ItemState;

use crate::body::Incoming;

struct Feeds {
    app: Arc<App>,
    by_name: HashMap<String, Feed>,
}

/// The routes of Bundle feeds; merge them at the root.
pub fn feeds_router(app: Arc<App>, feeds: Vec<Feed>, body_bytes_max: usize) -> Router {
    let by_name = feeds.into_iter().map(|feed| (feed.name.to_string(), feed)).collect();
    Router::new()
        .route("/feeds/{name}", post(receive))
        .layer(DefaultBodyLimit::max(body_bytes_max))
        .with_state(Arc::new(Feeds { app, by_name }))
}

async fn receive(
    State(feeds): State<Arc<Feeds>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Incoming,
) -> Response {
    let Some(feed) = feeds.by_name.get(&name) else {
        return outcome(
            StatusCode::NOT_FOUND,
            Severity::Error,
            IssueCode::NotFound,
            "there is no feed of this name that takes Bundles over HTTP; see the configuration",
        );
    };
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    if !content_type.contains("json") {
        return outcome(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Severity::Error,
            IssueCode::NotSupported,
            "a feed takes Bundles as application/fhir+json",
        );
    }
    let Ok(body) = body else {
        return outcome(
            StatusCode::PAYLOAD_TOO_LARGE,
            Severity::Error,
            IssueCode::TooLong,
            "the body is longer than this server takes, or broke off; nothing was received",
        );
    };
    let origin = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or_else(|| "http".to_owned(), |ConnectInfo(peer)| peer.to_string());
    match feeds.app.receive_bundle(feed, body.as_ref().into(), &origin).await {
        Ok(received) => accepted(&received),
        Err(failure) => {
            let status = crate::status::status_of(failure.category);
            json(status, operation_outcome(&failure.issues))
        }
    }
}

/// 202 for what waits or is known already, 422 for what was set aside at once; kept either way.
fn accepted(received: &Received) -> Response {
    let item = received.id.map_or_else(|| "none".to_owned(), |id| id.to_string());
    if received.state == ItemState::SetAside {
        let mut issues = received.issues.clone();
        issues.push(information(format!("kept as item {item} and set aside: {}", received.note)));
        return json(StatusCode::UNPROCESSABLE_ENTITY, operation_outcome(&issues));
    }
    let words = match received.state {
        ItemState::Filtered => format!("received as item {item}: {}", received.note),
        _ => format!("received as item {item}"),
    };
    json(StatusCode::ACCEPTED, operation_outcome(&[information(words)]))
}

fn information(message: String) -> Issue {
    Issue {
        severity: Severity::Information,
        code: IssueCode::Informational,
        message,
        expression: None,
    }
}

fn outcome(status: StatusCode, severity: Severity, code: IssueCode, message: &str) -> Response {
    let issue = Issue { severity, code, message: message.to_owned(), expression: None };
    json(status, operation_outcome(&[issue]))
}

fn json(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/fhir+json; charset=utf-8")], body).into_response()
}
