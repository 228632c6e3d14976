//! A search as a tree: what the query means, free of its text and of any database.

use fhir::{ResourceId, ResourceType};

use crate::entry::{ParameterId, ReferenceTarget};

/// A whole search.
#[derive(Clone, Debug)]
pub struct Search {
    /// The type searched.
    pub resource_type: ResourceType,
    /// What must hold.
    pub filter: Expression,
    /// The order; empty means the store's own, which is stable.
    pub sort: Vec<SortKey>,
    /// Matches on a page.
    pub count: usize,
    /// What else belongs on the page.
    pub includes: Vec<Include>,
    /// Whether to count all matches.
    pub total: Total,
    /// Which parts of the resources to show.
    pub summary: Summary,
    /// `_elements`: top-level elements to show; empty means all.
    pub elements: Vec<Box<str>>,
    /// The parameters that `filter` was made of, as name and value, for the self link.
    pub criteria: Vec<(Box<str>, Box<str>)>,
}

/// What must hold of a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// Always.
    All,
    /// Never.
    Never,
    /// Each of these.
    And(Vec<Expression>),
    /// One of these.
    Or(Vec<Expression>),
    /// Not this.
    Not(Box<Expression>),
    /// `_id`.
    Id(Vec<ResourceId>),
    /// `_lastUpdated`.
    LastUpdated(DateRange),
    /// A parameter has a value for which the predicate holds.
    Compare(Comparison),
    /// A parameter has no value (`:missing=true`).
    Missing(ParameterId),
    /// A reference parameter's target, of one of these types, fulfils the inner expression.
    Chain {
        /// The reference parameter.
        parameter: ParameterId,
        /// The target's type.
        target: ResourceType,
        /// What must hold of the target.
        inner: Box<Expression>,
    },
    /// A resource of another type that refers here fulfils the inner expression (`_has`).
    Has {
        /// The referring type.
        source: ResourceType,
        /// Its reference parameter.
        parameter: ParameterId,
        /// What must hold of the referring resource.
        inner: Box<Expression>,
    },
}

/// A parameter and what its value must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Which parameter.
    pub parameter: ParameterId,
    /// What must hold of one of its values.
    pub predicate: Predicate,
}

/// What must hold of one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// A token of this system and code.
    Token {
        /// The system.
        system: TokenSystem,
        /// The code.
        code: TokenCode,
    },
    /// A reference to this.
    Reference(ReferenceTarget),
    /// A reference to a resource of this server with this id, of one of these types.
    ReferenceId(Vec<ResourceType>, ResourceId),
    /// A time.
    Date(DateRange),
    /// A string: `Exact` looks at `text`, `Plain` (begins with) and `Contains` at `folded`.
    String {
        /// How it is compared.
        modifier: Modifier,
        /// As written.
        text: Box<str>,
        /// Folded as [`crate::IndexValue::String`] is.
        folded: Box<str>,
    },
    /// A number.
    Number(NumberRange),
    /// A quantity; system and code absent mean any.
    Quantity {
        /// The value.
        range: NumberRange,
        /// The unit's system, where given.
        system: Option<Box<str>>,
        /// The unit's code or text, where given.
        code: Option<Box<str>>,
    },
    /// A URI: exact, or by `:below` / `:above`.
    Uri {
        /// How it is compared.
        modifier: Modifier,
        /// The URI.
        uri: Box<str>,
    },
}

/// The system part of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSystem {
    /// `code`: any system or none.
    Any,
    /// `|code`: no system.
    None,
    /// `system|…`
    Is(Box<str>),
}

/// The code part of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenCode {
    /// `system|`: any code.
    Any,
    /// `…|code`
    Is(Box<str>),
}

/// How a string or URI is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modifier {
    /// None: strings begin with, URIs equal.
    Plain,
    /// `:exact`
    Exact,
    /// `:contains`
    Contains,
    /// `:above`
    Above,
    /// `:below`
    Below,
}

/// A prefix of an ordered value: <https://hl7.org/fhir/R4/search.html#prefix>.
///
/// The search's range is `low..=high`, the value's `LOW..=HIGH`. For numbers and quantities all but
/// `Eq`, `Ne` and `Ap` look at `value` in place of `low` and `high`: the spec gives them no implied
/// precision. A parser widens the range of `Ap` itself, so that a store only tests for overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// Equal: `low <= LOW && HIGH <= high`.
    Eq,
    /// Not equal: not `Eq`, of a value that is there.
    Ne,
    /// Greater: `HIGH > high`.
    Gt,
    /// Less: `LOW < low`.
    Lt,
    /// Greater or equal: `Gt` or `Eq`.
    Ge,
    /// Less or equal: `Lt` or `Eq`.
    Le,
    /// Starts after: `LOW > high`.
    Sa,
    /// Ends before: `HIGH < low`.
    Eb,
    /// Approximately: `LOW <= high && HIGH >= low`.
    Ap,
}

/// A prefix with the range of time that it compares with: microseconds since 1970, inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateRange {
    /// How it is compared.
    pub prefix: Prefix,
    /// First microsecond.
    pub low: i64,
    /// Last microsecond.
    pub high: i64,
}

/// A prefix with the range of numbers that its digits imply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumberRange {
    /// How it is compared.
    pub prefix: Prefix,
    /// Low end.
    pub low: f64,
    /// High end.
    pub high: f64,
    /// The number itself.
    pub value: f64,
}

/// Which end of a range something looks at, when a range is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The low end: ascending.
    Low,
    /// The high end: descending.
    High,
}

/// One key of `_sort`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// By what.
    pub by: SortBy,
    /// In which order.
    pub order: SortOrder,
}

/// What a sort looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// `_id`: the logical id.
    Id,
    /// `_lastUpdated`.
    LastUpdated,
    /// The values of a parameter: of several, the least when ascending, the greatest when descending.
    Parameter(ParameterId),
}

/// Ascending or descending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortOrder {
    /// Smallest first; resources without a value come last.
    Ascending,
    /// Greatest first; resources without a value come last.
    Descending,
}

/// `_include` or `_revinclude`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// The type that holds the reference.
    pub source: ResourceType,
    /// The reference parameters (several for `*`).
    pub parameters: Vec<ParameterId>,
    /// Which way.
    pub target: IncludeTarget,
    /// `:iterate`: also from included resources.
    pub iterate: bool,
}

/// Which way an include goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IncludeTarget {
    /// `_include`: what the matches refer to, of this type only where one is named.
    Forward(Option<ResourceType>),
    /// `_revinclude`: what refers to the matches.
    Reverse,
}

/// `_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// Not needed.
    None,
    /// An estimate will do.
    Estimate,
    /// Exactly.
    Accurate,
}

/// `_summary`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summary {
    /// Whole resources.
    False,
    /// Summary elements.
    True,
    /// Narrative, id, meta and mandatory elements.
    Text,
    /// All but the narrative.
    Data,
    /// Only the count.
    Count,
}
