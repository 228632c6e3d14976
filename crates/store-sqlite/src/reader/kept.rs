//! Reading small records.

use rusqlite::{OptionalExtension as _, Row};
use store::{Kept, StoreError};

use super::Reader;
use crate::connection::failed;

impl Reader {
    /// A record that has not expired by `now`.
    pub(crate) fn kept(&self, kind: &str, key: &str, now: i64) -> Result<Option<Kept>, StoreError> {
        const SQL: &str = "SELECT key, version, expires, value FROM kept \
             WHERE kind = ?1 AND key = ?2 AND expires > ?3";
        self.short(|db| {
            db.prepare_cached(SQL)
                .and_then(|mut statement| statement.query_row((kind, key, now), kept).optional())
                .map_err(failed("read a record"))
        })
    }

    /// The records of a kind whose keys come after one, in the order of keys.
    pub(crate) fn kept_after(
        &self,
        kind: &str,
        after: &str,
        limit: usize,
        now: i64,
    ) -> Result<Vec<Kept>, StoreError> {
        const SQL: &str = "SELECT key, version, expires, value FROM kept \
             WHERE kind = ?1 AND key > ?2 AND expires > ?3 ORDER BY key LIMIT ?4";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.short(|db| {
            db.prepare_cached(SQL)
                .and_then(|mut statement| {
                    statement.query_map((kind, after, now, limit), kept)?.collect()
                })
                .map_err(failed("read records"))
        })
    }
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    let version: i64 = row.get(1)?;
    Ok(Kept {
        key: row.get(0)?,
        version: version.unsigned_abs(),
        expires: row.get(2)?,
        value: row.get::<_, Vec<u8>>(3)?.into(),
    })
}
