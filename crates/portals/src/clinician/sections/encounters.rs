//! Stays and visits, with the places that a person moved through.

use crate::clinician::sections::Listing;
use crate::components::moment::Moment;
use crate::components::tag::Tag;
use crate::components::traced::{Provenance, Traced};
use askama::Template;

/// One stay or visit.
#[derive(Clone, Debug)]
pub struct Encounter {
    /// What it is, as `Inpatient stay`, `Emergency attendance`.
    pub title: Traced,
    /// When it began.
    pub from: Moment,
    /// When it ended; `None` where it goes on or the end is not known.
    pub to: Option<Moment>,
    /// What became of it, as `In progress`, `Finished`, `Cancelled`.
    pub status: Vec<Tag>,
    /// More facts, as consultant and specialty.
    pub details: Vec<(String, Traced)>,
    /// The places in their order, oldest first.
    pub places: Vec<Place>,
    /// Where it came from.
    pub provenance: Provenance,
}

/// One place within a stay.
#[derive(Clone, Debug)]
pub struct Place {
    /// Ward, room and bed.
    pub name: Traced,
    /// When the person came there.
    pub from: Moment,
    /// When the person left it; `None` where they are there still, or it is not known.
    pub to: Option<Moment>,
    /// Whether the person is there now.
    pub current: bool,
}

/// The section.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "clinician/sections/encounters.html")]
pub struct EncountersSection {
    /// Counts and systems.
    pub list: Listing,
    /// The stays and visits, newest first.
    pub rows: Vec<Encounter>,
}
