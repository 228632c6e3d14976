//! From an item of the ledger to resources: map, fold, commit, all in one batch with the outcome.
//!
//! State is a fold of contributions in event order (ADR 3). A contribution that is not older than
//! what the resource stands for is folded forward; for an older one all items behind the resource
//! are folded again. Practitioners, organisations and places belong to no one person's order: an
//! older contribution to them is passed over.

mod arrivals;
mod intake;
mod refold;
mod state;

use std::collections::HashSet;
use std::sync::Arc;

use access::Duty;
use fhir::{Issue, IssueCode, Severity, Tree};
use mapping::Mapped;
use store::{Batch, CommitError, FeedName, Item, ItemId, ItemOutcome, ItemState};

pub use arrivals::Arrivals;
pub use intake::{FileArrival, FileReceived, Incoming, Received, RowOrigin};

use crate::app::App;
use crate::failure::{Category, Failure};
use state::States;

/// How a feed's items are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Character set of messages whose MSH-18 is empty.
    pub charset: hl7v2::Charset,
    /// What a message may cost.
    pub limits: hl7v2::Limits,
    /// Whether results wait until somebody has looked at them before their person reads them.
    pub hold_results: bool,
}

impl Feed {
    /// A feed whose name is also its system's, with everything else at its default.
    pub fn new(name: &str, format: Format) -> Feed {
        Feed {
            name: name.into(),
            format,
            profile: Arc::new(mapping::FeedProfile::new(name)),
            charset: hl7v2::Charset::UTF_8,
            limits: hl7v2::Limits::STANDARD,
            hold_results: false,
        }
    }
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
    pub async fn ingest(self: &Arc<Self>, feed: &Feed, item: &Item) -> Result<Ingested, Failure> {
        let _serving = self.serving();
        let (app, owned_feed, owned_item) = (Arc::clone(self), feed.clone(), item.clone());
        let mapped =
            self.off_thread(item.content.bytes.len(), move || {
                Ok(app.map_item(&owned_feed, &owned_item))
            })
            .await?;
        let wrong = mapped.issues.iter().find(|issue| issue.severity <= Severity::Error);
        if let Some(issue) = wrong {
            let cause = issue.code.as_str().to_owned();
            let place = issue.expression.as_deref().unwrap_or("");
            let note = format!("{place}: {}", issue.message);
            self.set_aside(item, cause, note).await?;
            return Ok(Ingested { state: ItemState::SetAside, changed: 0 });
        }
        let _writing = self.in_force();
        for _ in 0..=self.options.conflict_retries_max {
            let mut states = States::load(self, &mapped).await?;
            let event_time = event_time(&mapped, item);
            if states.is_late(event_time) {
                self.refold(feed, item, &mapped, &mut states).await?;
            } else {
                states.fold(&mapped, event_time, item.id);
            }
            let mut changes = states.changes(self, item.id, event_time)?;
            let note = note_of(&mapped, changes.len());
            let outcome = self.outcome(item, ItemState::Stored, String::new(), note);
            let changed = changes.len();
            if feed.hold_results {
                changes.extend(self.reviews_of(&changes));
            }
            let batch = Batch { guards: Vec::new(), changes, outcomes: vec![outcome] };
            match self.commit(batch).await {
                Ok(_) => return Ok(Ingested { state: ItemState::Stored, changed }),
                Err(CommitError::Expected(..) | CommitError::Guard(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommitError::Guard(0).into())
    }

    pub(crate) fn map_item(&self, feed: &Feed, item: &Item) -> Mapped {
        let bytes = &item.content.bytes;
        match feed.format {
            Format::Hl7 => match hl7v2::Message::parse_with(bytes, feed.limits, feed.charset) {
                Ok(message) => mapping::map_hl7(self.mappings, &feed.profile, &message),
                Err(error) => unreadable("message", error.to_string()),
            },
            Format::Bundle => match Tree::parse(bytes) {
                Ok(tree) => mapping::map_bundle(self.mappings, &feed.profile, &tree),
                Err(error) => unreadable("Bundle", error.to_string()),
            },
            Format::Csv => {
                let origin = RowOrigin::parse(&item.content.origin);
                let row = mapping::CsvRow { file_name: origin.file, line: origin.line, bytes };
                mapping::map_csv(self.mappings, &feed.profile, row)
            }
        }
    }

    /// Whose order of events an item belongs to; nobody's in particular where it is empty.
    ///
    /// Items that share a person are processed in the order received, and an item of nobody's
    /// waits for everything before it.
    pub fn subjects_of(&self, feed: &Feed, item: &Item) -> Vec<String> {
        let bytes = &item.content.bytes;
        let heading = match feed.format {
            Format::Hl7 => hl7v2::Message::parse_with(bytes, feed.limits, feed.charset)
                .ok()
                .map(|message| mapping::heading_of_hl7(self.mappings, &feed.profile, &message)),
            Format::Bundle => {
                Tree::parse(bytes).ok().map(|tree| mapping::heading_of_bundle(&feed.profile, &tree))
            }
            // A row is about one person, found when it was received.
            Format::Csv => None,
        };
        let mut subjects = match heading {
            Some(heading) => heading.other_subjects,
            None => Vec::new(),
        };
        subjects.push(item.content.subject.clone());
        subjects.retain(|subject| !subject.is_empty());
        subjects.sort_unstable();
        subjects.dedup();
        subjects
    }

    /// Puts an item that was set aside back in line, once what stopped it is put right.
    pub async fn retry_item(&self, id: ItemId) -> Result<(), Failure> {
        let app = self.on_duty(Duty::Feeds)?;
        let Some((item, _)) = app.store.item(id).await? else {
            return Err(Failure::plain(
                Category::NotFound,
                IssueCode::NotFound,
                format!("item {id} was never received"),
            ));
        };
        if item.content.state != ItemState::SetAside {
            return Err(Failure::plain(
                Category::Conflict,
                IssueCode::Conflict,
                format!(
                    "item {id} is {}; only an item that is set aside can be tried again",
                    item.content.state.as_str()
                ),
            ));
        }
        let by = match &self.caller().who {
            access::Who::Staff(staff) => format!(", by {}", staff.name),
            _ => String::new(),
        };
        let note = format!("to be tried again{by}");
        let outcome = self.outcome(&item, ItemState::Waiting, String::new(), note);
        app.store.settle(vec![outcome]).await?;
        if let Some(doors) = &self.doors {
            doors.note_message();
        }
        self.arrivals.arrived(&item.content.feed);
        Ok(())
    }

    /// Sets an item aside; its bytes stay.
    pub async fn set_aside(&self, item: &Item, cause: String, note: String) -> Result<(), Failure> {
        let outcome = self.outcome(item, ItemState::SetAside, cause, note);
        Ok(self.store.settle(vec![outcome]).await?)
    }

    /// The outcome of an item by its number.
    pub(crate) fn outcome_of(
        &self,
        id: ItemId,
        state: ItemState,
        cause: String,
        note: String,
    ) -> ItemOutcome {
        ItemOutcome { id, at: self.clock.now(), state, cause, note }
    }

    fn outcome(&self, item: &Item, state: ItemState, cause: String, note: String) -> ItemOutcome {
        self.outcome_of(item.id, state, cause, note)
    }
}

fn unreadable(place: &str, message: String) -> Mapped {
    let issue = Issue::error(IssueCode::Structure, place, message);
    Mapped { issues: vec![issue], ..Mapped::default() }
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
