//! Pages and failures as responses, with the headers that every one of them carries.

use std::sync::Arc;

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use interactions::{Category, Failure};

use super::gate::State;
use super::portal::Portal;
use crate::layout::{Area, SECURITY_HEADERS};
use crate::problem::{Problem, ProblemPage};

/// What a handler gives: a page, or a page that says what went wrong.
pub(super) type Answer = Result<Response, Refusal>;

/// A page that says what went wrong.
#[derive(Debug)]
pub(super) struct Refusal(Box<Response>);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl Portal {
    /// A page as a response.
    pub(super) fn page(&self, page: &impl Template) -> Answer {
        match page.render() {
            Ok(html) => Ok(html_response(StatusCode::OK, html)),
            Err(error) => {
                tracing::error!(%error, "a page could not be rendered");
                Err(self.problem(Problem::ServerError))
            }
        }
    }

    /// Leads the browser to another page of ours instead.
    pub(super) fn elsewhere(location: &str) -> Refusal {
        Refusal(Box::new(see_other(location)))
    }

    /// A page that says what went wrong.
    pub(super) fn problem(&self, problem: Problem) -> Refusal {
        self.problem_with(problem, String::new())
    }

    fn problem_with(&self, problem: Problem, reference: String) -> Refusal {
        let layout = self.layout(Area::Home, problem.title());
        let page = ProblemPage { layout, problem, reference };
        let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let html = page.render().unwrap_or_else(|_| problem.title().to_owned());
        Refusal(Box::new(html_response(status, html)))
    }

    /// A failed use case as a page. The issues go to the log: their words are for programs.
    pub(super) fn failure(&self, failure: &Failure) -> Refusal {
        let problem = match failure.category {
            Category::NotFound => Problem::NotFound,
            Category::Gone => Problem::Gone,
            Category::Conflict | Category::PreconditionFailed => Problem::Conflict,
            Category::Unavailable => Problem::Unavailable,
            Category::NotSignedIn => Problem::SessionOver,
            Category::Forbidden | Category::StepUp => Problem::NotYours,
            Category::Fault => Problem::ServerError,
            // Whatever else is wrong is wrong with what was asked.
            _ => Problem::BadRequest,
        };
        if problem != Problem::ServerError {
            return self.problem(problem);
        }
        let reference = self.app.ids.next().to_string();
        tracing::error!(%failure, reference, "a page failed");
        self.problem_with(problem, reference)
    }
}

fn html_response(status: StatusCode, html: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
}

/// Sends the browser to a page of ours.
pub(super) fn see_other(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Adds the headers of [`SECURITY_HEADERS`] that a response does not set itself.
/// Says of every cookie that it goes over TLS only, where the pages do.
pub(super) fn with_secure_cookies(mut response: Response) -> Response {
    let cookies = response.headers().get_all(header::SET_COOKIE).iter();
    let secure = cookies.map(|cookie| {
        let text = cookie.to_str().map(|text| format!("{text}; Secure"));
        text.ok().and_then(|text| HeaderValue::from_str(&text).ok()).unwrap_or(cookie.clone())
    });
    let secure: Vec<HeaderValue> = secure.collect();
    response.headers_mut().remove(header::SET_COOKIE);
    for cookie in secure {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

pub(super) async fn with_security_headers(mut response: Response) -> Response {
    for (name, value) in SECURITY_HEADERS {
        let name = HeaderName::from_static(name);
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

pub(super) async fn no_page(State(portal): State<Arc<Portal>>) -> Refusal {
    portal.problem(Problem::NotFound)
}

pub(super) async fn wrong_method(State(portal): State<Arc<Portal>>) -> Response {
    let mut response = portal.problem(Problem::BadRequest).into_response();
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}

/// A style sheet, script or icon: its name holds the hash of its content, so it never changes.
pub(super) async fn asset(
    State(portal): State<Arc<Portal>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let Some(asset) = crate::assets::served_as(&file) else {
        return Err(portal.problem(Problem::NotFound));
    };
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let takes_brotli = accepted.unwrap_or("").split(',').any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim() == "br" && quality.trim() != "q=0"
    });
    let kept =
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    let media_type = (header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    let vary = (header::VARY, HeaderValue::from_static("accept-encoding"));
    Ok(match asset.brotli.filter(|_| takes_brotli) {
        Some(bytes) => {
            let coding = (header::CONTENT_ENCODING, HeaderValue::from_static("br"));
            ([kept, media_type, vary, coding], bytes).into_response()
        }
        None => ([kept, media_type, vary], asset.bytes).into_response(),
    })
}
