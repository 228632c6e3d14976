//! Index rows: gathered, sorted by key, then written table by table, so that each page of an index is
//! touched once; at the end of a group, or of several where `deferred` puts them off.

use rusqlite::{CachedStatement, Connection};

use super::deferred;
use crate::row::Row;

/// One row to write or take away.
#[derive(Clone, PartialEq)]
pub(super) struct Pending {
    pub(super) row: Row,
    pub(super) rid: i64,
    pub(super) insert: bool,
}

/// The rows that are not yet in their tables.
#[derive(Default)]
pub(super) struct IndexRows {
    pending: Vec<Pending>,
    /// How many of them, the first, are in the log.
    logged: usize,
}

impl IndexRows {
    /// Whether nothing is pending.
    pub(super) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// How many rows wait.
    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }

    /// Takes what the log holds: at the start, and after a rollback.
    pub(super) fn reload(&mut self, db: &Connection) -> rusqlite::Result<()> {
        self.pending = deferred::read(db)?;
        self.logged = self.pending.len();
        Ok(())
    }

    /// Puts the rows of a group off: the log holds them.
    pub(super) fn defer(&mut self, db: &Connection) -> rusqlite::Result<()> {
        deferred::log(db, &self.pending[self.logged..])?;
        self.logged = self.pending.len();
        Ok(())
    }

    /// Notes the difference of two sorted lists of rows of one resource.
    pub(super) fn change(&mut self, rid: i64, old: Vec<Row>, new: Vec<Row>) {
        let mut old = old.into_iter().peekable();
        for row in new {
            while let Some(gone) = old.next_if(|each| *each < row) {
                self.pending.push(Pending { row: gone, rid, insert: false });
            }
            if old.next_if(|each| *each == row).is_none() {
                self.pending.push(Pending { row, rid, insert: true });
            }
        }
        self.pending.extend(old.map(|row| Pending { row, rid, insert: false }));
    }

    /// Writes everything; of several changes to one row the last counts.
    pub(super) fn write(&mut self, db: &Connection) -> rusqlite::Result<()> {
        if self.logged > 0 {
            deferred::empty(db)?;
            self.logged = 0;
        }
        self.pending.sort_by(|a, b| (&a.row, a.rid).cmp(&(&b.row, b.rid)));
        let mut statement: Option<(usize, CachedStatement<'_>)> = None;
        let mut pending = self.pending.iter().peekable();
        while let Some(each) = pending.next() {
            let again = |next: &&Pending| next.rid == each.rid && next.row == each.row;
            if pending.peek().is_some_and(again) {
                continue;
            }
            let which = number_of(&each.row) * 2 + usize::from(each.insert);
            if statement.as_ref().is_none_or(|(prepared, _)| *prepared != which) {
                statement = Some((which, db.prepare_cached(STATEMENTS[which])?));
            }
            if let Some((_, statement)) = &mut statement {
                bind(statement, &each.row, each.rid)?;
                statement.raw_execute()?;
            }
        }
        self.pending.clear();
        Ok(())
    }
}

fn number_of(row: &Row) -> usize {
    match row {
        Row::Token { .. } => 0,
        Row::Identifier { .. } => 1,
        Row::Reference { .. } => 2,
        Row::String { .. } => 3,
        Row::Date { .. } => 4,
        Row::Number { .. } => 5,
        Row::Quantity { .. } => 6,
        Row::Uri { .. } => 7,
    }
}

/// For each kind of row: take away, write.
const STATEMENTS: [&str; 16] = [
    "DELETE FROM index_token WHERE p = ?1 AND rid = ?2 AND c = ?3",
    "INSERT OR IGNORE INTO index_token (p, rid, c) VALUES (?1, ?2, ?3)",
    "DELETE FROM index_identifier WHERE p = ?1 AND rid = ?2 AND value = ?3 AND u = ?4",
    "INSERT OR IGNORE INTO index_identifier (p, rid, value, u) VALUES (?1, ?2, ?3, ?4)",
    "DELETE FROM index_reference WHERE p = ?1 AND rid = ?2 AND target = ?3",
    "INSERT OR IGNORE INTO index_reference (p, rid, target) VALUES (?1, ?2, ?3)",
    "DELETE FROM index_string WHERE p = ?1 AND rid = ?2 AND folded = ?3 AND text = ?4",
    "INSERT OR IGNORE INTO index_string (p, rid, folded, text) VALUES (?1, ?2, ?3, ?4)",
    "DELETE FROM index_date WHERE p = ?1 AND rid = ?2 AND low = ?3 AND high = ?4",
    "INSERT OR IGNORE INTO index_date (p, rid, low, high) VALUES (?1, ?2, ?3, ?4)",
    "DELETE FROM index_number WHERE p = ?1 AND rid = ?2 AND low = ?3 AND high = ?4",
    "INSERT OR IGNORE INTO index_number (p, rid, low, high) VALUES (?1, ?2, ?3, ?4)",
    "DELETE FROM index_quantity WHERE p = ?1 AND rid = ?2 AND c = ?3 AND unit = ?4 AND low = ?5 AND high = ?6",
    "INSERT OR IGNORE INTO index_quantity (p, rid, c, unit, low, high) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    "DELETE FROM index_uri WHERE p = ?1 AND rid = ?2 AND u = ?3",
    "INSERT OR IGNORE INTO index_uri (p, rid, u) VALUES (?1, ?2, ?3)",
];

fn bind(statement: &mut CachedStatement<'_>, row: &Row, rid: i64) -> rusqlite::Result<()> {
    statement.raw_bind_parameter(2, rid)?;
    match row {
        Row::Token { p, c: value }
        | Row::Reference { p, target: value }
        | Row::Uri { p, u: value } => {
            statement.raw_bind_parameter(1, p)?;
            statement.raw_bind_parameter(3, value)
        }
        Row::Identifier { p, value, u } => {
            statement.raw_bind_parameter(1, p)?;
            statement.raw_bind_parameter(3, &**value)?;
            statement.raw_bind_parameter(4, u)
        }
        Row::String { p, folded, text } => {
            statement.raw_bind_parameter(1, p)?;
            statement.raw_bind_parameter(3, &**folded)?;
            statement.raw_bind_parameter(4, &**text)
        }
        Row::Date { p, low, high } => {
            statement.raw_bind_parameter(1, p)?;
            statement.raw_bind_parameter(3, low)?;
            statement.raw_bind_parameter(4, high)
        }
        Row::Number { p, low, high } => {
            statement.raw_bind_parameter(1, p)?;
            statement.raw_bind_parameter(3, low.0)?;
            statement.raw_bind_parameter(4, high.0)
        }
        Row::Quantity { p, c, unit, low, high } => {
            statement.raw_bind_parameter(1, p)?;
            statement.raw_bind_parameter(3, c)?;
            statement.raw_bind_parameter(4, unit)?;
            statement.raw_bind_parameter(5, low.0)?;
            statement.raw_bind_parameter(6, high.0)
        }
    }
}
