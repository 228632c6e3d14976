//! Where the values of one version of a resource came from.

use crate::item::ItemId;

/// The lineage of one version: every element that a feed wrote, with the bytes behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// The item that caused this version.
    pub item: ItemId,
    /// The time in the source that this state stands for: microseconds since 1970.
    pub event_time: i64,
    /// One entry an element; elements kept from earlier items name those items.
    pub entries: Vec<LineageEntry>,
}

/// One element's source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineageEntry {
    /// The element, as a path from the resource without its type: `name[0].family`.
    pub path: String,
    /// The item that holds the bytes.
    pub item: ItemId,
    /// First byte in the item's bytes.
    pub start: u32,
    /// Just past the last byte.
    pub end: u32,
    /// The place in the words of the format: `PID-5.1`, `line 7, column dob`, `entry[2].resource.code`.
    pub locator: String,
    /// The rule that read it, with the mapping's name and version: `adt/pid@1#family`.
    pub rule: String,
}
