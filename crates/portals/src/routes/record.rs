//! The pages of one record: the summary, each section in full, one test over time.

use std::sync::Arc;

use axum::extract::{Path, RawQuery};
use fhir::ResourceId;
use interactions::record::{Record, RecordScope};
use interactions::{Relation, decode_query};

use super::answer::{Answer, Refusal};
use super::gate::State;
use super::portal::Portal;
use super::show::{frame, results, sections};
use crate::clinician::person::{SectionPage, View};
use crate::layout::Area;
use crate::problem::Problem;

/// Values of one test on a page.
const VALUES_ON_PAGE: usize = 100;

/// A person whom the one at the browser has to do with, and how; others are led to the page that asks why.
pub(super) async fn known(portal: &Portal, id: &str) -> Result<(ResourceId, Relation), Refusal> {
    let id = ResourceId::parse(id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let relation = portal.app.relation_to(&id).await.map_err(|failure| portal.failure(&failure))?;
    if relation == Relation::Unknown {
        return Err(Portal::elsewhere(&format!("/clinician/person/{id}/open")));
    }
    Ok((id, relation))
}

pub(super) async fn read(portal: &Portal, id: &str) -> Result<Record, Refusal> {
    let (id, relation) = known(portal, id).await?;
    let record = portal.app.record(&id, RecordScope::Whole).await;
    let mut record = record.map_err(|failure| portal.failure(&failure))?;
    record.not_shared = relation == Relation::NotShared;
    Ok(record)
}

pub(super) async fn summary(State(portal): State<Arc<Portal>>, Path(id): Path<String>) -> Answer {
    let record = read(&portal, &id).await?;
    off_the_reactor(portal, move |portal| portal.page(&sections::summary(portal, &record))).await
}

/// Runs mapping and rendering where they hold nobody up.
pub(super) async fn off_the_reactor(
    portal: Arc<Portal>,
    work: impl FnOnce(&Portal) -> Answer + Send + 'static,
) -> Answer {
    let shared = Arc::clone(&portal);
    let made = tokio::task::spawn_blocking(move || work(&shared)).await;
    made.unwrap_or_else(|_| Err(portal.problem(Problem::ServerError)))
}

pub(super) async fn section(
    State(portal): State<Arc<Portal>>,
    Path((id, view)): Path<(String, String)>,
) -> Answer {
    let view = View::from_segment(&view).filter(|view| !view.segment().is_empty());
    let Some(view) = view else { return Err(portal.problem(Problem::NotFound)) };
    let record = read(&portal, &id).await?;
    off_the_reactor(portal, move |portal| {
        let Some(section) = sections::section(portal, &record, view) else {
            return Err(portal.problem(Problem::NotFound));
        };
        let frame = frame::of(portal, &record, view);
        let title = format!("{}: {}", frame.banner.name.formal(), view.words());
        portal.page(&SectionPage { layout: portal.layout(Area::Find, title), frame, section })
    })
    .await
}

pub(super) async fn result(
    State(portal): State<Arc<Portal>>,
    Path((id, series)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Answer {
    let pairs = decode_query(query.as_deref().unwrap_or(""));
    let after = pairs.iter().find(|(name, _)| name == "after").map(|(_, value)| value.as_str());
    let after = match after {
        None => 0,
        Some(text) => text.parse().map_err(|_| portal.problem(Problem::BadRequest))?,
    };
    let record = read(&portal, &id).await?;
    off_the_reactor(portal, move |portal| {
        match results::page(portal, &record, &series, after, VALUES_ON_PAGE) {
            Some(page) => portal.page(&page),
            None => Err(portal.problem(Problem::NotFound)),
        }
    })
    .await
}
