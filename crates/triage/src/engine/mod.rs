//! The engine: a session's answers to the next question or the outcome, the same every time.
//!
//! A session is the set's versions, the person, and the answers; nothing else decides. Every step
//! walks from the first question again, so that what is shown is always what the answers give.
//! To add a way to fail, add it to [`Failure`]: it ends in "call 111", or in 999 after a red flag.

mod change;
mod outcome;
mod session;
mod walk;

pub use change::Change;
pub use outcome::{Cause, Failure, Outcome, Told};
pub use session::{Given, Refused, Session, Stamp};
pub use walk::{Asking, Step};

pub(crate) use outcome::{own_words, settle};
