//! Bookings by other systems: the Booking and Referral Standard over HTTP, below `/bars/FHIR/R4`.
//!
//! A sender shows the key of its feed; which feed it is follows from the key. Every answer echoes the
//! sender's request ids. What may be booked is decided in `interactions::booking`.
//! Spec: NHS Booking and Referral Standard 1 (core API); `docs/booking.md`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use fhir::IssueCode;
use interactions::booking::BarsAnswer;
use interactions::booking::rules::bars::{self, BarsCode, BarsError};
use interactions::{
    App, Caller, Category, Failure, Feed, Who, decode_query, same_secret, secret_key,
};
use serde_json::json;

use crate::body::{Incoming, taken};
use crate::feeds::BundleFeed;
use crate::format::{Format, Media, media};
use crate::guard::{Edge, guard};

/// How long a sender may take to send one message and have it decided.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of a message.
const MESSAGE_MAX: usize = 2 << 20;
/// Where senders reach it.
pub const BARS: &str = "/bars/FHIR/R4";

struct Senders {
    app: Arc<App>,
    feeds: Vec<BundleFeed>,
    /// The base that senders use, without a slash at the end.
    base: String,
}

/// The routes for systems that book here; each has the feed by which the ledger knows it. `root` is the
/// server's address as senders use it.
pub fn bars_router(app: Arc<App>, feeds: Vec<BundleFeed>, root: &str) -> Router {
    let edge = Edge {
        app: Arc::clone(&app),
        body_bytes_max: MESSAGE_MAX,
        request_timeout: REQUEST_TIMEOUT,
    };
    let senders = Arc::new(Senders { app, feeds, base: format!("{root}{BARS}") });
    let routes = Router::new()
        .route("/metadata", get(metadata))
        .route("/MessageDefinition", get(definitions))
        .route("/Slot", get(slots))
        .route("/Appointment/{id}", get(appointment))
        .route("/$process-message", post(process))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown_method);
    Router::new()
        .nest(BARS, routes)
        .layer(DefaultBodyLimit::max(MESSAGE_MAX))
        .layer(axum::middleware::from_fn_with_state(edge, guard))
        .with_state(senders)
}

fn error(code: BarsCode, issue: IssueCode, words: impl Into<String>) -> BarsError {
    BarsError { code, issue, diagnostics: words.into() }
}

async fn unknown() -> Response {
    let words = "nothing of BaRS is answered here; metadata says what is";
    refused(&error(BarsCode::RecNotFound, IssueCode::NotFound, words))
}

async fn unknown_method(method: Method) -> Response {
    let words = format!("{method} is not allowed here");
    refused(&error(BarsCode::SendMethodNotAllowed, IssueCode::NotSupported, words))
}

async fn metadata(State(senders): State<Arc<Senders>>, headers: HeaderMap) -> Response {
    if let Err(error) = version(&headers) {
        return refused(&error);
    }
    let read = json!({"code": "read"});
    let search = json!({"code": "search-type"});
    let parameter = |name: &str, kind: &str| json!({"name": name, "type": kind});
    let body = json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-24",
        "kind": "instance",
        "software": {"name": "Careloom"},
        "implementation": {"description": "Bookings by other systems (BaRS 1)", "url": senders.base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [{
            "mode": "server",
            "resource": [
                {"type": "Appointment", "interaction": [read]},
                {"type": "MessageDefinition", "interaction": [search]},
                {"type": "Slot", "interaction": [search],
                 "searchInclude": ["Slot:schedule", "Schedule:actor:HealthcareService"],
                 "searchParam": [
                    parameter("status", "token"),
                    parameter("start", "date"),
                    parameter("Schedule.actor:HealthcareService", "reference"),
                 ]},
            ],
            "operation": [{
                "name": "process-message",
                "definition": "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message",
            }],
        }],
        "messaging": [{"supportedMessage": [
            {"mode": "receiver", "definition": bars::REQUEST_DEFINITION},
        ]}],
    });
    answered(200, body.to_string().into_bytes())
}

/// The one message that is taken, whatever service is asked about.
async fn definitions(State(senders): State<Arc<Senders>>, headers: HeaderMap) -> Response {
    if let Err(response) = sender(&senders, &headers) {
        return *response;
    }
    let body = json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 1,
        "entry": [{
            "search": {"mode": "match"},
            "resource": {
                "resourceType": "MessageDefinition",
                "url": bars::REQUEST_DEFINITION,
                "status": "active",
                "date": "2026-11-24",
                "eventCoding": {
                    "system": "https://fhir.nhs.uk/CodeSystem/message-events-bars",
                    "code": "booking-request",
                },
                "category": "consequence",
                "focus": [{"code": "Appointment", "min": 1, "max": "1"}],
                "responseRequired": "always",
            },
        }],
    });
    with_ids(answered(200, body.to_string().into_bytes()), &headers)
}

async fn slots(
    State(senders): State<Arc<Senders>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let (app, _) = match sender(&senders, &headers) {
        Ok(sender) => sender,
        Err(response) => return *response,
    };
    let parameters = decode_query(query.as_deref().unwrap_or(""));
    let found = app.bars_slots(&parameters, &format!("{}/Slot", senders.base)).await;
    respond(found, &headers)
}

async fn appointment(
    State(senders): State<Arc<Senders>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match sender(&senders, &headers) {
        Ok((app, feed)) => respond(app.bars_appointment(&feed, &id).await, &headers),
        Err(response) => *response,
    }
}

async fn process(
    State(senders): State<Arc<Senders>>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Incoming,
) -> Response {
    let (app, feed) = match sender(&senders, &headers) {
        Ok(sender) => sender,
        Err(response) => return *response,
    };
    let pairs: Vec<(String, String)> = headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    let named = match bars::headers(&pairs) {
        Ok(named) => named,
        Err(error) => return with_ids(refused(&error), &headers),
    };
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    if media(content_type) != Some(Media::Is(Format::Json)) {
        let words = "Content-Type: expected application/fhir+json";
        let error = error(BarsCode::SendBadRequest, IssueCode::NotSupported, words);
        return with_ids(refused(&error), &headers);
    }
    let from = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or_else(|| "http".to_owned(), |ConnectInfo(peer)| peer.to_string());
    let answer = match taken(MESSAGE_MAX, &body) {
        Ok(bytes) => app.take_bars_message(&feed, &named, bytes.as_ref().into(), &from).await,
        Err(failure) => Err(failure),
    };
    respond(answer, &headers)
}

/// Who sends, by their key, and the use cases as they have them.
fn sender(senders: &Senders, headers: &HeaderMap) -> Result<(App, Feed), Box<Response>> {
    let refuse = |error: &BarsError| Box::new(with_ids(refused(error), headers));
    version(headers).map_err(|error| refuse(&error))?;
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = sent.and_then(|sent| sent.strip_prefix("Bearer ")).unwrap_or("");
    let hash = secret_key(key);
    // All are compared, so that how long it takes does not say which came close.
    let mut found = None;
    for feed in &senders.feeds {
        let known = feed.key_hash.as_deref().unwrap_or("").to_ascii_lowercase();
        if same_secret(hash.as_bytes(), known.as_bytes()) {
            found = Some(&feed.feed);
        }
    }
    let Some(feed) = found else {
        let words = "send the key of your feed as Authorization: Bearer KEY";
        return Err(refuse(&error(BarsCode::RecUnauthorized, IssueCode::Login, words)));
    };
    let caller = Caller {
        who: Who::Service { client: format!("feed {}", feed.name).into() },
        app: None,
        purpose: "TREAT",
    };
    Ok((senders.app.acting_as(caller), feed.clone()))
}

/// Refuses a version of the standard that is not spoken: `Accept: application/fhir+json; version=1.1`.
fn version(headers: &HeaderMap) -> Result<(), BarsError> {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    let wanted = accept.split([';', ',']).find_map(|part| part.trim().strip_prefix("version="));
    match wanted.map(|wanted| wanted.trim_matches('"')) {
        Some(other) if other != "1" && !other.starts_with("1.") => {
            let words = "Accept: version 1 of BaRS is spoken here";
            Err(error(BarsCode::RecNotAcceptable, IssueCode::NotSupported, words))
        }
        _ => Ok(()),
    }
}

fn respond(answer: Result<BarsAnswer, Failure>, headers: &HeaderMap) -> Response {
    let answer = answer.unwrap_or_else(|failure| {
        let code = match failure.category {
            Category::TooLarge | Category::Invalid => BarsCode::RecBadRequest,
            Category::Conflict | Category::Unavailable => BarsCode::RecServiceUnavailable,
            _ => BarsCode::RecServerError,
        };
        if code == BarsCode::RecServerError {
            tracing::error!(%failure, "a booking by another system failed");
        }
        let words = "not done; nothing was changed; send it again later";
        BarsAnswer::refused(&error(code, IssueCode::Transient, words))
    });
    with_ids(answered(answer.status, answer.body), headers)
}

fn refused(error: &BarsError) -> Response {
    let answer = BarsAnswer::refused(error);
    answered(answer.status, answer.body)
}

fn answered(status: u16, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [
        (header::CONTENT_TYPE, "application/fhir+json; version=1"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body).into_response()
}

/// Gives the sender's request ids back.
fn with_ids(mut response: Response, headers: &HeaderMap) -> Response {
    const IDS: [HeaderName; 2] =
        [HeaderName::from_static("x-request-id"), HeaderName::from_static("x-correlation-id")];
    for name in IDS {
        let sent = headers.get(&name).filter(|value: &&HeaderValue| value.len() <= 64);
        if let Some(value) = sent.cloned() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
