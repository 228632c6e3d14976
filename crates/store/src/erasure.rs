//! Erasure: what leaves nothing behind, as people have a right to ask for.

use crate::resource::ResourceKey;

/// What is erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// These resources with all versions, lineage, index rows and texts; and the bytes of the items
    /// that wrote nothing but these (`$purge`). The items stay in the ledger, marked as erased, so
    /// that it balances.
    Resources(Vec<ResourceKey>),
    /// All versions of these but the current ones (`$expunge` with `expungePreviousVersions`).
    OldVersions(Vec<ResourceKey>),
    /// These where they are deleted (`$expunge` with `expungeDeletedResources`).
    Deleted(Vec<ResourceKey>),
}

/// What an erasure took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Resources that are gone with all their versions.
    pub resources: u64,
    /// Versions that are gone.
    pub versions: u64,
    /// Items whose bytes are gone.
    pub items: u64,
}
