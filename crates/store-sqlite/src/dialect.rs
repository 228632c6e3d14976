//! What is SQLite's own in the SQL that [`store::sql`] writes, and how its statements are run.

use std::fmt::Write as _;

use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, Value};
use rusqlite::{Connection, Row, ToSql, params_from_iter};
use search::{TextPart, TextQuery};
use store::StoreError;
use store::sql::{Bind, Dialect, Statement};

use crate::connection::failed;
use crate::identity::StoredId;
use crate::row;

/// The name of our aggregate of keys and a parameter's number: a JSON list of the targets.
const TARGETS: &str = "targets_of_keys";

/// Gives a connection the functions that the dialect names.
pub(crate) fn define_functions(db: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    db.create_aggregate_function(TARGETS, 2, flags, Targets)
}

/// Gathers what resources refer to.
struct Targets;

impl Aggregate<String, String> for Targets {
    fn init(&self, _context: &mut Context<'_>) -> rusqlite::Result<String> {
        Ok(String::from("["))
    }

    fn step(&self, context: &mut Context<'_>, list: &mut String) -> rusqlite::Result<()> {
        let keys = context.get_raw(0).as_blob()?;
        let wrong = || rusqlite::Error::UserFunctionError("a resource's keys are damaged".into());
        for target in row::targets(keys, context.get(1)?).ok_or_else(wrong)? {
            let between = if list.len() > 1 { "," } else { "" };
            let _ = write!(list, "{between}{target}");
        }
        Ok(())
    }

    fn finalize(
        &self,
        _context: &mut Context<'_>,
        list: Option<String>,
    ) -> rusqlite::Result<String> {
        Ok(list.unwrap_or_else(|| String::from("[")) + "]")
    }
}

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

    fn ends_with(&self, column: &str, end: &str, length: usize, out: &mut String) {
        let _ = write!(out, "substr({column}, -{length}) = {end}");
    }

    fn texts(&self, list: &str, out: &mut String) {
        let _ = write!(out, "SELECT value FROM json_each({list})");
    }

    fn targets(&self, row: &str, parameter: &str, from: &str, out: &mut String) {
        let _ = write!(
            out,
            "SELECT value FROM json_each((SELECT {TARGETS}({row}.keys, {parameter}) FROM {from}))"
        );
    }

    fn full_text(&self, part: TextPart, query: &TextQuery) -> Option<String> {
        let column = match part {
            TextPart::Narrative => "narrative",
            TextPart::Content => "content",
        };
        Some(format!("{{{column}}} : {}", full_text(query)?))
    }

    fn matching(&self, query: &str, out: &mut String) {
        let _ = write!(out, "SELECT rowid AS rid FROM full_text WHERE full_text MATCH {query}");
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

/// A query as FTS5 has it: <https://sqlite.org/fts5.html#full_text_query_syntax>.
fn full_text(query: &TextQuery) -> Option<String> {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let joined = |parts: Vec<String>, between: &str| format!("({})", parts.join(between));
    match query {
        TextQuery::Phrase(words) if words.iter().all(|word| word.is_empty()) => None,
        TextQuery::Phrase(words) => Some(format!("({})", quoted(&words.join(" ")))),
        TextQuery::Begins(start) if start.is_empty() => None,
        TextQuery::Begins(start) => Some(format!("({} *)", quoted(start))),
        TextQuery::And(all) if all.is_empty() => None,
        TextQuery::And(all) => {
            Some(joined(all.iter().map(full_text).collect::<Option<_>>()?, " AND "))
        }
        TextQuery::Or(any) => {
            let parts: Vec<String> = any.iter().filter_map(full_text).collect();
            (!parts.is_empty()).then(|| joined(parts, " OR "))
        }
        TextQuery::Without(one, other) => {
            let one = full_text(one)?;
            Some(match full_text(other) {
                Some(other) => format!("({one} NOT {other})"),
                None => one,
            })
        }
    }
}

/// Texts as the JSON list that `json_each` reads.
fn json_list(texts: &[Box<str>]) -> String {
    let mut out = String::from("[");
    for (index, text) in texts.iter().enumerate() {
        out.push_str(if index == 0 { "\"" } else { ",\"" });
        for character in text.chars() {
            match character {
                '"' | '\\' => out.extend(['\\', character]),
                control if control < ' ' => {
                    let _ = write!(out, "\\u{:04x}", control as u32);
                }
                other => out.push(other),
            }
        }
        out.push('"');
    }
    out.push(']');
    out
}

struct Bound<'b>(&'b Bind);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self.0 {
            Bind::Integer(value) => value.to_sql(),
            Bind::Real(value) => value.to_sql(),
            Bind::Text(text) => text.to_sql(),
            Bind::Texts(texts) => Ok(json_list(texts).into()),
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

/// Runs a statement whose rows are a number and values.
pub(crate) fn run_rows(
    db: &Connection,
    statement: &Statement,
) -> Result<Vec<(i64, Vec<Value>)>, StoreError> {
    let run = || -> rusqlite::Result<Vec<(i64, Vec<Value>)>> {
        let mut prepared = db.prepare_cached(&statement.sql)?;
        let columns = prepared.column_count();
        let rows =
            prepared.query_map(params_from_iter(statement.binds.iter().map(Bound)), |row| {
                let values = (1..columns).map(|column| row.get(column));
                Ok((row.get(0)?, values.collect::<Result<_, _>>()?))
            })?;
        rows.collect()
    };
    run().map_err(failed("run a search"))
}

/// Runs a statement and hands over its rows one by one, until told to stop.
pub(crate) fn each_row(
    db: &Connection,
    statement: &Statement,
    mut each: impl FnMut(&Row<'_>) -> rusqlite::Result<bool>,
) -> Result<(), StoreError> {
    let mut run = || -> rusqlite::Result<()> {
        let mut prepared = db.prepare_cached(&statement.sql)?;
        let mut rows = prepared.query(params_from_iter(statement.binds.iter().map(Bound)))?;
        while let Some(row) = rows.next()? {
            if !each(row)? {
                break;
            }
        }
        Ok(())
    };
    run().map_err(failed("run a search"))
}

/// How many rows a statement gives.
pub(crate) fn count_rows(db: &Connection, statement: &Statement) -> Result<u64, StoreError> {
    let mut rows = 0;
    each_row(db, statement, |_| {
        rows += 1;
        Ok(true)
    })?;
    Ok(rows)
}

/// What SQLite says of how it runs a statement, a line a step, deeper ones further in.
pub(crate) fn plan_of(db: &Connection, statement: &Statement) -> Result<Vec<String>, StoreError> {
    let plan = Statement {
        sql: format!("EXPLAIN QUERY PLAN {}", statement.sql),
        binds: statement.binds.clone(),
    };
    let (mut lines, mut depths) = (Vec::new(), vec![(0i64, 0usize)]);
    each_row(db, &plan, |row| {
        let (id, parent, detail): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(3)?);
        let depth =
            depths.iter().find(|(known, _)| *known == parent).map_or(0, |(_, depth)| *depth);
        depths.push((id, depth + 1));
        lines.push(format!("{:width$}{detail}", "", width = depth * 2));
        Ok(true)
    })?;
    Ok(lines)
}

/// Runs a statement that gives one number.
pub(crate) fn run_number(db: &Connection, statement: &Statement) -> Result<i64, StoreError> {
    let run = || -> rusqlite::Result<i64> {
        let mut prepared = db.prepare_cached(&statement.sql)?;
        prepared.query_row(params_from_iter(statement.binds.iter().map(Bound)), |row| row.get(0))
    };
    run().map_err(failed("run a search"))
}
