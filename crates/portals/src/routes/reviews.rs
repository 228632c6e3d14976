//! Results that wait until somebody has looked at them.

use std::sync::Arc;

use axum::extract::{Extension, Path, RawQuery};
use axum::http::HeaderMap;
use fhir::ResourceId;
use interactions::{Category, MeasuredLine, ResultToReview};

use super::answer::{Answer, see_other};
use super::csrf::Token;
use super::form::{Body, Form};
use super::gate::State;
use super::portal::Portal;
use super::sign_in::From;
use crate::components::form::ErrorSummary;
use crate::components::moment::Moment;
use crate::layout::Area;
use crate::practice::reviews::{ResultLine, ReviewPage, ReviewsPage, WaitingResult};
use crate::problem::Problem;

/// Results on the list.
const SHOWN: usize = 50;

pub(super) async fn list(State(portal): State<Arc<Portal>>, RawQuery(query): RawQuery) -> Answer {
    let waiting = portal.app.results_to_review(SHOWN).await;
    let (waiting, is_more) = waiting.map_err(|failure| portal.failure(&failure))?;
    portal.page(&ReviewsPage {
        is_more,
        layout: portal.layout(Area::Reviews, "Results to review"),
        is_done: query.as_deref() == Some("done=yes"),
        waiting: waiting.iter().map(|one| row(&portal, one)).collect(),
    })
}

pub(super) async fn show(
    State(portal): State<Arc<Portal>>,
    Path(task): Path<String>,
    headers: HeaderMap,
) -> Answer {
    page(&portal, &headers, &task, String::new(), None).await
}

pub(super) async fn release(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    Path(task): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    let id = ResourceId::parse(&task).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let words = form.text("words");
    let by = portal.signature();
    match portal.app.release_result(&id, words, &by, from.address()).await {
        Ok(()) => Ok(see_other("/practice/results?done=yes")),
        Err(failure) if failure.category == Category::Invalid => {
            let error = "Use 1,000 characters or fewer".to_owned();
            page(&portal, &headers, &task, words.to_owned(), Some(error)).await
        }
        Err(failure) => Err(portal.failure(&failure)),
    }
}

async fn page(
    portal: &Portal,
    headers: &HeaderMap,
    task: &str,
    words: String,
    error: Option<String>,
) -> Answer {
    let id = ResourceId::parse(task).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let found = portal.app.result_to_review(&id).await;
    let found = found.map_err(|failure| portal.failure(&failure))?;
    let result = row(portal, &found);
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::Reviews, format!("Result of {}", result.name));
    layout.has_errors = error.is_some();
    let page = ReviewPage {
        layout,
        record: format!("/clinician/person/{}", found.person),
        result,
        words,
        summary: ErrorSummary {
            errors: error.into_iter().map(|error| ("words".to_owned(), error)).collect(),
        },
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

fn row(portal: &Portal, found: &ResultToReview) -> WaitingResult {
    WaitingResult {
        name: found.name.clone(),
        href: format!("/practice/results/{}", found.task),
        since: Moment::from_fhir(&found.since, &portal.options.zone),
        results: found.lines.iter().map(line).collect(),
    }
}

fn line(line: &MeasuredLine) -> ResultLine {
    let against = match line.interpretation.as_str() {
        "H" | "HH" | "HU" => "above range",
        "L" | "LL" | "LU" => "below range",
        "N" => "in range",
        "A" | "AA" => "not as usual",
        _ => "",
    };
    ResultLine { name: line.name.clone(), value: line.value.clone(), against: against.to_owned() }
}
