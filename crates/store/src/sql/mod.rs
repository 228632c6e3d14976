//! One SQL writer for all backends: a search becomes statements over the shared index schema.
//!
//! Spec of the tables: `docs/implementation/store.md`. The search arrives as a tree
//! ([`search::Expression`]); every node can be written in two ways: as a *set* (a `SELECT` of the
//! matching resource numbers, served by an index) and as a *test* (a condition on one number).
//! A conjunction is one set, the most selective, with the other parts as tests.
//!
//! To add a predicate: say in [`source`] which rows it looks at, and write its condition in
//! [`predicate`]. To add a backend: implement [`Dialect`] and keep the schema's names.

mod chain;
mod condition;
pub mod derived;
mod first;
mod predicate;
mod query;
mod range;
mod sort;
mod source;
mod spread;
mod strings;
mod text;
mod walk;
mod words;

pub use query::{PagePlan, Query, SortedPlan, Which};
pub use spread::{Spread, WIDE};
pub use text::{Bind, Dialect, Statement};
pub use walk::Walk;
pub use words::words;

use fhir::{ResourceId, ResourceType};
use search::{ParameterId, TokenSystem};

use crate::catalogue::ParameterKind;

/// The lasting numbers that a backend gave to types and parameters.
pub trait Numbering {
    /// The number of a type; `None` where nothing of it can be stored.
    fn type_number(&self, resource_type: ResourceType) -> Option<i64>;

    /// The number of a parameter of a type and its kind.
    fn parameter_number(
        &self,
        resource_type: ResourceType,
        parameter: ParameterId,
    ) -> Option<(i64, ParameterKind)>;

    /// The numbers of the codes that a token names, from the database as the search will see it;
    /// `None` leaves the looking up to the statement.
    ///
    /// A bare code mostly stands in one system only. Known beforehand, its rows are one run of the
    /// index in the order of resources, so that a page of them is read without sorting.
    fn codes(&self, system: &TokenSystem, code: &str) -> Option<Vec<i64>>;

    /// The numbers of a resource's ancestors, itself the first, by the reference parameter numbered
    /// `parent`; a cycle ends them.
    fn ancestors(&self, resource_type: ResourceType, id: &ResourceId, parent: i64) -> Vec<i64>;

    /// The number of the URLs of the type `target`, where canonicals of a reference parameter lead to
    /// resources of that type.
    fn canonical(&self, parameter: ParameterId, target: ResourceType) -> Option<i64>;

    /// What is known of the values of a ranged parameter, from the database as the search will see it.
    fn spread(&self, number: i64, kind: ParameterKind) -> Spread;

    /// The number that a statement gives, run as the search will see the database; what cannot be
    /// told is taken for very much.
    fn count(&self, statement: &Statement) -> i64;

    /// Whether a resource of this type is contained in another one.
    fn has_contained(&self, resource_type: ResourceType) -> bool;

    /// The code of a parameter, for words.
    fn parameter_code(&self, parameter: ParameterId) -> &str;
}

/// The name of the index table for a kind; `None` for kinds that are not indexed.
pub fn table_of(kind: ParameterKind) -> Option<&'static str> {
    Some(match kind {
        ParameterKind::Token => "index_token",
        ParameterKind::Identifier => "index_identifier",
        ParameterKind::Reference => "index_reference",
        ParameterKind::String => "index_string",
        ParameterKind::Date => "index_date",
        ParameterKind::Number => "index_number",
        ParameterKind::Quantity => "index_quantity",
        ParameterKind::Uri => "index_uri",
        ParameterKind::Composite => "index_composite",
        ParameterKind::Position => "index_position",
        ParameterKind::Other => return None,
    })
}
