//! Why a patch was not applied: which operation, aimed where, and what was expected there.

use std::fmt;

/// What kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The patch document itself is wrong; no resource could make it right.
    Malformed,
    /// The document is right but the resource is not as it expects.
    Inapplicable,
    /// A `test` operation found another value.
    TestFailed,
    /// It would cost more than [`crate::Limits`] allow.
    TooCostly,
}

/// A patch that was not applied; the resource is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchError {
    /// What kind of fault.
    pub kind: ErrorKind,
    /// Index of the operation, where the fault is in one.
    pub operation: Option<usize>,
    /// The pointer, selector or path that the operation is aimed at, cut to a showable length.
    pub path: Option<String>,
    /// What is wrong and what was expected; never a value of the resource.
    pub message: String,
}

/// Characters of a path that an error repeats.
const PATH_CHARS_MAX: usize = 200;

impl PatchError {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> PatchError {
        PatchError { kind, operation: None, path: None, message: message.into() }
    }

    pub(crate) fn malformed(message: impl Into<String>) -> PatchError {
        PatchError::new(ErrorKind::Malformed, message)
    }

    pub(crate) fn inapplicable(message: impl Into<String>) -> PatchError {
        PatchError::new(ErrorKind::Inapplicable, message)
    }

    pub(crate) fn too_costly(message: impl Into<String>) -> PatchError {
        PatchError::new(ErrorKind::TooCostly, message)
    }

    /// The same error, of this operation.
    pub(crate) fn of(mut self, operation: usize) -> PatchError {
        self.operation = self.operation.or(Some(operation));
        self
    }

    /// The same error, about this path.
    pub(crate) fn at(mut self, path: &str) -> PatchError {
        self.path = self.path.or_else(|| Some(path.chars().take(PATH_CHARS_MAX).collect()));
        self
    }
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.operation {
            write!(f, "operation {operation}")?;
            if let Some(path) = &self.path {
                write!(f, " at {path:?}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for PatchError {}
