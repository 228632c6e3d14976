//! All feeds: what came in, what became of it, and how long ago.

use crate::components::moment::Moment;
use crate::components::source::Source;
use crate::components::tag::{Colour, Tag};
use crate::console::ledger::{ErrorGroups, Ledger};
use crate::layout::Layout;
use askama::Template;

/// How a feed is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedState {
    /// Messages come as agreed.
    Working,
    /// Nothing has come for longer than agreed.
    Late,
    /// It listens, and nothing has ever come.
    Silent,
    /// It was stopped by a person.
    Paused,
    /// It cannot listen or store.
    Failing,
}

impl FeedState {
    /// The words, coloured.
    pub fn tag(self) -> Tag {
        match self {
            Self::Working => Tag::new(Colour::Green, "Working"),
            Self::Late => Tag::new(Colour::Orange, "Late"),
            Self::Silent => Tag::new(Colour::Grey, "No message yet"),
            Self::Paused => Tag::new(Colour::Yellow, "Paused"),
            Self::Failing => Tag::new(Colour::Red, "Failing"),
        }
    }
}

/// One feed.
#[derive(Clone, Debug)]
pub struct FeedRow {
    /// Its name.
    pub name: String,
    /// Its page.
    pub href: String,
    /// The system behind it.
    pub source: Source,
    /// How messages come, as `HL7 v2 over MLLP, port 2575`.
    pub protocol: String,
    /// How it is doing.
    pub state: FeedState,
    /// What became of its messages.
    pub ledger: Ledger,
    /// When the last message came.
    pub last_message: Option<Moment>,
    /// How old the oldest waiting message is, as `2 min`; empty where none waits.
    pub lag: String,
}

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "console/feeds.html")]
pub struct FeedsPage {
    /// The frame.
    pub layout: Layout,
    /// The feeds.
    pub feeds: Vec<FeedRow>,
    /// Failures of all feeds by cause.
    pub errors: ErrorGroups,
}

impl FeedsPage {
    fn total(&self) -> FeedsTotal<'_> {
        FeedsTotal(&self.feeds)
    }
}

/// The ledgers of all feeds as one, unless that would hide errors that cancel out.
#[derive(Clone, Debug, Template)]
#[template(path = "console/feeds_total.html")]
pub struct FeedsTotal<'a>(pub &'a [FeedRow]);

impl FeedsTotal<'_> {
    fn sum(&self) -> Ledger {
        self.0.iter().fold(Ledger::default(), |sum, feed| sum.plus(feed.ledger))
    }

    fn broken(&self) -> Vec<&FeedRow> {
        self.0.iter().filter(|feed| !feed.ledger.balances()).collect()
    }
}
