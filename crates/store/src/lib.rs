//! The storage contract: what a backend must do, and the values that cross it.
//!
//! Spec of behaviour: `docs/implementation/store.md`, and [`contract`], the suite that every
//! backend runs. To add a backend: implement [`Store`] in a crate `store-…`, call
//! `store::contract::run` from its tests, and let only the composition root name it.
//!
//! Four rules hold for every method:
//! 1. what [`Store::commit`] and [`Store::receive`] answer is durable before they answer;
//! 2. a batch is all or nothing, and its preconditions are checked inside the write transaction;
//! 3. a reader sees one moment;
//! 4. the bytes that were stored are the bytes that are served.

mod catalogue;
mod commit;
#[cfg(feature = "contract")]
pub mod contract;
mod erasure;
mod error;
mod explanation;
mod identity;
mod item;
mod job;
mod kept;
mod lineage;
mod parameter;
pub mod position;
mod resource;
mod scan;
pub mod sql;

pub use catalogue::{Catalogue, CatalogueParameter, ParameterKind};
pub use commit::{
    Batch, Change, ChangeKind, CommitError, Committed, Expected, Guard, GuardExpects, Method,
};
pub use erasure::{Erased, Erasure};
pub use error::{Refusal, StoreError};
pub use explanation::{Estimate, ExplainedStep, Explanation};
pub use identity::{CompactId, compact_id};
pub use item::{
    FeedBalance, FeedName, Item, ItemEvent, ItemFilter, ItemId, ItemOutcome, ItemPage, ItemState,
    ItemSummary, NewItem, SetAsideCause,
};
pub use job::Job;
pub use kept::{Kept, KeptChange, KeptExpected};
pub use lineage::{Lineage, LineageEntry};
pub use parameter::{Leftover, ParameterState};
pub use resource::{
    History, HistoryPage, HistoryScope, ResourceKey, SearchCursor, SearchHit, SearchHitKind,
    SearchPage, Stored,
};
pub use scan::{Reindexed, ScanPart, Scanned};

use async_trait::async_trait;
use fhir::VersionId;

/// A store of resources, their lineage, and the ledger of items received.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The current version of a resource; a deleted one is answered with `body` `None`.
    async fn read(&self, key: &ResourceKey) -> Result<Option<Stored>, StoreError>;

    /// One version of a resource.
    async fn read_version(
        &self,
        key: &ResourceKey,
        version: VersionId,
    ) -> Result<Option<Stored>, StoreError>;

    /// The current versions of many resources, in the order asked for.
    async fn read_many(&self, keys: &[ResourceKey]) -> Result<Vec<Option<Stored>>, StoreError>;

    /// A page of versions, newest first.
    async fn history(&self, scope: &HistoryScope, page: HistoryPage)
    -> Result<History, StoreError>;

    /// A page of the versions that were current at `since` or later; with [`HistoryPage::until`]: at
    /// some time in that period (`_at`). A deletion counts where it happened in the period.
    async fn history_of_current(
        &self,
        _scope: &HistoryScope,
        _page: HistoryPage,
        _since: i64,
    ) -> Result<History, StoreError> {
        Err(StoreError::unsupported("history of what was current"))
    }

    /// A page of a search, with what its includes name.
    async fn search(
        &self,
        search: &search::Search,
        cursor: Option<&SearchCursor>,
    ) -> Result<SearchPage, StoreError>;

    /// How many resources match, without reading them.
    async fn count(&self, search: &search::Search) -> Result<u64, StoreError>;

    /// Writes a batch: all of it, durably, or nothing.
    async fn commit(&self, batch: Batch) -> Result<Vec<Committed>, CommitError>;

    /// Where the values of a version came from.
    async fn lineage(
        &self,
        key: &ResourceKey,
        version: VersionId,
    ) -> Result<Option<Lineage>, StoreError>;

    /// Takes items into the ledger as [`NewItem::state`] says, durably, in order.
    async fn receive(&self, items: Vec<NewItem>) -> Result<Vec<ItemId>, StoreError>;

    /// The oldest waiting items of a feed, with their bytes, in the order received, after `after`.
    async fn waiting(
        &self,
        feed: &FeedName,
        after: Option<ItemId>,
        limit: usize,
    ) -> Result<Vec<Item>, StoreError>;

    /// One item with its bytes and history.
    async fn item(&self, id: ItemId) -> Result<Option<(Item, Vec<ItemEvent>)>, StoreError>;

    /// The stored items of one subject (a person in a feed) by event time, then by id: what a
    /// late arrival is folded together with.
    async fn items_of_subject(
        &self,
        feed: &FeedName,
        subject: &str,
    ) -> Result<Vec<Item>, StoreError>;

    /// A page of items without their bytes, newest first.
    async fn items(&self, filter: &ItemFilter) -> Result<ItemPage, StoreError>;

    /// The resources, each with the version, that an item wrote.
    async fn resources_of_item(
        &self,
        id: ItemId,
    ) -> Result<Vec<(ResourceKey, VersionId)>, StoreError>;

    /// Whether an item with this control id and content hash was received by the feed before.
    async fn item_known(
        &self,
        feed: &FeedName,
        control_id: &str,
        content_hash: u64,
    ) -> Result<Option<ItemId>, StoreError>;

    /// Changes the state of items outside a resource write (set aside, filtered, back to waiting).
    async fn settle(&self, outcomes: Vec<ItemOutcome>) -> Result<(), StoreError>;

    /// The balance of every feed that has received anything, from counters kept apart from states.
    async fn ledger(&self) -> Result<Vec<FeedBalance>, StoreError>;

    /// The same balance counted afresh from the items themselves: slow, and proof of [`Store::ledger`].
    async fn recount(&self) -> Result<Vec<FeedBalance>, StoreError>;

    /// How many current resources there are of each type.
    async fn type_counts(&self) -> Result<Vec<(fhir::ResourceType, u64)>, StoreError>;

    /// Runs a search's first page and tells how, without its bodies.
    async fn explain(&self, _search: &search::Search) -> Result<Explanation, StoreError> {
        Err(StoreError::unsupported("explain"))
    }

    /// A part of a type.
    async fn scan(&self, _part: ScanPart) -> Result<Scanned, StoreError> {
        Err(StoreError::unsupported("scan"))
    }

    /// A part of what was deleted of a type: the versions that say so, without bodies.
    async fn scan_deleted(&self, _part: ScanPart) -> Result<Scanned, StoreError> {
        Err(StoreError::unsupported("scan of deleted resources"))
    }

    /// The different values that current resources of a type have for a token or URI parameter, some
    /// at the most, in an order of the store's own.
    async fn values(
        &self,
        _resource_type: fhir::ResourceType,
        _parameter: search::ParameterId,
        _limit: usize,
    ) -> Result<Vec<search::IndexValue>, StoreError> {
        Err(StoreError::unsupported("values of a parameter"))
    }

    /// Replaces index rows; gives how many resources were still at the version read. Writers of
    /// requests go first.
    async fn reindex(&self, _rows: Vec<Reindexed>) -> Result<u64, StoreError> {
        Err(StoreError::unsupported("reindex"))
    }

    /// Puts other search parameters in force: new ones get lasting numbers, those whose kind has
    /// changed lose their rows, those that are gone are no longer written. [`search::ParameterId`]s
    /// given before keep their meaning.
    async fn put_in_force(&self, _catalogue: Catalogue) -> Result<(), StoreError> {
        Err(StoreError::unsupported("put in force"))
    }

    /// The parameters that are in force but whose rows are not there for all resources: those put in
    /// force, or whose definition or way of indexing changed, since their types were last reindexed.
    async fn parameter_states(&self) -> Result<Vec<ParameterState>, StoreError> {
        Ok(Vec::new())
    }

    /// Notes that every resource of these types has been reindexed for these parameters since the
    /// given states were read; a parameter that has changed again since stays as it is.
    async fn complete(&self, _parameters: Vec<ParameterState>) -> Result<(), StoreError> {
        Err(StoreError::unsupported("complete"))
    }

    /// The types that have rows of parameters which are no longer in force. Reindexing a resource, be
    /// it for no parameter, takes them away.
    async fn leftovers(&self) -> Result<Vec<Leftover>, StoreError> {
        Ok(Vec::new())
    }

    /// Notes that every resource of these types has been reindexed since the given states were read.
    async fn clear(&self, _leftovers: Vec<Leftover>) -> Result<(), StoreError> {
        Err(StoreError::unsupported("clear"))
    }

    /// Erases for good.
    async fn erase(&self, _what: Erasure) -> Result<Erased, StoreError> {
        Err(StoreError::unsupported("erase"))
    }

    /// Answers when every write that was handed over before is in the store or was refused, those
    /// whose callers have gone before their answer among them.
    async fn writes_done(&self) -> Result<(), StoreError> {
        self.settle(Vec::new()).await
    }

    /// Writes a job's state, durably, after every commit that was handed over before.
    async fn save_job(&self, _job: Job) -> Result<(), StoreError> {
        Err(StoreError::unsupported("jobs"))
    }

    /// A job by its id.
    async fn job(&self, _id: &str) -> Result<Option<Job>, StoreError> {
        Err(StoreError::unsupported("jobs"))
    }

    /// All jobs, or those not yet done, oldest first.
    async fn jobs(&self, _unfinished_only: bool) -> Result<Vec<Job>, StoreError> {
        Err(StoreError::unsupported("jobs"))
    }

    /// Takes a job away.
    async fn remove_job(&self, _id: &str) -> Result<(), StoreError> {
        Err(StoreError::unsupported("jobs"))
    }

    /// Makes changes to small records, all of them durably or none; false where one found something
    /// else than it expects.
    async fn keep(&self, _changes: Vec<KeptChange>) -> Result<bool, StoreError> {
        Err(StoreError::unsupported("records"))
    }

    /// A small record that has not expired.
    async fn kept(&self, _kind: &str, _key: &str) -> Result<Option<Kept>, StoreError> {
        Err(StoreError::unsupported("records"))
    }

    /// The small records of a kind whose keys come after this one, in the order of their keys.
    async fn kept_after(
        &self,
        _kind: &str,
        _after: &str,
        _limit: usize,
    ) -> Result<Vec<Kept>, StoreError> {
        Err(StoreError::unsupported("records"))
    }
}
