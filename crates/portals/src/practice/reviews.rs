//! Results that wait until somebody has looked at them.

use askama::Template;

use crate::components::form::{CsrfToken, ErrorSummary};
use crate::components::moment::Moment;
use crate::layout::Layout;

/// One that waits.
#[derive(Clone, Debug)]
pub struct WaitingResult {
    /// Whose it is.
    pub name: String,
    /// The address of its page.
    pub href: String,
    /// Since when it waits.
    pub since: Moment,
    /// What was measured, each with its value.
    pub results: Vec<ResultLine>,
}

/// One value.
#[derive(Clone, Debug, Default)]
pub struct ResultLine {
    /// What was measured.
    pub name: String,
    /// The value with its unit; may be empty.
    pub value: String,
    /// Against its range: `above range`; empty where that is not known.
    pub against: String,
}

/// The list.
#[derive(Clone, Debug, Template)]
#[template(path = "practice/reviews.html")]
pub struct ReviewsPage {
    /// The frame.
    pub layout: Layout,
    /// Whether one was just released.
    pub is_done: bool,
    /// Oldest first.
    pub waiting: Vec<WaitingResult>,
    /// Whether there may be more of them.
    pub is_more: bool,
}

/// One of them, to be released.
#[derive(Clone, Debug, Template)]
#[template(path = "practice/review.html")]
pub struct ReviewPage {
    /// The frame.
    pub layout: Layout,
    /// The result.
    pub result: WaitingResult,
    /// The address of the person's record.
    pub record: String,
    /// Words for the person.
    pub words: String,
    /// What is wrong with them.
    pub summary: ErrorSummary,
    /// The token of the form.
    pub csrf: CsrfToken,
}
