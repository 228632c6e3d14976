//! What a person says of a page.

use askama::Template;

use crate::components::form::{CsrfToken, ErrorSummary};
use crate::layout::Layout;

/// Asking.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/feedback.html")]
pub struct FeedbackPage {
    /// The frame.
    pub layout: Layout,
    /// Which part of the app: what is sent.
    pub about: &'static str,
    /// The same in words.
    pub about_words: &'static str,
    /// How easy it was: what is sent, the words, and whether it is chosen.
    pub eases: Vec<(&'static str, &'static str, bool)>,
    /// What was typed.
    pub words: String,
    /// Characters at the most.
    pub words_max: usize,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The token of the form.
    pub csrf: CsrfToken,
}

impl FeedbackPage {
    /// What is wrong with a field; empty for nothing.
    pub fn error(&self, field: &str) -> &str {
        let found = self.summary.errors.iter().find(|(id, _)| id == field);
        found.map_or("", |(_, words)| words.as_str())
    }
}

/// Thanks.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/feedback_thanks.html")]
pub struct ThanksPage {
    /// The frame.
    pub layout: Layout,
}
