//! The store's contract as the doors keep it: each method guarded by what it gives, or closed.

use std::collections::BTreeSet;

use ::access::{Action, Duty, Filter, has_duty};
use ::search::Search;
use ::store::{
    Batch, CommitError, Committed, FeedBalance, FeedName, History, HistoryPage, HistoryScope, Item,
    ItemEvent, ItemFilter, ItemId, ItemOutcome, ItemPage, Lineage, NewItem, ParameterState,
    ResourceKey, SearchCursor, SearchPage, Store, StoreError, Stored,
};
use async_trait::async_trait;
use fhir::{ResourceType, VersionId};

use super::{Doors, refusal};

impl Doors {
    /// Whether the current version may be read; what is deleted or was never there may not, unless all
    /// of the type may.
    async fn is_open(&self, key: &ResourceKey) -> Result<bool, StoreError> {
        if let Some(current) = self.raw.read(key).await? {
            return self.lets_version(Action::Read, &current).await;
        }
        self.decided(Action::Read, key.resource_type, &BTreeSet::new()).await?;
        Ok(false)
    }

    /// The versions of a page that may be read.
    async fn open_versions(&self, mut history: History) -> Result<History, StoreError> {
        let mut open = Vec::with_capacity(history.versions.len());
        for version in history.versions {
            if version.body.is_none() || self.lets_version(Action::Read, &version).await? {
                open.push(version);
            }
        }
        history.versions = open;
        Ok(history)
    }

    /// The scope as far as it is open; a history of many resources is for those who may see them all.
    async fn open_scope(&self, scope: &HistoryScope) -> Result<HistoryScope, StoreError> {
        match scope {
            HistoryScope::Instance(key) => {
                let open = self.is_open(key).await?;
                Ok(if open { scope.clone() } else { HistoryScope::Among(Vec::new()) })
            }
            HistoryScope::Among(keys) => {
                let mut open = Vec::new();
                for key in keys {
                    if self.is_open(key).await? {
                        open.push(key.clone());
                    }
                }
                Ok(HistoryScope::Among(open))
            }
            HistoryScope::Type(resource_type) => {
                let none = BTreeSet::new();
                let decision = self.decided(Action::Search, *resource_type, &none).await?;
                if decision.filter == Filter::Everything {
                    Ok(scope.clone())
                } else {
                    self.closed("the history of a whole type")
                }
            }
            HistoryScope::System => self.closed("the history of the whole server"),
        }
    }

    fn on_duty(&self, duty: Duty) -> Result<(), StoreError> {
        match refusal(&has_duty(&self.caller, duty)) {
            Some(refused) => Err(self.refuse(refused)),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Store for Doors {
    async fn read(&self, key: &ResourceKey) -> Result<Option<Stored>, StoreError> {
        let Some(stored) = self.raw.read(key).await? else {
            self.decided(Action::Read, key.resource_type, &BTreeSet::new()).await?;
            return Ok(None);
        };
        Ok(self.lets_version(Action::Read, &stored).await?.then_some(stored))
    }

    async fn read_version(
        &self,
        key: &ResourceKey,
        version: VersionId,
    ) -> Result<Option<Stored>, StoreError> {
        // Who may not see it as it is now may not see it as it was.
        if !self.is_open(key).await? {
            return Ok(None);
        }
        let Some(stored) = self.raw.read_version(key, version).await? else { return Ok(None) };
        let is_shown = stored.body.is_none() || self.lets_version(Action::Read, &stored).await?;
        Ok(is_shown.then_some(stored))
    }

    async fn read_many(&self, keys: &[ResourceKey]) -> Result<Vec<Option<Stored>>, StoreError> {
        let mut all = self.raw.read_many(keys).await?;
        for each in &mut all {
            let Some(stored) = each else { continue };
            match self.lets_version(Action::Read, stored).await {
                Ok(true) => {}
                Ok(false) => *each = None,
                Err(error) if error.refusal().is_some() => *each = None,
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    async fn history(
        &self,
        scope: &HistoryScope,
        page: HistoryPage,
    ) -> Result<History, StoreError> {
        let scope = self.open_scope(scope).await?;
        self.open_versions(self.raw.history(&scope, page).await?).await
    }

    async fn history_of_current(
        &self,
        scope: &HistoryScope,
        page: HistoryPage,
        since: i64,
    ) -> Result<History, StoreError> {
        let scope = self.open_scope(scope).await?;
        self.open_versions(self.raw.history_of_current(&scope, page, since).await?).await
    }

    async fn search(
        &self,
        search: &Search,
        cursor: Option<&SearchCursor>,
    ) -> Result<SearchPage, StoreError> {
        let search = self.narrowed(search).await?;
        let mut page = self.raw.search(&search, cursor).await?;
        page.hits = self.shown(page.hits).await?;
        Ok(page)
    }

    async fn count(&self, search: &Search) -> Result<u64, StoreError> {
        let search = self.narrowed(search).await?;
        self.raw.count(&search).await
    }

    async fn commit(&self, batch: Batch) -> Result<Vec<Committed>, CommitError> {
        let batch = self.checked(batch).await?;
        self.raw.commit(batch).await
    }

    async fn lineage(
        &self,
        key: &ResourceKey,
        version: VersionId,
    ) -> Result<Option<Lineage>, StoreError> {
        match self.read_version(key, version).await? {
            Some(_) => self.raw.lineage(key, version).await,
            None => Ok(None),
        }
    }

    /// Whoever may read all that a message became may read the message.
    async fn item(&self, id: ItemId) -> Result<Option<(Item, Vec<ItemEvent>)>, StoreError> {
        if has_duty(&self.caller, Duty::Feeds).denied.is_some() {
            let made = self.raw.resources_of_item(id).await?;
            let mut is_open = !made.is_empty();
            for (key, _) in &made {
                is_open = is_open && self.is_open(key).await?;
            }
            if !is_open {
                self.on_duty(Duty::Feeds)?;
            }
        }
        self.raw.item(id).await
    }

    async fn resources_of_item(
        &self,
        id: ItemId,
    ) -> Result<Vec<(ResourceKey, VersionId)>, StoreError> {
        self.on_duty(Duty::Feeds)?;
        self.raw.resources_of_item(id).await
    }

    async fn items(&self, filter: &ItemFilter) -> Result<ItemPage, StoreError> {
        self.on_duty(Duty::Feeds)?;
        self.raw.items(filter).await
    }

    async fn waiting(
        &self,
        _feed: &FeedName,
        _after: Option<ItemId>,
        _limit: usize,
    ) -> Result<Vec<Item>, StoreError> {
        self.closed("what waits in a feed")
    }

    async fn receive(&self, _items: Vec<NewItem>) -> Result<Vec<ItemId>, StoreError> {
        self.closed("receiving")
    }

    async fn items_of_subject(
        &self,
        _feed: &FeedName,
        _subject: &str,
    ) -> Result<Vec<Item>, StoreError> {
        self.closed("the items of a person")
    }

    async fn item_known(
        &self,
        _feed: &FeedName,
        _control_id: &str,
        _content_hash: u64,
    ) -> Result<Option<ItemId>, StoreError> {
        self.closed("the ledger")
    }

    async fn settle(&self, _outcomes: Vec<ItemOutcome>) -> Result<(), StoreError> {
        self.closed("the ledger")
    }

    /// When each feed last received something: shown on every record, and nobody's secret.
    async fn ledger(&self) -> Result<Vec<FeedBalance>, StoreError> {
        self.raw.ledger().await
    }

    async fn recount(&self) -> Result<Vec<FeedBalance>, StoreError> {
        self.on_duty(Duty::Feeds)?;
        self.raw.recount().await
    }

    async fn type_counts(&self) -> Result<Vec<(ResourceType, u64)>, StoreError> {
        self.closed("the number of resources of each type")
    }

    /// Which indexes are being built: a search says so, whoever asks.
    async fn parameter_states(&self) -> Result<Vec<ParameterState>, StoreError> {
        self.raw.parameter_states().await
    }

    async fn writes_done(&self) -> Result<(), StoreError> {
        self.raw.writes_done().await
    }
}
