//! Writing small records.

use rusqlite::OptionalExtension as _;
use store::{KeptChange, KeptExpected};

use super::group::Writer;

/// Expired records that one request takes away.
const SWEPT_MAX: i64 = 20;

impl Writer {
    /// Makes the changes, or none where one finds something else than it expects.
    pub(super) fn keep(&mut self, changes: &[KeptChange]) -> rusqlite::Result<bool> {
        self.db.prepare_cached("SAVEPOINT keep")?.execute([])?;
        let mut is_made = true;
        for change in changes {
            is_made = self.keep_one(change)?;
            if !is_made {
                self.db.prepare_cached("ROLLBACK TO keep")?.execute([])?;
                break;
            }
        }
        self.db.prepare_cached("RELEASE keep")?.execute([])?;
        self.sweep()?;
        Ok(is_made)
    }

    fn keep_one(&self, change: &KeptChange) -> rusqlite::Result<bool> {
        const READ: &str = "SELECT version FROM kept WHERE kind = ?1 AND key = ?2 AND expires > ?3";
        let now = self.now;
        let found: Option<i64> = self
            .db
            .prepare_cached(READ)?
            .query_row((&change.kind, &change.key, now), |row| row.get(0))
            .optional()?;
        let holds = match change.expected {
            KeptExpected::Any => true,
            KeptExpected::Absent => found.is_none(),
            KeptExpected::Version(version) => found == i64::try_from(version).ok(),
        };
        if !holds {
            return Ok(false);
        }
        match &change.becomes {
            Some((value, expires)) => self
                .db
                .prepare_cached(
                    "INSERT OR REPLACE INTO kept (kind, key, version, expires, value) \
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute((&change.kind, &change.key, found.unwrap_or(0) + 1, expires, value))?,
            None => self
                .db
                .prepare_cached("DELETE FROM kept WHERE kind = ?1 AND key = ?2")?
                .execute((&change.kind, &change.key))?,
        };
        Ok(true)
    }

    /// Takes some of what has expired away: each request more than it can have added.
    fn sweep(&self) -> rusqlite::Result<()> {
        const SWEEP: &str = "DELETE FROM kept WHERE (kind, key) IN \
             (SELECT kind, key FROM kept WHERE expires <= ?1 \
              AND expires < 9223372036854775807 ORDER BY expires LIMIT ?2)";
        self.db.prepare_cached(SWEEP)?.execute((self.now, SWEPT_MAX)).map(|_| ())
    }
}
