//! What is wrong with a value, and at which of its bytes.
//!
//! Values are read by nested readers (a list, its parts, the parts of a part); each moves a fault that
//! comes from inside by where it began, so that the place told is one of the whole value.

use fhir::{Issue, IssueCode};

/// A fault of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Byte offset in the value.
    pub(crate) at: usize,
    /// What is wrong and what would do, as it goes on after "the value".
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Fault {
        Fault { at, message: message.into() }
    }

    /// The same fault of a value in which this one begins at `offset`.
    pub(crate) fn moved(mut self, offset: usize) -> Fault {
        self.at += offset;
        self
    }

    /// The issue of the parameter `place`; `subject` is what the message goes on after.
    pub(crate) fn issue(self, place: &str, subject: &str) -> Issue {
        let message = format!("{subject} {}; at byte {} of it", self.message, self.at);
        Issue::error(IssueCode::Value, place, message)
    }
}

impl From<String> for Fault {
    fn from(message: String) -> Fault {
        Fault { at: 0, message }
    }
}

impl From<&str> for Fault {
    fn from(message: &str) -> Fault {
        message.to_owned().into()
    }
}

/// Where `part`, a slice of `whole`, begins in it.
pub(crate) fn offset(whole: &str, part: &str) -> usize {
    let (whole_start, start) = (whole.as_ptr() as usize, part.as_ptr() as usize);
    // A part that is no slice of the whole has no place in it; the beginning is told then.
    start.checked_sub(whole_start).filter(|at| *at <= whole.len()).unwrap_or(0)
}
