//! What is switched on where.

use askama::Template;

use crate::components::form::{CsrfToken, ErrorSummary, TextInput};
use crate::components::moment::Moment;
use crate::layout::Layout;

/// A site.
#[derive(Clone, Debug)]
pub struct SiteRow {
    /// Its short name.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its practices.
    pub practices: String,
    /// The id of each feature, what it is called, and how it stands.
    pub states: Vec<(&'static str, &'static str, String)>,
}

/// All sites.
#[derive(Clone, Debug, Template)]
#[template(path = "console/sites.html")]
pub struct SitesPage {
    /// The frame.
    pub layout: Layout,
    /// Whether a site was just kept.
    pub is_done: bool,
    /// The sites, and everywhere else.
    pub rows: Vec<SiteRow>,
    /// What is wrong with the form.
    pub summary: ErrorSummary,
    /// A site's short name.
    pub id: TextInput,
    /// Its name.
    pub name: TextInput,
    /// Its practices.
    pub practices: TextInput,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// A decision in the history.
#[derive(Clone, Debug)]
pub struct ChangeLine {
    /// When.
    pub at: Moment,
    /// Who.
    pub by: String,
    /// What it became.
    pub state: String,
    /// From which day.
    pub from: String,
    /// What people are told.
    pub note: String,
    /// Why.
    pub why: String,
}

/// One feature at one site.
#[derive(Clone, Debug, Template)]
#[template(path = "console/site_feature.html")]
pub struct FeaturePage {
    /// The frame.
    pub layout: Layout,
    /// The page's own address.
    pub address: String,
    /// How it stands.
    pub now: String,
    /// What came of the last form; may be empty.
    pub told: String,
    /// What is wrong with the form.
    pub summary: ErrorSummary,
    /// The state that is chosen.
    pub state: String,
    /// The first day.
    pub from: TextInput,
    /// The practices of a pilot.
    pub practices: TextInput,
    /// Its youngest age.
    pub age_from: TextInput,
    /// Its oldest age.
    pub age_to: TextInput,
    /// Its share of people.
    pub share: TextInput,
    /// The note to patients.
    pub note: TextInput,
    /// Why.
    pub why: TextInput,
    /// Newest first.
    pub history: Vec<ChangeLine>,
    /// The token of the form.
    pub csrf: CsrfToken,
}
