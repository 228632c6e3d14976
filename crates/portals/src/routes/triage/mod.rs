//! 111 online: the addresses, the cookie that a journey is found by, and what every failure says.
//!
//! A journey's token is a cookie of `/111` alone. Questions have numbers in their addresses, so that the
//! browser's own "back" works and no address says what anybody was asked. Whatever fails under `/111` says
//! "call 111, or 999 in an emergency" ([`safe`]).

mod about;
mod arrange;
mod before;
mod outcome;
mod questions;
mod replay;
mod times;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Request, State as Extract};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use interactions::triage::{About, Outcome, Stage};
use interactions::{Category, Failure, decode_query};
use jiff::Timestamp;

use super::answer::{Refusal, see_other};
use super::csrf;
use super::portal::Portal;
use crate::layout::Area;
use crate::problem::Problem;
use crate::triage::Mark;
use crate::triage::ask::AnswerLine;
use crate::triage::outcome::CallPage;

/// The cookie that holds a journey's token.
const COOKIE: &str = "careloom-111";

/// The routes.
pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/111", get(before::start).post(before::begin))
        .route("/111/go-on", get(before::go_on))
        .route("/111/who", get(before::who).post(before::say_who))
        .route("/111/age", get(before::age).post(before::say_age))
        .route("/111/sex", get(before::sex).post(before::say_sex))
        .route("/111/topic", get(before::topic).post(before::say_topic))
        .route("/111/question/{number}", get(questions::ask).post(questions::answer))
        .route("/111/check", get(questions::check).post(questions::finish))
        .route("/111/result", get(outcome::show))
        .route("/111/place", post(outcome::place))
        .route("/111/mine", post(outcome::claim))
        .route("/111/arrange/{service}", get(arrange::show).post(arrange::ask))
        .route("/111/times/{service}", get(times::show).post(times::book))
        .route("/111/arranged", get(arrange::arranged))
        .route("/111/cancel", post(arrange::cancel))
        .route("/111/about", get(about::all))
        .route("/111/about/{set}", get(about::one))
        .route("/me/111/{id}", get(replay::show))
}

/// Put on a response that says what to do already.
#[derive(Clone)]
struct Said;

/// Makes every failure under `/111` say "call 111, or 999 in an emergency".
pub(super) async fn safe(
    Extract(portal): Extract<Arc<Portal>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    if path != "/111" && !path.starts_with("/111/") {
        return next.run(request).await;
    }
    let response = next.run(request).await;
    let status = response.status();
    let is_failure = status.is_client_error() || status.is_server_error();
    if !is_failure || response.extensions().get::<Said>().is_some() {
        return response;
    }
    let words = match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => "We cannot find this page.",
        StatusCode::FORBIDDEN => {
            "We could not take this answer. The page was open for too long, or it came from elsewhere."
        }
        _ => "Something went wrong on our side.",
    };
    call_page(&portal, status, false, words)
}

/// The page that says "call".
fn call_page(portal: &Portal, status: StatusCode, is_danger: bool, words: &str) -> Response {
    let title = if is_danger { "Call 999 now" } else { "Call 111 now" };
    let layout = portal.layout(Area::Triage, title);
    let page = CallPage { layout, mark: Mark::default(), is_danger, words: words.to_owned() };
    let mut response = match portal.page(&page) {
        Ok(response) => response,
        // Not even the page can be made: the words alone will do.
        Err(_) => format!("{title}. In an emergency, call 999.").into_response(),
    };
    *response.status_mut() = status;
    response.extensions_mut().insert(Said);
    response
}

/// A failed use case of a journey: one that is over begins again, all else says "call".
fn failed(portal: &Portal, failure: &Failure) -> Refusal {
    match failure.category {
        Category::NotFound => Portal::elsewhere("/111"),
        // A question that is not being asked: go on with the one that is.
        Category::Conflict => Portal::elsewhere("/111/go-on"),
        _ => portal.failure(failure),
    }
}

/// The token of the journey, or the way to the first page.
fn token(headers: &HeaderMap) -> Result<String, Refusal> {
    token_of(headers).ok_or_else(|| Portal::elsewhere("/111"))
}

fn token_of(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut parts = cookies.flat_map(|line| line.split(';'));
    let token = parts.find_map(|part| part.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
    let is_token =
        (1..=128).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_alphanumeric());
    is_token.then(|| token.to_owned())
}

fn set_token(response: &mut Response, token: &str) {
    let cookie = format!("{COOKIE}={token}; Path=/111; HttpOnly; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// What a form sent.
struct Sent(Vec<(String, String)>);

impl Sent {
    fn read(
        portal: &Portal,
        headers: &HeaderMap,
        body: Result<Bytes, BytesRejection>,
    ) -> Result<Sent, Refusal> {
        let body = body.map_err(|_| portal.problem(Problem::BadRequest))?;
        let pairs = decode_query(&String::from_utf8_lossy(&body));
        if csrf::holds(headers, &pairs) {
            Ok(Sent(pairs))
        } else {
            Err(portal.problem(Problem::FormRefused))
        }
    }

    fn text(&self, name: &str) -> &str {
        let pair = self.0.iter().find(|(known, _)| known == name);
        pair.map_or("", |(_, value)| value.trim())
    }
}

/// Where a stage of a journey is.
fn address(stage: Stage) -> String {
    match stage {
        Stage::Who => "/111/who".to_owned(),
        Stage::Age => "/111/age".to_owned(),
        Stage::Sex => "/111/sex".to_owned(),
        Stage::Topic => "/111/topic".to_owned(),
        Stage::Question(number) => format!("/111/question/{number}"),
        Stage::Check => "/111/check".to_owned(),
        Stage::Outcome => "/111/result".to_owned(),
    }
}

fn on_to(stage: Stage) -> Response {
    see_other(&address(stage))
}

/// What the pages of an outcome are marked with.
fn mark_of(outcome: &Outcome) -> Mark {
    let version = &outcome.topic.version;
    let set = (!version.is_empty())
        .then(|| (outcome.topic.id.clone(), outcome.title.clone(), version.clone()));
    Mark { set, is_signed_off: outcome.is_signed_off }
}

/// The answers of an outcome; where they may be changed, each with the way to it.
fn answers(outcome: &Outcome, may_change: bool) -> Vec<AnswerLine> {
    let line = |(at, told): (usize, &interactions::triage::Told)| AnswerLine {
        asked: told.asked.clone(),
        said: told.said.clone(),
        change: if may_change { format!("/111/question/{}", at + 1) } else { String::new() },
    };
    outcome.answers.iter().enumerate().map(line).collect()
}

/// Who a journey is about, in a sentence; empty for whoever is at the browser.
fn who_words(about: &About) -> String {
    match about {
        About::Record { name, is_self: false, .. } => format!("These answers are about {name}."),
        About::Another => "These answers are about somebody else.".to_owned(),
        _ => String::new(),
    }
}

fn now(portal: &Portal) -> Timestamp {
    Timestamp::from_microsecond(portal.app.clock.now()).unwrap_or_default()
}
