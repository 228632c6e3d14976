//! A store that fails: nothing is acknowledged that is not kept, and nothing waits for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use feeds::FeedConfig;
use fhir::{ResourceType, VersionId};
use store::{
    Batch, CommitError, Committed, FeedBalance, FeedName, History, HistoryPage, HistoryScope, Item,
    ItemEvent, ItemFilter, ItemId, ItemOutcome, ItemPage, Lineage, NewItem, ResourceKey,
    SearchCursor, SearchPage, Store, StoreError, Stored,
};

use crate::client::{block, update};
use crate::system::{System, app_on, local, open};

/// A store whose next receipts and commits fail, so many of each.
struct Failing {
    inner: Arc<dyn Store>,
    receipts: AtomicU32,
    commits: AtomicU32,
}

/// Takes one off; whether there was one.
fn take(failures: &AtomicU32) -> bool {
    failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok()
}

fn failure() -> StoreError {
    StoreError::backend("write", "the disk is full")
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
        if take(&self.commits) {
            return Err(failure().into());
        }
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
        if take(&self.receipts) {
            return Err(failure());
        }
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
}

async fn failing(receipts: u32, commits: u32) -> System {
    let folder = tempfile::tempdir().unwrap();
    let store = Failing {
        inner: open(folder.path()),
        receipts: AtomicU32::new(receipts),
        commits: AtomicU32::new(commits),
    };
    let app = app_on(Arc::new(store));
    System::start(folder, app, vec![FeedConfig::mllp("pas", local())]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_stored_is_rejected_and_sent_again() {
    let system = failing(1, 0).await;
    let mut client = system.client().await;
    let pair = [block(&update("1", "1", "A", 1)), block(&update("2", "2", "B", 1))].concat();
    client.send(&pair).await;
    assert_eq!(client.verdict().await.unwrap(), "AR 1");
    assert_eq!(client.verdict().await.unwrap(), "AR 2");
    assert_eq!(system.states().await, [""; 0]);
    client.send(&pair).await;
    assert_eq!(client.finish().await, ["AA 1", "AA 2"]);
    assert_eq!(system.states().await, ["stored"; 2]);
    assert_eq!(system.feeds.counts()[0].1.unavailable, 2);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_wants_no_answer_is_cut_off_instead() {
    let system = failing(1, 0).await;
    let mut client = system.client().await;
    let silent = update("1", "1", "A", 1).replacen("|P|2.4", "|P|2.4|||NE|NE", 1);
    client.send(&block(&silent)).await;
    assert_eq!(client.verdict().await, None);
    assert_eq!(system.states().await, [""; 0]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_fails_is_tried_again_in_order() {
    let system = failing(0, 3).await;
    let mut client = system.client().await;
    let packet: Vec<u8> =
        (0..5_u32).flat_map(|n| block(&update(&n.to_string(), "P", "SHAH", n))).collect();
    client.send(&packet).await;
    assert_eq!(client.finish().await.len(), 5);
    assert_eq!(system.states().await, ["stored"; 5]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_never_works_is_set_aside_and_stops_nobody() {
    let system = failing(0, 6).await;
    let mut client = system.client().await;
    client.send(&block(&update("1", "P", "SHAH", 1))).await;
    client.send(&block(&update("2", "P", "SHAW", 2))).await;
    assert_eq!(client.finish().await, ["AA 1", "AA 2"]);
    assert_eq!(system.states().await, ["set-aside fault", "stored"]);
    system.stop().await;
}
