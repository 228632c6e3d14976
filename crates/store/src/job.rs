//! Long work that outlives a request and the process: exports, imports, reindexing.
//!
//! The store keeps a job's state as bytes that only its kind understands.

/// A job as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id: random, hard to guess, safe in a URL.
    pub id: Box<str>,
    /// What kind of work: `export`, `import`, `reindex`, `async`.
    pub kind: Box<str>,
    /// Whether it has ended, well or not.
    pub done: bool,
    /// When it was begun: microseconds since 1970.
    pub created: i64,
    /// When its state was last written.
    pub updated: i64,
    /// Its state, in its kind's own form (JSON).
    pub state: Box<[u8]>,
}
