//! What a person sees of their record online, who acts for them, and hiding an entry.

use askama::Template;

use crate::components::form::{CsrfToken, ErrorSummary, TextInput};
use crate::layout::Layout;
use crate::patient::sharing::Linked;

/// A level to choose.
#[derive(Clone, Debug)]
pub struct LevelChoice {
    /// Its code.
    pub code: &'static str,
    /// What is shown at it.
    pub words: &'static str,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// The patient whose online access it is.
#[derive(Clone, Debug)]
pub struct OnlinePatient {
    /// The id of the Patient.
    pub id: String,
    /// What to call them.
    pub name: String,
    /// The date of birth.
    pub born: String,
    /// Whether the level is the one by age, not one that somebody chose.
    pub is_by_age: bool,
    /// The levels.
    pub levels: Vec<LevelChoice>,
    /// Who acts, or acted, for them.
    pub proxies: Vec<Linked>,
}

/// The page: finding a patient, and what was decided for them.
#[derive(Clone, Debug, Template)]
#[template(path = "practice/access.html")]
pub struct OnlineAccessPage {
    /// The frame.
    pub layout: Layout,
    /// What was just done; empty for nothing.
    pub done: &'static str,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The NHS number that is looked for.
    pub number: TextInput,
    /// The patient; none before one was looked for.
    pub patient: Option<OnlinePatient>,
    /// The NHS number of a proxy to be added.
    pub delegate: TextInput,
    /// The last day of a proxy to be added.
    pub until: TextInput,
    /// The token of the forms.
    pub csrf: CsrfToken,
}

/// Hiding an entry from its person, or showing it again.
#[derive(Clone, Debug, Template)]
#[template(path = "practice/hide.html")]
pub struct HidePage {
    /// The frame.
    pub layout: Layout,
    /// The entry: `Condition/123`.
    pub entry: String,
    /// What it says, in words.
    pub words: String,
    /// Whether it is hidden now.
    pub is_hidden: bool,
    /// The address of the entry's page.
    pub back: String,
    /// The reason that was typed.
    pub reason: String,
    /// What is wrong with it.
    pub summary: ErrorSummary,
    /// The token of the form.
    pub csrf: CsrfToken,
}
