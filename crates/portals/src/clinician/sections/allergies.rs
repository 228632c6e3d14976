//! Allergies and intolerances: "no known allergies", "not recorded" and "not available" differ.

use crate::clinician::sections::Listing;
use crate::components::banner::AllergyStatement;
use crate::components::moment::Moment;
use crate::components::tag::{Colour, Tag};
use crate::components::traced::{Provenance, Traced};
use askama::Template;

/// One allergy or intolerance.
#[derive(Clone, Debug)]
pub struct Allergy {
    /// What it is to.
    pub substance: Traced,
    /// The code and its system in words; empty where there is none.
    pub code: String,
    /// What happens, in the words of the source; empty where not recorded.
    pub reactions: Vec<Traced>,
    /// How bad the reaction was.
    pub severity: Severity,
    /// What the source says of it, as `Active`, `Unconfirmed`, `Entered in error`.
    pub status: Vec<Tag>,
    /// When it was recorded.
    pub recorded: Moment,
    /// Where it came from.
    pub provenance: Provenance,
}

/// The severity as the source coded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Life-threatening or disabling.
    Severe,
    /// In between.
    Moderate,
    /// Slight.
    Mild,
    /// The source gave none, which says nothing about how bad it was.
    NotRecorded,
}

impl Severity {
    fn tag(self) -> Tag {
        match self {
            Self::Severe => Tag::new(Colour::Red, "Severe"),
            Self::Moderate => Tag::new(Colour::Orange, "Moderate"),
            Self::Mild => Tag::new(Colour::Yellow, "Mild"),
            Self::NotRecorded => Tag::new(Colour::White, "Not recorded"),
        }
    }
}

/// The section.
#[derive(Clone, Debug, Template)]
#[template(path = "clinician/sections/allergies.html")]
pub struct AllergiesSection {
    /// Counts and systems.
    pub list: Listing,
    /// The one statement, the same as in the banner.
    pub statement: AllergyStatement,
    /// The allergies, most severe first.
    pub rows: Vec<Allergy>,
    /// Systems that contradict each other, in words, as when one says that there are none.
    pub conflict: Option<String>,
}
