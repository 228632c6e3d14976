//! Small records that are no resources: accounts, sessions, codes, tokens, seals of the audit.
//!
//! The store keeps their values as bytes that only their owner understands. A change may say what must
//! be there, so that a code is spent once however many ask at the same moment; several changes are made
//! together or not at all. What has expired is not there, and is taken away in time.

/// A record as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its key among those of its kind.
    pub key: Box<str>,
    /// How often it has been written: 1 at first.
    pub version: u64,
    /// When it is no longer there: microseconds since 1970.
    pub expires: i64,
    /// Its value, in its kind's own form.
    pub value: Box<[u8]>,
}

/// What must be there for a change to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptExpected {
    /// Anything or nothing.
    Any,
    /// Nothing.
    Absent,
    /// This version.
    Version(u64),
}

/// A change to one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptChange {
    /// What kind of record, a name of its owner's: `session`, `account`.
    pub kind: Box<str>,
    /// Its key. Where it is a secret, its owner makes a hash of it first.
    pub key: Box<str>,
    /// What must be there.
    pub expected: KeptExpected,
    /// What it becomes, with the time when it expires; `None` takes it away.
    pub becomes: Option<(Box<[u8]>, i64)>,
}
