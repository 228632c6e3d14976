//! What a resource is found by: one entry a value, as the store keeps it.

use fhir::{ResourceId, ResourceType};

/// A search parameter's number in the definitions in force.
///
/// Stable while the process runs only: a store keeps its own numbers by (type, code).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParameterId(pub u32);

/// One value that a resource can be found by.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexEntry {
    /// By which parameter.
    pub parameter: ParameterId,
    /// The value.
    pub value: IndexValue,
}

/// A value by the kind of its parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexValue {
    /// A code, identifier, boolean, contact point …
    Token {
        /// The system; `None` where none is given.
        system: Option<Box<str>>,
        /// The code or value; `None` where only a system is given.
        code: Option<Box<str>>,
    },
    /// A reference.
    Reference(ReferenceTarget),
    /// A range of time: microseconds since 1970, both inclusive; open ends are `i64::MIN`/`MAX`.
    Date {
        /// First microsecond.
        low: i64,
        /// Last microsecond.
        high: i64,
    },
    /// A string, with its form for comparison (case and accents folded).
    String {
        /// As written.
        text: Box<str>,
        /// Folded.
        folded: Box<str>,
    },
    /// A number with the range that its digits imply.
    Number {
        /// Low end.
        low: f64,
        /// High end.
        high: f64,
    },
    /// A quantity.
    Quantity {
        /// The unit's system.
        system: Option<Box<str>>,
        /// The unit's code.
        code: Option<Box<str>>,
        /// The unit as people write it.
        unit: Option<Box<str>>,
        /// Low end of the value's range.
        low: f64,
        /// High end of the value's range.
        high: f64,
    },
    /// A URI, as written.
    Uri(Box<str>),
}

/// What a reference points at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ReferenceTarget {
    /// A resource of this server, which need not exist (yet).
    Local(ResourceType, ResourceId),
    /// Anything else that has a text: an absolute URL, a canonical, a URN.
    Uri(Box<str>),
}
