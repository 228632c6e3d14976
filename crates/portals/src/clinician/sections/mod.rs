//! The sections of the record, each shown in short on the summary and in full on its own page.
//!
//! A section is a list of typed rows and what every system says about that list. To add one: a file
//! here, a template of the same name, and a variant of `person::Section` and `person::View`.

pub mod allergies;
pub mod appointments;
pub mod documents;
pub mod encounters;
pub mod immunisations;
pub mod medicines;
pub mod people;
pub mod problems;
pub mod social_care;

use crate::components::supply::Supplies;

/// How many entries a section has, where the rest is, and what the systems say.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// How many there are, of which perhaps not all are shown here.
    pub total: usize,
    /// The page that shows them all; `None` where this is it.
    pub more: Option<String>,
    /// What each system supplies.
    pub supplies: Supplies,
}

macro_rules! sections {
    ($($section:ty),* $(,)?) => {
        $(impl askama::filters::HtmlSafe for $section {})*
    };
}

sections!(
    allergies::AllergiesSection,
    appointments::AppointmentsSection,
    documents::DocumentsSection,
    encounters::EncountersSection,
    immunisations::ImmunisationsSection,
    medicines::MedicinesSection,
    people::PeopleSection,
    problems::ProblemsSection,
    social_care::SocialCareSection,
    crate::clinician::results::ResultsSection,
    crate::clinician::timeline::TimelineList,
);
