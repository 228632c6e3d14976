//! Full text: written behind the resources, when nobody asks for anything, or at the latest before a
//! search for words, or a write with a condition on words, is answered.
//!
//! Versions are gone through in the order in which they were written; the counter `text` says how
//! far. So nothing is kept of what is still to do, and a crash loses none of it.

use std::time::{Duration, Instant};

use rusqlite::OptionalExtension as _;
use store::StoreError;

use super::group::Writer;
use crate::connection::failed;
use crate::form;

/// How long one step takes at the most, so that a writer who comes meanwhile waits no longer.
const STEP: Duration = Duration::from_millis(25);

/// How long a condition inside of a write may hold up others for words that are not written yet.
const WITHIN: Duration = Duration::from_millis(250);

/// Versions that a step reads at a time.
const READ: usize = 64;

/// A version as a step finds it.
struct Found {
    seq: i64,
    rid: i64,
    /// Whether it is the current one of its resource.
    current: bool,
    first: bool,
    form: i64,
    cut: i64,
    body: Option<Vec<u8>>,
}

impl Writer {
    /// Takes where the last run ended.
    pub(super) fn read_text_counter(&mut self) -> rusqlite::Result<()> {
        let sql = "SELECT value FROM counter WHERE name = 'text'";
        self.text_seq = self.db.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or(0);
        Ok(())
    }

    /// Whether words of versions are still to be written.
    pub(super) fn text_due(&self) -> bool {
        self.text_seq < self.seq
    }

    /// Goes on, until the version numbered `seq` is reached or `until` has come; gives how many
    /// versions are left.
    pub(super) fn catch_up(&mut self, seq: i64, until: Instant) -> Result<u64, StoreError> {
        while self.text_seq < seq && Instant::now() < until {
            self.text_step()?;
        }
        Ok(seq.saturating_sub(self.text_seq).max(0) as u64)
    }

    /// One step, in a transaction of its own.
    pub(super) fn text_step(&mut self) -> Result<(), StoreError> {
        let from = self.text_seq;
        // A step that is lost in a crash is made again, so that none needs a sync.
        let step = self.synced(false, Writer::text_transaction);
        if step.is_err() {
            let _ = self.db.execute_batch("ROLLBACK");
            self.text_seq = from;
        }
        step
    }

    fn text_transaction(&mut self) -> Result<(), StoreError> {
        let wrong = failed("write the full text");
        self.db.execute_batch("BEGIN IMMEDIATE").map_err(wrong)?;
        self.text_versions(STEP)?;
        self.db.execute_batch("COMMIT").map_err(wrong)
    }

    /// Brings the full text up to date within the transaction that is open, for a condition that asks
    /// for words. Who asks has searched before, so that there is little left to do.
    pub(super) fn text_within(&mut self) -> Result<(), StoreError> {
        self.text_versions(WITHIN)?;
        if self.text_due() {
            return Err(StoreError::too_costly(format!(
                "the words of {} versions are not indexed yet; try again in a while",
                self.seq - self.text_seq
            )));
        }
        Ok(())
    }

    /// Writes the words of the next versions, for as long as that.
    fn text_versions(&mut self, time_max: Duration) -> Result<(), StoreError> {
        let wrong = failed("write the full text");
        let started = Instant::now();
        while self.text_due() && started.elapsed() < time_max {
            let found = self.versions_after(self.text_seq).map_err(wrong)?;
            let Some(last) = found.last() else {
                self.text_seq = self.seq;
                break;
            };
            let last = last.seq;
            for version in found.into_iter().filter(|version| version.current) {
                self.write_text(&version)?;
            }
            self.text_seq = last;
        }
        self.db
            .prepare_cached("INSERT OR REPLACE INTO counter (name, value) VALUES ('text', ?1)")
            .and_then(|mut statement| statement.execute([self.text_seq]))
            .map(|_| ())
            .map_err(wrong)
    }

    fn versions_after(&self, seq: i64) -> rusqlite::Result<Vec<Found>> {
        let mut statement = self.db.prepare_cached(
            "SELECT v.seq, v.rid, r.seq = v.seq, v.version = 1, v.form, v.cut, \
             CASE WHEN r.seq = v.seq THEN v.body END \
             FROM version v JOIN resource r ON r.rid = v.rid WHERE v.seq > ?1 ORDER BY v.seq LIMIT ?2",
        )?;
        let found = statement.query_map((seq, READ as i64), |row| {
            Ok(Found {
                seq: row.get(0)?,
                rid: row.get(1)?,
                current: row.get(2)?,
                first: row.get(3)?,
                form: row.get(4)?,
                cut: row.get(5)?,
                body: row.get(6)?,
            })
        })?;
        found.collect()
    }

    fn write_text(&self, version: &Found) -> Result<(), StoreError> {
        let wrong = failed("write the full text");
        if !version.first {
            self.db
                .prepare_cached("DELETE FROM full_text WHERE rowid = ?1")
                .and_then(|mut statement| statement.execute([version.rid]))
                .map_err(wrong)?;
        }
        let Some(packed) = &version.body else { return Ok(()) };
        let text = form::unpack(version.form, packed, "version", version.seq)?;
        let cut = usize::try_from(version.cut).ok().and_then(|cut| text.split_at_checked(cut));
        let (before, after) =
            cut.ok_or_else(|| StoreError::inconsistent("version", "cut", version.seq))?;
        let body = [before, br#"","lastUpdated":""#, after].concat();
        let words = crate::words::of(&body);
        if words.narrative.is_empty() && words.content.is_empty() {
            return Ok(());
        }
        self.db
            .prepare_cached("INSERT INTO full_text (rowid, narrative, content) VALUES (?1, ?2, ?3)")
            .and_then(|mut statement| {
                statement.execute((version.rid, &words.narrative, &words.content))
            })
            .map(|_| ())
            .map_err(wrong)
    }
}
