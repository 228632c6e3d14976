//! The embedded store: SQLite with narrow integer indexes, one writer with group commit, and
//! readers that each see one moment.
//!
//! Spec: `docs/implementation/store.md`, table by table. Behaviour: the contract in [`store`].
//! To add a kind of index: a table in `migrations/`, a variant in [`row`], its statements in
//! `writer/index.rs`, and its conditions in `store::sql`.

mod cache;
mod connection;
mod demand;
mod dialect;
mod form;
mod identity;
mod items;
mod lineage;
mod migrations;
mod numbers;
mod prepare;
mod reader;
mod row;
mod words;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use fhir::{ResourceType, VersionId};
use search::{IndexValue, ParameterId, Search};
use store::{
    Batch, Catalogue, CommitError, Committed, Erased, Erasure, Explanation, FeedBalance, FeedName,
    History, HistoryPage, HistoryScope, Item, ItemEvent, ItemFilter, ItemId, ItemOutcome, ItemPage,
    Job, Kept, KeptChange, Leftover, Lineage, NewItem, ParameterState, Reindexed, ResourceKey,
    ScanPart, Scanned, SearchCursor, SearchPage, Store, StoreError, Stored,
};
use tokio::sync::oneshot;

use crate::cache::BodyCache;
use crate::demand::Demand;
use crate::numbers::{InForce, Numbers};
use crate::reader::Reader;
use crate::writer::{Request, WriterHandle};

/// Gives the time: microseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Changes that are prepared (compressed) where they are handed over; more go to a blocking thread.
const PREPARED_INLINE_MAX: usize = 16;

/// Resources that are read where they are asked for; more go to a blocking thread.
const READ_INLINE_MAX: usize = 64;

/// Bytes of items that are compressed where they are handed over.
const COMPRESSED_INLINE_MAX: usize = 256 * 1024;

/// Resources that are reindexed or erased in one transaction at the most, so that nobody waits long.
const CHUNK_MAX: usize = 256;

/// How the store is set up.
#[derive(Clone)]
pub struct Options {
    /// The time, for `lastUpdated` and for lists that lapse.
    pub clock: Clock,
    /// Bytes for bodies read lately.
    pub cache_bytes: usize,
    /// Bytes of pages that the writer keeps.
    pub writer_cache_bytes: i64,
    /// Bytes of the file that readers map into memory.
    pub mapped_bytes: i64,
    /// How long a search may take; then it is refused with what to narrow.
    pub search_time_max: Duration,
    /// Pages of 4 KiB in the log before it is written back into the file.
    pub log_pages: i64,
    /// A search whose conditions come in no order reads and sorts so many matches before it looks
    /// for the first of them resource by resource; more in a large store.
    pub sorted_min: usize,
}

impl Options {
    /// What suits one server of two or more cores, with the time given by `clock`.
    pub fn with_clock(clock: Clock) -> Options {
        Options {
            clock,
            cache_bytes: 32 << 20,
            writer_cache_bytes: 64 << 20,
            mapped_bytes: 4 << 30,
            search_time_max: Duration::from_secs(10),
            log_pages: 16_384,
            sorted_min: 256,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("cache_bytes", &self.cache_bytes)
            .field("writer_cache_bytes", &self.writer_cache_bytes)
            .field("mapped_bytes", &self.mapped_bytes)
            .field("log_pages", &self.log_pages)
            .finish_non_exhaustive()
    }
}

/// The embedded store. When it is dropped it finishes what waits, and tidies its file.
pub struct SqliteStore {
    reader: Arc<Reader>,
    writer: WriterHandle,
    numbers: Arc<InForce>,
    demand: Arc<Demand>,
    search_time_max: Duration,
    clock: Clock,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the database file, making or upgrading it as needed.
    pub fn open(
        path: &Path,
        catalogue: &Catalogue,
        options: Options,
    ) -> Result<SqliteStore, StoreError> {
        let mut connection = connection::writing(path, &options)?;
        migrations::apply(&mut connection)?;
        let now = (options.clock)();
        let numbers = Numbers::open(&mut connection, catalogue, now)?;
        let numbers = Arc::new(InForce::new(Arc::new(numbers)));
        let cache = Arc::new(BodyCache::new(options.cache_bytes));
        let search_time_max = options.search_time_max;
        let clock = Arc::clone(&options.clock);
        let demand = Arc::new(Demand::new());
        let (in_force, asked) = (numbers.clone(), demand.clone());
        let writer = WriterHandle::start(connection, in_force, asked, cache.clone(), &options)?;
        let reader = Arc::new(Reader::new(path.to_owned(), options, numbers.clone(), cache));
        Ok(SqliteStore { reader, writer, numbers, demand, search_time_max, clock })
    }

    /// Has what was put off written, before somebody looks for it: index rows, and, where a search
    /// asks for words, the full text.
    async fn index_written(&self, search: &Search) -> Result<(), StoreError> {
        if self.demand.search() {
            self.ask(Request::Flush).await??;
        }
        if search.branches.iter().any(|branch| words::needed(&branch.filter)) {
            self.catch_up().await?;
        }
        Ok(())
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> Request,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = oneshot::channel();
        self.writer.send(request(sender)).await?;
        receiver.await.map_err(|_| StoreError::closed())
    }
}

impl SqliteStore {
    /// Brings the full text up to date.
    async fn catch_up(&self) -> Result<(), StoreError> {
        let until = Instant::now() + self.search_time_max / 2;
        match self.ask(|answer| Request::CatchUp(until, answer)).await?? {
            0 => Ok(()),
            left => Err(StoreError::too_costly(format!(
                "the words of {left} versions are not indexed yet; try again in a while"
            ))),
        }
    }
}

/// Runs `prepare` here if it is `small`, else on a blocking thread.
async fn prepared<T: Send + 'static>(
    small: bool,
    prepare: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    if small {
        return Ok(prepare());
    }
    let done = tokio::task::spawn_blocking(prepare).await;
    done.map_err(|error| StoreError::backend("prepare a write", error))
}

#[async_trait]
impl Store for SqliteStore {
    async fn read(&self, key: &ResourceKey) -> Result<Option<Stored>, StoreError> {
        self.reader.read(key)
    }

    async fn read_version(
        &self,
        key: &ResourceKey,
        version: VersionId,
    ) -> Result<Option<Stored>, StoreError> {
        self.reader.read_version(key, version)
    }

    async fn read_many(&self, keys: &[ResourceKey]) -> Result<Vec<Option<Stored>>, StoreError> {
        if keys.len() <= READ_INLINE_MAX {
            return self.reader.read_many(keys);
        }
        let (reader, keys) = (Arc::clone(&self.reader), keys.to_vec());
        let read = tokio::task::spawn_blocking(move || reader.read_many(&keys)).await;
        read.map_err(|error| StoreError::backend("read resources", error))?
    }

    async fn history(
        &self,
        scope: &HistoryScope,
        page: HistoryPage,
    ) -> Result<History, StoreError> {
        let scope = scope.clone();
        self.reader.long(move |reader, db| reader.history_page(db, &scope, page, None)).await
    }

    async fn history_of_current(
        &self,
        scope: &HistoryScope,
        page: HistoryPage,
        since: i64,
    ) -> Result<History, StoreError> {
        let scope = scope.clone();
        let read = move |reader: &Reader, db: &rusqlite::Connection| {
            reader.history_page(db, &scope, page, Some(since))
        };
        self.reader.long(read).await
    }

    async fn search(
        &self,
        search: &Search,
        cursor: Option<&SearchCursor>,
    ) -> Result<SearchPage, StoreError> {
        self.index_written(search).await?;
        let (search, cursor) = (search.clone(), cursor.cloned());
        self.reader
            .bounded(move |reader, db| reader.search_page(db, &search, cursor.as_ref()))
            .await
    }

    async fn count(&self, search: &Search) -> Result<u64, StoreError> {
        self.index_written(search).await?;
        let search = search.clone();
        self.reader.bounded(move |reader, db| reader.search_count(db, &search)).await
    }

    async fn commit(&self, batch: Batch) -> Result<Vec<Committed>, CommitError> {
        let numbers = self.numbers.get();
        let small = batch.changes.len() <= PREPARED_INLINE_MAX;
        let batch = prepared(small, move || prepare::batch(&numbers, batch)).await??;
        // Held until the answer, so that it is taken apart here and not on the writer's thread.
        let batch = Arc::new(batch);
        self.ask(|answer| Request::Commit(Arc::clone(&batch), answer)).await?
    }

    async fn lineage(
        &self,
        key: &ResourceKey,
        version: VersionId,
    ) -> Result<Option<Lineage>, StoreError> {
        self.reader.lineage(key, version)
    }

    async fn receive(&self, items: Vec<NewItem>) -> Result<Vec<ItemId>, StoreError> {
        let bytes: usize = items.iter().map(|item| item.bytes.len()).sum();
        let prepare = move || items.into_iter().map(prepare::item).collect();
        let items = prepared(bytes <= COMPRESSED_INLINE_MAX, prepare).await?;
        self.ask(|answer| Request::Receive(items, answer)).await?
    }

    async fn waiting(
        &self,
        feed: &FeedName,
        after: Option<ItemId>,
        limit: usize,
    ) -> Result<Vec<Item>, StoreError> {
        self.reader.waiting_items(feed, after, limit)
    }

    async fn item(&self, id: ItemId) -> Result<Option<(Item, Vec<ItemEvent>)>, StoreError> {
        self.reader.one_item(id)
    }

    async fn items_of_subject(
        &self,
        feed: &FeedName,
        subject: &str,
    ) -> Result<Vec<Item>, StoreError> {
        let (feed, subject) = (feed.clone(), subject.to_owned());
        self.reader.long(move |_, db| Reader::subject_items(db, &feed, &subject)).await
    }

    async fn items(&self, filter: &ItemFilter) -> Result<ItemPage, StoreError> {
        let filter = filter.clone();
        self.reader.long(move |_, db| Reader::item_page(db, &filter)).await
    }

    async fn resources_of_item(
        &self,
        id: ItemId,
    ) -> Result<Vec<(ResourceKey, VersionId)>, StoreError> {
        self.reader.resources_of_item(id)
    }

    async fn item_known(
        &self,
        feed: &FeedName,
        control_id: &str,
        content_hash: u64,
    ) -> Result<Option<ItemId>, StoreError> {
        self.reader.known_item(feed, control_id, content_hash)
    }

    async fn settle(&self, outcomes: Vec<ItemOutcome>) -> Result<(), StoreError> {
        self.ask(|answer| Request::Settle(outcomes, answer)).await?
    }

    async fn ledger(&self) -> Result<Vec<FeedBalance>, StoreError> {
        self.reader.long(|_, db| Reader::balance(db)).await
    }

    async fn recount(&self) -> Result<Vec<FeedBalance>, StoreError> {
        self.reader.long(|_, db| Reader::balance_counted(db)).await
    }

    async fn type_counts(&self) -> Result<Vec<(ResourceType, u64)>, StoreError> {
        self.reader.long(Reader::counts_by_type).await
    }

    async fn explain(&self, search: &Search) -> Result<Explanation, StoreError> {
        self.index_written(search).await?;
        let search = search.clone();
        self.reader.bounded(move |reader, db| reader.explanation(db, &search)).await
    }

    async fn scan(&self, part: ScanPart) -> Result<Scanned, StoreError> {
        self.reader.long(move |reader, db| reader.scan(db, part)).await
    }

    async fn scan_deleted(&self, part: ScanPart) -> Result<Scanned, StoreError> {
        self.reader.long(move |reader, db| reader.scan_deleted(db, part)).await
    }

    async fn values(
        &self,
        resource_type: ResourceType,
        parameter: ParameterId,
        limit: usize,
    ) -> Result<Vec<IndexValue>, StoreError> {
        if self.demand.search() {
            self.ask(Request::Flush).await??;
        }
        let read = move |reader: &Reader, db: &rusqlite::Connection| {
            reader.values(db, resource_type, parameter, limit)
        };
        self.reader.long(read).await
    }

    async fn reindex(&self, rows: Vec<Reindexed>) -> Result<u64, StoreError> {
        let numbers = self.numbers.get();
        let mut rows =
            prepared(false, move || prepare::reindex(&numbers, rows)).await??.into_iter();
        let mut replaced = 0;
        loop {
            let chunk: Vec<_> = rows.by_ref().take(CHUNK_MAX).collect();
            if chunk.is_empty() {
                return Ok(replaced);
            }
            replaced += self.ask(|answer| Request::Reindex(chunk, answer)).await??;
        }
    }

    async fn put_in_force(&self, catalogue: Catalogue) -> Result<(), StoreError> {
        self.ask(|answer| Request::PutInForce(catalogue, answer)).await?
    }

    async fn parameter_states(&self) -> Result<Vec<ParameterState>, StoreError> {
        self.reader.parameter_states()
    }

    async fn complete(&self, parameters: Vec<ParameterState>) -> Result<(), StoreError> {
        let numbers = self.numbers.get();
        let number = |state: ParameterState| {
            let (number, _) = numbers.parameter_number(state.resource_type, state.parameter)?;
            Some((number, state.since))
        };
        let states = parameters.into_iter().filter_map(number).collect();
        self.ask(|answer| Request::Complete(states, answer)).await?
    }

    async fn leftovers(&self) -> Result<Vec<Leftover>, StoreError> {
        self.reader.leftovers()
    }

    async fn clear(&self, leftovers: Vec<Leftover>) -> Result<(), StoreError> {
        let numbers = self.numbers.get();
        let number = |left: Leftover| Some((numbers.type_number(left.resource_type)?, left.since));
        let types = leftovers.into_iter().filter_map(number).collect();
        self.ask(|answer| Request::Clear(types, answer)).await?
    }

    async fn erase(&self, what: Erasure) -> Result<Erased, StoreError> {
        let (keys, make): (_, fn(Vec<ResourceKey>) -> Erasure) = match what {
            Erasure::Resources(keys) => (keys, Erasure::Resources),
            Erasure::OldVersions(keys) => (keys, Erasure::OldVersions),
            Erasure::Deleted(keys) => (keys, Erasure::Deleted),
        };
        let mut erased = Erased::default();
        for chunk in keys.chunks(CHUNK_MAX) {
            let part = make(chunk.to_vec());
            let part = self.ask(|answer| Request::Erase(part, answer)).await??;
            erased.resources += part.resources;
            erased.versions += part.versions;
            erased.items += part.items;
        }
        self.ask(Request::Scrub).await??;
        Ok(erased)
    }

    async fn save_job(&self, job: Job) -> Result<(), StoreError> {
        self.ask(|answer| Request::Job(Ok(job), answer)).await?
    }

    async fn job(&self, id: &str) -> Result<Option<Job>, StoreError> {
        self.reader.job(id)
    }

    async fn jobs(&self, unfinished_only: bool) -> Result<Vec<Job>, StoreError> {
        self.reader.jobs(unfinished_only)
    }

    async fn remove_job(&self, id: &str) -> Result<(), StoreError> {
        self.ask(|answer| Request::Job(Err(id.into()), answer)).await?
    }

    async fn keep(&self, changes: Vec<KeptChange>) -> Result<bool, StoreError> {
        self.ask(|answer| Request::Keep(changes, answer)).await?
    }

    async fn kept(&self, kind: &str, key: &str) -> Result<Option<Kept>, StoreError> {
        self.reader.kept(kind, key, (self.clock)())
    }

    async fn kept_after(
        &self,
        kind: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Kept>, StoreError> {
        self.reader.kept_after(kind, after, limit, (self.clock)())
    }
}
