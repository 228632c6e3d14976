//! Reading through all of a type, or through what was deleted of it, in the order of resource numbers.

use rusqlite::Connection;
use store::{ScanPart, Scanned, StoreError};

use super::Reader;
use super::read::COLUMNS;
use crate::connection::failed;

/// Resources that a part looks at to find those updated lately, so that it takes no long time.
const LOOKED_AT_MAX: i64 = 20_000;

impl Reader {
    /// A part of a type.
    pub(crate) fn scan(&self, db: &Connection, part: ScanPart) -> Result<Scanned, StoreError> {
        let Some(t) = self.numbers().type_number(part.resource_type) else {
            return Ok(Scanned::default());
        };
        let wrong = failed("scan a type");
        let after = part.after.map_or(0, |after| i64::try_from(after).unwrap_or(i64::MAX));
        let since = part.since.unwrap_or(i64::MIN);
        let limit = i64::try_from(part.limit.max(1)).unwrap_or(i64::MAX);
        // The last number that this part may look at; absent at the end of the type.
        let looked_at = if part.since.is_some() { LOOKED_AT_MAX.max(limit) } else { limit };
        let end: Option<i64> = db
            .prepare_cached(
                "SELECT max(rid) FROM (SELECT rid FROM resource WHERE live = 1 AND t = ?1 \
                 AND rid > ?2 ORDER BY rid LIMIT ?3)",
            )
            .and_then(|mut each| each.query_row((t, after, looked_at), |row| row.get(0)))
            .map_err(wrong)?;
        let Some(end) = end else { return Ok(Scanned::default()) };
        let sql = format!(
            "SELECT {COLUMNS} FROM resource r JOIN version v ON v.seq = r.seq \
             WHERE r.live = 1 AND r.t = ?1 AND r.rid > ?2 AND r.rid <= ?3 AND +r.updated >= ?4 \
             ORDER BY r.rid LIMIT ?5"
        );
        let mut statement = db.prepare_cached(&sql).map_err(wrong)?;
        let mut rows = statement.query((t, after, end, since, limit)).map_err(wrong)?;
        let (mut scanned, mut last) = (Scanned::default(), after);
        while let Some(row) = rows.next().map_err(wrong)? {
            last = row.get(8).map_err(wrong)?;
            scanned.resources.push(self.version(row)?.stored);
        }
        // A part that is full may have stopped before what it could have looked at.
        let place = if scanned.resources.len() as i64 == limit { last } else { end };
        scanned.next = Some(place as u64);
        Ok(scanned)
    }

    /// A part of what was deleted of a type.
    pub(crate) fn scan_deleted(
        &self,
        db: &Connection,
        part: ScanPart,
    ) -> Result<Scanned, StoreError> {
        let Some(t) = self.numbers().type_number(part.resource_type) else {
            return Ok(Scanned::default());
        };
        let wrong = failed("scan what was deleted");
        let after = part.after.map_or(0, |after| i64::try_from(after).unwrap_or(i64::MAX));
        let since = part.since.unwrap_or(i64::MIN);
        let limit = i64::try_from(part.limit.max(1)).unwrap_or(i64::MAX);
        // A resource that is only referred to has version 0.
        let sql = format!(
            "SELECT {COLUMNS} FROM resource r JOIN version v ON v.seq = r.seq \
             WHERE r.live = 0 AND r.version > 0 AND +r.t = ?1 AND r.rid > ?2 AND r.updated >= ?3 \
             ORDER BY r.rid LIMIT ?4"
        );
        let mut statement = db.prepare_cached(&sql).map_err(wrong)?;
        let mut rows = statement.query((t, after, since, limit)).map_err(wrong)?;
        let mut scanned = Scanned::default();
        let mut last = after;
        while let Some(row) = rows.next().map_err(wrong)? {
            last = row.get(8).map_err(wrong)?;
            scanned.resources.push(self.version(row)?.stored);
        }
        scanned.next = (scanned.resources.len() as i64 == limit).then_some(last as u64);
        Ok(scanned)
    }
}
