//! Vaccinations, given and not given.

use crate::clinician::sections::Listing;
use crate::components::moment::Moment;
use crate::components::tag::Tag;
use crate::components::traced::{Provenance, Traced};
use askama::Template;

/// One vaccination.
#[derive(Clone, Debug)]
pub struct Immunisation {
    /// When it was given, or refused.
    pub at: Moment,
    /// What was given.
    pub vaccine: Traced,
    /// More facts, as dose, site and batch.
    pub details: Vec<(String, Traced)>,
    /// `Given`, or `Not given` with the reason among the details.
    pub status: Vec<Tag>,
    /// Where it came from.
    pub provenance: Provenance,
}

/// The section.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "clinician/sections/immunisations.html")]
pub struct ImmunisationsSection {
    /// Counts and systems.
    pub list: Listing,
    /// The vaccinations, newest first.
    pub rows: Vec<Immunisation>,
}
