//! Social care: packages of care, assessments and contacts.

use crate::clinician::sections::Listing;
use crate::components::moment::Moment;
use crate::components::tag::Tag;
use crate::components::traced::{Provenance, Traced};
use askama::Template;

/// One entry of social care.
#[derive(Clone, Debug)]
pub struct SocialCareEntry {
    /// When it began or took place.
    pub from: Moment,
    /// When it ended; `None` where it goes on.
    pub to: Option<Moment>,
    /// What it is, as `Home care, 4 visits a day`.
    pub title: Traced,
    /// More facts, as provider and outcome.
    pub details: Vec<(String, Traced)>,
    /// Its state, as `Active`.
    pub status: Vec<Tag>,
    /// Where it came from.
    pub provenance: Provenance,
}

/// The section.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "clinician/sections/social_care.html")]
pub struct SocialCareSection {
    /// Counts and systems.
    pub list: Listing,
    /// Services that the person gets or got.
    pub packages: Vec<SocialCareEntry>,
    /// Assessments.
    pub assessments: Vec<SocialCareEntry>,
    /// Visits, calls and other contacts.
    pub contacts: Vec<SocialCareEntry>,
}

impl SocialCareSection {
    fn groups(&self) -> [(&'static str, &[SocialCareEntry]); 3] {
        [
            ("Packages of care", &self.packages),
            ("Assessments", &self.assessments),
            ("Contacts", &self.contacts),
        ]
    }

    fn is_empty(&self) -> bool {
        self.groups().iter().all(|(_, rows)| rows.is_empty())
    }
}
