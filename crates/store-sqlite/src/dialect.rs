//! What is SQLite's own in the SQL that [`store::sql`] writes, and how its statements are run.

use std::fmt::Write as _;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, ToSql, params_from_iter};
use store::StoreError;
use store::sql::{Bind, Dialect, Statement};

use crate::connection::failed;
use crate::identity::StoredId;

/// SQLite's dialect.
pub(crate) struct Sqlite;

impl Dialect for Sqlite {
    fn placeholder(&self, number: usize, out: &mut String) {
        out.push('?');
        out.push_str(&number.to_string());
    }

    fn contains(&self, column: &str, needle: &str, out: &mut String) {
        out.push_str("instr(");
        out.push_str(column);
        out.push_str(", ");
        out.push_str(needle);
        out.push_str(") > 0");
    }

    fn id_text(&self, column: &str, out: &mut String) {
        let hex = format!("lower(hex({column}))");
        let part = |from, length| format!("substr({hex}, {from}, {length})");
        let parts = [part(1, 8), part(9, 4), part(13, 4), part(17, 4), part(21, 12)];
        let _ = write!(
            out,
            "CASE typeof({column}) WHEN 'blob' THEN {} ELSE {column} END",
            parts.join(" || '-' || ")
        );
    }
}

struct Bound<'b>(&'b Bind);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self.0 {
            Bind::Integer(value) => value.to_sql(),
            Bind::Real(value) => value.to_sql(),
            Bind::Text(text) => text.to_sql(),
            Bind::Id(id) => match StoredId(id).to_sql()? {
                ToSqlOutput::Owned(value) => Ok(ToSqlOutput::Owned(value)),
                _ => id.as_str().to_sql(),
            },
        }
    }
}

/// Runs a statement whose rows are one number.
pub(crate) fn run_numbers(db: &Connection, statement: &Statement) -> Result<Vec<i64>, StoreError> {
    let run = || -> rusqlite::Result<Vec<i64>> {
        let mut prepared = db.prepare_cached(&statement.sql)?;
        let rows = prepared
            .query_map(params_from_iter(statement.binds.iter().map(Bound)), |row| row.get(0))?;
        rows.collect()
    };
    run().map_err(failed("run a search"))
}

/// Runs a statement that gives one number.
pub(crate) fn run_number(db: &Connection, statement: &Statement) -> Result<i64, StoreError> {
    let run = || -> rusqlite::Result<i64> {
        let mut prepared = db.prepare_cached(&statement.sql)?;
        prepared.query_row(params_from_iter(statement.binds.iter().map(Bound)), |row| row.get(0))
    };
    run().map_err(failed("run a search"))
}
