//! What a person chooses about their record, and who acts for whom.

use askama::Template;

use crate::components::form::{CsrfToken, ErrorSummary};
use crate::layout::Layout;

/// The choices.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/sharing.html")]
pub struct SharingPage {
    /// The frame.
    pub layout: Layout,
    /// Whether it was just saved.
    pub is_saved: bool,
    /// Whether organisations see each other's parts.
    pub shares: bool,
    /// Whether the record serves research and planning.
    pub research: bool,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// Somebody on the page of people.
#[derive(Clone, Debug, Default)]
pub struct Linked {
    /// The id of the agreement.
    pub id: String,
    /// The id of the one acted for; empty where it is who acts for the reader.
    pub person: String,
    /// What to call them.
    pub name: String,
    /// What was agreed, in plain words.
    pub may: String,
    /// Why it holds no more; empty where it holds.
    pub ended: String,
}

/// The people page.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/people.html")]
pub struct PeoplePage {
    /// The frame.
    pub layout: Layout,
    /// Whom the reader acts for at present; empty for themselves.
    pub acting_for: String,
    /// Whom they can act for.
    pub represented: Vec<Linked>,
    /// Who acts for them.
    pub proxies: Vec<Linked>,
    /// The token of the forms.
    pub csrf: CsrfToken,
}
