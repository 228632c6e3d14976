//! What 111 told a person before, by the questions of that day.

use std::sync::Arc;

use axum::extract::Path;
use fhir::ResourceId;

use super::super::answer::Answer;
use super::super::gate::State;
use super::super::portal::Portal;
use super::outcome::advice;
use super::{answers, mark_of};
use crate::layout::Area;
use crate::patient::when;
use crate::problem::Problem;
use crate::triage::outcome::ReplayPage;

pub(in super::super) async fn show(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
) -> Answer {
    let id = ResourceId::parse(&id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let replayed = portal.app.triage_replay(&id).await;
    let replayed = replayed.map_err(|failure| portal.failure(&failure))?;
    let outcome = &replayed.outcome;
    let layout = portal.layout(Area::Triage, "What 111 told you");
    portal.page(&ReplayPage {
        layout,
        mark: mark_of(outcome),
        when: when::words(&replayed.authored, &portal.options.zone),
        advice: advice(outcome),
        is_as_told: replayed.told.as_deref() == Some(outcome.disposition.code.as_str()),
        is_changed: !replayed.changes.is_empty(),
        answers: answers(outcome, false),
    })
}
