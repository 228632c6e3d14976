//! What can be wrong with an expression or its evaluation, and where.
//!
//! Every error has the byte range of the expression that it is about. To add a kind, add it to
//! [`ErrorKind`] with what a caller may do about it.

use std::fmt;

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The text is no FHIRPath: it cannot be read.
    Syntax,
    /// The text is FHIRPath that can have no meaning: unknown function, element or type.
    Semantic,
    /// The expression has no value on this input: several items where one is asked for, a type
    /// that an operation does not take.
    Execution,
    /// The expression asks for something that the caller did not give: a clock, a terminology
    /// service, a variable.
    Missing,
    /// A limit of [`crate::Limits`] was reached.
    Limit,
}

/// A mistake and its place in the expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The kind.
    pub kind: ErrorKind,
    /// What is wrong and what was expected. Never data of the input.
    pub message: Box<str>,
    /// Byte range in the expression.
    pub range: (u32, u32),
    /// Line of the range's beginning, from 1.
    pub line: u32,
    /// Column of the range's beginning, in characters, from 1.
    pub column: u32,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, range: (u32, u32), message: impl Into<Box<str>>) -> Error {
        Error { kind, message: message.into(), range, line: 1, column: 1 }
    }

    /// The error with its line and column counted.
    pub(crate) fn placed(mut self, text: &str) -> Error {
        let mut end = (self.range.0 as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        self.line = before.bytes().filter(|b| *b == b'\n').count() as u32 + 1;
        self.column = before.rsplit('\n').next().unwrap_or("").chars().count() as u32 + 1;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {}, column {}", self.message, self.line, self.column)
    }
}

impl std::error::Error for Error {}
