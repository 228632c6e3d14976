//! What a resource is found by: one entry a value, as the store keeps it.

use std::cmp::Ordering;

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
        /// The system; `None` where none is given or implied.
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
    /// A number: a point, unless the element is a Range. An open end is infinite.
    Number {
        /// Low end.
        low: f64,
        /// High end.
        high: f64,
    },
    /// A quantity: a point, unless it is a Range or has a comparator. An open end is infinite.
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReferenceTarget {
    /// A resource of this server, which need not exist (yet).
    Local(ResourceType, ResourceId),
    /// Anything else that has a text: an absolute URL, a canonical, a URN.
    Uri(Box<str>),
}

/// A total order of entries, so that equal ones stand side by side: by parameter, then by value.
pub(crate) fn order(a: &IndexEntry, b: &IndexEntry) -> Ordering {
    a.parameter.cmp(&b.parameter).then_with(|| value_order(&a.value, &b.value))
}

fn value_order(a: &IndexValue, b: &IndexValue) -> Ordering {
    use IndexValue as V;
    match (a, b) {
        (V::Token { system, code }, V::Token { system: other, code: code_b }) => {
            (code, system).cmp(&(code_b, other))
        }
        (V::Reference(a), V::Reference(b)) => a.cmp(b),
        (V::Date { low, high }, V::Date { low: low_b, high: high_b }) => {
            (low, high).cmp(&(low_b, high_b))
        }
        (V::String { text: a, .. }, V::String { text: b, .. }) | (V::Uri(a), V::Uri(b)) => a.cmp(b),
        (V::Number { low, high }, V::Number { low: low_b, high: high_b }) => {
            low.total_cmp(low_b).then_with(|| high.total_cmp(high_b))
        }
        (
            V::Quantity { system, code, unit, low, high },
            V::Quantity { system: system_b, code: code_b, unit: unit_b, low: low_b, high: high_b },
        ) => (code, system, unit)
            .cmp(&(code_b, system_b, unit_b))
            .then_with(|| low.total_cmp(low_b))
            .then_with(|| high.total_cmp(high_b)),
        // A parameter's values are all of one kind.
        _ => Ordering::Equal,
    }
}
