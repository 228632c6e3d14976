//! What is learned of how the app is used: which requests are steps of a task, people's own words, and the
//! page that shows both.
//!
//! [`step`] and [`note`] are asked by the gate after every answer, and only there. To measure one more task: its row in
//! `interactions::research::TASKS`, and its addresses in [`step_of`].

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, RawQuery};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use interactions::research::{Ease, Measure, MeasureOf, NewFeedback, Step, WORDS_MAX};
use interactions::{Turn, Who};
use jiff::Span;
use jiff::civil::Date;

use super::answer::{Answer, see_other};
use super::csrf::Token;
use super::form::{Body, Form};
use super::gate::State;
use super::portal::Portal;
use super::sign_in::From;
use crate::components::form::ErrorSummary;
use crate::console::research::{FeedbackLine, MeasureRow, MeasureTable, ResearchPage};
use crate::layout::{Area, PARTS};
use crate::patient::feedback::{FeedbackPage, ThanksPage};
use crate::patient::when;
use crate::problem::Problem;

/// Days that the page shows.
const DAYS: i64 = 28;
/// What the five steps of ease are called, hardest first.
const EASES: [(&str, &str); 5] = [
    ("5", "Very easy"),
    ("4", "Easy"),
    ("3", "Neither easy nor hard"),
    ("2", "Hard"),
    ("1", "Very hard"),
];

/// The addresses of these pages.
pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/me/feedback", get(ask).post(give))
        .route("/console/research", get(show))
        .route("/console/research/measures.csv", get(csv))
}

/// The step of a task that an answer was, if it was one.
fn step_of(
    method: &Method,
    path: &str,
    status: StatusCode,
    to: &str,
) -> Option<(&'static str, Step)> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let (is_read, is_sent) = (*method == Method::GET, *method == Method::POST);
    let (is_shown, is_sent_on) = (status == StatusCode::OK, status == StatusCode::SEE_OTHER);
    let began = |task| (is_read && is_shown).then_some((task, Step::Started));
    // A form that leads on was done; one that shows a page again found something wrong with what was
    // typed, which is no refusal by a rule.
    let done = |task| (is_sent && is_sent_on).then_some((task, Step::Finished));
    match segments.as_slice() {
        ["sign-in", "proof"] => {
            began("prove").or_else(|| done("prove").filter(|_| !to.starts_with("/sign-in")))
        }
        ["me", "appointments", "book"] if is_read => began("book"),
        ["me", "appointments", "book"] => {
            done("book").or((is_sent && is_shown).then_some(("book", Step::Refused)))
        }
        ["me", "appointments", _, "cancel"] => began("cancel").or_else(|| done("cancel")),
        ["me", "appointments", "wait", _] => began("wait")
            .or_else(|| done("wait").or((is_sent && is_shown).then_some(("wait", Step::Refused)))),
        ["111"] if is_sent && is_sent_on => Some(("111", Step::Started)),
        ["111", "check"] => done("111").filter(|_| to == "/111/result"),
        ["me", "record", "results"] => began("result"),
        ["me", "record", "results", _] if is_read && is_shown => Some(("result", Step::Finished)),
        ["me", "messages", "new"] => began("message").or_else(|| done("message")),
        ["me", "people"] => began("proxy"),
        ["me", "people", "end"] => done("proxy"),
        _ => None,
    }
}

/// The step of a task that an answer was, if it was one.
pub(super) fn step(
    method: &Method,
    path: &str,
    response: &Response,
) -> Option<(&'static str, Step)> {
    let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
    step_of(method, path, response.status(), to.unwrap_or(""))
}

/// Counts a step of a task at the site of whoever asked.
pub(super) async fn note(portal: &Portal, step: Option<(&'static str, Step)>) {
    let Some((task, step)) = step else { return };
    let site = match &portal.app.caller().who {
        Who::Citizen(_) => portal.app.standings().await.map(|all| all.site).unwrap_or_default(),
        Who::Nobody => interactions::research::NO_SITE.to_owned(),
        // Staff try pages too; that is no success of people's.
        _ => return,
    };
    portal.app.count_step(&site, task, step);
}

/// The part of the app that an address names.
fn part(id: &str) -> Option<(&'static str, &'static str)> {
    PARTS.iter().map(|(_, id, words)| (*id, *words)).find(|(known, _)| *known == id)
}

async fn ask(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let asked = Form::of_query(query.as_deref());
    if asked.text("done") == "yes" {
        let layout = portal.layout(Area::Me, "Thank you for telling us");
        return portal.page(&ThanksPage { layout });
    }
    let about = part(asked.text("about")).unwrap_or(("home", "Your pages"));
    page(&portal, &headers, about, "", "", &[])
}

fn page(
    portal: &Portal,
    headers: &HeaderMap,
    (about, about_words): (&'static str, &'static str),
    ease: &str,
    words: &str,
    wrong: &[(&str, &str)],
) -> Answer {
    let mut layout = portal.layout(Area::Me, "Tell us about this page");
    layout.has_errors = !wrong.is_empty();
    let token = Token::of(headers);
    let errors = wrong.iter().map(|(field, words)| ((*field).to_owned(), (*words).to_owned()));
    let page = FeedbackPage {
        layout,
        about,
        about_words,
        eases: EASES.iter().map(|(value, name)| (*value, *name, *value == ease)).collect(),
        words: words.to_owned(),
        words_max: WORDS_MAX,
        summary: ErrorSummary { errors: errors.collect() },
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

async fn give(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let sent = Form::read(&portal, &headers, body)?;
    let about = part(sent.text("about")).ok_or_else(|| portal.problem(Problem::BadRequest))?;
    let (ease, words) = (sent.text("ease"), sent.text("words"));
    let mut wrong = Vec::new();
    if Ease::parse(ease).is_none() {
        wrong.push(("ease", "Choose how easy it was"));
    }
    if words.trim().chars().count() > WORDS_MAX {
        wrong.push(("words", "Your words must be 1,200 characters or fewer"));
    }
    let Some(given) = Ease::parse(ease).filter(|_| wrong.is_empty()) else {
        return page(&portal, &headers, about, ease, words, &wrong);
    };
    // So many from one address are no people's words.
    let turn = portal.app.take_turn(Turn::Authorize, from.address().parse().ok());
    turn.map_err(|_| portal.problem(Problem::Unavailable))?;
    let new = NewFeedback { about: about.0, ease: given, words: words.to_owned() };
    portal.app.give_feedback(&new).await.map_err(|failure| portal.failure(&failure))?;
    Ok(see_other("/me/feedback?done=yes"))
}

/// The first and the last day that are shown.
fn days(portal: &Portal) -> (Date, Date) {
    let to = portal.today();
    (to.checked_sub(Span::new().days(DAYS - 1)).unwrap_or(to), to)
}

fn site_words(site: &str) -> String {
    if site.is_empty() { "No site, or not signed in".to_owned() } else { site.to_owned() }
}

async fn measured(portal: &Portal) -> Result<Vec<Measure>, super::answer::Refusal> {
    let (from, to) = days(portal);
    let measures = portal.app.measures(&from.to_string(), &to.to_string()).await;
    measures.map_err(|failure| portal.failure(&failure))
}

async fn show(State(portal): State<Arc<Portal>>) -> Answer {
    let measures = measured(&portal).await?;
    let (from, to) = days(&portal);
    let said = portal.app.feedback(&from.to_string()).await;
    let said = said.map_err(|failure| portal.failure(&failure))?;
    let row = |of: &MeasureOf| MeasureRow {
        task: of.task.words,
        started: of.started.to_string(),
        finished: of.finished.to_string(),
        refused: of.refused.to_string(),
        of_100: of.finished_of_100,
    };
    let tables = measures.iter().map(|measure| MeasureTable {
        site: site_words(&measure.site),
        rows: measure.tasks.iter().map(row).collect(),
    });
    let zone = &portal.options.zone;
    let lines = said.into_iter().map(|of| FeedbackLine {
        site: site_words(&of.site),
        about: part(&of.about).map_or(of.about.clone(), |(_, words)| words.to_owned()),
        count: of.count.to_string(),
        ease: of.ease_tenths.map(|tenths| format!("{}.{} of 5", tenths / 10, tenths % 10)),
        words: of.words.into_iter().map(|(day, said)| (when::words(&day, zone), said)).collect(),
    });
    let span = (when::words(&from.to_string(), zone), when::words(&to.to_string(), zone));
    portal.page(&ResearchPage {
        layout: portal.layout(Area::Research, "How people get on"),
        span,
        tables: tables.collect(),
        feedback: lines.collect(),
    })
}

/// The measures as a table for other programs (RFC 4180).
async fn csv(State(portal): State<Arc<Portal>>) -> Answer {
    let mut text = String::from("site,task,started,finished,refused,finished_of_100\r\n");
    for measure in measured(&portal).await? {
        for of in &measure.tasks {
            let share = of.finished_of_100.map(|share| share.to_string()).unwrap_or_default();
            let cells = [
                measure.site.clone(),
                of.task.id.to_owned(),
                of.started.to_string(),
                of.finished.to_string(),
                of.refused.to_string(),
                share,
            ];
            text.push_str(&cells.map(|cell| cell_of(&cell)).join(","));
            text.push_str("\r\n");
        }
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"measures.csv\""),
        ),
    ];
    Ok((headers, text).into_response())
}

/// A cell that no spreadsheet takes for a formula.
fn cell_of(text: &str) -> String {
    let text = text.replace('"', "\"\"");
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("\"'{text}\"") } else { format!("\"{text}\"") }
}

#[cfg(test)]
mod tests {
    use axum::http::{Method, StatusCode};
    use interactions::research::{Step, TASKS};

    use super::{cell_of, step_of};

    #[test]
    fn requests_that_are_steps() {
        let (get, post) = (Method::GET, Method::POST);
        let (ok, on) = (StatusCode::OK, StatusCode::SEE_OTHER);
        let table = [
            (&get, "/me/appointments/book", ok, "", Some(("book", Step::Started))),
            (&get, "/me/appointments/book", on, "/sign-in", None),
            (
                &post,
                "/me/appointments/book",
                on,
                "/me/appointments/1",
                Some(("book", Step::Finished)),
            ),
            (&post, "/me/appointments/book", ok, "", Some(("book", Step::Refused))),
            (&post, "/me/appointments/book", StatusCode::FORBIDDEN, "", None),
            (&get, "/me/appointments/1/cancel", ok, "", Some(("cancel", Step::Started))),
            (&post, "/me/appointments/1/cancel", on, "/x", Some(("cancel", Step::Finished))),
            (&post, "/me/appointments/1/cancel", ok, "", None),
            (&post, "/me/appointments/wait/gp", on, "/x", Some(("wait", Step::Finished))),
            (&get, "/sign-in/proof", ok, "", Some(("prove", Step::Started))),
            (&post, "/sign-in/proof", on, "/me/record", Some(("prove", Step::Finished))),
            (&post, "/sign-in/proof", on, "/sign-in", None),
            (&post, "/111", on, "/111/who", Some(("111", Step::Started))),
            (&get, "/111", ok, "", None),
            (&post, "/111/check", on, "/111/result", Some(("111", Step::Finished))),
            (&post, "/111/check", on, "/111", None),
            (&get, "/me/record/results", ok, "", Some(("result", Step::Started))),
            (&get, "/me/record/results/x", ok, "", Some(("result", Step::Finished))),
            (&get, "/me/record/results/x", StatusCode::NOT_FOUND, "", None),
            (&get, "/me/messages/new", ok, "", Some(("message", Step::Started))),
            (&post, "/me/messages/new", on, "/x", Some(("message", Step::Finished))),
            (&post, "/me/people/end", on, "/x", Some(("proxy", Step::Finished))),
            (&get, "/clinician/find", ok, "", None),
            (&get, "/", ok, "", None),
        ];
        for (method, path, status, to, expected) in table {
            assert_eq!(step_of(method, path, status, to), expected, "{method} {path} {status}");
        }
        for task in &TASKS {
            let is_measured = table.iter().any(|row| row.4.is_some_and(|(id, _)| id == task.id));
            assert!(is_measured, "nothing is a step of {}", task.id);
        }
    }

    #[test]
    fn cells_are_no_formulas() {
        for (text, cell) in
            [("a", "\"a\""), ("a\"b", "\"a\"\"b\""), ("=1+1", "\"'=1+1\""), ("", "\"\"")]
        {
            assert_eq!(cell_of(text), cell);
        }
    }
}
