//! History on three levels, newest first. Spec: <https://hl7.org/fhir/R4/http.html#history>.
//!
//! Versions are numbered in the order in which they were written and their times never go back, so
//! an interval of time is an interval of numbers, found by bisection.

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OptionalExtension as _, ToSql};
use store::{History, HistoryPage, HistoryScope, ResourceKey, StoreError};

use super::Reader;
use super::read::COLUMNS;
use crate::connection::failed;
use crate::identity::StoredId;

impl Reader {
    /// A page of versions.
    pub(crate) fn history_page(
        &self,
        db: &Connection,
        scope: &HistoryScope,
        page: HistoryPage,
        current_since: Option<i64>,
    ) -> Result<History, StoreError> {
        let Some((condition, value)) = self.scope(db, scope)? else {
            return Ok(History::default());
        };
        let condition = match current_since {
            Some(since) => format!("{condition} AND {}", was_current(since)),
            None => condition.to_owned(),
        };
        let first = page.since.map_or(Ok(1), |since| first_from(db, since))?;
        let end = page.until.map_or(Ok(i64::MAX), |until| match until.checked_add(1) {
            Some(after) => first_from(db, after),
            None => Ok(i64::MAX),
        })?;
        let before =
            page.before.map_or(end, |before| end.min(before.try_into().unwrap_or(i64::MAX)));
        let wrong = failed("read a history");
        let is_all = first == 1 && end == i64::MAX && current_since.is_none();
        let total: i64 = if is_all && matches!(value, ScopeValue::System) {
            db.query_row("SELECT coalesce(sum(versions), 0) FROM type", [], |row| row.get(0))
        } else {
            let sql = format!(
                "SELECT count(*) FROM version v WHERE {condition} AND v.seq >= ?2 AND v.seq < ?3"
            );
            db.prepare_cached(&sql)
                .and_then(|mut each| each.query_row((&value, first, end), |row| row.get(0)))
        }
        .map_err(wrong)?;
        let sql = format!(
            "SELECT {COLUMNS} FROM version v JOIN resource r ON r.rid = v.rid \
             WHERE {condition} AND v.seq >= ?2 AND v.seq < ?3 ORDER BY v.seq DESC LIMIT ?4"
        );
        let mut statement = db.prepare_cached(&sql).map_err(wrong)?;
        let limit = (page.count as i64).saturating_add(1);
        let mut rows = statement.query((&value, first, before, limit)).map_err(wrong)?;
        let mut history = History { total: total as u64, ..History::default() };
        let mut last = 0;
        while let Some(row) = rows.next().map_err(wrong)? {
            if history.versions.len() == page.count {
                history.next = Some(if page.count == 0 { before as u64 } else { last as u64 });
                break;
            }
            let version = self.version(row)?;
            last = version.seq;
            history.versions.push(version.stored);
        }
        Ok(history)
    }

    /// The condition that holds of a scope's versions, with the value in it; `None` if there are none.
    fn scope(
        &self,
        db: &Connection,
        scope: &HistoryScope,
    ) -> Result<Option<(&'static str, ScopeValue)>, StoreError> {
        let number = |key: &ResourceKey| -> Result<Option<i64>, StoreError> {
            let t = self.numbers().type_number(key.resource_type);
            db.prepare_cached("SELECT rid FROM resource WHERE t = ?1 AND id = ?2")
                .and_then(|mut statement| {
                    statement.query_row((t, StoredId(&key.id)), |row| row.get(0)).optional()
                })
                .map_err(failed("find a resource"))
        };
        Ok(match scope {
            HistoryScope::System => Some(("?1 = 0", ScopeValue::System)),
            HistoryScope::Type(resource_type) => self
                .numbers()
                .type_number(*resource_type)
                .map(|t| ("v.t = ?1", ScopeValue::Number(t))),
            // Along (rid, version), which grow together with seq.
            HistoryScope::Instance(key) => {
                number(key)?.map(|rid| ("v.rid = ?1", ScopeValue::Number(rid)))
            }
            HistoryScope::Among(keys) => {
                let mut rids = Vec::with_capacity(keys.len());
                for key in keys {
                    rids.extend(number(key)?);
                }
                let list = format!("{rids:?}");
                Some(("v.rid IN (SELECT value FROM json_each(?1))", ScopeValue::List(list)))
            }
        })
    }
}

/// What stands for `?1` in a scope's condition.
enum ScopeValue {
    System,
    Number(i64),
    List(String),
}

impl ToSql for ScopeValue {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            ScopeValue::System => 0.to_sql(),
            ScopeValue::Number(number) => number.to_sql(),
            ScopeValue::List(list) => list.to_sql(),
        }
    }
}

/// Whether a version was current at this time or later: the one after it came later, and it is no
/// deletion from before.
fn was_current(since: i64) -> String {
    format!(
        "(v.body IS NOT NULL OR v.updated >= {since}) AND NOT EXISTS (SELECT 1 FROM version n \
         WHERE n.rid = v.rid AND n.version = v.version + 1 AND n.updated <= {since})"
    )
}

/// The number of the first version written at `time` or later; one past the last if there is none.
fn first_from(db: &Connection, time: i64) -> Result<i64, StoreError> {
    let find = || -> rusqlite::Result<i64> {
        let last: i64 =
            db.query_row("SELECT coalesce(max(seq), 0) FROM version", [], |row| row.get(0))?;
        // Versions may have been erased, so that the next one stands for a number.
        let mut at =
            db.prepare_cached("SELECT updated FROM version WHERE seq >= ?1 ORDER BY seq LIMIT 1")?;
        let (mut low, mut high) = (1, last + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let updated: i64 = at.query_row([middle], |row| row.get(0))?;
            if updated < time { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    };
    find().map_err(failed("find a time in the history"))
}
