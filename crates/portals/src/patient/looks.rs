//! Who looked at a person's record.

use askama::Template;

use crate::components::form::{CsrfToken, ErrorSummary};
use crate::layout::Layout;

/// One look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookLine {
    /// When.
    pub when: String,
    /// Who.
    pub who: String,
    /// What they do and for whom; empty for who is not staff.
    pub role: String,
    /// Why, in plain words.
    pub why: String,
    /// What was done.
    pub what: String,
    /// How often, where several are told in one line: `when` is then the last time.
    pub times: usize,
}

impl LookLine {
    /// Whether another says the same of the same day.
    pub fn is_like(&self, other: &LookLine) -> bool {
        let day = |line: &LookLine| line.when.split(',').next().unwrap_or("").to_owned();
        (&self.who, &self.role, &self.why, &self.what)
            == (&other.who, &other.role, &other.why, &other.what)
            && day(self) == day(other)
    }
}

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/looks.html")]
pub struct LooksPage {
    /// The frame.
    pub layout: Layout,
    /// The looks, newest first.
    pub looks: Vec<LookLine>,
    /// The address of the next page.
    pub next: Option<String>,
    /// Whether the person's own looks are among them.
    pub own: bool,
}

/// Opening a record without a relationship.
#[derive(Clone, Debug, Template)]
#[template(path = "clinician/open.html")]
pub struct OpenPage {
    /// The frame.
    pub layout: Layout,
    /// The person's name in the banner's form.
    pub name: String,
    /// Where the form goes.
    pub action: String,
    /// What was typed.
    pub reason: String,
    /// What is wrong with it.
    pub summary: ErrorSummary,
    /// The token of the form.
    pub csrf: CsrfToken,
}
