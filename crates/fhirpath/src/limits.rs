//! How much an expression may cost: sizes, depth, steps.
//!
//! Spec: none; the limits keep an expression from outside inside what a request may use. To add
//! one, add it here and refuse with [`crate::ErrorKind::Limit`] where it is reached.

/// Bounds on reading and running an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the expression's text.
    pub expression_bytes_max: usize,
    /// Levels of operators, calls and path steps in one another.
    pub depth_max: u32,
    /// Items looked at and operations done in one evaluation.
    pub steps_max: u64,
    /// Items of one collection.
    pub items_max: usize,
    /// Bytes of one string that an expression makes.
    pub string_bytes_max: usize,
    /// Bytes of a regular expression.
    pub regex_bytes_max: usize,
}

impl Limits {
    /// Enough for every expression of the specification; about a second of work at the most.
    pub const STANDARD: Limits = Limits {
        expression_bytes_max: 64 << 10,
        depth_max: 200,
        steps_max: 5_000_000,
        items_max: 500_000,
        string_bytes_max: 4 << 20,
        regex_bytes_max: 4 << 10,
    };
}
