//! A search as a tree: what the query means, free of its text and of any database.

use fhir::{ResourceId, ResourceType};

use crate::entry::{ParameterId, ReferenceTarget};

/// A whole search.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// What is searched, a branch a type: one for `GET [type]`, several for `GET [base]` and for
    /// `GET Patient/1/*`; none finds nothing. All branches have equally many sort keys.
    pub branches: Vec<Branch>,
    /// Whether resources, or those contained in others, are searched.
    pub contained: Contained,
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
    /// `_explain`: how the search is answered is told too.
    pub explain: bool,
    /// The parameters that the filters were made of, as name and value, for the self link.
    pub criteria: Vec<(Box<str>, Box<str>)>,
}

/// One type of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// The type.
    pub resource_type: ResourceType,
    /// What must hold.
    pub filter: Expression,
    /// The order; empty means the store's own, which is stable.
    pub sort: Vec<SortKey>,
}

/// `_contained` and `_containedType`: <https://hl7.org/fhir/R4/search.html#contained>.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contained {
    /// `_contained=false`: resources of their own only.
    #[default]
    No,
    /// `_contained=true`: contained ones only.
    Only(ContainedAnswer),
    /// `_contained=both`.
    Both(ContainedAnswer),
}

/// What a match among contained resources is answered with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContainedAnswer {
    /// `_containedType=container`: the resource that holds it.
    #[default]
    Container,
    /// `_containedType=contained`: itself.
    Itself,
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
    /// Words stand in the resource: `_text` in its narrative, `_content` anywhere.
    FullText {
        /// Where.
        part: TextPart,
        /// Which.
        query: TextQuery,
    },
}

/// Which text of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextPart {
    /// `_text`: the narrative.
    Narrative,
    /// `_content`: every string, the narrative included.
    Content,
}

/// What words are asked for: <https://hl7.org/fhir/R4/search.html#content>.
///
/// A word is a run of letters and digits, folded as [`crate::fold`] does; it must stand whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextQuery {
    /// These words one after another; one is a phrase too.
    Phrase(Vec<Box<str>>),
    /// A word that begins so (`metasta*`).
    Begins(Box<str>),
    /// All of these.
    And(Vec<TextQuery>),
    /// One of these.
    Or(Vec<TextQuery>),
    /// The first without the second.
    Without(Box<TextQuery>, Box<TextQuery>),
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
        /// For a unit of UCUM: the same range in canonical units, which matches too.
        canonical: Option<CanonicalRange>,
    },
    /// A token of one of these codes: `:in`, and `:above` / `:below` in a code system.
    TokenIn(std::sync::Arc<CodeSet>),
    /// A string: the text that goes with a token (`:text`): display, text, type of identifier, of
    /// which `folded` is compared as by [`Modifier::Plain`], from the beginning.
    TokenText {
        /// Folded as [`crate::IndexValue::String`] is.
        folded: Box<str>,
    },
    /// An identifier of this type with this value (`:of-type`).
    OfType {
        /// The type's system.
        system: Box<str>,
        /// The type's code.
        code: Box<str>,
        /// The identifier's value.
        value: Box<str>,
    },
    /// A reference whose `identifier` is this (`:identifier`).
    TargetIdentifier {
        /// The system.
        system: TokenSystem,
        /// The value.
        code: TokenCode,
    },
    /// A reference to this resource or one that is above or below it in its tree: `:above`, `:below`.
    Hierarchy {
        /// Where to begin; it belongs to its own tree.
        root: ReferenceTarget,
        /// By which parameter of the root's type a resource refers to its parent: `partof`.
        parent: ParameterId,
        /// Which way.
        direction: Direction,
    },
    /// A canonical with this URL, of this version where one is given.
    Canonical {
        /// The URL without a version.
        url: Box<str>,
        /// The version.
        version: Option<Box<str>>,
    },
    /// One value of a composite, in the order of its components.
    Composite(Vec<Predicate>),
    /// A place not farther from a point than this: `near`.
    Near {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// Metres, along a great circle of a sphere of 6,371,008.8 m.
        metres: f64,
    },
    /// A URI: exact, or by `:below` / `:above`.
    Uri {
        /// How it is compared.
        modifier: Modifier,
        /// The URI.
        uri: Box<str>,
    },
}

/// A range of numbers in canonical UCUM units.
#[derive(Clone, Debug, PartialEq)]
pub struct CanonicalRange {
    /// The canonical unit, as `ucum` writes it.
    pub unit: Box<str>,
    /// The range.
    pub range: NumberRange,
}

/// Codes by system, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeSet {
    /// (system, codes)
    pub systems: Vec<(Box<str>, Vec<Box<str>>)>,
}

/// Towards the root of a tree, or away from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The ancestors.
    Above,
    /// The descendants.
    Below,
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
    /// `ew` of `_filter`: strings end with.
    EndsWith,
    /// `eq` of `_filter`: strings are equal, folded.
    Equal,
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
