//! Letters, summaries and reports.

use crate::clinician::sections::Listing;
use crate::components::moment::Moment;
use crate::components::tag::Tag;
use crate::components::traced::{Provenance, Traced};
use askama::Template;

/// One document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its date, by its author.
    pub at: Moment,
    /// What it is, as `Discharge summary`.
    pub title: Traced,
    /// The address that gives the document itself; `None` where the source sent none.
    pub href: Option<String>,
    /// Its form and size in words, as `PDF, 120 kB`.
    pub form: String,
    /// Its text where it is text, in full.
    pub text: Option<String>,
    /// What the source says of it, as `Preliminary`, `Superseded`.
    pub status: Vec<Tag>,
    /// Where it came from.
    pub provenance: Provenance,
}

/// The section.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "clinician/sections/documents.html")]
pub struct DocumentsSection {
    /// Counts and systems.
    pub list: Listing,
    /// The documents, newest first.
    pub rows: Vec<Document>,
}
