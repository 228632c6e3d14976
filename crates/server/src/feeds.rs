//! Feeds that arrive over HTTP: `POST /feeds/{name}` with a FHIR Bundle.
//!
//! The Bundle is durable in the ledger before the answer, 202; what becomes of it is the feed's
//! processor's business, and the ledger page shows it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State};
use axum::http::{Extensions, HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use fhir::{Issue, IssueCode, Severity, operation_outcome};
use interactions::{App, Category, Failure, Feed, Received, same_secret, secret_key};
use store::ItemState;

use crate::body::{Incoming, taken};
use crate::format::{Format, Media, media};
use crate::guard::{Edge, guard};
use crate::status::status_of;

/// How long a feed may take to send one Bundle and have it kept.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);

/// A feed that takes Bundles over HTTP.
#[derive(Clone, Debug)]
pub struct BundleFeed {
    /// The feed.
    pub feed: Feed,
    /// The hash ([`interactions::secret_key`]) of the key that its system sends; without it, who posts is
    /// not asked for it.
    pub key_hash: Option<String>,
}

struct Feeds {
    app: Arc<App>,
    by_name: HashMap<String, BundleFeed>,
    body_bytes_max: usize,
}

/// The routes of Bundle feeds; merge them at the root.
pub fn feeds_router(app: Arc<App>, feeds: Vec<BundleFeed>, body_bytes_max: usize) -> Router {
    let by_name = feeds.into_iter().map(|each| (each.feed.name.to_string(), each)).collect();
    let edge = Edge { app: Arc::clone(&app), body_bytes_max, request_timeout: REQUEST_TIMEOUT };
    Router::new()
        .route("/feeds/{name}", post(receive))
        .method_not_allowed_fallback(unknown_method)
        .layer(DefaultBodyLimit::max(body_bytes_max))
        .layer(axum::middleware::from_fn_with_state(edge, guard))
        .with_state(Arc::new(Feeds { app, by_name, body_bytes_max }))
}

async fn unknown_method(method: Method) -> Response {
    let failure = Failure::new(
        Category::NotAllowed,
        IssueCode::NotSupported,
        "method",
        format!("{method} is not allowed here; a feed takes Bundles by POST"),
    );
    refused(&failure)
}

fn refused(failure: &Failure) -> Response {
    json(status_of(failure.category), operation_outcome(&failure.issues))
}

async fn receive(
    State(feeds): State<Arc<Feeds>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Incoming,
) -> Response {
    let origin = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or_else(|| "http".to_owned(), |ConnectInfo(peer)| peer.to_string());
    match take(&feeds, &name, &headers, &body, &origin).await {
        Ok(received) => accepted(&received),
        Err(failure) => refused(&failure),
    }
}

async fn take(
    feeds: &Feeds,
    name: &str,
    headers: &HeaderMap,
    body: &Incoming,
    origin: &str,
) -> Result<Received, Failure> {
    let feed = feeds.by_name.get(name).ok_or_else(|| {
        Failure::new(
            Category::NotFound,
            IssueCode::NotFound,
            "path",
            "there is no feed of this name that takes Bundles over HTTP; see the configuration",
        )
    })?;
    if !is_let_in(feed, headers) {
        return Err(Failure::new(
            Category::NotSignedIn,
            IssueCode::Login,
            "Authorization",
            "this feed has a key: send it as Authorization: Bearer KEY",
        ));
    }
    let feed = &feed.feed;
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    if media(content_type) != Some(Media::Is(Format::Json)) {
        return Err(Failure::new(
            Category::UnsupportedMedia,
            IssueCode::NotSupported,
            "Content-Type",
            "a feed takes Bundles as application/fhir+json",
        ));
    }
    let body = taken(feeds.body_bytes_max, body)?;
    feeds.app.receive_bundle(feed, body.as_ref().into(), origin).await
}

/// Whether whoever posts may: they show the key of the feed, where it has one.
fn is_let_in(feed: &BundleFeed, headers: &HeaderMap) -> bool {
    let Some(hash) = &feed.key_hash else { return true };
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = sent.and_then(|sent| sent.strip_prefix("Bearer "));
    key.is_some_and(|key| {
        same_secret(secret_key(key).as_bytes(), hash.to_ascii_lowercase().as_bytes())
    })
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

fn json(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/fhir+json; charset=utf-8")], body).into_response()
}
