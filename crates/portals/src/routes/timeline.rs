//! The timeline, narrowed by system, kind and dates, a page at a time.

use std::sync::Arc;

use axum::extract::{Path, RawQuery};
use interactions::decode_query;

use super::answer::Answer;
use super::gate::State;
use super::portal::Portal;
use super::record::{off_the_reactor, read};
use super::show::timeline;

pub(super) async fn show(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let wanted = timeline::Wanted::read(&decode_query(query.as_deref().unwrap_or("")));
    let record = read(&portal, &id).await?;
    off_the_reactor(portal, move |portal| portal.page(&timeline::page(portal, &record, &wanted)))
        .await
}
