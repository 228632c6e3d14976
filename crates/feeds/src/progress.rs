//! What a feed's tasks have seen and done, for whoever waits or watches.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

/// Counters since the start of the process. The ledger holds what lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedCounts {
    /// Connections taken.
    pub connections: u64,
    /// Connections turned away: too many at once, or a failed TLS handshake.
    pub refused: u64,
    /// Bytes outside any block, which are no message and are not kept.
    pub garbage_bytes: u64,
    /// Messages answered with a rejection because the store was not available.
    pub unavailable: u64,
    /// Files finished: moved to `done` or `rejected`.
    pub files: u64,
    /// Items processed to their end.
    pub processed: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Progress {
    connections: AtomicU64,
    refused: AtomicU64,
    garbage_bytes: AtomicU64,
    unavailable: AtomicU64,
    files: AtomicU64,
    processed: AtomicU64,
    changes: watch::Sender<u64>,
}

impl Progress {
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(crate) fn counts(&self) -> FeedCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        FeedCounts {
            connections: read(&self.connections),
            refused: read(&self.refused),
            garbage_bytes: read(&self.garbage_bytes),
            unavailable: read(&self.unavailable),
            files: read(&self.files),
            processed: read(&self.processed),
        }
    }

    pub(crate) fn connected(&self) {
        self.add(&self.connections, 1);
    }

    pub(crate) fn refused(&self) {
        self.add(&self.refused, 1);
    }

    pub(crate) fn garbage(&self, bytes: usize) {
        self.add(&self.garbage_bytes, bytes as u64);
    }

    pub(crate) fn unavailable(&self) {
        self.add(&self.unavailable, 1);
    }

    pub(crate) fn file_done(&self) {
        self.add(&self.files, 1);
    }

    pub(crate) fn processed(&self) {
        self.add(&self.processed, 1);
    }

    fn add(&self, counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
        self.changes.send_modify(|changes| *changes += 1);
    }
}
