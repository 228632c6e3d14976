//! Whether index rows wait to be written, and whether anybody searches: what readers and the writer
//! tell each other without a lock.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long after a search index rows are written with their group, so that the next search finds
/// them written.
const RECENT: Duration = Duration::from_secs(2);

/// Shared by the writer and all readers.
#[derive(Debug)]
pub(crate) struct Demand {
    began: Instant,
    /// Milliseconds from `began` to the last search, plus one; 0 before the first.
    searched: AtomicU64,
    deferred: AtomicBool,
}

impl Demand {
    pub(crate) fn new() -> Demand {
        let (searched, deferred) = (AtomicU64::new(0), AtomicBool::new(false));
        Demand { began: Instant::now(), searched, deferred }
    }

    /// Notes a search; tells whether rows have to be written before it.
    pub(crate) fn search(&self) -> bool {
        let now = self.began.elapsed().as_millis() as u64;
        self.searched.store(now + 1, Ordering::Relaxed);
        // A caller was answered after the writer had said so, hence it is seen here.
        self.deferred.load(Ordering::Acquire)
    }

    /// Whether somebody has searched of late.
    pub(crate) fn is_recent(&self) -> bool {
        let searched = self.searched.load(Ordering::Relaxed);
        let now = self.began.elapsed().as_millis() as u64;
        searched > 0 && now < searched + RECENT.as_millis() as u64
    }

    /// Says whether rows wait.
    pub(crate) fn set_deferred(&self, deferred: bool) {
        self.deferred.store(deferred, Ordering::Release);
    }
}
