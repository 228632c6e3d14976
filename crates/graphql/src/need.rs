//! What an execution asks of whoever has the store, and what it gets.

use std::sync::Arc;

use fhir::{IssueCode, ResourceType, Tree};

/// Something that an execution cannot know by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// The current version of a resource. Those of a round are meant to be read together.
    Read {
        /// Its type.
        resource_type: ResourceType,
        /// Its id, unchecked.
        id: Box<str>,
    },
    /// One version.
    ReadVersion {
        /// Its type.
        resource_type: ResourceType,
        /// Its id, unchecked.
        id: Box<str>,
        /// The version, unchecked.
        version: Box<str>,
    },
    /// A page of a search.
    Search(SearchNeed),
    /// A new resource.
    Create {
        /// Its type.
        resource_type: ResourceType,
        /// In JSON.
        body: Vec<u8>,
    },
    /// Another version of a resource.
    Update {
        /// Its type.
        resource_type: ResourceType,
        /// Its id, unchecked.
        id: Box<str>,
        /// In JSON.
        body: Vec<u8>,
    },
    /// The end of a resource.
    Delete {
        /// Its type.
        resource_type: ResourceType,
        /// Its id, unchecked.
        id: Box<str>,
    },
}

/// A page of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchNeed {
    /// What is searched.
    pub resource_type: ResourceType,
    /// The query, decoded, without what shapes the page.
    pub pairs: Vec<(String, String)>,
    /// Matches to pass over first.
    pub skip: usize,
    /// Matches wanted then.
    pub count: usize,
    /// Where the store goes on, from [`Answer::Found`].
    pub place: Option<String>,
    /// Whether the number of all matches is wanted.
    pub wants_total: bool,
}

/// What came of a need.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The resource, if it is there and not deleted.
    Resource(Option<Arc<Tree>>),
    /// A page.
    Found {
        /// The matches.
        matches: Vec<Arc<Tree>>,
        /// Of how many, if it was asked for.
        total: Option<u64>,
        /// Where the next page begins; `None` at the end.
        next: Option<String>,
    },
    /// A resource was written.
    Written {
        /// Its version's address.
        location: String,
        /// As stored.
        resource: Arc<Tree>,
    },
    /// It is gone.
    Deleted,
    /// It could not be done.
    Failed {
        /// What kind of failure.
        code: IssueCode,
        /// What is wrong and what to do.
        message: String,
    },
}
