//! What is on and off for a person, and the page in the place of a feature that is off.

use askama::Template;

use crate::layout::Layout;

/// A feature that is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnlineLine {
    /// What people call it.
    pub words: &'static str,
    /// Why it is off.
    pub why: String,
    /// What the site says; may be empty.
    pub note: String,
    /// The day on which it begins for everybody; empty where none is planned.
    pub opens: String,
    /// What to do instead.
    pub instead: &'static str,
}

/// In the place of a feature's pages.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/closed.html")]
pub struct ClosedPage {
    /// The frame.
    pub layout: Layout,
    /// The feature.
    pub line: OnlineLine,
}

/// Everything.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/online.html")]
pub struct OnlinePage {
    /// The frame.
    pub layout: Layout,
    /// The person's site; empty where they are of none.
    pub site: String,
    /// What is on: what people call it, and what it does.
    pub on: Vec<(&'static str, &'static str)>,
    /// What is off.
    pub off: Vec<OnlineLine>,
}
