//! What is written together, under which conditions, and what came of it.

use std::fmt;

use fhir::{Draft, VersionId};
use search::Indexed;

use crate::error::StoreError;
use crate::item::ItemOutcome;
use crate::lineage::Lineage;
use crate::resource::ResourceKey;

/// The interaction that wrote a version, as `Bundle.entry.request.method` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A create.
    Post,
    /// An update, or an update that creates.
    Put,
    /// A delete.
    Delete,
}

/// What the current version must be for a change to go ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Anything.
    Any,
    /// No current version: never written, or deleted.
    Absent,
    /// This version (If-Match).
    Version(VersionId),
}

/// One resource's change.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which resource.
    pub key: ResourceKey,
    /// What must be current.
    pub expected: Expected,
    /// What becomes of it.
    pub kind: ChangeKind,
    /// Where the values came from.
    pub lineage: Option<Lineage>,
}

/// What becomes of a resource.
#[derive(Clone, Debug)]
pub enum ChangeKind {
    /// A new version.
    Write {
        /// [`Method::Post`] or [`Method::Put`].
        method: Method,
        /// The text; the store puts version and time in.
        draft: Draft,
        /// All that it is found by.
        indexed: Indexed,
    },
    /// A deletion; of a resource that is not there it writes nothing.
    Delete,
}

/// A search whose answer must still be the same inside the write transaction.
#[derive(Clone, Debug)]
pub struct Guard {
    /// The search; only its filter counts.
    pub search: search::Search,
    /// What it must find.
    pub expects: GuardExpects,
}

/// What a guard's search must find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuardExpects {
    /// Nothing.
    None,
    /// This one and no other.
    Only(ResourceKey),
}

/// What is written together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Searches that must still hold.
    pub guards: Vec<Guard>,
    /// Resources, each at most once.
    pub changes: Vec<Change>,
    /// Items of the ledger whose state changes with this.
    pub outcomes: Vec<ItemOutcome>,
}

/// What came of one change, in the order of [`Batch::changes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The version that is now current; for a delete of nothing, [`VersionId`] 0.
    pub version: VersionId,
    /// When it was written: microseconds since 1970, whole milliseconds.
    pub last_updated: i64,
    /// Whether a resource came to be: it was written and there was no current version before.
    pub created: bool,
}

/// Why nothing of a batch was written.
#[derive(Debug)]
pub enum CommitError {
    /// The change at this index expected another current version; the one found (`None`: absent).
    Expected(usize, Option<VersionId>),
    /// The guard at this index no longer holds.
    Guard(usize),
    /// The store failed.
    Store(StoreError),
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommitError::Expected(index, Some(found)) => {
                write!(f, "change {index}: the current version is {found}")
            }
            CommitError::Expected(index, None) => write!(f, "change {index}: no current version"),
            CommitError::Guard(index) => write!(f, "condition {index} no longer holds"),
            CommitError::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CommitError {}

impl From<StoreError> for CommitError {
    fn from(error: StoreError) -> CommitError {
        CommitError::Store(error)
    }
}
