//! How a search is run, for who asks: `_explain`.

use std::time::Duration;

/// The plan of a search, with what it really took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// What is done, in order.
    pub steps: Vec<ExplainedStep>,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedStep {
    /// In words: `reads the resources with code … (the fewest: 12), tests date`.
    pub words: String,
    /// The statement, with its values in place of its parameters.
    pub sql: String,
    /// What the database says of how it runs the statement (indexes used), a line each.
    pub plan: Vec<String>,
    /// Rows expected, where something is known beforehand.
    pub estimated_rows: Option<Estimate>,
    /// Rows really read from the statement.
    pub actual_rows: u64,
    /// How long it took.
    pub took: Duration,
}

/// Rows that are expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estimate {
    /// So many.
    About(u64),
    /// So many or more: no more are counted beforehand.
    AtLeast(u64),
}
