//! Work that takes long for its size: away from what serves sockets.
//!
//! Small things are done where they are, since handing over costs more than they do.

use tokio::runtime::{Handle, RuntimeFlavor};

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
