//! `Prefer: respond-async`: requests that are kept and answered later.
//! Spec: <https://hl7.org/fhir/R4/async.html>.
//!
//! The preference is followed for reading interactions, for operations and for Bundles posted to
//! the base; elsewhere it is passed over, as a preference may be.

use std::sync::{Arc, Weak};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use fhir::IssueCode;
use interactions::{App, Category, Executor, Failure, KeptRequest, KeptResponse, Serving};
use tower::ServiceExt as _;

use crate::base::answer;
use crate::{Extract, LATER_TIMEOUT, ServerOptions, Shared, State, jobs};

/// The headers that shape an answer.
const KEPT: [&str; 6] = [
    "content-type",
    "prefer",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
];
/// The headers of an answer that a Bundle's entry can hold.
const TOLD: [&str; 3] = ["etag", "last-modified", "location"];
/// Operations that begin a job of their own, or tell of jobs.
const OWN: [&str; 5] = ["$export", "$import", "$reindex", "$jobs", "$job"];

/// Whether the client wants an answer later.
pub(crate) fn wants_async(headers: &HeaderMap) -> bool {
    headers.get_all("prefer").iter().any(|value| {
        let text = value.to_str().unwrap_or("");
        text.split([',', ';']).any(|part| part.trim().eq_ignore_ascii_case("respond-async"))
    })
}

/// Whether a request is one that can be answered later, and if so whether twice is as good as once.
fn can_be_put_off(method: &Method, path: &str) -> Option<bool> {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let last = segments.clone().next_back().unwrap_or("");
    let is_own = segments.any(|segment| OWN.contains(&segment));
    let is_document = matches!(path, "/metadata" | "/openapi.json");
    if is_own || is_document {
        return None;
    }
    match *method {
        Method::GET => Some(true),
        Method::POST if last == "_search" => Some(true),
        Method::POST if last.is_empty() || last.starts_with('$') => Some(false),
        _ => None,
    }
}

/// Keeps a request whose client wants its answer later; hands on the others.
pub(crate) async fn put_off(Extract(shared): State, request: Request, next: Next) -> Response {
    let has_folder = shared.app.options.jobs.folder.is_some();
    if !has_folder || !wants_async(request.headers()) {
        return next.run(request).await;
    }
    let Some(is_repeatable) = can_be_put_off(request.method(), request.uri().path()) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().map(str::to_owned);
    answer(&shared, &parts.headers, query.as_deref(), async |wanted| {
        let max = shared.options.body_bytes_max;
        let body = to_bytes(body, max).await.map_err(|_| {
            Failure::plain(
                Category::TooLarge,
                IssueCode::TooLong,
                format!("the body broke off, or is longer than {max} bytes; send it in parts"),
            )
        })?;
        let kept = |name: &str| {
            let value = parts.headers.get(name)?.to_str().ok()?;
            Some((name.to_owned(), value.to_owned()))
        };
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let request = KeptRequest {
            method: parts.method.as_str().to_owned(),
            target: target.to_owned(),
            headers: KEPT.iter().filter_map(|name| kept(name)).collect(),
            body: body.to_vec(),
            is_repeatable,
        };
        let url = jobs::request_url(&shared, &parts.uri);
        let id = shared.app.put_off(request, &url).await?;
        let mut response = jobs::begun(&shared, &id, wanted, "the request is kept");
        let applied = HeaderValue::from_static("respond-async");
        response.headers_mut().insert("preference-applied", applied);
        Ok(response)
    })
    .await
}

/// Answers kept requests by the routes that would have answered them at once. The application holds
/// this, so it must not be held in turn.
pub(crate) fn executor(app: Weak<App>, options: ServerOptions) -> Executor {
    Arc::new(move |kept: KeptRequest| {
        let (app, options) = (app.upgrade(), options.clone());
        Box::pin(async move {
            let (Some(app), Some(request)) = (app, request_of(&kept)) else { return broken() };
            let shared = Shared::new(app, options);
            let guard =
                from_fn_with_state(crate::edge(&shared, LATER_TIMEOUT), crate::guard::guard);
            // Only who is unrestricted can have a request kept.
            let passed = axum::Extension(crate::gate::Passed(Arc::clone(&shared)));
            let routes = crate::routes(&shared).layer(passed).layer(guard).with_state(shared);
            let response = match routes.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            let (parts, body) = response.into_parts();
            let told = |name: &str| {
                let value = parts.headers.get(name)?.to_str().ok()?;
                Some((name.to_owned(), value.to_owned()))
            };
            match to_bytes(body, usize::MAX).await {
                Ok(body) => KeptResponse {
                    status: parts.status.as_u16(),
                    headers: TOLD.iter().filter_map(|name| told(name)).collect(),
                    body: body.to_vec(),
                },
                Err(_) => broken(),
            }
        })
    })
}

fn request_of(kept: &KeptRequest) -> Option<Request> {
    let mut request = Request::builder().method(kept.method.as_str()).uri(kept.target.as_str());
    for (name, value) in &kept.headers {
        request = request.header(name.as_str(), value.as_str());
    }
    // The answer is kept as JSON; who fetches it says in which format.
    let request = request.header(header::ACCEPT, "application/fhir+json");
    request.body(Body::from(kept.body.clone())).ok()
}

fn broken() -> KeptResponse {
    KeptResponse { status: 500, headers: Vec::new(), body: Vec::new() }
}

/// Notes each request, so that jobs rest while there are some; asking after a job is none.
pub(crate) fn note<'a>(app: &'a App, path: &str) -> Option<Serving<'a>> {
    (!path.contains("/$job")).then(|| app.serving())
}

#[cfg(test)]
mod tests {
    use super::{can_be_put_off, wants_async};
    use axum::http::{HeaderMap, Method};

    #[test]
    fn what_can_be_put_off() {
        let cases = [
            (Method::GET, "/Patient", Some(true)),
            (Method::GET, "/", Some(true)),
            (Method::GET, "/Patient/1/$everything", Some(true)),
            (Method::POST, "/Patient/_search", Some(true)),
            (Method::POST, "/", Some(false)),
            (Method::POST, "/Patient/$validate", Some(false)),
            (Method::POST, "/Patient", None),
            (Method::PUT, "/Patient/1", None),
            (Method::DELETE, "/Patient/1", None),
            (Method::HEAD, "/Patient", None),
            (Method::GET, "/metadata", None),
            (Method::GET, "/$export", None),
            (Method::GET, "/Group/1/$export", None),
            (Method::GET, "/$job/1", None),
            (Method::GET, "/$job/1/Patient-1.ndjson", None),
        ];
        for (method, path, expected) in cases {
            assert_eq!(can_be_put_off(&method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn the_preference_stands_among_others() {
        let cases = [
            (&["respond-async"][..], true),
            (&["return=minimal", "Respond-Async"], true),
            (&["handling=lenient, respond-async; wait=10"], true),
            (&["respond-async-later"], false),
            (&[], false),
        ];
        for (values, expected) in cases {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("prefer", value.parse().unwrap());
            }
            assert_eq!(wants_async(&headers), expected, "{values:?}");
        }
    }
}
