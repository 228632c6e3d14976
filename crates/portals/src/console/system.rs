//! What is running here: version, store, limits, and what else is in the binary.

use crate::layout::Layout;
use askama::Template;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "console/system.html")]
pub struct SystemPage {
    /// The frame.
    pub layout: Layout,
    /// Groups of facts, each with its heading.
    pub groups: Vec<(String, Vec<(String, String)>)>,
}
