//! Reading versions by key or number.

use std::sync::Arc;

use fhir::{VersionId, format_instant};
use rusqlite::{Connection, OptionalExtension as _, Row};
use store::{Method, ResourceKey, StoreError, Stored};

use super::Reader;
use crate::connection::failed;
use crate::identity::{StoredId, restore};
use crate::{form, row};

/// The columns of a version, in the order that [`Version::from_row`] takes them.
pub(super) const COLUMNS: &str =
    "v.seq, v.version, v.updated, v.method, v.form, v.cut, v.body, r.t, r.rid, r.id";

/// One version's row, with its resource's.
pub(super) struct Version {
    pub(super) seq: i64,
    pub(super) stored: Stored,
}

impl Reader {
    /// The current version, from the cache or the database.
    pub(crate) fn read(&self, key: &ResourceKey) -> Result<Option<Stored>, StoreError> {
        let generation = match self.cache.get(key) {
            Ok(stored) => return Ok(Some(stored)),
            Err(generation) => generation,
        };
        let found = self.short(|db| self.current(db, key))?;
        if let Some(stored) = &found {
            self.cache.put(stored, generation);
        }
        Ok(found)
    }

    /// One version.
    pub(crate) fn read_version(
        &self,
        key: &ResourceKey,
        version: VersionId,
    ) -> Result<Option<Stored>, StoreError> {
        const SQL: &str = "SELECT v.seq, v.version, v.updated, v.method, v.form, v.cut, v.body \
             FROM resource r JOIN version v ON v.rid = r.rid AND v.version = ?3 \
             WHERE r.t = ?1 AND r.id = ?2";
        let Some(t) = self.numbers().type_number(key.resource_type) else { return Ok(None) };
        self.short(|db| one(db, SQL, (t, StoredId(&key.id), version.0), key))
    }

    /// The current version, from the database.
    fn current(&self, db: &Connection, key: &ResourceKey) -> Result<Option<Stored>, StoreError> {
        const SQL: &str = "SELECT v.seq, v.version, v.updated, v.method, v.form, v.cut, v.body \
             FROM resource r JOIN version v ON v.seq = r.seq WHERE r.t = ?1 AND r.id = ?2";
        let Some(t) = self.numbers().type_number(key.resource_type) else { return Ok(None) };
        one(db, SQL, (t, StoredId(&key.id)), key)
    }

    /// The current versions of many resources.
    pub(crate) fn read_many(
        &self,
        keys: &[ResourceKey],
    ) -> Result<Vec<Option<Stored>>, StoreError> {
        // No cache: all of them are of one moment.
        self.short(|db| {
            super::snapshot(db, |db| keys.iter().map(|key| self.current(db, key)).collect())
        })
    }

    /// The current version of a resource by number, if there is one that is no deletion.
    pub(super) fn live(&self, db: &Connection, rid: i64) -> Result<Option<Stored>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM resource r JOIN version v ON v.seq = r.seq \
             WHERE r.rid = ?1 AND r.live = 1"
        );
        let mut statement = db.prepare_cached(&sql).map_err(failed("read a resource"))?;
        let mut rows = statement.query([rid]).map_err(failed("read a resource"))?;
        let row = rows.next().map_err(failed("read a resource"))?;
        row.map(|row| self.version(row).map(|version| version.stored)).transpose()
    }

    /// The resources that a resource refers to by one of the parameters numbered `parameters`.
    pub(crate) fn targets(
        db: &Connection,
        rid: i64,
        parameters: &[i64],
    ) -> Result<Vec<i64>, StoreError> {
        let target = |row: row::Row| match row {
            row::Row::Reference { p, target } if target > 0 && parameters.contains(&p) => {
                Some(target)
            }
            _ => None,
        };
        Ok(Self::rows(db, rid)?.into_iter().filter_map(target).collect())
    }

    /// The index rows of a resource.
    pub(super) fn rows(db: &Connection, rid: i64) -> Result<Vec<row::Row>, StoreError> {
        let keys: Option<Vec<u8>> = db
            .prepare_cached("SELECT keys FROM resource WHERE rid = ?1")
            .and_then(|mut statement| statement.query_row([rid], |row| row.get(0)).optional())
            .map_err(failed("read a resource's keys"))?;
        let keys = row::unpack(&keys.unwrap_or_default())
            .ok_or(StoreError::inconsistent("resource", "keys", rid))?;
        Ok(keys.rows)
    }

    /// A version from a row of [`COLUMNS`].
    pub(super) fn version(&self, row: &Row<'_>) -> Result<Version, StoreError> {
        let wrong = failed("read a version's columns");
        let rid: i64 = row.get(8).map_err(wrong)?;
        let key = ResourceKey {
            resource_type: self.numbers().type_named(row.get(7).map_err(wrong)?)?,
            id: restore(row.get_ref(9).map_err(wrong)?, rid)?,
        };
        Ok(Version { seq: row.get(0).map_err(wrong)?, stored: stored(row, &key)? })
    }
}

fn one(
    db: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
    key: &ResourceKey,
) -> Result<Option<Stored>, StoreError> {
    let wrong = failed("read a version");
    let mut statement = db.prepare_cached(sql).map_err(wrong)?;
    let mut rows = statement.query(parameters).map_err(wrong)?;
    rows.next().map_err(wrong)?.map(|row| stored(row, key)).transpose()
}

/// A version from the first seven of [`COLUMNS`].
fn stored(row: &Row<'_>, key: &ResourceKey) -> Result<Stored, StoreError> {
    let wrong = failed("read a version's columns");
    let seq: i64 = row.get(0).map_err(wrong)?;
    let version = VersionId(row.get(1).map_err(wrong)?);
    let last_updated: i64 = row.get(2).map_err(wrong)?;
    let inconsistent = |column| StoreError::inconsistent("version", column, seq);
    let method = match row.get(3).map_err(wrong)? {
        1 => Method::Post,
        2 => Method::Put,
        3 => Method::Delete,
        _ => return Err(inconsistent("method")),
    };
    let packed = row.get_ref(6).and_then(|value| Ok(value.as_blob_or_null()?)).map_err(wrong)?;
    let body = match packed {
        None => None,
        Some(packed) => {
            let text = form::unpack(row.get(4).map_err(wrong)?, packed, "version", seq)?;
            let cut = usize::try_from(row.get::<_, i64>(5).map_err(wrong)?).ok();
            let (before, after) = cut
                .and_then(|cut| text.split_at_checked(cut))
                .ok_or_else(|| inconsistent("cut"))?;
            Some(filled(before, after, version, last_updated))
        }
    };
    Ok(Stored { key: key.clone(), version, last_updated, method, body })
}

/// The text with version and time put in, as `fhir::Draft::fill_into` does.
fn filled(before: &[u8], after: &[u8], version: VersionId, last_updated: i64) -> Arc<[u8]> {
    let (version, time) = (version.to_string(), format_instant(last_updated));
    let between: &[u8] = br#"","lastUpdated":""#;
    [before, version.as_bytes(), between, time.as_bytes(), after].concat().into()
}
