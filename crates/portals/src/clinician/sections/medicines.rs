//! Medicines: current and past are never in one list (NHS CUI MEDv).

use crate::clinician::sections::Listing;
use crate::components::moment::Moment;
use crate::components::tag::Tag;
use crate::components::traced::{Provenance, Traced};
use askama::Template;

/// One medicine.
#[derive(Clone, Debug)]
pub struct Medicine {
    /// The drug, as the source names it, with strength and form.
    pub drug: Traced,
    /// The dose text in full; `None` where the source sent none.
    pub dose: Option<Traced>,
    /// More facts, as route and quantity.
    pub details: Vec<(String, String)>,
    /// What the source says of it, as `Repeat`, `Stopped`.
    pub status: Vec<Tag>,
    /// When it was started.
    pub started: Moment,
    /// When it was stopped or finished.
    pub ended: Option<Moment>,
    /// Where it came from.
    pub provenance: Provenance,
}

/// The section.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "clinician/sections/medicines.html")]
pub struct MedicinesSection {
    /// Counts and systems.
    pub list: Listing,
    /// Medicines that are taken, newest start first.
    pub current: Vec<Medicine>,
    /// Medicines that are not taken any more, newest end first.
    pub past: Vec<Medicine>,
}

impl MedicinesSection {
    fn groups(&self) -> [(&'static str, &[Medicine]); 2] {
        [("Current medicines", &self.current), ("Past medicines", &self.past)]
    }
}
