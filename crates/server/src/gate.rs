//! The gate: who a request is from, before any handler sees it.
//!
//! A [`Gate`] tells the caller of a request's headers; the request's handlers then work with the use
//! cases as that caller has them ([`Extract`]), and once they have answered, what was looked at is noted
//! before the answer is sent. A request that did not pass here is nobody's.
//! Spec: RFC 6750 (bearer tokens), RFC 9470 (step-up).

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use fhir::IssueCode;
use interactions::{Caller, Category, Failure, Look, Who};

use crate::Shared;
use crate::format::Wanted;
use crate::respond::Refusal;

/// What tells who a request is from.
pub trait Gate: Send + Sync + 'static {
    /// The caller of a request with these headers; nobody where they say nothing, and a failure where
    /// they say something that does not hold.
    fn caller<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> Pin<Box<dyn Future<Output = Result<Caller, Failure>> + Send + 'a>>;

    /// Whether it takes access tokens of this server, so that clients are told how to get one.
    fn takes_tokens(&self) -> bool {
        false
    }
}

/// Everybody is the operator: for a server that only its own machine can reach.
#[derive(Clone, Copy, Debug)]
pub struct Open;

impl Gate for Open {
    fn caller<'a>(
        &'a self,
        _: &'a HeaderMap,
    ) -> Pin<Box<dyn Future<Output = Result<Caller, Failure>> + Send + 'a>> {
        Box::pin(std::future::ready(Ok(Caller::OPERATOR)))
    }
}

/// Nobody is let in, but to what is public: for a server whose people sign in while programs cannot.
#[derive(Clone, Copy, Debug)]
pub struct Shut;

impl Gate for Shut {
    fn caller<'a>(
        &'a self,
        _: &'a HeaderMap,
    ) -> Pin<Box<dyn Future<Output = Result<Caller, Failure>> + Send + 'a>> {
        Box::pin(std::future::ready(Ok(Caller::NOBODY)))
    }
}

/// What a handler works with: the use cases as the request's caller has them.
pub(crate) struct Extract(pub(crate) Arc<Shared>);

/// The use cases of a request's caller, put beside the request by [`pass`].
#[derive(Clone)]
pub(crate) struct Passed(pub(crate) Arc<Shared>);

impl FromRequestParts<Arc<Shared>> for Extract {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Extract, Infallible> {
        let passed = parts.extensions.get::<Passed>();
        // What came by another way than the gate is from nobody.
        Ok(Extract(passed.map_or_else(
            || Arc::new(shared.of(shared.app.acting_as(Caller::NOBODY))),
            |passed| Arc::clone(&passed.0),
        )))
    }
}

/// Lets a request in as its caller's, and notes what they saw before the answer goes out.
pub(crate) async fn pass(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match shared.options.gate.caller(request.headers()).await {
        Ok(caller) => caller,
        Err(failure) => {
            let wanted = Wanted::read(request.headers(), request.uri().query());
            let wanted = wanted.unwrap_or(Wanted::JSON);
            let response = Refusal::new(failure, wanted).respond(&shared);
            return challenged(response, Held::Invalid);
        }
    };
    if caller.is_unrestricted() {
        request.extensions_mut().insert(Passed(shared));
        return next.run(request).await;
    }
    if caller.who == Who::Nobody && !is_public(request.uri().path()) {
        let failure = Failure::plain(
            Category::NotSignedIn,
            IssueCode::Login,
            "sign in first: this needs an access token, sent as Authorization: Bearer …",
        );
        let wanted = Wanted::read(request.headers(), request.uri().query()).unwrap_or(Wanted::JSON);
        return challenged(Refusal::new(failure, wanted).respond(&shared), Held::Nothing);
    }
    let held = if caller.who == Who::Nobody { Held::Nothing } else { Held::Token };
    let own = Arc::new(shared.of(shared.app.acting_as(caller)));
    request.extensions_mut().insert(Passed(Arc::clone(&own)));
    let mut look = look(&request);
    let wanted = Wanted::read(request.headers(), request.uri().query()).unwrap_or(Wanted::JSON);
    let response = next.run(request).await;
    look.status = response.status().as_u16();
    match own.app.note_look(&look).await {
        Ok(()) => challenged(response, held),
        // What cannot be noted is not shown.
        Err(failure) => Refusal::new(failure, wanted).respond(&shared),
    }
}

/// What a client reads before it can sign in: what this server is and does, and nothing of anybody.
fn is_public(path: &str) -> bool {
    matches!(path, "/metadata" | "/openapi.json")
        || path.starts_with("/OperationDefinition/-s-")
        || path.starts_with("/.well-known/")
}

/// What a request came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// Nothing.
    Nothing,
    /// A token that does not hold.
    Invalid,
    /// A token that holds.
    Token,
}

/// Says how to sign in, or to do it better, where that is what is missing (RFC 6750, section 3).
fn challenged(mut response: Response, held: Held) -> Response {
    let denied = response.extensions().get::<Category>().copied();
    let challenge = match (response.status(), held, denied) {
        (StatusCode::UNAUTHORIZED, Held::Invalid, _) => {
            r#"Bearer realm="careloom", error="invalid_token", error_description="the token is not known or has expired""#
        }
        (StatusCode::UNAUTHORIZED, _, _) => r#"Bearer realm="careloom""#,
        (StatusCode::FORBIDDEN, Held::Token, Some(Category::StepUp)) => {
            r#"Bearer realm="careloom", error="insufficient_user_authentication", error_description="reading a record needs level P9", acr_values="P9""#
        }
        (StatusCode::FORBIDDEN, Held::Token, _) => {
            r#"Bearer realm="careloom", error="insufficient_scope""#
        }
        _ => return response,
    };
    let entry = response.headers_mut().entry(header::WWW_AUTHENTICATE);
    entry.or_insert(HeaderValue::from_static(challenge));
    response
}

/// What is noted of a request, but for its outcome.
fn look(request: &Request) -> Look {
    let (interaction, action) = interaction(request.method(), request.uri().path());
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>();
    Look {
        interaction: interaction.to_owned(),
        action,
        address: format!("{} {}", request.method(), request.uri().path()),
        from: from.map(|ConnectInfo(address)| address.ip().to_string()),
        status: 0,
        reason: None,
    }
}

/// The interaction's code and the action of an AuditEvent, from a method and a path below the base.
fn interaction(method: &Method, path: &str) -> (&'static str, char) {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    if segments.iter().any(|segment| segment.starts_with('$')) {
        return ("operation", 'E');
    }
    let last = segments.last().copied().unwrap_or("");
    match (method.as_str(), segments.len()) {
        ("PUT", _) => ("update", 'U'),
        ("PATCH", _) => ("patch", 'U'),
        ("DELETE", _) => ("delete", 'D'),
        ("POST", 0) => ("transaction", 'E'),
        ("POST", _) if last == "_search" => ("search-type", 'E'),
        ("POST", _) => ("create", 'C'),
        (_, 0) => ("search-system", 'E'),
        (_, 1) if last == "_history" => ("history-system", 'R'),
        (_, 2) if last == "_history" => ("history-type", 'R'),
        (_, 3) if last == "_history" => ("history-instance", 'R'),
        (_, 4) if segments[2] == "_history" => ("vread", 'R'),
        (_, 2) => ("read", 'R'),
        _ => ("search-type", 'E'),
    }
}
