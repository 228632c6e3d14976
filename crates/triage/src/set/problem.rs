//! What is wrong with a set's file, with its line and field: data, so that a page can list it.
//!
//! To add a kind, add it to [`ProblemKind`] and a broken set to `tests/it/read.rs`.

/// Kinds of problem a file can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// Not TOML, an unknown key, a missing key or a wrong type.
    Syntax,
    /// A value that cannot be read: an age, a date, an id.
    Value,
    /// An id that is used twice.
    Duplicate,
    /// A name of something that is not there.
    Dangling,
    /// A question, decision or outcome that nothing leads to.
    Unreachable,
    /// Questions that lead back to themselves.
    Cycle,
    /// A question without "I'm not sure".
    NoUnsure,
    /// A question of which no answer is the most urgent, and which does not say what "not sure" counts as.
    UnsureUndecided,
    /// Gates that overlap or never open.
    Gate,
    /// Text that must be there.
    Missing,
    /// A sign-off that is not whole, or is of another content.
    SignOff,
    /// More than the limits allow.
    Limit,
}

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of thing.
    pub kind: ProblemKind,
    /// Line, from 1; 0 where the problem is of the whole file.
    pub line: usize,
    /// Column in characters, from 1; 0 where there is none.
    pub column: usize,
    /// The field, such as `question "fever" answer "yes" to`.
    pub field: String,
    /// What is wrong and what was expected.
    pub words: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}: {}: {}", self.line, self.column, self.field, self.words)
    }
}

/// Gathers problems and knows where in the text each stands.
pub(crate) struct Problems<'t> {
    text: &'t str,
    pub(crate) found: Vec<Problem>,
}

impl<'t> Problems<'t> {
    pub(crate) fn of(text: &'t str) -> Problems<'t> {
        Problems { text, found: Vec::new() }
    }

    /// Adds a problem at a byte of the text.
    pub(crate) fn at(
        &mut self,
        byte: usize,
        kind: ProblemKind,
        field: impl Into<String>,
        words: impl Into<String>,
    ) {
        let mut end = byte.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &self.text[..end];
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        self.found.push(Problem { kind, line, column, field: field.into(), words: words.into() });
    }
}
