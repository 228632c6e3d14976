//! FHIR search without a database: query text → typed expression tree; resource → index entries.
//! Spec: <https://hl7.org/fhir/R4/search.html>.

mod entry;
mod expression;
mod fold;
mod index;
mod kind;
mod query;

pub use entry::{IndexEntry, IndexValue, ParameterId, ReferenceTarget};
pub use expression::{
    Bound, Comparison, DateRange, Expression, Include, IncludeTarget, Modifier, NumberRange,
    Predicate, Prefix, Search, SortBy, SortKey, SortOrder, Summary, TokenCode, TokenSystem, Total,
};
pub use fold::{fold, sound};
pub use index::{Indexer, Readiness};
