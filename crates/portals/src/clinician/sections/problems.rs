//! Problems and diagnoses: current ones first, past ones apart.

use crate::clinician::sections::Listing;
use crate::components::moment::Moment;
use crate::components::tag::Tag;
use crate::components::traced::{Provenance, Traced};
use askama::Template;

/// One problem or diagnosis.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What it is, in the words of the source.
    pub name: Traced,
    /// The code and its system in words, as `SNOMED CT 44054006`; empty where there is none.
    pub code: String,
    /// What the source says of it, as `Active`, `Provisional`, `Entered in error`.
    pub status: Vec<Tag>,
    /// When it began.
    pub since: Moment,
    /// When it ended.
    pub ended: Option<Moment>,
    /// Notes, in full.
    pub notes: Vec<String>,
    /// Where it came from.
    pub provenance: Provenance,
}

/// The section.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "clinician/sections/problems.html")]
pub struct ProblemsSection {
    /// Counts and systems.
    pub list: Listing,
    /// Problems that last.
    pub current: Vec<Problem>,
    /// Problems that are over.
    pub past: Vec<Problem>,
}

impl ProblemsSection {
    fn groups(&self) -> [(&'static str, &[Problem]); 2] {
        [("Current problems", &self.current), ("Past problems", &self.past)]
    }
}
