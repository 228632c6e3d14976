//! Work that takes long for its size: away from what serves sockets.
//!
//! Small things are done where they are, since handing over costs more than they do.

use fhir::IssueCode;
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::app::App;
use crate::failure::{Category, Failure};

/// Above this many bytes, work is handed over.
pub(crate) const INLINE_BYTES_MAX: usize = 32 * 1024;

/// Does work on so many bytes of content; for large ones the thread's other tasks move on to
/// another thread first. A runtime of one thread has no other, so there it is done in place.
pub fn heavy<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    let has_others = || {
        Handle::try_current()
            .is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread)
    };
    if bytes <= INLINE_BYTES_MAX || !has_others() {
        return work();
    }
    tokio::task::block_in_place(work)
}

impl App {
    /// Runs work on so many bytes of a write; a large one where it does not hold up other requests, and
    /// only so many at a time: more would take the processors from the store, which all of them wait
    /// for in the end, and keep more in memory.
    pub(crate) async fn off_thread<T, F>(&self, bytes: usize, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Failure> + Send + 'static,
    {
        if bytes <= INLINE_BYTES_MAX {
            return work();
        }
        // The permit goes with the work, which goes on when the caller is gone.
        let permit = std::sync::Arc::clone(&self.heavy).acquire_owned().await;
        let run = move || {
            let _permit = permit;
            work()
        };
        tokio::task::spawn_blocking(run).await.unwrap_or_else(|_| {
            Err(Failure::plain(
                Category::Fault,
                IssueCode::Exception,
                "what was sent could not be processed because of a fault of the server; nothing was written",
            ))
        })
    }
}
