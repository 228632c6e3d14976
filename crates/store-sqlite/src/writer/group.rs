//! A group of requests: one transaction, one sync, then the answers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use rusqlite::Connection;
use store::{CommitError, Committed, ItemId, ResourceKey, StoreError};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

use super::Request;
use super::index::IndexRows;
use super::intern::Interner;
use super::items::Ledger;
use crate::Clock;
use crate::cache::BodyCache;
use crate::connection::failed;
use crate::numbers::Numbers;

/// Rows of resources and items in one transaction at the most, so that no caller waits long.
const GROUP_MAX: usize = 4096;

/// The state of the writing thread.
pub(crate) struct Writer {
    pub(super) db: Connection,
    pub(super) numbers: Arc<Numbers>,
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
    cache: Arc<BodyCache>,
    clock: Clock,
}

/// How a group is gathered: what waits, and, where the last group had company, those of it who are
/// about to come again.
///
/// Callers that were answered together ask again together, a moment apart. A group that starts with
/// the first of them makes all others wait for a sync of its own; so the writer looks out for as
/// many as there were, for a small part of the time that a group takes. A caller on its own is
/// never waited with.
#[derive(Default)]
struct Gathering {
    next: Option<Request>,
    company: usize,
    patience: Duration,
}

/// The longest that a group is waited for.
const PATIENCE_MAX: Duration = Duration::from_micros(500);

/// How long the writer sleeps between two looks.
const LOOK: Duration = Duration::from_micros(40);

impl Gathering {
    /// The next group; `None` once nobody can send any more.
    fn group(&mut self, requests: &mut mpsc::Receiver<Request>) -> Option<Vec<Request>> {
        let first = self.next.take().or_else(|| requests.blocking_recv())?;
        let mut weight = first.weight();
        let mut group = vec![first];
        let started = Instant::now();
        loop {
            match requests.try_recv() {
                Ok(request) => {
                    weight += request.weight();
                    if weight > GROUP_MAX {
                        self.next = Some(request);
                        return Some(group);
                    }
                    group.push(request);
                }
                Err(TryRecvError::Disconnected) => return Some(group),
                Err(TryRecvError::Empty) => {
                    if group.len() >= self.company || started.elapsed() >= self.patience {
                        return Some(group);
                    }
                    std::thread::sleep(LOOK);
                }
            }
        }
    }

    /// Notes how many came and how long they took. Who did not come again is soon not waited for.
    fn learn(&mut self, length: usize, time: Duration) {
        self.company = length.max(self.company / 2);
        self.patience = (time / 8).min(PATIENCE_MAX);
    }
}

/// What a request came to inside the transaction; told once that is durable.
enum Outcome {
    Commit(Result<Vec<Committed>, CommitError>),
    Receive(Vec<ItemId>),
    Settle(Result<(), StoreError>),
}

impl Writer {
    pub(super) fn new(
        db: Connection,
        numbers: Arc<Numbers>,
        cache: Arc<BodyCache>,
        clock: Clock,
    ) -> Result<Writer, StoreError> {
        let mut writer = Writer {
            db,
            numbers,
            interner: Interner::default(),
            rows: IndexRows::default(),
            ledger: Ledger::default(),
            seq: 0,
            now: i64::MIN,
            counts: HashMap::default(),
            touched: Vec::new(),
            cache,
            clock,
        };
        writer.reload().map_err(failed("read where the last run ended"))?;
        Ok(writer)
    }

    /// Takes the counters from the tables: at the start, and after a rollback.
    fn reload(&mut self) -> rusqlite::Result<()> {
        self.interner.clear();
        self.rows.clear();
        self.counts.clear();
        self.touched.clear();
        let last = "SELECT coalesce(max(seq), 0), coalesce((SELECT updated FROM version ORDER BY seq DESC LIMIT 1), 0) FROM version";
        let (seq, updated) = self.db.query_row(last, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.seq = seq;
        self.now = self.now.max(updated);
        self.ledger = Ledger::read(&self.db)?;
        Ok(())
    }

    /// Serves requests until nobody can send any more, then empties the log into the file.
    pub(super) fn run(&mut self, mut requests: mpsc::Receiver<Request>) {
        let mut gathering = Gathering::default();
        while let Some(group) = gathering.group(&mut requests) {
            let (length, started) = (group.len(), Instant::now());
            self.serve(group);
            gathering.learn(length, started.elapsed());
        }
        // What the log still holds is safe there; the next start would find it.
        let _ = self.db.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)");
    }

    fn serve(&mut self, mut group: Vec<Request>) {
        match self.attempt(&group) {
            Ok(outcomes) => {
                for (request, outcome) in group.into_iter().zip(outcomes) {
                    answer(request, outcome);
                }
            }
            Err(error) if group.len() == 1 => group.drain(..).for_each(|each| refuse(each, &error)),
            Err(_) => group.into_iter().for_each(|each| self.serve(vec![each])),
        }
    }

    /// Runs a group; what it gives is durable. An error leaves nothing written.
    fn attempt(&mut self, group: &[Request]) -> Result<Vec<Outcome>, StoreError> {
        self.now = self.now.max((self.clock)().div_euclid(1000).saturating_mul(1000));
        self.interner.trim();
        let done = self.transact(group);
        if done.is_ok() {
            // Before the answer, so that a caller reads what it has written.
            self.cache.forget(self.touched.drain(..));
        } else {
            // A rollback that fails means that SQLite has rolled back itself.
            let _ = self.db.execute_batch("ROLLBACK");
            self.reload().map_err(failed("roll back"))?;
        }
        done
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
            });
        }
        let write = failed("write a group");
        self.rows.write(&self.db).map_err(write)?;
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
        (Request::Commit(_, to), Outcome::Commit(result)) => drop(to.send(result)),
        (Request::Receive(_, to), Outcome::Receive(ids)) => drop(to.send(Ok(ids))),
        (Request::Settle(_, to), Outcome::Settle(result)) => drop(to.send(result)),
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
        Request::Settle(_, to) => drop(to.send(Err(told))),
    }
}

/// Errors that say something of the request rather than of the database.
fn is_refusal(error: &StoreError) -> bool {
    error.is_unsupported() || error.is_unknown_item()
}
