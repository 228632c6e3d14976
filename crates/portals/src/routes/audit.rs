//! The review of records that were opened without a relationship.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Path, RawQuery};
use axum::http::HeaderMap;
use axum::routing::get;
use interactions::{BrokenGlass, Category, Finding};

use super::answer::{Answer, see_other};
use super::csrf::Token;
use super::form::{Body, Form, id_of};
use super::gate::State;
use super::portal::Portal;
use super::sign_in::From;
use crate::components::form::{ErrorSummary, TextArea};
use crate::console::audit::{AuditPage, Opening, OpeningPage, Review};
use crate::layout::Area;
use crate::patient::when;
use crate::problem::Problem;

/// Openings on the page, as many as the use case looks through.
const SHOWN: usize = 1_000;
/// Characters of the words at the most.
const WORDS_MAX: usize = 1_000;

/// The addresses of these pages.
pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/console/audit", get(list))
        .route("/console/audit/{id}", get(one).post(review))
}

async fn list(State(portal): State<Arc<Portal>>, RawQuery(query): RawQuery) -> Answer {
    let glass = portal.app.broken_glass(SHOWN).await;
    let glass = glass.map_err(|failure| portal.failure(&failure))?;
    let openings = glass.iter().map(|each| opening(&portal, each));
    let (reviewed, waiting) = openings.partition(|each: &Opening| each.review.is_some());
    portal.page(&AuditPage {
        layout: portal.layout(Area::Audit, "Records opened without a relationship"),
        is_done: query.as_deref() == Some("done=yes"),
        waiting,
        reviewed,
    })
}

fn opening(portal: &Portal, each: &BrokenGlass) -> Opening {
    let zone = &portal.options.zone;
    let review = each.review.as_ref().map(|review| {
        let is_bad = review.finding == Finding::NotJustified;
        Review {
            finding: if is_bad { "Not justified" } else { "Justified" },
            is_bad,
            words: review.words.clone(),
            by: format!("{}, {}", review.by, when::words(&review.at, zone)),
        }
    });
    let patients = each.patients.iter().map(|id| format!("Patient/{id}"));
    Opening {
        when: when::words(&each.at, zone),
        who: each.who.clone(),
        role: each.role.clone(),
        why: each.reason.clone(),
        what: patients.collect::<Vec<_>>().join(", "),
        href: format!("/console/audit/{}", each.id),
        review,
    }
}

async fn one(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    page(&portal, &headers, &id, "", "", &[]).await
}

async fn page(
    portal: &Portal,
    headers: &HeaderMap,
    id: &str,
    finding: &str,
    words: &str,
    wrong: &[(&str, &str)],
) -> Answer {
    let id = id_of(portal, id)?;
    let glass = portal.app.broken_glass(SHOWN).await;
    let glass = glass.map_err(|failure| portal.failure(&failure))?;
    let found = glass.iter().find(|each| each.id == id);
    let found = found.ok_or_else(|| portal.problem(Problem::NotFound))?;
    let error = |field: &str| {
        let found = wrong.iter().find(|(of, _)| *of == field);
        found.map(|(_, words)| (*words).to_owned())
    };
    let mut layout = portal.layout(Area::Audit, "Was it right to open the record?");
    layout.has_errors = !wrong.is_empty();
    let token = Token::of(headers);
    let page = OpeningPage {
        layout,
        opening: opening(portal, found),
        finding: finding.to_owned(),
        finding_error: error("finding"),
        words: TextArea {
            id: "words",
            label: "What is done about it",
            hint: "You can leave this empty where it was right",
            value: words.to_owned(),
            error: error("words"),
            rows: 5,
            most: WORDS_MAX,
        },
        summary: ErrorSummary {
            errors: wrong
                .iter()
                .map(|(of, words)| ((*of).to_owned(), (*words).to_owned()))
                .collect(),
        },
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

async fn review(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    let (chosen, words) = (form.text("finding"), form.text("words"));
    let finding = match chosen {
        "justified" => Finding::Justified,
        "not-justified" => Finding::NotJustified,
        _ => {
            let wrong = [("finding", "Choose whether it was right")];
            return page(&portal, &headers, &id, chosen, words, &wrong).await;
        }
    };
    let event = id_of(&portal, &id)?;
    let by = portal.signature();
    match portal.app.review_glass(&event, finding, words, &by, from.address()).await {
        Ok(()) => Ok(see_other("/console/audit?done=yes")),
        Err(failure) if failure.category == Category::Invalid => {
            let wrong = [("words", "Say in 10 to 1,000 characters what is done about it")];
            page(&portal, &headers, &id, chosen, words, &wrong).await
        }
        // Somebody was quicker: their review is on the page.
        Err(failure) if failure.category == Category::Conflict => {
            Ok(see_other(&format!("/console/audit/{event}")))
        }
        Err(failure) => Err(portal.failure(&failure)),
    }
}
