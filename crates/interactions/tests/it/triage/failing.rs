//! A store whose keeping and committing can be made to fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use fhir::{ResourceType, VersionId};
use store::{
    Batch, CommitError, Committed, FeedBalance, FeedName, History, HistoryPage, HistoryScope, Item,
    ItemEvent, ItemFilter, ItemId, ItemOutcome, ItemPage, Kept, KeptChange, Lineage, NewItem,
    ResourceKey, SearchCursor, SearchPage, Store, StoreError, Stored,
};

/// What fails.
#[derive(Default)]
pub(crate) struct Faults {
    pub(crate) keep: AtomicBool,
    pub(crate) kept: AtomicBool,
    pub(crate) commit: AtomicBool,
}

pub(crate) struct Failing {
    pub(crate) inner: Arc<dyn Store>,
    pub(crate) faults: Arc<Faults>,
}

fn checked(fault: &AtomicBool) -> Result<(), StoreError> {
    if fault.load(Ordering::SeqCst) {
        return Err(StoreError::backend("write", "the disk is full"));
    }
    Ok(())
}

#[async_trait]
impl Store for Failing {
    async fn read(&self, key: &ResourceKey) -> Result<Option<Stored>, StoreError> {
        self.inner.read(key).await
    }
    async fn read_version(
        &self,
        key: &ResourceKey,
        version: VersionId,
    ) -> Result<Option<Stored>, StoreError> {
        self.inner.read_version(key, version).await
    }
    async fn read_many(&self, keys: &[ResourceKey]) -> Result<Vec<Option<Stored>>, StoreError> {
        self.inner.read_many(keys).await
    }
    async fn history(&self, s: &HistoryScope, p: HistoryPage) -> Result<History, StoreError> {
        self.inner.history(s, p).await
    }
    async fn search(
        &self,
        search: &search::Search,
        cursor: Option<&SearchCursor>,
    ) -> Result<SearchPage, StoreError> {
        self.inner.search(search, cursor).await
    }
    async fn count(&self, search: &search::Search) -> Result<u64, StoreError> {
        self.inner.count(search).await
    }
    async fn commit(&self, batch: Batch) -> Result<Vec<Committed>, CommitError> {
        checked(&self.faults.commit)?;
        self.inner.commit(batch).await
    }
    async fn lineage(
        &self,
        key: &ResourceKey,
        version: VersionId,
    ) -> Result<Option<Lineage>, StoreError> {
        self.inner.lineage(key, version).await
    }
    async fn receive(&self, items: Vec<NewItem>) -> Result<Vec<ItemId>, StoreError> {
        self.inner.receive(items).await
    }
    async fn waiting(
        &self,
        feed: &FeedName,
        after: Option<ItemId>,
        limit: usize,
    ) -> Result<Vec<Item>, StoreError> {
        self.inner.waiting(feed, after, limit).await
    }
    async fn item(&self, id: ItemId) -> Result<Option<(Item, Vec<ItemEvent>)>, StoreError> {
        self.inner.item(id).await
    }
    async fn items_of_subject(&self, f: &FeedName, s: &str) -> Result<Vec<Item>, StoreError> {
        self.inner.items_of_subject(f, s).await
    }
    async fn items(&self, filter: &ItemFilter) -> Result<ItemPage, StoreError> {
        self.inner.items(filter).await
    }
    async fn resources_of_item(
        &self,
        id: ItemId,
    ) -> Result<Vec<(ResourceKey, VersionId)>, StoreError> {
        self.inner.resources_of_item(id).await
    }
    async fn item_known(
        &self,
        feed: &FeedName,
        control_id: &str,
        content_hash: u64,
    ) -> Result<Option<ItemId>, StoreError> {
        self.inner.item_known(feed, control_id, content_hash).await
    }
    async fn settle(&self, outcomes: Vec<ItemOutcome>) -> Result<(), StoreError> {
        self.inner.settle(outcomes).await
    }
    async fn ledger(&self) -> Result<Vec<FeedBalance>, StoreError> {
        self.inner.ledger().await
    }
    async fn recount(&self) -> Result<Vec<FeedBalance>, StoreError> {
        self.inner.recount().await
    }
    async fn type_counts(&self) -> Result<Vec<(ResourceType, u64)>, StoreError> {
        self.inner.type_counts().await
    }
    async fn keep(&self, changes: Vec<KeptChange>) -> Result<bool, StoreError> {
        checked(&self.faults.keep)?;
        self.inner.keep(changes).await
    }
    async fn kept(&self, kind: &str, key: &str) -> Result<Option<Kept>, StoreError> {
        checked(&self.faults.kept)?;
        self.inner.kept(kind, key).await
    }
    async fn kept_after(
        &self,
        kind: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Kept>, StoreError> {
        checked(&self.faults.kept)?;
        self.inner.kept_after(kind, after, limit).await
    }
}
