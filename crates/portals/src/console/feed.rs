//! One feed: its ledger, its failures, and its messages by state.

use crate::components::moment::Moment;
use crate::components::pagination::Pagination;
use crate::components::source::Source;
use crate::components::tag::{Colour, Tag};
use crate::console::feeds::FeedState;
use crate::console::ledger::{ErrorGroups, Ledger};
use crate::layout::Layout;
use askama::Template;

/// What became of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// It waits to be worked on.
    Waiting,
    /// It is part of the record.
    Stored,
    /// It could not be worked on and is kept for a person to look at.
    SetAside,
    /// It was left out on purpose.
    Filtered,
}

impl ItemState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Stored, Self::SetAside, Self::Filtered];

    /// The words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Stored => "Stored",
            Self::SetAside => "Set aside",
            Self::Filtered => "Filtered",
        }
    }

    /// The value in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Stored => "stored",
            Self::SetAside => "set-aside",
            Self::Filtered => "filtered",
        }
    }

    /// The state with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The words, coloured.
    pub fn tag(self) -> Tag {
        let colour = match self {
            Self::Waiting => Colour::Yellow,
            Self::Stored => Colour::Green,
            Self::SetAside => Colour::Red,
            Self::Filtered => Colour::Grey,
        };
        Tag::new(colour, self.words())
    }
}

/// One message in the list.
#[derive(Clone, Debug)]
pub struct ItemRow {
    /// Its number in the ledger.
    pub number: String,
    /// Its page.
    pub href: String,
    /// What it is, as `ADT^A01, control id 0042`.
    pub what: String,
    /// When it came.
    pub received: Moment,
    /// What became of it.
    pub state: ItemState,
    /// Why it is set aside or filtered; empty otherwise.
    pub reason: String,
    /// Its size in words, as `1.2 kB`.
    pub size: String,
}

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "console/feed.html")]
pub struct FeedPage {
    /// The frame.
    pub layout: Layout,
    /// The name of the feed.
    pub name: String,
    /// Its address.
    pub href: String,
    /// The system behind it.
    pub source: Source,
    /// How it is doing.
    pub state: FeedState,
    /// How it is set up, as protocol, port, mapping.
    pub settings: Vec<(String, String)>,
    /// What became of its messages.
    pub ledger: Ledger,
    /// When the last message came.
    pub last_message: Option<Moment>,
    /// Failures by cause.
    pub errors: ErrorGroups,
    /// Which state is listed; `None` for all.
    pub shown: Option<ItemState>,
    /// The cause that the list is narrowed to; empty for none.
    pub cause: String,
    /// The messages, newest first.
    pub items: Vec<ItemRow>,
    /// Where this page stands among all.
    pub pagination: Pagination,
}

impl FeedPage {
    fn states(&self) -> Vec<(String, String, u64, bool)> {
        let count = |state| match state {
            ItemState::Waiting => self.ledger.waiting,
            ItemState::Stored => self.ledger.stored,
            ItemState::SetAside => self.ledger.set_aside,
            ItemState::Filtered => self.ledger.filtered,
        };
        let all = ("All".to_owned(), self.href.clone(), self.ledger.received, self.shown.is_none());
        let each = ItemState::ALL.into_iter().map(|state| {
            let href = format!("{}?state={}", self.href, state.code());
            (state.words().to_owned(), href, count(state), self.shown == Some(state))
        });
        std::iter::once(all).chain(each).collect()
    }
}
