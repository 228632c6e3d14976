//! Where apps and services get tokens, and the gate that takes them.
//!
//! The authorization endpoint is a page, and so stands with the pages. What is here is for programs:
//! forms in, JSON out, nothing kept on the way, and every refusal in the words of RFC 6749 section 5.2.
//! Spec: `docs/oauth.md`. To add an endpoint: its use case in `interactions::oauth`, its handler here.

pub(crate) mod cors;
mod gate;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use fhir::{IssueCode, operation_outcome};
use interactions::{
    App, Category, ErrorCode, Failure, OauthError, OauthFailure, Turn, decode_query,
    openid_configuration,
};

pub use gate::Tokens;

use crate::Shared;
use crate::guard::{Edge, guard};

/// Bytes of a form at the most; an assertion is the longest part of it.
const FORM_MAX: usize = 64 << 10;
/// How long a request may take.
const REQUEST_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(20);

/// The endpoints for programs; merge them at the root.
pub fn oauth_router(app: Arc<App>) -> Router {
    let edge =
        Edge { app: Arc::clone(&app), body_bytes_max: FORM_MAX, request_timeout: REQUEST_TIMEOUT };
    let cors = axum::middleware::from_fn_with_state(Arc::clone(&app), cors::endpoints);
    Router::new()
        .route("/oauth/token", post(token))
        .route("/oauth/introspect", post(introspect))
        .route("/oauth/revoke", post(revoke))
        .route("/oauth/userinfo", get(userinfo).post(userinfo))
        .route("/oauth/jwks", get(keys))
        .route("/oauth/vectors", get(vectors))
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/.well-known/oauth-authorization-server", get(discovery))
        .method_not_allowed_fallback(unknown_method)
        .layer(DefaultBodyLimit::max(FORM_MAX))
        .layer(axum::middleware::from_fn_with_state(edge, guard))
        .layer(cors)
        .with_state(app)
}

/// A JSON text that nobody keeps (RFC 6749, section 5.1).
fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A JSON text that is the same for everybody.
fn public(body: String) -> Response {
    let mut response = json(StatusCode::OK, body);
    let headers = response.headers_mut();
    headers.remove(header::PRAGMA);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}

/// An error, with the way to prove who one is where that is what is wrong.
fn refused(failure: &OauthFailure, sent_basic: bool) -> Response {
    if let OauthFailure::Failed(failure) = failure {
        if failure.category == Category::TooMany {
            return too_many(failure);
        }
        tracing::error!(%failure, "an endpoint of authorization failed");
    }
    let error = failure.error();
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = json(status, error_text(&error));
    let challenge = match error.code {
        ErrorCode::InvalidClient if sent_basic => r#"Basic realm="careloom""#.to_owned(),
        ErrorCode::InvalidToken | ErrorCode::InsufficientScope => {
            format!(r#"Bearer realm="careloom", error="{}""#, error.code.as_str())
        }
        _ => return response,
    };
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// No word of a description needs to be escaped ([`OauthError::new`]).
fn error_text(error: &OauthError) -> String {
    format!(r#"{{"error":"{}","error_description":"{}"}}"#, error.code.as_str(), error.description)
}

fn too_many(failure: &Failure) -> Response {
    let error = OauthError::new(ErrorCode::TemporarilyUnavailable, failure.to_string());
    json(StatusCode::TOO_MANY_REQUESTS, error_text(&error))
}

/// What a client has sent.
struct Sent {
    authorization: Option<String>,
    form: Vec<(String, String)>,
    from: Option<IpAddr>,
}

impl Sent {
    /// Reads a form. A query is not looked at: what stands in an address is written down in logs.
    fn read(
        headers: &HeaderMap,
        extensions: &Extensions,
        body: Result<Bytes, BytesRejection>,
    ) -> Result<Sent, OauthFailure> {
        let invalid =
            |words: &str| OauthFailure::Refused(OauthError::new(ErrorCode::InvalidRequest, words));
        let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media = media.unwrap_or("").split(';').next().unwrap_or("").trim();
        if !media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(invalid("the body is a form: application/x-www-form-urlencoded"));
        }
        let body = body.map_err(|_| invalid("the form is longer than 64 KiB, or broke off"))?;
        let body = std::str::from_utf8(&body).map_err(|_| invalid("the form is not UTF-8"))?;
        let mut sent = headers.get_all(header::AUTHORIZATION).iter();
        let authorization = match (sent.next(), sent.next()) {
            (None, _) => None,
            (Some(one), None) => match one.to_str() {
                Ok(one) => Some(one.to_owned()),
                Err(_) => return Err(invalid("the Authorization header is not ASCII")),
            },
            (Some(_), Some(_)) => return Err(invalid("there are two Authorization headers")),
        };
        Ok(Sent { authorization, form: decode_query(body), from: address(extensions) })
    }
}

fn address(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

/// Runs what a form asks for, within the turns of its address.
async fn answer<F>(
    app: &App,
    sent: Result<Sent, OauthFailure>,
    work: impl FnOnce(Option<String>, Vec<(String, String)>) -> F,
) -> Response
where
    F: Future<Output = Result<String, OauthFailure>>,
{
    let sent = match sent {
        Ok(sent) => sent,
        Err(failure) => return refused(&failure, false),
    };
    let from = sent.from;
    let turns = app.take_turn(Turn::Token, from).and_then(|()| app.has_turn(Turn::Refused, from));
    if let Err(failure) = turns {
        return too_many(&failure);
    }
    let sent_basic = sent.authorization.is_some();
    match work(sent.authorization, sent.form).await {
        Ok(body) => json(StatusCode::OK, body),
        Err(failure) => {
            // The answer is the same whether or not this was the last turn.
            let _ = app.take_turn(Turn::Refused, from);
            refused(&failure, sent_basic)
        }
    }
}

async fn token(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let sent = Sent::read(&headers, &extensions, body);
    let exchange = async |authorization: Option<String>, form| {
        let answer = app.exchange(authorization.as_deref(), form).await?;
        Ok(answer.to_string())
    };
    answer(&app, sent, exchange).await
}

async fn introspect(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let sent = Sent::read(&headers, &extensions, body);
    let introspect = async |authorization: Option<String>, form| {
        let answer = app.introspect(authorization.as_deref(), form).await?;
        Ok(answer.to_string())
    };
    answer(&app, sent, introspect).await
}

async fn revoke(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let sent = Sent::read(&headers, &extensions, body);
    let revoke = async |authorization: Option<String>, form| {
        app.revoke(authorization.as_deref(), form).await.map(|()| "{}".to_owned())
    };
    answer(&app, sent, revoke).await
}

async fn userinfo(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let Ok(Some(token)) = gate::bearer_of(&headers) else {
        let error = OauthError::new(ErrorCode::InvalidToken, "there is no access token");
        return refused(&OauthFailure::Refused(error), false);
    };
    match app.userinfo(&token).await {
        Ok(answer) => json(StatusCode::OK, answer.to_string()),
        Err(failure) => refused(&failure, false),
    }
}

async fn keys(State(app): State<Arc<App>>) -> Response {
    match app.published_keys().await {
        Ok(keys) => public(keys.to_string()),
        Err(failure) => refused(&OauthFailure::Failed(failure), false),
    }
}

async fn discovery(State(app): State<Arc<App>>) -> Response {
    public(openid_configuration(&app.addresses()).to_string())
}

/// What the vectors of trust in id tokens mean (RFC 8485, section 5).
async fn vectors() -> Response {
    const MEANT: &str = r#"{"P0":"an email address","P5":"known by what they know","P9":"proven: compared with the person, or by what their practice gave them","Cp":"a password","Cd":"a code by a device of theirs","Cm":"a key that their device holds"}"#;
    public(MEANT.to_owned())
}

/// What SMART apps read first, below the FHIR base; not there where no tokens are taken.
pub(crate) async fn smart_configuration(crate::Extract(shared): crate::State) -> Response {
    if shared.options.gate.takes_tokens() {
        return public(interactions::smart_configuration(&shared.app.addresses()).to_string());
    }
    not_here(&shared)
}

fn not_here(shared: &Shared) -> Response {
    let message = "there is no sign-in here: whoever reaches the server needs no token";
    let failure = Failure::plain(Category::NotFound, IssueCode::NotFound, message);
    crate::respond::Refusal::from(failure).respond(shared)
}

async fn unknown_method(method: Method) -> Response {
    let message = format!("{method} is not allowed here; forms are sent by POST");
    let failure = Failure::plain(Category::NotAllowed, IssueCode::NotSupported, message);
    json(StatusCode::METHOD_NOT_ALLOWED, operation_outcome(&failure.issues))
}
