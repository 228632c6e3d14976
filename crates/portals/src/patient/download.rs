//! Taking one's record away.

use askama::Template;

use crate::layout::Layout;

/// The page: as what.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/download.html")]
pub struct DownloadPage {
    /// The frame.
    pub layout: Layout,
    /// What is withheld, a sentence each.
    pub withheld: Vec<String>,
}
