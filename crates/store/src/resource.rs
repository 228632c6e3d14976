//! Resources as stored, pages of them, and where a page goes on.

use std::sync::Arc;

use fhir::{ResourceId, ResourceType, VersionId};

use crate::commit::Method;

/// A resource's type and logical id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceKey {
    /// The type.
    pub resource_type: ResourceType,
    /// The logical id.
    pub id: ResourceId,
}

impl std::fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.resource_type, self.id)
    }
}

/// One version of a resource.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Whose version it is.
    pub key: ResourceKey,
    /// Which version.
    pub version: VersionId,
    /// When it was written: microseconds since 1970, whole milliseconds.
    pub last_updated: i64,
    /// The interaction that wrote it.
    pub method: Method,
    /// The JSON as stored; `None` where this version is a deletion.
    pub body: Option<Arc<[u8]>>,
}

/// Whose history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryScope {
    /// Everything.
    System,
    /// One type.
    Type(ResourceType),
    /// One resource.
    Instance(ResourceKey),
    /// Each of these.
    Among(Vec<ResourceKey>),
}

/// Which part of a history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryPage {
    /// Versions at the most.
    pub count: usize,
    /// Only versions written before this sequence number (from [`History::next`]).
    pub before: Option<u64>,
    /// Only versions written at this instant or later (`_since`).
    pub since: Option<i64>,
    /// Only versions written at this instant or before it (`_at`, upper end).
    pub until: Option<i64>,
}

/// A page of versions, newest first.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The versions.
    pub versions: Vec<Stored>,
    /// How many there are in the scope, the page aside.
    pub total: u64,
    /// Where the next page begins; `None` at the end.
    pub next: Option<u64>,
}

/// Where a search goes on: made by the backend, opaque to others, safe in a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchCursor(pub String);

/// Why a resource is in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchHitKind {
    /// It matched.
    Match,
    /// An `_include` or `_revinclude` named it.
    Include,
}

/// A resource in a page.
#[derive(Clone, Debug)]
pub struct SearchHit {
    /// The current version.
    pub resource: Stored,
    /// Why it is here.
    pub kind: SearchHitKind,
    /// Where what matched is contained in the resource: its type and its id in there, without `#`.
    /// Given for matches that [`search::ContainedAnswer::Itself`] asks for.
    pub contained: Option<(ResourceType, Box<str>)>,
}

/// A page of a search.
#[derive(Clone, Debug, Default)]
pub struct SearchPage {
    /// Matches in order, then what they include.
    pub hits: Vec<SearchHit>,
    /// How many match in all, where it was asked for or is known anyway.
    pub total: Option<u64>,
    /// Whether the includes were more than a page holds, so that some are left out.
    pub includes_cut: bool,
    /// Where the next page begins; `None` at the end.
    pub next: Option<SearchCursor>,
}
