//! From an item of the ledger to resources: map, fold, commit, all in one batch with the outcome.
//!
//! State is a fold of contributions in event order (ADR 3). A contribution that is not older than
//! what the resource stands for is folded forward; for an older one all items behind the resource
//! are folded again. Practitioners, organisations and places belong to no one person's order: an
//! older contribution to them is passed over.

mod intake;
mod refold;
mod state;

use std::collections::HashSet;
use std::sync::Arc;

use fhir::Severity;
use mapping::Mapped;
use store::{Batch, CommitError, FeedName, Item, ItemOutcome, ItemState};

pub use intake::{Received, RowOrigin};

use crate::app::App;
use crate::failure::Failure;
use state::States;

/// How a feed's items are read.
#[derive(Clone, Debug)]
pub enum Format {
    /// HL7 v2 messages.
    Hl7,
    /// FHIR Bundles in JSON.
    Bundle,
    /// Rows of CSV files, each item a header line and a row.
    Csv,
}

/// A feed as ingestion needs it.
#[derive(Clone, Debug)]
pub struct Feed {
    /// Its name.
    pub name: FeedName,
    /// How its items are read.
    pub format: Format,
    /// What the mapping needs to know of the source.
    pub profile: Arc<mapping::FeedProfile>,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingested {
    /// Stored or set aside.
    pub state: ItemState,
    /// Resources that changed.
    pub changed: usize,
}

impl App {
    /// Processes one waiting item to its end: stored, or set aside with the reason.
    ///
    /// A failure of the store leaves the item waiting.
    pub async fn ingest(&self, feed: &Feed, item: &Item) -> Result<Ingested, Failure> {
        let mapped = self.map_item(feed, item);
        let wrong = mapped.issues.iter().find(|issue| issue.severity <= Severity::Error);
        if let Some(issue) = wrong {
            let cause = issue.code.as_str().to_owned();
            let place = issue.expression.as_deref().unwrap_or("");
            let note = format!("{place}: {}", issue.message);
            self.set_aside(item, cause, note).await?;
            return Ok(Ingested { state: ItemState::SetAside, changed: 0 });
        }
        for _ in 0..=self.options.conflict_retries_max {
            let mut states = States::load(self, &mapped).await?;
            let event_time = event_time(&mapped, item);
            if states.is_late(event_time) {
                self.refold(feed, item, &mapped, &mut states).await?;
            } else {
                states.fold(&mapped, event_time, item.id);
            }
            let changes = states.changes(self, item.id, event_time)?;
            let note = note_of(&mapped, changes.len());
            let outcome = self.outcome(item, ItemState::Stored, String::new(), note);
            let touched: Vec<_> = changes.iter().map(|change| change.key.clone()).collect();
            let changed = changes.len();
            let batch = Batch { guards: Vec::new(), changes, outcomes: vec![outcome] };
            match self.store.commit(batch).await {
                Ok(_) => {
                    self.note_written(&touched);
                    return Ok(Ingested { state: ItemState::Stored, changed });
                }
                Err(CommitError::Expected(..) | CommitError::Guard(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommitError::Guard(0).into())
    }

    pub(crate) fn map_item(&self, feed: &Feed, item: &Item) -> Mapped {
        let bytes = &item.content.bytes;
        match feed.format {
            Format::Hl7 => mapping::map_hl7_bytes(&self.mappings, &feed.profile, bytes),
            Format::Bundle => mapping::map_bundle_bytes(&self.mappings, &feed.profile, bytes),
            Format::Csv => {
                mapping::map_csv_item(&self.mappings, &feed.profile, &item.content.kind, bytes)
            }
        }
    }

    /// Sets an item aside; its bytes stay.
    pub async fn set_aside(
        &self,
        item: &Item,
        cause: String,
        note: String,
    ) -> Result<(), Failure> {
        let outcome = self.outcome(item, ItemState::SetAside, cause, note);
        Ok(self.store.settle(vec![outcome]).await?)
    }

    fn outcome(&self, item: &Item, state: ItemState, cause: String, note: String) -> ItemOutcome {
        ItemOutcome { id: item.id, at: self.clock.now(), state, cause, note }
    }
}

/// When an item happened; where it does not say, when it was received.
pub(crate) fn event_time(mapped: &Mapped, item: &Item) -> i64 {
    mapped.event_time.unwrap_or(item.content.event_time)
}

/// What the ledger says of a stored item: how much changed, what was doubtful, what went unread.
fn note_of(mapped: &Mapped, changed: usize) -> String {
    let mut note = match changed {
        0 => "changed nothing".to_owned(),
        1 => "1 resource changed".to_owned(),
        _ => format!("{changed} resources changed"),
    };
    let warnings: HashSet<&str> =
        mapped.issues.iter().map(|issue| issue.message.as_str()).collect();
    if !warnings.is_empty() {
        note.push_str(&format!("; {} warnings", warnings.len()));
    }
    if !mapped.unread.is_empty() {
        note.push_str(&format!("; {} fields that no rule reads are kept", mapped.unread.len()));
    }
    note
}
