//! Reading jobs, and how far the index of each parameter is.

use rusqlite::{Connection, OptionalExtension as _, Row};
use store::{Job, Leftover, ParameterState, StoreError};

use super::Reader;
use crate::connection::failed;

const COLUMNS: &str = "id, kind, done, created, updated, state";

impl Reader {
    /// A job.
    pub(crate) fn job(&self, id: &str) -> Result<Option<Job>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM job WHERE id = ?1");
        self.short(|db| {
            db.prepare_cached(&sql)
                .and_then(|mut statement| statement.query_row([id], job).optional())
                .map_err(failed("read a job"))
        })
    }

    /// All jobs, or those not yet done, oldest first.
    pub(crate) fn jobs(&self, unfinished_only: bool) -> Result<Vec<Job>, StoreError> {
        let which = if unfinished_only { "WHERE done = 0" } else { "" };
        let sql = format!("SELECT {COLUMNS} FROM job {which} ORDER BY created, id");
        let read = |db: &Connection| -> rusqlite::Result<Vec<Job>> {
            db.prepare_cached(&sql)?.query_map([], job)?.collect()
        };
        self.short(|db| read(db).map_err(failed("read the jobs")))
    }

    /// The parameters in force whose rows are not there for all resources.
    pub(crate) fn parameter_states(&self) -> Result<Vec<ParameterState>, StoreError> {
        const SQL: &str = "SELECT p, building FROM parameter \
             WHERE building IS NOT NULL AND in_force = 1 ORDER BY p";
        let read = |db: &Connection| -> rusqlite::Result<Vec<(i64, i64)>> {
            db.prepare_cached(SQL)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let building = self.short(|db| read(db).map_err(failed("read the parameters")))?;
        if building.is_empty() {
            return Ok(Vec::new());
        }
        let pairs = self.numbers().by_number();
        let state = |(number, since): (i64, i64)| {
            let (resource_type, parameter) = *pairs.get(&number)?;
            Some(ParameterState { resource_type, parameter, since })
        };
        Ok(building.into_iter().filter_map(state).collect())
    }

    /// The types that have rows of parameters not in force.
    pub(crate) fn leftovers(&self) -> Result<Vec<Leftover>, StoreError> {
        const SQL: &str = "SELECT t, max(building) FROM parameter \
             WHERE building IS NOT NULL AND in_force = 0 GROUP BY t ORDER BY t";
        let read = |db: &Connection| -> rusqlite::Result<Vec<(i64, i64)>> {
            db.prepare_cached(SQL)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let left = self.short(|db| read(db).map_err(failed("read the parameters")))?;
        let numbers = self.numbers();
        left.into_iter()
            .map(|(t, since)| Ok(Leftover { resource_type: numbers.type_named(t)?, since }))
            .collect()
    }
}

fn job(row: &Row<'_>) -> rusqlite::Result<Job> {
    Ok(Job {
        id: row.get(0)?,
        kind: row.get(1)?,
        done: row.get(2)?,
        created: row.get(3)?,
        updated: row.get(4)?,
        state: row.get::<_, Vec<u8>>(5)?.into(),
    })
}
