//! Records that were opened without a relationship, for who reviews them.

use askama::Template;

use crate::components::form::{CsrfToken, ErrorSummary, TextArea};
use crate::layout::Layout;

/// One opening.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// When.
    pub when: String,
    /// Who.
    pub who: String,
    /// What they do and for whom.
    pub role: String,
    /// Why, in their own words.
    pub why: String,
    /// Whose record: the Patients of the sources.
    pub what: String,
    /// Where it is reviewed.
    pub href: String,
    /// The review.
    pub review: Option<Review>,
}

/// What a review found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// Justified or not, in words.
    pub finding: &'static str,
    /// Whether it was not.
    pub is_bad: bool,
    /// What is done about it.
    pub words: String,
    /// By whom and when.
    pub by: String,
}

/// All of them.
#[derive(Clone, Debug, Template)]
#[template(path = "console/audit.html")]
pub struct AuditPage {
    /// The frame.
    pub layout: Layout,
    /// Whether one was just reviewed.
    pub is_done: bool,
    /// Those that nobody has reviewed, newest first.
    pub waiting: Vec<Opening>,
    /// The others, newest first.
    pub reviewed: Vec<Opening>,
}

/// One of them, to be reviewed.
#[derive(Clone, Debug, Template)]
#[template(path = "console/opening.html")]
pub struct OpeningPage {
    /// The frame.
    pub layout: Layout,
    /// The opening.
    pub opening: Opening,
    /// What was chosen: `justified`, `not-justified` or nothing.
    pub finding: String,
    /// What is wrong with the choice.
    pub finding_error: Option<String>,
    /// What is done about it.
    pub words: TextArea,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The token of the form.
    pub csrf: CsrfToken,
}
