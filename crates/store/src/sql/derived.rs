//! Numbers derived from a parameter's number, for rows that its own tables have no column for.
//!
//! A number is `own + derivation`, and `own + derivation + CONTAINED` for resources that are contained
//! in others, so that an ordinary search never meets a row of those.

/// One past the greatest number of a parameter of its own.
pub const END: i64 = 1 << 18;

/// Identifiers with their type: value, and the code number of the type in place of the system.
pub const OF_TYPE: i64 = END;

/// Identifiers that references name their targets by.
pub const TARGET_IDENTIFIER: i64 = 2 * END;

/// Canonicals of a version: by URL among the URIs, by version and URL among the identifiers.
pub const CANONICAL: i64 = 3 * END;

/// What canonicals of a version call a resource by, among the URIs: of the parameter `url`, which has no
/// types as identifiers have.
pub const OWN_CANONICAL: i64 = END;

/// Everything of a contained resource.
pub const CONTAINED: i64 = 4 * END;
