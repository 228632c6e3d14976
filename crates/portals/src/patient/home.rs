//! A person's front page.

use askama::Template;

use crate::layout::Layout;
use crate::patient::online::OnlineLine;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/home.html")]
pub struct HomePage {
    /// The frame.
    pub layout: Layout,
    /// What to call them.
    pub name: String,
    /// Whether they can read their record.
    pub has_record: bool,
    /// Whether they can ask 111.
    pub has_111: bool,
    /// What is off for them.
    pub off: Vec<OnlineLine>,
    /// Whether they must prove more before they see their record.
    pub must_step_up: bool,
    /// Messages of their practice that they have not read.
    pub unread: u64,
}
