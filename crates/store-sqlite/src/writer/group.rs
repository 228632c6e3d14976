//! A group of requests: one transaction, one sync, then the answers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use rusqlite::Connection;
use store::{CommitError, Committed, Erased, ItemId, ResourceKey, StoreError};

use super::Request;
use super::gathering::{Gathering, Step};
use super::index::IndexRows;
use super::intern::Interner;
use super::items::Ledger;
use super::queue::Queue;
use crate::Clock;
use crate::cache::BodyCache;
use crate::connection::failed;
use crate::demand::Demand;
use crate::numbers::{InForce, Numbers};

/// The state of the writing thread.
pub(crate) struct Writer {
    pub(super) db: Connection,
    pub(super) numbers: Arc<Numbers>,
    in_force: Arc<InForce>,
    demand: Arc<Demand>,
    pub(super) interner: Interner,
    pub(super) rows: IndexRows,
    pub(super) ledger: Ledger,
    /// Number of the last version.
    pub(super) seq: i64,
    /// Time of the group, never before that of an earlier one.
    pub(super) now: i64,
    /// Changes to the number of live resources and of versions, by type.
    pub(super) counts: HashMap<i64, (i64, i64), RandomState>,
    /// Resources whose cached body is out of date once the group is committed.
    pub(super) touched: Vec<ResourceKey>,
    /// Whether erased pages still have to be overwritten.
    pub(super) scrub_due: bool,
    /// Whether words of erased resources stand in the full text.
    pub(super) optimize_due: bool,
    /// The last version whose words are in the full text.
    pub(super) text_seq: i64,
    /// The last number given to a contained resource.
    pub(super) last_contained: i64,
    cache: Arc<BodyCache>,
    clock: Clock,
}

/// How long nobody asks for anything before work that was put off is done.
const IDLE: Duration = Duration::from_millis(20);

/// Index rows that are put off at the most: what the first search after a long load waits for.
const DEFERRED_MAX: usize = 200_000;
/// How long work that failed is left alone.
const LATER: Duration = Duration::from_secs(10);

/// What a request came to inside the transaction; told once that is durable.
enum Outcome {
    Commit(Result<Vec<Committed>, CommitError>),
    Receive(Vec<ItemId>),
    Settle(Result<(), StoreError>),
    Done,
    InForce(Arc<Numbers>),
    Reindexed(u64),
    Kept(bool),
    Erased(Erased),
}

impl Writer {
    pub(super) fn new(
        db: Connection,
        in_force: Arc<InForce>,
        demand: Arc<Demand>,
        cache: Arc<BodyCache>,
        clock: Clock,
    ) -> Result<Writer, StoreError> {
        let mut writer = Writer {
            db,
            numbers: in_force.get(),
            in_force,
            demand,
            interner: Interner::default(),
            rows: IndexRows::default(),
            ledger: Ledger::default(),
            seq: 0,
            now: i64::MIN,
            counts: HashMap::default(),
            touched: Vec::new(),
            scrub_due: false,
            optimize_due: false,
            text_seq: 0,
            last_contained: 0,
            cache,
            clock,
        };
        writer.reload().map_err(failed("read where the last run ended"))?;
        Ok(writer)
    }

    /// Takes the counters from the tables: at the start, and after a rollback.
    fn reload(&mut self) -> rusqlite::Result<()> {
        self.interner.clear();
        self.counts.clear();
        self.touched.clear();
        // Versions may have been erased, their numbers stay given.
        let last = "SELECT max(coalesce((SELECT max(seq) FROM version), 0), \
             coalesce((SELECT value FROM counter WHERE name = 'seq'), 0)), \
             coalesce((SELECT updated FROM version ORDER BY seq DESC LIMIT 1), 0)";
        let (seq, updated) = self.db.query_row(last, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.seq = seq;
        self.now = self.now.max(updated);
        self.ledger = Ledger::read(&self.db)?;
        self.rows.reload(&self.db)?;
        self.demand.set_deferred(!self.rows.is_empty());
        let sql = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'contained'";
        self.last_contained = self.db.query_row(sql, [], |row| row.get(0))?;
        self.read_text_counter()
    }

    /// Serves requests until nobody can send any more, then empties the log into the file.
    pub(super) fn run(&mut self, queue: &Queue) {
        let mut gathering = Gathering::new();
        let mut wait = IDLE;
        loop {
            match gathering.step(queue, self.is_put_off().then_some(wait)) {
                Step::Group(group) => {
                    let (length, started) = (group.len(), Instant::now());
                    self.serve(group);
                    gathering.learn(length, started.elapsed());
                    wait = IDLE;
                }
                Step::Idle => wait = self.use_idle_time(),
                Step::Closed => break,
            }
        }
        // What the logs still hold is safe there; the next start would find it.
        self.flush();
        let _ = self.db.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)");
    }

    /// Whether there is work for a moment of rest.
    fn is_put_off(&self) -> bool {
        self.scrub_due || !self.rows.is_empty() || self.text_due()
    }

    /// Writes the index rows that were put off. Should it fail, the log still holds them.
    fn flush(&mut self) {
        if !self.rows.is_empty() {
            let (answer, _) = tokio::sync::oneshot::channel();
            self.serve(vec![Request::Flush(answer)]);
        }
    }

    /// Does what was put off; gives how long to wait before the next bit of it.
    fn use_idle_time(&mut self) -> Duration {
        if self.scrub_due {
            self.scrub();
        }
        self.flush();
        // What fails now is told to the search that asks for it.
        match self.text_due().then(|| self.text_step()) {
            Some(Ok(())) => Duration::ZERO,
            Some(Err(_)) => LATER,
            None => IDLE,
        }
    }

    fn serve(&mut self, mut group: Vec<Request>) {
        let mut caught_up = Vec::new();
        group = group
            .into_iter()
            .filter_map(|request| match request {
                Request::CatchUp(until, to) => {
                    caught_up.push((until, to));
                    None
                }
                other => Some(other),
            })
            .collect();
        if !group.is_empty() {
            self.serve_group(group);
        }
        // After the group, since its writes may be what the search is about.
        for (until, to) in caught_up {
            drop(to.send(self.catch_up(self.seq, until)));
        }
    }

    fn serve_group(&mut self, mut group: Vec<Request>) {
        match self.attempt(&group) {
            Ok(outcomes) => {
                if group.iter().any(|request| matches!(request, Request::Scrub(_))) {
                    self.scrub();
                }
                for (request, outcome) in group.into_iter().zip(outcomes) {
                    answer(request, outcome);
                }
            }
            Err(error) if group.len() == 1 => group.drain(..).for_each(|each| refuse(each, &error)),
            Err(_) => group.into_iter().for_each(|each| self.serve_group(vec![each])),
        }
    }

    /// Runs a group; what it gives is durable. An error leaves nothing written.
    fn attempt(&mut self, group: &[Request]) -> Result<Vec<Outcome>, StoreError> {
        self.now = self.now.max((self.clock)().div_euclid(1000).saturating_mul(1000));
        self.interner.trim();
        // The rows that a flush writes are durable already, in the log.
        let needs_sync = !group.iter().all(|request| matches!(request, Request::Flush(_)));
        let done = self.synced(needs_sync, |writer| writer.transact(group));
        if let Ok(outcomes) = &done {
            self.demand.set_deferred(!self.rows.is_empty());
            // Before the answer, so that a caller reads what it has written.
            self.cache.forget(self.touched.drain(..));
            for outcome in outcomes {
                if let Outcome::InForce(numbers) = outcome {
                    self.numbers = numbers.clone();
                    self.in_force.put(numbers.clone());
                }
            }
        } else {
            // A rollback that fails means that SQLite has rolled back itself.
            let _ = self.db.execute_batch("ROLLBACK");
            self.reload().map_err(failed("roll back"))?;
        }
        done
    }

    /// Runs `work` with or without a sync at its commit.
    pub(super) fn synced<T>(
        &mut self,
        needs_sync: bool,
        work: impl FnOnce(&mut Writer) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if needs_sync {
            return work(self);
        }
        let set = |writer: &Writer, mode: &str| {
            let done = writer.db.pragma_update(None, "synchronous", mode);
            done.map_err(failed("set how the log is synced"))
        };
        set(self, "normal")?;
        let done = work(self);
        set(self, "full")?;
        done
    }

    /// Whether the index rows of this group can wait: nobody searches, none of it looks at or takes
    /// away rows by itself, and there are not too many.
    fn can_defer(&self, group: &[Request]) -> bool {
        let is_plain = |request: &Request| {
            matches!(
                request,
                Request::Commit(..)
                    | Request::Receive(..)
                    | Request::Settle(..)
                    | Request::Job(..)
                    | Request::Keep(..)
            )
        };
        group.iter().all(is_plain) && self.rows.len() < DEFERRED_MAX && !self.demand.is_recent()
    }

    fn transact(&mut self, group: &[Request]) -> Result<Vec<Outcome>, StoreError> {
        self.statement("BEGIN IMMEDIATE").map_err(failed("begin a transaction"))?;
        let mut results = Vec::with_capacity(group.len());
        for request in group {
            results.push(match request {
                Request::Commit(batch, _) => match self.commit(batch) {
                    Err(CommitError::Store(error)) if !is_refusal(&error) => return Err(error),
                    result => Outcome::Commit(result),
                },
                Request::Receive(items, _) => Outcome::Receive(self.receive(items)?),
                Request::Settle(outcomes, _) => {
                    Outcome::Settle(match self.unknown_item(outcomes) {
                        Some(unknown) => Err(StoreError::unknown_item(unknown)),
                        None => self.settle(outcomes).map(Ok)?,
                    })
                }
                Request::Job(job, _) => {
                    self.write_job(job).map_err(failed("write a job"))?;
                    Outcome::Done
                }
                Request::Keep(changes, _) => {
                    Outcome::Kept(self.keep(changes).map_err(failed("write a record"))?)
                }
                Request::PutInForce(catalogue, _) => {
                    let numbers = Numbers::complete(&self.db, catalogue, self.now);
                    Outcome::InForce(Arc::new(numbers.map_err(failed("put in force"))?))
                }
                Request::Complete(parameters, _) => {
                    self.complete(parameters).map_err(failed("complete an index"))?;
                    Outcome::Done
                }
                Request::Clear(types, _) => {
                    self.clear(types).map_err(failed("clear what parameters left"))?;
                    Outcome::Done
                }
                Request::Reindex(rows, _) => Outcome::Reindexed(self.reindex(rows)?),
                Request::Erase(what, _) => Outcome::Erased(self.erase(what)?),
                Request::Scrub(_) | Request::Flush(_) | Request::CatchUp(..) => Outcome::Done,
            });
        }
        let write = failed("write a group");
        if self.can_defer(group) {
            self.rows.defer(&self.db).map_err(write)?;
        } else {
            self.rows.write(&self.db).map_err(write)?;
        }
        self.write_counts().map_err(write)?;
        self.ledger.write_counts(&self.db).map_err(write)?;
        self.statement("COMMIT").map_err(failed("commit a group"))?;
        Ok(results)
    }

    fn statement(&self, sql: &str) -> rusqlite::Result<()> {
        self.db.prepare_cached(sql)?.execute([]).map(|_| ())
    }

    fn write_counts(&mut self) -> rusqlite::Result<()> {
        let sql = "UPDATE type SET live = live + ?2, versions = versions + ?3 WHERE t = ?1";
        let mut statement = self.db.prepare_cached(sql)?;
        for (t, (live, versions)) in self.counts.drain() {
            statement.execute((t, live, versions))?;
        }
        Ok(())
    }
}

/// A caller that has gone needs no answer.
fn answer(request: Request, outcome: Outcome) {
    match (request, outcome) {
        (Request::Commit(batch, to), Outcome::Commit(result)) => {
            drop(batch);
            drop(to.send(result));
        }
        (Request::Receive(_, to), Outcome::Receive(ids)) => drop(to.send(Ok(ids))),
        (Request::Settle(_, to), Outcome::Settle(result)) => drop(to.send(result)),
        (
            Request::Job(_, to)
            | Request::Complete(_, to)
            | Request::Clear(_, to)
            | Request::Scrub(to)
            | Request::Flush(to),
            Outcome::Done,
        )
        | (Request::PutInForce(_, to), Outcome::InForce(_)) => drop(to.send(Ok(()))),
        (Request::Keep(_, to), Outcome::Kept(is_made)) => drop(to.send(Ok(is_made))),
        (Request::Reindex(_, to), Outcome::Reindexed(count)) => drop(to.send(Ok(count))),
        (Request::Erase(_, to), Outcome::Erased(erased)) => drop(to.send(Ok(erased))),
        // Outcomes are made from the requests one by one; a mix-up closes the caller's channel.
        _ => {}
    }
}

/// Tells a caller that SQLite failed; the cause is written out, since it cannot be shared.
fn refuse(request: Request, error: &StoreError) {
    let source = std::error::Error::source(error).map(ToString::to_string);
    let told = StoreError::backend("write", source.unwrap_or_else(|| error.to_string()));
    match request {
        Request::Commit(_, to) => drop(to.send(Err(told.into()))),
        Request::Receive(_, to) => drop(to.send(Err(told))),
        Request::Settle(_, to)
        | Request::Job(_, to)
        | Request::PutInForce(_, to)
        | Request::Complete(_, to)
        | Request::Clear(_, to)
        | Request::Scrub(to)
        | Request::Flush(to) => drop(to.send(Err(told))),
        Request::Reindex(_, to) | Request::CatchUp(_, to) => drop(to.send(Err(told))),
        Request::Erase(_, to) => drop(to.send(Err(told))),
        Request::Keep(_, to) => drop(to.send(Err(told))),
    }
}

/// Errors that say something of the request rather than of the database.
fn is_refusal(error: &StoreError) -> bool {
    error.is_unsupported() || error.is_unknown_item() || error.is_too_costly()
}
