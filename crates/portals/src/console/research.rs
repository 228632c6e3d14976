//! How people get on with the app, by site: tasks begun and finished, and what they say.

use askama::Template;

use crate::layout::Layout;

/// One task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureRow {
    /// What it is.
    pub task: &'static str,
    /// How many began it, or that they are few.
    pub started: String,
    /// How many finished it.
    pub finished: String,
    /// How many a rule refused.
    pub refused: String,
    /// Of 100 that began, how many finished.
    pub of_100: Option<u64>,
}

/// The tasks of one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureTable {
    /// The site.
    pub site: String,
    /// The tasks.
    pub rows: Vec<MeasureRow>,
}

/// What was said of one part of the app at one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackLine {
    /// The site.
    pub site: String,
    /// The part.
    pub about: String,
    /// How many said something, or that they are few.
    pub count: String,
    /// The mean ease.
    pub ease: Option<String>,
    /// Day and words, newest first.
    pub words: Vec<(String, String)>,
}

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "console/research.html")]
pub struct ResearchPage {
    /// The frame.
    pub layout: Layout,
    /// First and last day.
    pub span: (String, String),
    /// The tasks by site.
    pub tables: Vec<MeasureTable>,
    /// What was said.
    pub feedback: Vec<FeedbackLine>,
}
