//! Writing one batch of resources: first every condition, then the versions, then the index rows.

use std::time::Duration;

use fhir::VersionId;
use rusqlite::OptionalExtension as _;
use store::sql::{Query, Which};
use store::{CommitError, Committed, Expected, Guard, GuardExpects, Method, StoreError};

use super::group::Writer;
use crate::connection::{failed, stopping};
use crate::dialect::{Sqlite, run_numbers};
use crate::identity::StoredId;
use crate::numbers::Moment;
use crate::prepare::{PreparedBatch, PreparedChange, PreparedWrite};
use crate::row::{self, Keys};
use crate::words;

/// How long a condition's search may take: all writers wait for it.
const GUARD_TIME_MAX: Duration = Duration::from_secs(2);

/// What is now in a resource's row.
pub(super) struct Current {
    rid: i64,
    version: u32,
    live: bool,
}

impl Writer {
    /// Writes a batch. A refusal is found before anything is written.
    pub(super) fn commit(&mut self, batch: &PreparedBatch) -> Result<Vec<Committed>, CommitError> {
        let mut currents = Vec::with_capacity(batch.changes.len());
        for (index, change) in batch.changes.iter().enumerate() {
            let current = self.current(change).map_err(failed("read what is current"))?;
            let live =
                current.as_ref().filter(|each| each.live).map(|each| VersionId(each.version));
            let met = match change.expected {
                Expected::Any => true,
                Expected::Absent => live.is_none(),
                Expected::Version(version) => live == Some(version),
            };
            if !met {
                return Err(CommitError::Expected(index, live));
            }
            currents.push(current);
        }
        self.check_guards(&batch.guards)?;
        if let Some(unknown) = self.unknown_item(&batch.outcomes) {
            return Err(StoreError::unknown_item(unknown).into());
        }
        let mut committed = Vec::with_capacity(batch.changes.len());
        for (change, current) in batch.changes.iter().zip(&currents) {
            committed
                .push(self.write(change, current.as_ref()).map_err(failed("write a version"))?);
        }
        self.settle(&batch.outcomes)?;
        Ok(committed)
    }

    fn current(&self, change: &PreparedChange) -> rusqlite::Result<Option<Current>> {
        self.db
            .prepare_cached("SELECT rid, version, live FROM resource WHERE t = ?1 AND id = ?2")?
            .query_row((change.t, StoredId(&change.key.id)), |row| {
                Ok(Current { rid: row.get(0)?, version: row.get(1)?, live: row.get(2)? })
            })
            .optional()
    }

    /// Runs each guard's search on this connection, so on exactly what the batch will build on.
    fn check_guards(&mut self, guards: &[Guard]) -> Result<(), CommitError> {
        if !guards.is_empty() && !self.rows.is_empty() {
            self.rows.write(&self.db).map_err(failed("write index rows"))?;
        }
        let asks_for_words = |guard: &Guard| {
            guard.search.branches.iter().any(|branch| words::needed(&branch.filter))
        };
        if guards.iter().any(asks_for_words) {
            self.text_within()?;
        }
        for (index, guard) in guards.iter().enumerate() {
            let numbers = self.numbers.clone();
            let moment = Moment { numbers: &numbers, db: &self.db };
            let found = stopping(&self.db, GUARD_TIME_MAX, |db| {
                let mut found = Vec::new();
                for branch in &guard.search.branches {
                    let query = Query::new(&Sqlite, &moment, branch, Which::Resources);
                    found.extend(run_numbers(db, &query.page(None, 0, 2)?)?);
                }
                Ok(found)
            })?;
            let expected = match &guard.expects {
                GuardExpects::None => Vec::new(),
                GuardExpects::Only(key) => {
                    let t = self.numbers.type_number(key.resource_type);
                    let rid = self
                        .db
                        .prepare_cached("SELECT rid FROM resource WHERE t = ?1 AND id = ?2")
                        .and_then(|mut statement| {
                            statement
                                .query_row((t, StoredId(&key.id)), |row| row.get::<_, i64>(0))
                                .optional()
                        })
                        .map_err(failed("read a condition's resource"))?;
                    // A resource that is not there was not found by the search either.
                    vec![rid.unwrap_or(-1)]
                }
            };
            if found != expected {
                return Err(CommitError::Guard(index));
            }
        }
        Ok(())
    }

    fn write(
        &mut self,
        change: &PreparedChange,
        current: Option<&Current>,
    ) -> rusqlite::Result<Committed> {
        let was_live = current.is_some_and(|current| current.live);
        let last = current.map_or(0, |current| current.version);
        if change.write.is_none() && !was_live {
            return Ok(Committed { version: VersionId(0), last_updated: self.now, created: false });
        }
        let version = VersionId(last + 1);
        self.seq += 1;
        let rid = self.write_resource(change, current, version)?;
        self.write_version(change, rid, version)?;
        if let Some(lineage) = &change.lineage {
            self.db
                .prepare_cached("INSERT INTO lineage (seq, i, form, body) VALUES (?1, ?2, ?3, ?4)")?
                .execute((self.seq, lineage.item, lineage.form.number(), &lineage.body))?;
        }
        let live = change.write.is_some();
        let counts = self.counts.entry(change.t).or_default();
        counts.0 += i64::from(live) - i64::from(was_live);
        counts.1 += 1;
        if last > 0 {
            self.touched.push(change.key.clone());
        }
        Ok(Committed { version, last_updated: self.now, created: live && !was_live })
    }

    /// Writes the row of what is current, notes the index rows that differ, and gives the number.
    fn write_resource(
        &mut self,
        change: &PreparedChange,
        current: Option<&Current>,
        version: VersionId,
    ) -> rusqlite::Result<i64> {
        let mut new = match &change.write {
            Some(write) => self.keys_of(&write.found, &write.contained)?,
            None => Keys::default(),
        };
        // An entry's target may be this very resource, which then has its number by now.
        let known = match current {
            Some(current) => Some(current.rid),
            None => self.interner.known(change.t, &change.key.id),
        };
        let live = change.write.is_some();
        let Some(rid) = known else {
            let made = self.number_contained(&mut new, &Keys::default());
            let rid = self
                .db
                .prepare_cached(
                    "INSERT INTO resource (t, id, seq, version, updated, live, keys) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .insert((
                    change.t,
                    StoredId(&change.key.id),
                    self.seq,
                    version.0,
                    self.now,
                    live,
                    row::pack(&new),
                ))?;
            self.interner.remember(change.t, &change.key.id, rid);
            self.change_rows(rid, Keys::default(), new, &made)?;
            return Ok(rid);
        };
        let old: Vec<u8> = self
            .db
            .prepare_cached("SELECT keys FROM resource WHERE rid = ?1")?
            .query_row([rid], |row| row.get(0))?;
        let old = row::unpack(&old).ok_or(rusqlite::Error::InvalidQuery)?;
        let made = self.number_contained(&mut new, &old);
        self.db
            .prepare_cached(
                "UPDATE resource SET seq = ?2, version = ?3, updated = ?4, live = ?5, keys = ?6 \
                 WHERE rid = ?1",
            )?
            .execute((rid, self.seq, version.0, self.now, live, row::pack(&new)))?;
        self.change_rows(rid, old, new, &made)?;
        Ok(rid)
    }

    fn write_version(
        &self,
        change: &PreparedChange,
        rid: i64,
        version: VersionId,
    ) -> rusqlite::Result<()> {
        let (method, form, cut, body) = match &change.write {
            Some(PreparedWrite { method, form, cut, body, .. }) => {
                (*method, form.number(), *cut, Some(body))
            }
            None => (Method::Delete, 0, 0, None),
        };
        self.db
            .prepare_cached(
                "INSERT INTO version (seq, rid, t, version, updated, method, form, cut, body) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                self.seq,
                rid,
                change.t,
                version.0,
                self.now,
                method_number(method),
                form,
                cut,
                body,
            ))
            .map(|_| ())
    }
}

/// A method as it stands in a row.
pub(crate) fn method_number(method: Method) -> i64 {
    match method {
        Method::Post => 1,
        Method::Put => 2,
        Method::Delete => 3,
    }
}
