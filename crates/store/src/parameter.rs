//! How far the index of a search parameter is.

use fhir::ResourceType;
use search::ParameterId;

/// Rows of parameters that are no longer in force, which are still there for resources of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// The type.
    pub resource_type: ResourceType,
    /// Since when: microseconds since 1970, or as told later.
    pub since: i64,
}

/// A parameter of a type that is in force while its rows are not there for all resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterState {
    /// The type.
    pub resource_type: ResourceType,
    /// The parameter.
    pub parameter: ParameterId,
    /// Since when: microseconds since 1970. What is written later has its rows.
    pub since: i64,
}
