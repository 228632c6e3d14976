//! Index rows: gathered, sorted by key, then written table by table, so that each page of an index is
//! touched once; at the end of a group, or of several where `deferred` puts them off.

use rusqlite::{CachedStatement, Connection};

use super::deferred;
use crate::row::{CanonicalRow, Part, Row};

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
        let mut counts = TokenCounts::default();
        let mut statement: Option<(usize, CachedStatement<'_>)> = None;
        let mut pending = self.pending.iter().peekable();
        // What the first change of a row says of it: whether it was there before.
        let mut was_there = None;
        while let Some(each) = pending.next() {
            let there = *was_there.get_or_insert(!each.insert);
            let again = |next: &&Pending| next.rid == each.rid && next.row == each.row;
            if pending.peek().is_some_and(again) {
                continue;
            }
            was_there = None;
            counts.change(&each.row, i64::from(each.insert) - i64::from(there));
            let which = number_of(&each.row) * 2 + usize::from(each.insert);
            if statement.as_ref().is_none_or(|(prepared, _)| *prepared != which) {
                statement = Some((which, db.prepare_cached(STATEMENTS[which])?));
            }
            if let Some((_, statement)) = &mut statement {
                bind(statement, each)?;
                statement.raw_execute()?;
            }
        }
        counts.write(db)?;
        self.pending.clear();
        Ok(())
    }
}

/// What a write changes of how many resources have a code; rows of a code follow each other.
#[derive(Default)]
struct TokenCounts {
    changes: Vec<(i64, i64, i64)>,
}

impl TokenCounts {
    fn change(&mut self, row: &Row, by: i64) {
        let Row::Token { p, c, .. } = row else { return };
        match self.changes.last_mut() {
            Some((last_p, last_c, change)) if (*last_p, *last_c) == (*p, *c) => *change += by,
            _ => self.changes.push((*p, *c, by)),
        }
    }

    fn write(&self, db: &Connection) -> rusqlite::Result<()> {
        let mut statement = db.prepare_cached(
            "INSERT INTO token_count (p, c, n) VALUES (?1, ?2, ?3) \
             ON CONFLICT DO UPDATE SET n = n + ?3",
        )?;
        let changed = self.changes.iter().filter(|(_, _, by)| *by != 0);
        changed.into_iter().try_for_each(|change| statement.execute(*change).map(|_| ()))
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
        Row::Composite { .. } => 8,
        Row::Position { .. } => 9,
        Row::Many { .. } => 10,
    }
}

/// For each kind of row: take away, write.
///
/// Columns that are no part of the key are compared when a row is taken away, so that the order in
/// which a row goes and its successor under the same key comes does not matter.
const STATEMENTS: [&str; 22] = [
    "DELETE FROM index_token WHERE p = ?1 AND rid = ?2 AND c = ?3 AND s = ?4",
    "INSERT INTO index_token (p, rid, c, s) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT DO UPDATE SET s = ?4",
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
    "DELETE FROM index_quantity WHERE p = ?1 AND rid = ?2 AND c = ?3 AND unit = ?4 AND low = ?5 \
     AND high = ?6 AND cu = ?7 AND clow = ?8 AND chigh = ?9",
    "INSERT INTO index_quantity (p, rid, c, unit, low, high, cu, clow, chigh) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
     ON CONFLICT DO UPDATE SET cu = ?7, clow = ?8, chigh = ?9",
    "DELETE FROM index_uri WHERE p = ?1 AND rid = ?2 AND u = ?3",
    "INSERT OR IGNORE INTO index_uri (p, rid, u) VALUES (?1, ?2, ?3)",
    // Rows of one key are told apart by n, which an update may give to another value: the values are
    // compared too, but for the canonical range, which follows from them.
    "DELETE FROM index_composite WHERE p = ?1 AND rid = ?2 AND n = ?3 AND k1 = ?4 AND h1 IS ?5 \
     AND c1 IS ?6 AND unit1 IS ?7 AND cu1 IS ?8 AND clow1 IS ?9 AND chigh1 IS ?10 AND k2 IS ?11 \
     AND h2 IS ?12 AND c2 IS ?13 AND unit2 IS ?14 AND cu2 IS ?15 AND clow2 IS ?16 \
     AND chigh2 IS ?17 AND k3 IS ?18 AND h3 IS ?19 AND c3 IS ?20 AND unit3 IS ?21 AND cu3 IS ?22 \
     AND clow3 IS ?23 AND chigh3 IS ?24",
    "INSERT OR REPLACE INTO index_composite (p, rid, n, k1, h1, c1, unit1, cu1, clow1, chigh1, \
     k2, h2, c2, unit2, cu2, clow2, chigh2, k3, h3, c3, unit3, cu3, clow3, chigh3) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, \
     ?19, ?20, ?21, ?22, ?23, ?24)",
    "DELETE FROM index_position WHERE p = ?1 AND rid = ?2 AND z = ?3 AND x = ?4 AND y = ?5",
    "INSERT OR IGNORE INTO index_position (p, rid, z, x, y) VALUES (?1, ?2, ?3, ?4, ?5)",
    "DELETE FROM index_many WHERE p = ?1 AND rid = ?2",
    "INSERT OR IGNORE INTO index_many (p, rid) VALUES (?1, ?2)",
];

/// Columns of one component.
const COMPONENT: usize = 7;

fn bind(statement: &mut CachedStatement<'_>, pending: &Pending) -> rusqlite::Result<()> {
    statement.raw_bind_parameter(1, pending.row.parameter())?;
    statement.raw_bind_parameter(2, pending.rid)?;
    match &pending.row {
        Row::Many { .. } => Ok(()),
        Row::Reference { target: value, .. } | Row::Uri { u: value, .. } => {
            statement.raw_bind_parameter(3, value)
        }
        Row::Token { c, s, .. } => {
            statement.raw_bind_parameter(3, c)?;
            statement.raw_bind_parameter(4, s)
        }
        Row::Identifier { value, u, .. } => {
            statement.raw_bind_parameter(3, &**value)?;
            statement.raw_bind_parameter(4, u)
        }
        Row::String { folded, text, .. } => {
            statement.raw_bind_parameter(3, &**folded)?;
            statement.raw_bind_parameter(4, &**text)
        }
        Row::Date { low, high, .. } => {
            statement.raw_bind_parameter(3, low)?;
            statement.raw_bind_parameter(4, high)
        }
        Row::Number { low, high, .. } => {
            statement.raw_bind_parameter(3, low.0)?;
            statement.raw_bind_parameter(4, high.0)
        }
        Row::Quantity { c, unit, low, high, canonical, .. } => {
            statement.raw_bind_parameter(3, c)?;
            statement.raw_bind_parameter(4, unit)?;
            statement.raw_bind_parameter(5, low.0)?;
            statement.raw_bind_parameter(6, high.0)?;
            bind_canonical(statement, 7, *canonical)
        }
        Row::Position { z, x, y, .. } => {
            statement.raw_bind_parameter(3, z.0)?;
            statement.raw_bind_parameter(4, x.0)?;
            statement.raw_bind_parameter(5, y.0)
        }
        Row::Composite { parts, n, .. } => {
            statement.raw_bind_parameter(3, n)?;
            (0..3)
                .try_for_each(|index| bind_part(statement, 4 + index * COMPONENT, parts.get(index)))
        }
    }
}

fn bind_canonical(
    statement: &mut CachedStatement<'_>,
    first: usize,
    canonical: CanonicalRow,
) -> rusqlite::Result<()> {
    statement.raw_bind_parameter(first, canonical.cu)?;
    statement.raw_bind_parameter(first + 1, canonical.low.0)?;
    statement.raw_bind_parameter(first + 2, canonical.high.0)
}

/// Binds a component to its seven columns: k, h, c, unit, cu, clow, chigh.
fn bind_part(
    statement: &mut CachedStatement<'_>,
    first: usize,
    part: Option<&Part>,
) -> rusqlite::Result<()> {
    let bound = match part {
        None => 0,
        Some(Part::Number(number)) => {
            statement.raw_bind_parameter(first, number)?;
            1
        }
        Some(Part::Text { folded, text }) => {
            statement.raw_bind_parameter(first, &**folded)?;
            statement.raw_bind_parameter(first + 1, &**text)?;
            2
        }
        Some(Part::Date { low, high }) => {
            statement.raw_bind_parameter(first, low)?;
            statement.raw_bind_parameter(first + 1, high)?;
            2
        }
        Some(Part::Range { low, high }) => {
            statement.raw_bind_parameter(first, low.0)?;
            statement.raw_bind_parameter(first + 1, high.0)?;
            2
        }
        Some(Part::Quantity { c, unit, low, high, canonical }) => {
            statement.raw_bind_parameter(first, low.0)?;
            statement.raw_bind_parameter(first + 1, high.0)?;
            statement.raw_bind_parameter(first + 2, c)?;
            statement.raw_bind_parameter(first + 3, unit)?;
            bind_canonical(statement, first + 4, *canonical)?;
            COMPONENT
        }
    };
    (bound..COMPONENT)
        .try_for_each(|column| statement.raw_bind_parameter(first + column, rusqlite::types::Null))
}
