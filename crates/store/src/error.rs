//! The one error of the contract: opaque, with predicates.

use std::fmt;

/// A backend failed; what it said is the source.
#[derive(Debug)]
pub struct StoreError {
    kind: Kind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[derive(Debug)]
enum Kind {
    Backend(&'static str),
    Inconsistent { table: &'static str, column: &'static str, row: i64 },
    Unsupported(String),
    UnknownItem(u64),
    Closed,
    Cursor,
    TooCostly(String),
    Behind(String),
    Interrupted,
    Refused(Refusal, String),
}

/// Why somebody may not have what they ask for, as far as what they can do about it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// They must sign in.
    SignIn,
    /// They must prove better who they are.
    StepUp,
    /// They may not.
    Forbidden,
}

impl StoreError {
    /// The backend failed while doing `what`.
    pub fn backend(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> StoreError {
        StoreError { kind: Kind::Backend(what), source: Some(source.into()) }
    }

    /// A row that no version of this program can have written.
    pub fn inconsistent(table: &'static str, column: &'static str, row: i64) -> StoreError {
        StoreError { kind: Kind::Inconsistent { table, column, row }, source: None }
    }

    /// A search that this backend cannot answer yet; the text says what.
    pub fn unsupported(what: impl Into<String>) -> StoreError {
        StoreError { kind: Kind::Unsupported(what.into()), source: None }
    }

    /// An outcome of an item that was never received.
    pub fn unknown_item(id: crate::item::ItemId) -> StoreError {
        StoreError { kind: Kind::UnknownItem(id.0), source: None }
    }

    /// The store is shutting down.
    pub fn closed() -> StoreError {
        StoreError { kind: Kind::Closed, source: None }
    }

    /// A cursor that this store did not make, or that has lapsed.
    pub fn cursor() -> StoreError {
        StoreError { kind: Kind::Cursor, source: None }
    }

    /// A search that would take longer than it may; the text says what drove it and what to narrow.
    pub fn too_costly(what: impl Into<String>) -> StoreError {
        StoreError { kind: Kind::TooCostly(what.into()), source: None }
    }

    /// A search for what is written but not indexed yet; the text says what is left to do.
    pub fn behind(what: impl Into<String>) -> StoreError {
        StoreError { kind: Kind::Behind(what.into()), source: None }
    }

    /// Whether the same can be asked in a while, when the index has caught up.
    pub fn is_behind(&self) -> bool {
        matches!(self.kind, Kind::Behind(_))
    }

    /// A search that was stopped because its time was up, before anybody said what drove it.
    pub fn interrupted() -> StoreError {
        StoreError { kind: Kind::Interrupted, source: None }
    }

    /// The one who asks may not; the text says why. Told by what stands before a backend.
    pub fn refused(refusal: Refusal, words: impl Into<String>) -> StoreError {
        StoreError { kind: Kind::Refused(refusal, words.into()), source: None }
    }

    /// Why the one who asks may not, where that is the error.
    pub fn refusal(&self) -> Option<Refusal> {
        match self.kind {
            Kind::Refused(refusal, _) => Some(refusal),
            _ => None,
        }
    }

    /// Whether the search was stopped because its time was up.
    pub fn is_interrupted(&self) -> bool {
        matches!(self.kind, Kind::Interrupted)
    }

    /// Whether the search would take longer than it may.
    pub fn is_too_costly(&self) -> bool {
        matches!(self.kind, Kind::TooCostly(_) | Kind::Interrupted)
    }

    /// Whether the search cannot be answered by this backend.
    pub fn is_unsupported(&self) -> bool {
        matches!(self.kind, Kind::Unsupported(_))
    }

    /// Whether an outcome named an item that was never received.
    pub fn is_unknown_item(&self) -> bool {
        matches!(self.kind, Kind::UnknownItem(_))
    }

    /// Whether the cursor was bad.
    pub fn is_cursor(&self) -> bool {
        matches!(self.kind, Kind::Cursor)
    }

    /// Whether the store is shutting down.
    pub fn is_closed(&self) -> bool {
        matches!(self.kind, Kind::Closed)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Backend(what) => write!(f, "the store failed to {what}"),
            Kind::Inconsistent { table, column, row } => {
                write!(f, "inconsistent row {row} in {table}.{column}")
            }
            Kind::Unsupported(what) => write!(f, "not supported by this store: {what}"),
            Kind::UnknownItem(id) => write!(f, "item {id} was never received"),
            Kind::TooCostly(what) => write!(f, "the search takes too long: {what}"),
            Kind::Behind(what) => write!(f, "the index is behind: {what}"),
            Kind::Interrupted => write!(f, "the search takes too long; narrow it"),
            Kind::Refused(_, words) => f.write_str(words),
            Kind::Closed => write!(f, "the store is closed"),
            Kind::Cursor => write!(f, "the page's cursor is unknown or has lapsed; search again"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
