//! Wakes whoever processes a feed when something of it has been received or put back in line.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use store::FeedName;
use tokio::sync::watch;

/// One counter a feed that grows with every arrival; processors watch it.
#[derive(Debug, Default)]
pub struct Arrivals {
    feeds: Mutex<HashMap<FeedName, watch::Sender<u64>>>,
    acknowledgements: AtomicU64,
}

impl Arrivals {
    /// A receiver that changes with every arrival of a feed.
    pub fn watch(&self, feed: &FeedName) -> watch::Receiver<u64> {
        self.with(feed, watch::Sender::subscribe)
    }

    /// Says that items of a feed wait.
    pub(crate) fn arrived(&self, feed: &FeedName) {
        self.with(feed, |sender| sender.send_modify(|count| *count += 1));
    }

    /// A number for the next acknowledgement, distinct while the process lives.
    pub(crate) fn next_acknowledgement(&self) -> u64 {
        self.acknowledgements.fetch_add(1, Ordering::Relaxed)
    }

    fn with<T>(&self, feed: &FeedName, act: impl FnOnce(&watch::Sender<u64>) -> T) -> T {
        let mut feeds = self.feeds.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        act(feeds.entry(feed.clone()).or_insert_with(|| watch::Sender::new(0)))
    }
}
