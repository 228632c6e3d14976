//! Next of kin and others who matter to the person.

use crate::clinician::sections::Listing;
use crate::components::traced::{Provenance, Traced};
use askama::Template;

/// One person.
#[derive(Clone, Debug)]
pub struct RelatedPerson {
    /// The name in the banner's form.
    pub name: Traced,
    /// What they are to the patient, as `Daughter`, `Next of kin`.
    pub relationship: Option<Traced>,
    /// Phone, email, address.
    pub details: Vec<(String, Traced)>,
    /// Where it came from.
    pub provenance: Provenance,
}

/// The section.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "clinician/sections/people.html")]
pub struct PeopleSection {
    /// Counts and systems.
    pub list: Listing,
    /// The people.
    pub rows: Vec<RelatedPerson>,
}
