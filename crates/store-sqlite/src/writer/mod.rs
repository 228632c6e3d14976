//! The one thread that writes: it takes all requests that wait, runs them in one transaction,
//! syncs once, then answers them all.
//!
//! While one group is being synced the next one gathers, so groups grow with load by themselves; a
//! single client never waits for company.
//!
//! Nothing is written of a batch before all its conditions are checked, so a refused batch leaves
//! no trace in the group's transaction and no savepoint is needed. Should SQLite itself fail in the
//! middle, the group is rolled back and each of its requests is run again alone, so that only the
//! one that fails is told so.

mod group;
mod index;
mod intern;
mod items;
mod resources;

use std::sync::Arc;
use std::thread::JoinHandle;

use store::{CommitError, Committed, ItemId, ItemOutcome, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::Options;
use crate::cache::BodyCache;
use crate::numbers::Numbers;
use crate::prepare::{PreparedBatch, PreparedItem};

pub(crate) use group::Writer;

/// Requests that wait at the most; those who come then wait to be let in.
const QUEUE_MAX: usize = 1024;

/// What the writer is asked.
pub(crate) enum Request {
    Commit(PreparedBatch, oneshot::Sender<Result<Vec<Committed>, CommitError>>),
    Receive(Vec<PreparedItem>, oneshot::Sender<Result<Vec<ItemId>, StoreError>>),
    Settle(Vec<ItemOutcome>, oneshot::Sender<Result<(), StoreError>>),
}

impl Request {
    /// How much a request adds to a group, in rows of resources or items.
    fn weight(&self) -> usize {
        match self {
            Request::Commit(batch, _) => batch.changes.len() + batch.outcomes.len() + 1,
            Request::Receive(items, _) => items.len() + 1,
            Request::Settle(outcomes, _) => outcomes.len() + 1,
        }
    }
}

/// The way to the writer; when the last one goes, the thread finishes its queue and ends.
pub(crate) struct WriterHandle {
    sender: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl WriterHandle {
    /// Starts the thread.
    pub(crate) fn start(
        connection: rusqlite::Connection,
        numbers: Arc<Numbers>,
        cache: Arc<BodyCache>,
        options: &Options,
    ) -> Result<WriterHandle, StoreError> {
        let mut writer = Writer::new(connection, numbers, cache, options.clock.clone())?;
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer.run(receiver))
            .map_err(|error| StoreError::backend("start the writer", error))?;
        Ok(WriterHandle { sender: Some(sender), thread: Some(thread) })
    }

    /// Sends a request; waits while the queue is full.
    pub(crate) async fn send(&self, request: Request) -> Result<(), StoreError> {
        let sender = self.sender.as_ref().ok_or_else(StoreError::closed)?;
        sender.send(request).await.map_err(|_| StoreError::closed())
    }
}

impl Drop for WriterHandle {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the writer was answered to its callers as a closed store.
            let _ = thread.join();
        }
    }
}
