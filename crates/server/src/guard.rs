//! What every request passes on its way in and out: text that is text, bodies decompressed, a
//! deadline, one panic guard, answers compressed.
//!
//! What most requests do not ask for costs them a look at a header. To add something that every
//! request needs, add a step to [`guard`]; what a part of them needs belongs to their handlers.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::Entry;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fhir::{Issue, IssueCode, Severity, operation_outcome};
use futures_util::FutureExt;
use http_body::Body as _;
use interactions::{App, Category, Failure, check_query, heavy};

use crate::body::too_long;
use crate::coding::{Coding, NAMES, Unreadable, compressed};
use crate::format::Wanted;
use crate::respond::Refusal;

/// What the guard needs to know.
#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) app: Arc<App>,
    pub(crate) body_bytes_max: usize,
    pub(crate) request_timeout: Duration,
}

/// Passes a request in, and its answer out.
pub(crate) async fn guard(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let _serving = crate::later::note(&edge.app, request.uri().path());
    let only_reads = request.method().is_safe();
    let asks = request.headers().contains_key(header::ACCEPT_ENCODING);
    let coding = if asks { Coding::accepted(request.headers()) } else { None };
    let arrival = Arrival::default();
    let request = request.map(|body| arrival.watch(body));
    let answered = async {
        match readable(&edge, request).await {
            Ok(request) => next.run(request).await,
            Err(response) => *response,
        }
    };
    let response = bounded(&edge, &arrival, answered).await;
    // Whoever wrote a SearchParameter can search by it when this is answered.
    if !only_reads {
        edge.app.settle_parameters_within(edge.request_timeout).await;
    }
    let response = for_one_reader(with_pause(response));
    match coding {
        Some(coding) => compressed(response, coding).await,
        None => response,
    }
}

/// Nothing between us and the caller may keep what is about people, nor hand JSON to one who asks for
/// XML. A caller who keeps an answer can ask whether it still holds, by its ETag.
pub(crate) fn for_one_reader(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if let Entry::Vacant(entry) = headers.entry(header::CACHE_CONTROL) {
        entry.insert(HeaderValue::from_static("private, no-cache"));
    }
    headers.append(header::VARY, HeaderValue::from_static("accept, prefer"));
    response
}

/// What can be asked again says when (RFC 9110 §10.2.3); a job says so itself.
fn with_pause(mut response: Response) -> Response {
    let seconds = match response.status() {
        StatusCode::SERVICE_UNAVAILABLE => "1",
        StatusCode::TOO_MANY_REQUESTS => "10",
        _ => return response,
    };
    let pause = response.headers_mut().entry(header::RETRY_AFTER);
    pause.or_insert(HeaderValue::from_static(seconds));
    response
}

/// Whether a request's body has arrived.
#[derive(Clone, Default)]
struct Arrival(Arc<AtomicBool>);

impl Arrival {
    fn watch(&self, body: Body) -> Body {
        if body.is_end_stream() {
            self.0.store(true, Ordering::Relaxed);
            return body;
        }
        Body::new(Watched { body, arrival: self.clone() })
    }

    fn is_whole(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A body that notes when its end has been read.
struct Watched {
    body: Body,
    arrival: Arrival,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(ctx);
        let is_end = matches!(polled, Poll::Ready(None)) || self.body.is_end_stream();
        if is_end {
            self.arrival.0.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

/// The answer, unless it takes too long or we panic on the way.
async fn bounded(
    edge: &Edge,
    arrival: &Arrival,
    answer: impl Future<Output = Response>,
) -> Response {
    // The request's own state goes down with it; what is shared is behind locks that survive.
    let answered = AssertUnwindSafe(answer).catch_unwind();
    match tokio::time::timeout(edge.request_timeout, answered).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => panicked(),
        Err(_) if !arrival.is_whole() => {
            let seconds = edge.request_timeout.as_secs();
            let message = format!(
                "the body did not arrive in {seconds} s; nothing was written; send it again, in parts if the line is slow"
            );
            let failure = Failure::new(Category::TooSlow, IssueCode::Timeout, "body", message);
            let mut response = Refusal::from(failure).respond_with(&edge.app);
            // What still comes of the body is no new request (RFC 9110 §15.5.9).
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
            response
        }
        Err(_) => {
            let seconds = edge.request_timeout.as_secs();
            tracing::warn!(seconds, "a request took too long");
            let message = format!(
                "the request was not done in {seconds} s; what it wrote may be there: read before you send it again"
            );
            let failure = Failure::plain(Category::Unavailable, IssueCode::Timeout, message);
            Refusal::from(failure).respond_with(&edge.app)
        }
    }
}

fn panicked() -> Response {
    tracing::error!("a request panicked");
    let issue = Issue {
        severity: Severity::Fatal,
        code: IssueCode::Exception,
        message: "a fault of the server; what the request wrote may be there: read before you send it again, and tell the operator"
            .to_owned(),
        expression: None,
    };
    let kind = [(header::CONTENT_TYPE, "application/fhir+json; charset=utf-8")];
    (StatusCode::INTERNAL_SERVER_ERROR, kind, operation_outcome(&[issue])).into_response()
}

/// The request with its body as it was before it was compressed; the refusal where its URL is no
/// text or its body cannot be had.
async fn readable(edge: &Edge, request: Request) -> Result<Request, Box<Response>> {
    let wanted = |request: &Request| {
        Wanted::read(request.headers(), request.uri().query()).unwrap_or(Wanted::JSON)
    };
    if let Err(failure) = check_url(request.uri()) {
        let wanted = wanted(&request);
        return Err(Box::new(Refusal::new(failure, wanted).respond_with(&edge.app)));
    }
    let Some(encoding) = request.headers().get(header::CONTENT_ENCODING) else {
        return Ok(request);
    };
    let name = encoding.to_str().unwrap_or("?").trim().to_owned();
    if name.eq_ignore_ascii_case("identity") || name.is_empty() {
        return Ok(request);
    }
    let wanted = wanted(&request);
    let Some(coding) = Coding::named(&name) else {
        let mut response = Refusal::new(unknown_coding(), wanted).respond_with(&edge.app);
        let names = HeaderValue::from_static(NAMES);
        response.headers_mut().insert(header::ACCEPT_ENCODING, names);
        return Err(Box::new(response));
    };
    decompressed(edge, request, coding)
        .await
        .map_err(|failure| Box::new(Refusal::new(failure, wanted).respond_with(&edge.app)))
}

async fn decompressed(edge: &Edge, request: Request, coding: Coding) -> Result<Request, Failure> {
    let max = edge.body_bytes_max;
    let (mut parts, body) = request.into_parts();
    let bytes: Bytes = to_bytes(body, max).await.map_err(|error| {
        let inner = error.into_inner();
        if inner.is::<http_body_util::LengthLimitError>() {
            return too_long(max);
        }
        broken("the body broke off before its end; nothing was written; send it again")
    })?;
    let plain = heavy(bytes.len().saturating_mul(8), || coding.decompress(&bytes, max));
    let plain = plain.map_err(|unreadable| match unreadable {
        Unreadable::TooLong => too_long(max),
        Unreadable::Damaged => broken("the body is not in the coding that Content-Encoding names"),
    })?;
    parts.headers.remove(header::CONTENT_ENCODING);
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(plain.len()));
    Ok(Request::from_parts(parts, Body::from(plain)))
}

fn broken(message: &str) -> Failure {
    Failure::new(Category::Invalid, IssueCode::Structure, "body", message)
}

fn unknown_coding() -> Failure {
    Failure::new(
        Category::UnsupportedMedia,
        IssueCode::NotSupported,
        "Content-Encoding",
        format!("the content coding must be one of {NAMES}"),
    )
}

/// Percent-escapes must mean text, in the path and in the query.
fn check_url(uri: &Uri) -> Result<(), Failure> {
    let path = uri.path();
    // A path is taken apart like a query here, where a plus sign is one of many bytes.
    if path.contains('%') && check_query(path).is_err() {
        return Err(Failure::new(
            Category::Invalid,
            IssueCode::Value,
            "path",
            "the path's percent-escapes are not utf-8; encode it as utf-8",
        ));
    }
    uri.query().map_or(Ok(()), check_query)
}
