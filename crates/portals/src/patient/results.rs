//! A person's test results: each test with its newest value, and one test over time.

use askama::Template;

use crate::components::chart::Trend;
use crate::layout::Layout;

/// A test with its newest value.
#[derive(Clone, Debug, Default)]
pub struct TestLine {
    /// What it is called.
    pub name: String,
    /// The address of its page.
    pub href: String,
    /// The newest value with its unit.
    pub value: String,
    /// What that means against the range; empty where that is not known.
    pub meaning: &'static str,
    /// When it was taken.
    pub when: String,
    /// How many values there are.
    pub count: usize,
}

/// Tests whose newest value is of the same kind.
#[derive(Clone, Debug)]
pub struct TestGroup {
    /// The heading.
    pub heading: &'static str,
    /// The tests, that with the newest value first.
    pub tests: Vec<TestLine>,
}

/// The list.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/results.html")]
pub struct ResultsPage {
    /// The frame.
    pub layout: Layout,
    /// The groups that hold anything.
    pub groups: Vec<TestGroup>,
    /// Results that wait for somebody to look at them.
    pub awaiting_review: usize,
}

/// A value of a test.
#[derive(Clone, Debug, Default)]
pub struct ValueLine {
    /// When it was taken.
    pub when: String,
    /// The value with its unit.
    pub value: String,
    /// What that means against the range.
    pub meaning: &'static str,
    /// The usual range; empty where none is given.
    pub range: String,
    /// Where it comes from.
    pub source: String,
    /// What whoever looked at it said; empty for nothing.
    pub said: String,
    /// Who said it; empty where nobody did.
    pub said_by: String,
}

/// One test over time.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/result.html")]
pub struct ResultPage {
    /// The frame.
    pub layout: Layout,
    /// What it is called.
    pub name: String,
    /// What it is, in plain words; empty where that is not known.
    pub explained: &'static str,
    /// The drawing, where there is one.
    pub trend: Option<Trend>,
    /// The values, newest first.
    pub values: Vec<ValueLine>,
    /// How many older values are left out.
    pub older: usize,
    /// The address of the older ones.
    pub older_href: String,
}
