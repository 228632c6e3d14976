//! What pages of other origins may read: those of registered clients, with a token and never with a
//! cookie. Spec: <https://fetch.spec.whatwg.org/#http-cors-protocol>; SMART App Launch 2.2, "CORS".

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use interactions::App;

use crate::Shared;

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const HEADERS: &str = "accept, authorization, content-type, if-match, if-modified-since, \
    if-none-exist, if-none-match, if-unmodified-since, prefer";
const EXPOSED: &str =
    "content-location, etag, last-modified, location, retry-after, www-authenticate";
/// Seconds that a browser may remember the answer to a preflight.
const MAX_AGE: &str = "600";

/// Who may read an answer.
enum Reader {
    /// Pages of any origin: it holds nothing of anybody.
    Any,
    /// Pages of this origin.
    Origin(HeaderValue),
    /// No page but our own.
    Nobody,
}

/// The FHIR API. Where no tokens are taken, no other page reads anything: it would be let in as whoever
/// sits at the machine.
pub(crate) async fn fhir(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    if !shared.options.gate.takes_tokens() || !request.headers().contains_key(header::ORIGIN) {
        return next.run(request).await;
    }
    let is_public =
        matches!(request.uri().path(), "/metadata" | "/.well-known/smart-configuration");
    shared_with(&shared.app, is_public, request, next).await
}

/// The endpoints of authorization.
pub(super) async fn endpoints(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    if !request.headers().contains_key(header::ORIGIN) {
        return next.run(request).await;
    }
    let path = request.uri().path();
    let is_public =
        path.starts_with("/.well-known/") || matches!(path, "/oauth/jwks" | "/oauth/vectors");
    shared_with(&app, is_public, request, next).await
}

async fn shared_with(app: &App, is_public: bool, request: Request, next: Next) -> Response {
    let reader = if is_public { Reader::Any } else { reader(app, request.headers()).await };
    let is_preflight = *request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let is_known = !matches!(reader, Reader::Nobody);
    let mut response = if is_preflight && is_known { preflight() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let origin = match reader {
        Reader::Any => HeaderValue::from_static("*"),
        Reader::Origin(origin) => origin,
        Reader::Nobody => return response,
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    response
}

async fn reader(app: &App, headers: &HeaderMap) -> Reader {
    let origin = headers.get(header::ORIGIN);
    let Some((value, text)) = origin.and_then(|value| Some((value, value.to_str().ok()?))) else {
        return Reader::Nobody;
    };
    match app.is_client_origin(text).await {
        Ok(true) => Reader::Origin(value.clone()),
        Ok(false) => Reader::Nobody,
        Err(failure) => {
            tracing::error!(%failure, "origins could not be looked up");
            Reader::Nobody
        }
    }
}

fn preflight() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(HEADERS));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    response
}
