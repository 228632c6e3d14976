//! Erasure: resources with all that was made of them, and the bytes of the items that wrote nothing
//! else.
//!
//! SQLite overwrites what is deleted (`secure_delete`); the log, which still holds old pages, is
//! written back and cut off by [`Writer::scrub`].

use std::collections::BTreeSet;

use rusqlite::OptionalExtension as _;
use store::{Erased, Erasure, ResourceKey, StoreError};

use super::group::Writer;
use crate::connection::failed;
use crate::identity::StoredId;
use crate::row::{self, Keys};

/// What is known of a resource that is to be erased.
struct Doomed {
    rid: i64,
    t: i64,
    version: i64,
    live: bool,
    keys: Vec<u8>,
}

impl Writer {
    /// Erases, in the open transaction.
    pub(super) fn erase(&mut self, what: &Erasure) -> Result<Erased, StoreError> {
        match what {
            Erasure::Resources(keys) => self.erase_resources(keys, |_| true),
            Erasure::Deleted(keys) => {
                self.erase_resources(keys, |present| !present.live && present.version > 0)
            }
            Erasure::OldVersions(keys) => self.erase_old_versions(keys),
        }
        .map_err(failed("erase"))
    }

    fn doomed(&self, key: &ResourceKey) -> rusqlite::Result<Option<Doomed>> {
        let Some(t) = self.numbers.type_number(key.resource_type) else { return Ok(None) };
        self.db
            .prepare_cached(
                "SELECT rid, version, live, keys FROM resource WHERE t = ?1 AND id = ?2",
            )?
            .query_row((t, StoredId(&key.id)), |row| {
                let (rid, version, live) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(Doomed { rid, t, version, live, keys: row.get(3)? })
            })
            .optional()
    }

    fn erase_resources(
        &mut self,
        keys: &[ResourceKey],
        which: impl Fn(&Doomed) -> bool,
    ) -> rusqlite::Result<Erased> {
        let (mut erased, mut items, mut rids) = (Erased::default(), BTreeSet::new(), Vec::new());
        let (mut texts, mut uris) = (BTreeSet::new(), BTreeSet::new());
        self.remember_sequence()?;
        for key in keys {
            let Some(present) = self.doomed(key)?.filter(&which) else { continue };
            let rid = present.rid;
            items.extend(self.items_behind(rid)?);
            let versions = self.erase_versions(rid, i64::MAX)?;
            let old = row::unpack(&present.keys).ok_or(rusqlite::Error::InvalidQuery)?;
            texts.extend(old.texts());
            uris.extend(old.uris());
            self.change_rows(rid, old, Keys::default(), &[])?;
            self.db.prepare_cached("DELETE FROM full_text WHERE rowid = ?1")?.execute([rid])?;
            self.optimize_due = true;
            self.db
                .prepare_cached(
                    "UPDATE resource SET seq = 0, version = 0, updated = 0, live = 0, keys = x'' \
                     WHERE rid = ?1",
                )?
                .execute([rid])?;
            let counts = self.counts.entry(present.t).or_default();
            counts.0 -= i64::from(present.live);
            counts.1 -= versions as i64;
            erased.resources += u64::from(versions > 0);
            erased.versions += versions as u64;
            self.touched.push(key.clone());
            rids.push(rid);
        }
        self.rows.write(&self.db)?;
        self.erase_numbers(&rids)?;
        self.erase_texts(&texts)?;
        self.erase_uris(&uris)?;
        for item in self.items_without_others(&items)? {
            erased.items += u64::from(self.erase_item(item)?);
        }
        Ok(erased)
    }

    /// Erases the versions of a resource before `end`, with their lineage; gives how many.
    fn erase_versions(&self, rid: i64, end: i64) -> rusqlite::Result<usize> {
        self.db
            .prepare_cached(
                "DELETE FROM lineage WHERE seq IN \
                 (SELECT seq FROM version WHERE rid = ?1 AND version < ?2)",
            )?
            .execute((rid, end))?;
        self.db
            .prepare_cached("DELETE FROM version WHERE rid = ?1 AND version < ?2")?
            .execute((rid, end))
    }

    fn erase_old_versions(&mut self, keys: &[ResourceKey]) -> rusqlite::Result<Erased> {
        let mut erased = Erased::default();
        self.remember_sequence()?;
        for key in keys {
            let Some(present) = self.doomed(key)? else { continue };
            let versions = self.erase_versions(present.rid, present.version)?;
            self.counts.entry(present.t).or_default().1 -= versions as i64;
            erased.versions += versions as u64;
        }
        Ok(erased)
    }

    /// A sequence number is never given twice, even if its version is gone.
    fn remember_sequence(&self) -> rusqlite::Result<()> {
        self.db
            .prepare_cached("INSERT OR REPLACE INTO counter (name, value) VALUES ('seq', ?1)")?
            .execute([self.seq])
            .map(|_| ())
    }

    /// Takes away the numbers, and with them the ids, of erased resources that nothing refers to.
    fn erase_numbers(&mut self, rids: &[i64]) -> rusqlite::Result<()> {
        let list = format!("{rids:?}");
        let mut statement = self.db.prepare_cached(
            "SELECT DISTINCT target FROM index_reference \
             WHERE target IN (SELECT value FROM json_each(?1))",
        )?;
        let referred = statement.query_map([list], |row| row.get(0))?;
        let referred = referred.collect::<rusqlite::Result<BTreeSet<i64>>>()?;
        for rid in rids.iter().filter(|rid| !referred.contains(rid)) {
            let last: i64 =
                self.db.query_row("SELECT max(rid) FROM resource", [], |row| row.get(0))?;
            // The greatest number stays, under a name of its own, so that it is not given again.
            let sql = if last == *rid {
                "UPDATE resource SET id = 'erased.' || rid WHERE rid = ?1"
            } else {
                "DELETE FROM resource WHERE rid = ?1"
            };
            self.db.prepare_cached(sql)?.execute([rid])?;
        }
        // It may know numbers that are gone.
        self.interner.clear();
        Ok(())
    }

    /// Takes away the sets of texts that no token carries any more: a text may be about one person.
    fn erase_texts(&self, sets: &BTreeSet<i64>) -> rusqlite::Result<()> {
        let mut uses = self.db.prepare_cached(
            "SELECT p, c, s FROM text_use WHERE s IN (SELECT value FROM json_each(?1)) ORDER BY s",
        )?;
        let list = format!("{sets:?}").replace('{', "[").replace('}', "]");
        let uses = uses.query_map([list], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let uses = uses.collect::<rusqlite::Result<Vec<(i64, i64, i64)>>>()?;
        let mut carried = self.db.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM index_token WHERE p = ?1 AND c = ?2 AND s = ?3)",
        )?;
        let mut kept = BTreeSet::new();
        for (p, c, s) in uses {
            if !kept.contains(&s) && carried.query_row((p, c, s), |row| row.get(0))? {
                kept.insert(s);
            }
        }
        for set in sets.difference(&kept) {
            for sql in [
                "DELETE FROM text_use WHERE s = ?1",
                "DELETE FROM text_member WHERE s = ?1",
                "DELETE FROM text_set WHERE s = ?1",
            ] {
                self.db.prepare_cached(sql)?.execute([set])?;
            }
        }
        Ok(())
    }

    /// Takes away URIs that nothing refers to any more: one may name a person elsewhere.
    fn erase_uris(&self, uris: &BTreeSet<i64>) -> rusqlite::Result<()> {
        let list = |sign: i64| {
            let numbers: Vec<i64> = uris.iter().map(|uri| uri * sign).collect();
            format!("{numbers:?}")
        };
        let mut used = BTreeSet::new();
        for (sign, sql) in [
            (1, "SELECT DISTINCT u FROM code WHERE u IN (SELECT value FROM json_each(?1))"),
            (1, "SELECT DISTINCT u FROM index_uri WHERE u IN (SELECT value FROM json_each(?1))"),
            (
                1,
                "SELECT DISTINCT u FROM index_identifier WHERE u IN (SELECT value FROM json_each(?1))",
            ),
            (
                -1,
                "SELECT DISTINCT -target FROM index_reference \
                  WHERE target IN (SELECT value FROM json_each(?1))",
            ),
            // Components are told apart by their parameter only, so a like number keeps a URI too.
            (
                1,
                "SELECT k1 FROM index_composite WHERE k1 IN (SELECT value FROM json_each(?1)) \
                 UNION SELECT k2 FROM index_composite WHERE k2 IN (SELECT value FROM json_each(?1)) \
                 UNION SELECT k3 FROM index_composite WHERE k3 IN (SELECT value FROM json_each(?1))",
            ),
            (
                -1,
                "SELECT -k1 FROM index_composite WHERE k1 IN (SELECT value FROM json_each(?1)) \
                  UNION SELECT -k2 FROM index_composite WHERE k2 IN (SELECT value FROM json_each(?1)) \
                  UNION SELECT -k3 FROM index_composite WHERE k3 IN (SELECT value FROM json_each(?1))",
            ),
        ] {
            if uris.is_empty() {
                return Ok(());
            }
            let mut statement = self.db.prepare_cached(sql)?;
            let found = statement.query_map([list(sign)], |row| row.get::<_, i64>(0))?;
            used.extend(found.collect::<rusqlite::Result<Vec<_>>>()?);
        }
        for uri in uris.difference(&used) {
            self.db.prepare_cached("DELETE FROM uri WHERE u = ?1")?.execute([uri])?;
        }
        Ok(())
    }

    /// The items that wrote versions of a resource.
    fn items_behind(&self, rid: i64) -> rusqlite::Result<Vec<i64>> {
        let mut statement = self.db.prepare_cached(
            "SELECT DISTINCT l.i FROM version v JOIN lineage l ON l.seq = v.seq WHERE v.rid = ?1",
        )?;
        let items = statement.query_map([rid], |row| row.get(0))?;
        items.collect()
    }

    /// Of these items, those that wrote nothing which is left; and where that is so of all items of
    /// their subject, those that never wrote anything, such as repeats, as well.
    fn items_without_others(&self, items: &BTreeSet<i64>) -> rusqlite::Result<BTreeSet<i64>> {
        let mut writes =
            self.db.prepare_cached("SELECT EXISTS (SELECT 1 FROM lineage WHERE i = ?1)")?;
        let mut subject = self.db.prepare_cached(
            "SELECT i FROM item WHERE (f, subject) = \
             (SELECT f, subject FROM item WHERE i = ?1) AND subject <> '' AND state <> 1",
        )?;
        let mut found = BTreeSet::new();
        let mut swept = BTreeSet::new();
        for item in items {
            if writes.query_row([item], |row| row.get(0))? {
                continue;
            }
            found.insert(*item);
            if swept.contains(item) {
                continue;
            }
            let all = subject.query_map([item], |row| row.get(0))?;
            let all = all.collect::<rusqlite::Result<Vec<i64>>>()?;
            let mut any = false;
            for each in &all {
                any = any || writes.query_row([each], |row| row.get(0))?;
            }
            if !any {
                found.extend(&all);
            }
            swept.extend(all);
        }
        Ok(found)
    }

    /// Takes an item's bytes, what was answered, and whose it was; the item stays in the balance.
    fn erase_item(&self, item: i64) -> rusqlite::Result<bool> {
        let erased = self
            .db
            .prepare_cached(
                "UPDATE item SET erased = ?2, subject = '' \
                 WHERE i = ?1 AND erased IS NULL AND state <> 1",
            )?
            .execute((item, self.now))?;
        if erased > 0 {
            self.db
                .prepare_cached(
                    "UPDATE item_content SET form = 0, body = x'', acknowledgement = x'' WHERE i = ?1",
                )?
                .execute([item])?;
        }
        Ok(erased > 0)
    }

    /// Writes the log back and cuts it off, so that pages as they were are nowhere. A reader at work
    /// may hold it up; then it is done once nobody asks for anything.
    pub(super) fn scrub(&mut self) {
        // Words of what is gone stand in the full text until its parts are merged.
        if self.optimize_due {
            let merge = "INSERT INTO full_text (full_text) VALUES ('optimize')";
            self.optimize_due = self.db.execute_batch(merge).is_err();
        }
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let busy = self.db.query_row(sql, [], |row| row.get::<_, i64>(0));
        self.scrub_due = busy.is_ok_and(|busy| busy != 0);
    }
}
