//! Reading through all of a type in a fixed order, for exports and reindexing; and index rows
//! written again for what was read.

use fhir::{ResourceType, VersionId};
use search::{Indexed, ParameterId};

use crate::resource::{ResourceKey, Stored};

/// Which part of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanPart {
    /// The type.
    pub resource_type: ResourceType,
    /// Only what comes after this place (from [`Scanned::next`]).
    pub after: Option<u64>,
    /// Only what was last updated at this instant or later: microseconds since 1970.
    pub since: Option<i64>,
    /// Resources at the most.
    pub limit: usize,
}

/// A part of a type, current versions only, in an order that does not change while others write:
/// what is written meanwhile comes later or, as an update, stays in its place.
#[derive(Clone, Debug, Default)]
pub struct Scanned {
    /// The resources.
    pub resources: Vec<Stored>,
    /// Where the next part begins; `None` at the end.
    pub next: Option<u64>,
}

/// Index rows of one resource for some parameters, to replace those it has for them.
#[derive(Clone, Debug)]
pub struct Reindexed {
    /// The resource.
    pub key: ResourceKey,
    /// The version that was read; where it is no longer current, nothing happens, because whoever
    /// wrote the newer one indexed it by the definitions then in force.
    pub version: VersionId,
    /// For which parameters.
    pub parameters: Vec<ParameterId>,
    /// The values of those parameters.
    pub indexed: Indexed,
}
