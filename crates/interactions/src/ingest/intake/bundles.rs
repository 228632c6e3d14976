//! FHIR Bundles posted to a feed. Spec: FHIR R4 §2.36.

use std::sync::Arc;

use fhir::{Issue, IssueCode, Tree};
use store::{ItemState, NewItem};

use super::{CONTROL_ID_MAX, KIND_MAX, Received, aside_for, blank, clipped};
use crate::app::App;
use crate::failure::Failure;
use crate::ingest::Feed;

impl App {
    /// Takes one Bundle (or one resource) in JSON into the ledger.
    ///
    /// What cannot be read is set aside and answered with its issues; the bytes are kept all the
    /// same. On a failure nothing was stored.
    pub async fn receive_bundle(
        self: &Arc<Self>,
        feed: &Feed,
        bytes: Arc<[u8]>,
        origin: &str,
    ) -> Result<Received, Failure> {
        let item = blank(self, feed, origin, bytes);
        let owned = feed.clone();
        let (item, issues) =
            self.off_thread(item.bytes.len(), move || Ok(assess(&owned, item))).await?;
        let mut items = [item];
        self.filter_repeats(&mut items).await?;
        let [item] = items;
        let (state, cause, note) = (item.state, item.cause.clone(), item.note.clone());
        let id = self.take_in(vec![item]).await?.first().copied();
        Ok(Received { id, state, cause, note, issues, acknowledgement: Vec::new() })
    }
}

fn assess(feed: &Feed, mut item: NewItem) -> (NewItem, Vec<Issue>) {
    let heading = match Tree::parse(&item.bytes) {
        Ok(tree) => mapping::heading_of_bundle(&feed.profile, &tree),
        Err(error) => {
            "unreadable".clone_into(&mut item.kind);
            let issues = vec![Issue::error(IssueCode::Structure, "Bundle", error.to_string())];
            aside_for(&mut item, &issues);
            return (item, issues);
        }
    };
    item.kind = clipped(&heading.kind, KIND_MAX);
    item.control_id = clipped(&heading.control_id, CONTROL_ID_MAX);
    item.subject = heading.subject;
    item.event_time = heading.event_time.unwrap_or(item.received);
    aside_for(&mut item, &heading.issues);
    debug_assert!(matches!(item.state, ItemState::Waiting | ItemState::SetAside));
    (item, heading.issues)
}
