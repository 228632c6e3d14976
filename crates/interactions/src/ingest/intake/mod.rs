//! Intake: bytes as they arrive → items of the ledger, durable before anyone is told so.
//!
//! Nothing is mapped here beyond what the order of processing needs (whose item it is and when it
//! happened); an item waits, is set aside with its cause, or is filtered as an exact repeat. A
//! repeat has the control id and the content hash of an earlier item of the feed. Causes and
//! acknowledgements are listed in `docs/feeds/receiving.md`. To take in one more format, add a
//! module beside `messages`.

mod bundles;
mod messages;
mod rows;

use std::sync::Arc;

use fhir::Issue;
use sha2::{Digest as _, Sha256};
use store::{ItemId, ItemState, NewItem};

pub use messages::Incoming;
pub use rows::{FileArrival, FileReceived, RowOrigin};

use super::Feed;
use crate::app::App;
use crate::failure::Failure;

/// The longest control id, kind and note that the ledger keeps, in characters.
const CONTROL_ID_MAX: usize = 200;
const KIND_MAX: usize = 40;
const NOTE_MAX: usize = 500;

/// What became of something received.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its number in the ledger; `None` for an empty block, which holds nothing to keep.
    pub id: Option<ItemId>,
    /// Waiting, set aside or filtered.
    pub state: ItemState,
    /// Why, where it does not wait.
    pub cause: String,
    /// A sentence on the cause.
    pub note: String,
    /// What is wrong with it.
    pub issues: Vec<Issue>,
    /// What to answer, without framing; empty where the sender wants no answer.
    pub acknowledgement: Vec<u8>,
}

/// The first 8 bytes of SHA-256, big-endian: the same on every machine and in every version.
pub(super) fn content_hash(bytes: &[u8]) -> u64 {
    let digest = Sha256::digest(bytes);
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}

/// At most `max` characters of a text from outside.
pub(super) fn clipped(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}

/// An item with nothing known of it but its bytes.
pub(super) fn blank(app: &App, feed: &Feed, origin: &str, bytes: Arc<[u8]>) -> NewItem {
    let received = app.clock.now();
    NewItem {
        feed: feed.name.clone(),
        received,
        origin: origin.to_owned(),
        control_id: String::new(),
        kind: String::new(),
        subject: String::new(),
        event_time: received,
        state: ItemState::Waiting,
        cause: String::new(),
        note: String::new(),
        content_hash: content_hash(&bytes),
        bytes,
        acknowledgement: Vec::new(),
    }
}

/// Sets an item aside at once.
pub(super) fn aside(item: &mut NewItem, cause: &str, note: &str) {
    item.state = ItemState::SetAside;
    cause.clone_into(&mut item.cause);
    item.note = clipped(note, NOTE_MAX);
}

/// Sets an item aside for the first error among `issues`, if there is one.
pub(super) fn aside_for(item: &mut NewItem, issues: &[Issue]) {
    let error = issues.iter().find(|issue| issue.severity <= fhir::Severity::Error);
    if let Some(issue) = error {
        let place = issue.expression.as_deref().unwrap_or("");
        let separator = if place.is_empty() { "" } else { ": " };
        let note = format!("{place}{separator}{}", issue.message);
        aside(item, issue.code.as_str(), &note);
    }
}

impl App {
    /// An item of a feed whose messages are decided while their sender waits.
    pub(crate) fn blank_item(&self, feed: &Feed, origin: &str, bytes: Arc<[u8]>) -> NewItem {
        blank(self, feed, origin, bytes)
    }

    /// Marks exact repeats, of items received before and of earlier ones among `items`.
    pub(super) async fn filter_repeats(&self, items: &mut [NewItem]) -> Result<(), Failure> {
        for index in 0..items.len() {
            let (earlier, rest) = items.split_at_mut(index);
            let item = &mut rest[0];
            let is_same = |other: &NewItem| {
                other.content_hash == item.content_hash && other.control_id == item.control_id
            };
            let is_repeat = earlier.iter().any(is_same)
                || self
                    .store
                    .item_known(&item.feed, &item.control_id, item.content_hash)
                    .await?
                    .is_some();
            if is_repeat {
                repeat(item);
            }
        }
        Ok(())
    }

    /// Writes items durably and wakes the feed's processor.
    pub(crate) async fn take_in(&self, items: Vec<NewItem>) -> Result<Vec<ItemId>, Failure> {
        let Some(first) = items.first() else { return Ok(Vec::new()) };
        let feed = first.feed.clone();
        let waits = items.iter().any(|item| item.state == ItemState::Waiting);
        let ids = self.store.receive(items).await?;
        if waits {
            self.arrivals.arrived(&feed);
        }
        Ok(ids)
    }
}

pub(super) fn repeat(item: &mut NewItem) {
    item.state = ItemState::Filtered;
    "repeat".clone_into(&mut item.cause);
    "the same content with the same control id was received before".clone_into(&mut item.note);
}
