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
    fn total(&self) -> Ledger {
        self.feeds.iter().fold(Ledger::default(), |sum, feed| sum.plus(feed.ledger))
    }

    /// The feeds whose ledger does not balance; sums of all could hide two errors that cancel out.
    fn broken(&self) -> Vec<&FeedRow> {
        self.feeds.iter().filter(|feed| !feed.ledger.balances()).collect()
    }
}
