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

mod contained;
mod deferred;
mod erase;
mod gathering;
mod group;
mod index;
mod intern;
mod items;
mod jobs;
mod kept;
mod queue;
mod reindex;
mod resources;
mod rows;
mod tables;
mod text;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use store::{
    Catalogue, CommitError, Committed, Erased, Erasure, ItemId, ItemOutcome, Job, KeptChange,
    StoreError,
};
use tokio::sync::oneshot;

use crate::Options;
use crate::cache::BodyCache;
use crate::demand::Demand;
use crate::numbers::InForce;
use crate::prepare::{PreparedBatch, PreparedItem, PreparedReindex};

pub(crate) use group::Writer;
use queue::Queue;

/// Where an answer goes.
pub(crate) type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// What the writer is asked.
pub(crate) enum Request {
    Commit(Arc<PreparedBatch>, oneshot::Sender<Result<Vec<Committed>, CommitError>>),
    Receive(Vec<PreparedItem>, Answer<Vec<ItemId>>),
    Settle(Vec<ItemOutcome>, Answer<()>),
    /// Writes a job, or takes the one with this id away.
    Job(Result<Job, Box<str>>, Answer<()>),
    /// Changes small records; gives whether it found what they expect.
    Keep(Vec<KeptChange>, Answer<bool>),
    PutInForce(Catalogue, Answer<()>),
    /// Numbers of parameters with the time since when their rows were missing.
    Complete(Vec<(i64, i64)>, Answer<()>),
    /// Numbers of types with the time since when they had rows of parameters not in force.
    Clear(Vec<(i64, i64)>, Answer<()>),
    Reindex(Vec<PreparedReindex>, Answer<u64>),
    Erase(Erasure, Answer<Erased>),
    /// Brings the full text up to date, until then; gives how many versions are left.
    CatchUp(Instant, Answer<u64>),
    /// Overwrites on the disk what was erased.
    Scrub(Answer<()>),
    /// Writes the index rows that were put off.
    Flush(Answer<()>),
}

impl Request {
    /// How much a request adds to a group, in rows of resources or items.
    fn weight(&self) -> usize {
        match self {
            Request::Commit(batch, _) => batch.changes.len() + batch.outcomes.len() + 1,
            Request::Receive(items, _) => items.len() + 1,
            Request::Settle(outcomes, _) => outcomes.len() + 1,
            Request::Reindex(rows, _) => rows.len(),
            Request::Keep(changes, _) => changes.len(),
            Request::Job(..)
            | Request::PutInForce(..)
            | Request::Complete(..)
            | Request::Clear(..)
            | Request::Erase(..)
            | Request::CatchUp(..)
            | Request::Scrub(_)
            | Request::Flush(_) => 1,
        }
    }

    /// Whether others go first.
    fn may_wait(&self) -> bool {
        matches!(self, Request::Reindex(..))
    }
}

/// The way to the writer; when it goes, the thread finishes its queue and ends.
pub(crate) struct WriterHandle {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

impl WriterHandle {
    /// Starts the thread.
    pub(crate) fn start(
        connection: rusqlite::Connection,
        numbers: Arc<InForce>,
        demand: Arc<Demand>,
        cache: Arc<BodyCache>,
        options: &Options,
    ) -> Result<WriterHandle, StoreError> {
        let mut writer = Writer::new(connection, numbers, demand, cache, options.clock.clone())?;
        let queue = Arc::new(Queue::new());
        let served = Served(queue.clone());
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer.run(&served.0))
            .map_err(|error| StoreError::backend("start the writer", error))?;
        Ok(WriterHandle { queue, thread: Some(thread) })
    }

    /// Sends a request; waits while the queue is full.
    pub(crate) async fn send(&self, request: Request) -> Result<(), StoreError> {
        self.queue.send(request).await
    }
}

/// A queue that somebody serves; when that ends, even by a panic, its callers are told.
struct Served(Arc<Queue>);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl Drop for WriterHandle {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            // A panic of the writer was answered to its callers as a closed store.
            let _ = thread.join();
        }
    }
}
