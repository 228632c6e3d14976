//! The one way of writes to the store: who follows what is written is told of it, even where the
//! caller has gone before the answer came. Spec: <https://hl7.org/fhir/R4/http.html#concurrency>.
//!
//! A request that ends early (its client has gone, its time is over) may leave a commit behind that
//! the store still carries out. Nobody hears how it went, so [`App::follow_left_behind`] waits until
//! it is through and looks again at what it may have written. To follow another type, add it to
//! [`is_followed`].

use std::sync::{Mutex, PoisonError};

use store::{Batch, CommitError, Committed, ResourceKey};
use tokio::sync::Notify;

use crate::app::App;
use crate::linking::PATIENT;
use crate::parameters;

/// What callers that have gone may have written.
#[derive(Debug, Default)]
pub(crate) struct LeftBehind {
    keys: Mutex<Vec<ResourceKey>>,
    changed: Notify,
}

impl LeftBehind {
    fn add(&self, keys: &mut Vec<ResourceKey>) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).append(keys);
        self.changed.notify_one();
    }

    fn take(&self) -> Vec<ResourceKey> {
        std::mem::take(&mut *self.keys.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until there is something.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }
}

/// Whether somebody follows what is written of the resource's type.
fn is_followed(key: &ResourceKey) -> bool {
    key.resource_type == PATIENT || key.resource_type.as_str() == parameters::TYPE
}

/// A commit whose answer has not come.
struct Pending<'a> {
    left: &'a LeftBehind,
    keys: Vec<ResourceKey>,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if !self.keys.is_empty() {
            self.left.add(&mut self.keys);
        }
    }
}

impl App {
    /// Commits a batch, and tells who follows its resources.
    pub(crate) async fn commit(&self, batch: Batch) -> Result<Vec<Committed>, CommitError> {
        let keys = batch.changes.iter().map(|change| &change.key);
        let keys = keys.filter(|key| is_followed(key)).cloned().collect();
        let mut pending = Pending { left: &self.left_behind, keys };
        let result = self.store.commit(batch).await;
        let keys = std::mem::take(&mut pending.keys);
        if result.is_ok() {
            self.note_written(&keys);
        }
        result
    }

    /// Tells who follows resources of what callers that have gone may have written.
    pub(crate) async fn follow_left_behind(&self) {
        let keys = self.left_behind.take();
        if keys.is_empty() {
            return;
        }
        // Where the store fails, looking at what is there does no harm.
        if let Err(error) = self.store.writes_done().await {
            tracing::warn!(%error, "the end of writes whose callers have gone is not known");
        }
        self.note_written(&keys);
    }
}
