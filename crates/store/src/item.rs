//! Items of the ledger: what a feed received, its bytes, and what became of it.
//!
//! For every feed, always: received = stored + waiting + set aside + filtered.

use std::fmt;
use std::sync::Arc;

/// A feed's name, from configuration: `liverpool-hospital`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeedName(pub Arc<str>);

impl fmt::Display for FeedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for FeedName {
    fn from(name: &str) -> FeedName {
        FeedName(name.into())
    }
}

/// An item's number: grows in the order of receipt over all feeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(pub u64);

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What has become of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ItemState {
    /// Durable, not yet processed.
    Waiting,
    /// Its resources are written (or it was found to change nothing).
    Stored,
    /// Could not be processed; a person must look.
    SetAside,
    /// Deliberately not processed: an exact repeat, or a type the feed leaves out by rule.
    Filtered,
}

impl ItemState {
    /// All states, in the order of the balance.
    pub const ALL: [ItemState; 4] =
        [ItemState::Stored, ItemState::Waiting, ItemState::SetAside, ItemState::Filtered];

    /// The name used in SQL, logs and pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            ItemState::Waiting => "waiting",
            ItemState::Stored => "stored",
            ItemState::SetAside => "set-aside",
            ItemState::Filtered => "filtered",
        }
    }
}

/// A short, stable name of a kind of failure or filter, for grouping: `unknown-segment`, `repeat`.
pub type SetAsideCause = String;

/// An item as a listener hands it over.
#[derive(Clone, Debug)]
pub struct NewItem {
    /// Which feed.
    pub feed: FeedName,
    /// When it was received: microseconds since 1970.
    pub received: i64,
    /// Where from: peer address or file name with line.
    pub origin: String,
    /// The sender's id for it (MSH-10, Bundle.identifier, row key); may be empty.
    pub control_id: String,
    /// What it is, in the format's words: `ADT^A01`, `Bundle`, `contacts.csv`.
    pub kind: String,
    /// Whose order it belongs to: the person's local id in this feed; may be empty.
    pub subject: String,
    /// When it happened at the source: microseconds since 1970; [`NewItem::received`] if unknown.
    pub event_time: i64,
    /// Waiting, or set aside or filtered at once.
    pub state: ItemState,
    /// Why, where it is set aside or filtered.
    pub cause: SetAsideCause,
    /// A sentence on the cause, without patient data.
    pub note: String,
    /// The bytes exactly as they came.
    pub bytes: Arc<[u8]>,
    /// What was answered; empty where the transport has no answer.
    pub acknowledgement: Vec<u8>,
    /// Hash of the content that tells an exact repeat.
    pub content_hash: u64,
}

/// An item as stored.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its number.
    pub id: ItemId,
    /// What was handed over; `state`, `cause` and `note` are the present ones.
    pub content: NewItem,
    /// How often it was tried.
    pub attempts: u32,
    /// When the state last changed: microseconds since 1970.
    pub changed: i64,
    /// When its bytes, its acknowledgement and its subject were erased, if they were.
    pub erased: Option<i64>,
}

/// An item without its bytes, for lists.
#[derive(Clone, Debug)]
pub struct ItemSummary {
    /// Its number.
    pub id: ItemId,
    /// Which feed.
    pub feed: FeedName,
    /// When it was received: microseconds since 1970.
    pub received: i64,
    /// The sender's id for it.
    pub control_id: String,
    /// What it is.
    pub kind: String,
    /// Whose order it belongs to.
    pub subject: String,
    /// What has become of it.
    pub state: ItemState,
    /// Why, where it is set aside or filtered.
    pub cause: SetAsideCause,
    /// A sentence on the cause.
    pub note: String,
    /// Length of the bytes as received.
    pub length: u32,
    /// When its bytes were erased, if they were.
    pub erased: Option<i64>,
}

/// A change of an item's state, written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemEvent {
    /// When: microseconds since 1970.
    pub at: i64,
    /// The state that it changed to.
    pub state: ItemState,
    /// Why.
    pub note: String,
}

/// What becomes of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemOutcome {
    /// Which.
    pub id: ItemId,
    /// When: microseconds since 1970.
    pub at: i64,
    /// The new state.
    pub state: ItemState,
    /// Why, where it is set aside or filtered; else empty.
    pub cause: SetAsideCause,
    /// A sentence.
    pub note: String,
}

/// Which items to list.
#[derive(Clone, Debug, Default)]
pub struct ItemFilter {
    /// Of this feed.
    pub feed: Option<FeedName>,
    /// In this state.
    pub state: Option<ItemState>,
    /// With this cause.
    pub cause: Option<SetAsideCause>,
    /// With this subject.
    pub subject: Option<String>,
    /// With this control id.
    pub control_id: Option<String>,
    /// Received before this item (from [`ItemPage::next`]).
    pub before: Option<ItemId>,
    /// Items at the most.
    pub count: usize,
}

/// A page of items, newest first.
#[derive(Clone, Debug, Default)]
pub struct ItemPage {
    /// The items.
    pub items: Vec<ItemSummary>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<ItemId>,
}

/// One feed's balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedBalance {
    /// Which feed.
    pub feed: FeedName,
    /// How many items were received, by a counter of its own.
    pub received: u64,
    /// How many are stored.
    pub stored: u64,
    /// How many are waiting.
    pub waiting: u64,
    /// How many are set aside.
    pub set_aside: u64,
    /// How many are filtered.
    pub filtered: u64,
    /// When the last item was received: microseconds since 1970.
    pub last_received: Option<i64>,
    /// When the oldest waiting item was received: microseconds since 1970.
    pub oldest_waiting: Option<i64>,
    /// The causes of what is set aside or filtered, with how many.
    pub causes: Vec<(ItemState, SetAsideCause, u64)>,
}

impl FeedBalance {
    /// Whether every item received is accounted for.
    pub fn balances(&self) -> bool {
        self.received == self.stored + self.waiting + self.set_aside + self.filtered
    }
}
