//! FHIR search without a database: query text → typed expression tree; resource → index entries.
//! Spec: <https://hl7.org/fhir/R4/search.html>.

mod entry;
mod explain;
mod expression;
mod fold;
mod index;
mod kind;
mod query;
mod rewrite;
mod terminology;

pub use entry::{
    CanonicalValue, ContainedEntries, IndexEntry, IndexValue, Indexed, ParameterId, ReferenceTarget,
};
pub use explain::Explain;
pub use expression::{
    Bound, Branch, CanonicalRange, CodeSet, Comparison, Contained, ContainedAnswer, DateRange,
    Direction, Expression, Include, IncludeTarget, Modifier, NumberRange, Predicate, Prefix,
    Search, SortBy, SortKey, SortOrder, Summary, TextPart, TextQuery, TokenCode, TokenSystem,
    Total,
};
pub use fold::{fold, sound};
pub use index::{Indexer, Readiness, canonical_targets, check_parameter};
pub use kind::reference::Resolve;
pub use query::{
    CompartmentOf, Handling, ParseOptions, RESULT_PARAMETERS, encode_query, modifiers_of,
    page_count, parse_compartment_query, parse_query, parse_system_query, render_query,
};
pub use rewrite::simplify;
pub use terminology::{CODES_MAX, DefinedTerminology, Terminology, TerminologyError};
