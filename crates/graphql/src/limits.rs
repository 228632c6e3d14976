//! What a request may cost.

/// Limits on a request; what is beyond them is an error that says so.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the query.
    pub query_bytes_max: usize,
    /// Tokens of the query.
    pub tokens_max: usize,
    /// Selections within selections, fragments included.
    pub depth_max: usize,
    /// Fields and aliases, with each use of a fragment counted.
    pub fields_max: usize,
    /// Resources read or found.
    pub resources_max: usize,
    /// Searches run.
    pub searches_max: usize,
    /// Values in the answer.
    pub values_max: usize,
    /// Errors told; then the request ends.
    pub errors_max: usize,
    /// Matches of a list, and the farthest offset.
    pub matches_max: usize,
    /// Matches on a page of a connection where `_count` doesn't say.
    pub page_default: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            query_bytes_max: 64 << 10,
            tokens_max: 10_000,
            depth_max: 24,
            fields_max: 2_000,
            resources_max: 10_000,
            searches_max: 200,
            values_max: 1_000_000,
            errors_max: 50,
            matches_max: 1_000,
            page_default: 50,
        }
    }
}
