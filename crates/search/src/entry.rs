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
        /// The same range in canonical units, where the unit is one of UCUM.
        canonical: Option<CanonicalValue>,
    },
    /// The text that goes with a token, folded as [`IndexValue::String`] is: for `:text`.
    TokenText(Box<str>),
    /// An identifier with its type: for `:of-type`.
    OfType {
        /// The type's system.
        system: Box<str>,
        /// The type's code.
        code: Box<str>,
        /// The identifier's value.
        value: Box<str>,
    },
    /// The identifier that a reference names its target by: for `:identifier`.
    TargetIdentifier {
        /// The system.
        system: Option<Box<str>>,
        /// The value.
        value: Option<Box<str>>,
    },
    /// A canonical of a version; [`IndexValue::Reference`] or [`IndexValue::Uri`] with its whole text
    /// stands beside it.
    Canonical {
        /// The URL without the version.
        url: Box<str>,
        /// The version.
        version: Box<str>,
    },
    /// What canonicals of a version call the resource by, `url|version`; [`IndexValue::Uri`] with the URL
    /// stands beside it.
    OwnCanonical(Box<str>),
    /// One value of a composite, in the order of its components: tokens, references, dates, strings,
    /// numbers, quantities, URIs.
    Composite(Box<[IndexValue]>),
    /// A place on the earth.
    Position {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
    },
    /// A URI, as written.
    Uri(Box<str>),
}

/// A range in canonical UCUM units.
#[derive(Clone, Debug, PartialEq)]
pub struct CanonicalValue {
    /// The canonical unit, as `ucum` writes it.
    pub unit: Box<str>,
    /// Low end.
    pub low: f64,
    /// High end.
    pub high: f64,
}

/// Everything that a resource is found by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Indexed {
    /// Its own values, ordered by parameter, each once.
    pub entries: Vec<IndexEntry>,
    /// Those of the resources contained in it.
    pub contained: Vec<ContainedEntries>,
}

impl From<Vec<IndexEntry>> for Indexed {
    fn from(entries: Vec<IndexEntry>) -> Indexed {
        Indexed { entries, contained: Vec::new() }
    }
}

/// A contained resource with what it is found by: <https://hl7.org/fhir/R4/search.html#contained>.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainedEntries {
    /// Its type.
    pub resource_type: ResourceType,
    /// Its id within the container, without `#`.
    pub local_id: Box<str>,
    /// Its values.
    pub entries: Vec<IndexEntry>,
}

/// What a reference points at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReferenceTarget {
    /// A resource of this server, which need not exist (yet).
    Local(ResourceType, ResourceId),
    /// Anything else that has a text: an absolute URL, a canonical, a URN; or `#id`, which is the
    /// resource contained beside the reference, in [`Indexed::contained`].
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
        (
            V::TargetIdentifier { system, value },
            V::TargetIdentifier { system: other, value: value_b },
        ) => (value, system).cmp(&(value_b, other)),
        (
            V::OfType { system, code, value },
            V::OfType { system: system_b, code: code_b, value: value_b },
        ) => (value, code, system).cmp(&(value_b, code_b, system_b)),
        (V::Canonical { url, version }, V::Canonical { url: url_b, version: version_b }) => {
            (url, version).cmp(&(url_b, version_b))
        }
        (V::Reference(a), V::Reference(b)) => a.cmp(b),
        (V::Date { low, high }, V::Date { low: low_b, high: high_b }) => {
            (low, high).cmp(&(low_b, high_b))
        }
        (V::String { text: a, .. }, V::String { text: b, .. })
        | (V::Uri(a), V::Uri(b))
        | (V::TokenText(a), V::TokenText(b)) => a.cmp(b),
        (V::Number { low, high }, V::Number { low: low_b, high: high_b }) => {
            real_order(*low, *low_b).then_with(|| real_order(*high, *high_b))
        }
        (
            V::Quantity { system, code, unit, low, high, .. },
            V::Quantity {
                system: system_b,
                code: code_b,
                unit: unit_b,
                low: low_b,
                high: high_b,
                ..
            },
        ) => (code, system, unit)
            .cmp(&(code_b, system_b, unit_b))
            .then_with(|| real_order(*low, *low_b))
            .then_with(|| real_order(*high, *high_b)),
        (
            V::Position { latitude, longitude },
            V::Position { latitude: latitude_b, longitude: longitude_b },
        ) => real_order(*latitude, *latitude_b).then_with(|| real_order(*longitude, *longitude_b)),
        (V::Composite(a), V::Composite(b)) => a
            .iter()
            .zip(b)
            .map(|(a, b)| value_order(a, b))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| a.len().cmp(&b.len())),
        _ => rank(a).cmp(&rank(b)),
    }
}

fn real_order(a: f64, b: f64) -> Ordering {
    a.total_cmp(&b)
}

/// The order of values of different kinds, which one parameter can have: a token and its text.
fn rank(value: &IndexValue) -> u8 {
    match value {
        IndexValue::Token { .. } => 0,
        IndexValue::Reference(_) => 1,
        IndexValue::Date { .. } => 2,
        IndexValue::String { .. } => 3,
        IndexValue::Number { .. } => 4,
        IndexValue::Quantity { .. } => 5,
        IndexValue::TokenText(_) => 6,
        IndexValue::OfType { .. } => 7,
        IndexValue::TargetIdentifier { .. } => 8,
        IndexValue::Canonical { .. } => 9,
        IndexValue::Composite(_) => 10,
        IndexValue::Position { .. } => 11,
        IndexValue::Uri(_) => 12,
        IndexValue::OwnCanonical(_) => 13,
    }
}
