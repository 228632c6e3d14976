//! Writing index rows anew for what a reindexing read, while the resource is still as it was read.

use rusqlite::OptionalExtension as _;
use store::StoreError;

use super::group::Writer;
use crate::connection::failed;
use crate::identity::StoredId;
use crate::prepare::PreparedReindex;
use crate::row::{self, ContainedKeys, Row};

impl Writer {
    /// Replaces rows; gives of how many resources.
    pub(super) fn reindex(&mut self, rows: &[PreparedReindex]) -> Result<u64, StoreError> {
        let mut replaced = 0;
        for each in rows {
            replaced += u64::from(self.reindex_one(each).map_err(failed("reindex"))?);
        }
        Ok(replaced)
    }

    fn reindex_one(&mut self, each: &PreparedReindex) -> rusqlite::Result<bool> {
        let present: Option<(i64, Vec<u8>)> = self
            .db
            .prepare_cached(
                "SELECT rid, keys FROM resource WHERE t = ?1 AND id = ?2 AND version = ?3 AND live = 1",
            )?
            .query_row((each.t, StoredId(&each.key.id), each.version.0), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let Some((rid, keys)) = present else { return Ok(false) };
        let old = row::unpack(&keys).ok_or(rusqlite::Error::InvalidQuery)?;
        let mut new = self.keys_of(&each.found, &each.contained)?;
        let made = self.number_contained(&mut new, &old);
        // What other parameters gave is kept; rows of parameters no longer in force go as well.
        let kept = |row: &&Row| {
            let number = row.base();
            !each.parameters.contains(&number) && self.numbers.is_live(number)
        };
        new.rows.extend(old.rows.iter().filter(kept).cloned());
        row::arrange(&mut new.rows);
        for before in &old.contained {
            let kept = before.rows.iter().filter(kept).cloned();
            match new.contained.iter_mut().find(|after| after.rid == before.rid) {
                Some(after) => {
                    after.rows.extend(kept);
                    row::arrange(&mut after.rows);
                }
                None => new.contained.push(ContainedKeys {
                    rows: kept.collect(),
                    local: before.local.clone(),
                    ..*before
                }),
            }
        }
        if new != old {
            self.db
                .prepare_cached("UPDATE resource SET keys = ?2 WHERE rid = ?1")?
                .execute((rid, row::pack(&new)))?;
            self.change_rows(rid, old, new, &made)?;
        }
        Ok(true)
    }
}
