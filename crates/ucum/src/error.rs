//! What can be wrong with a code, and with two of them.

use std::borrow::Cow;
use std::sync::Arc;

/// A code that is no unit, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The byte of the code where it went wrong.
    pub position: usize,
    /// What should stand there.
    pub expected: Cow<'static, str>,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "unit code, character {}: expected {}", self.position + 1, self.expected)
    }
}

impl std::error::Error for Error {}

/// Two units that measure different things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotCommensurable {
    /// Base units of the one.
    pub from: Arc<str>,
    /// Base units of the other.
    pub to: Arc<str>,
}

impl std::fmt::Display for NotCommensurable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a value in {} cannot be converted to {}", self.from, self.to)
    }
}

impl std::error::Error for NotCommensurable {}
