//! The front page: what is connected, how much is there, and whether all is well.

use crate::components::tag::Tag;
use crate::console::feeds::{FeedRow, FeedsTotal};
use crate::layout::Layout;
use askama::Template;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "home.html")]
pub struct HomePage {
    /// The frame.
    pub layout: Layout,
    /// The state of the whole in one tag, as `All systems connected`.
    pub state: Tag,
    /// What is not well and what to do, one sentence each.
    pub concerns: Vec<String>,
    /// Counts with their words and the page behind them.
    pub counts: Vec<Count>,
    /// The feeds.
    pub feeds: Vec<FeedRow>,
}

/// One number of the front page.
#[derive(Clone, Debug)]
pub struct Count {
    /// The number.
    pub number: u64,
    /// What it counts, as `people`.
    pub words: String,
    /// The page behind it; `None` for none.
    pub href: Option<String>,
}

impl HomePage {
    fn total(&self) -> FeedsTotal<'_> {
        FeedsTotal(&self.feeds)
    }
}
