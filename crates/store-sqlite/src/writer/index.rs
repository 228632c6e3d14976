//! Index rows: gathered, sorted by key, then written table by table, so that each page of an index is
//! touched once; at the end of a group, or of several where `deferred` puts them off.

use rusqlite::{CachedStatement, Connection};

use super::deferred;
use super::tables::{ROWS_MAX, Table};
use crate::row::{CanonicalRow, Part, Real, Row};

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
        let order = order(&self.pending);
        let mut counts = TokenCounts::default();
        let mut run = Run::default();
        let mut pending = order.iter().map(|place| &self.pending[place.index as usize]).peekable();
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
            run.push(db, each)?;
        }
        run.write(db)?;
        counts.write(db)?;
        self.pending.clear();
        Ok(())
    }
}

/// Where a row stands among those that are pending, with the beginning of what it is sorted by, since
/// most rows differ there already.
struct Place {
    start: (u64, u64),
    index: u32,
}

/// The rows by table, key and resource; changes to one row in the order in which they came.
fn order(pending: &[Pending]) -> Vec<Place> {
    let place = |(index, each): (usize, &Pending)| Place {
        start: start_of(&each.row),
        index: index as u32,
    };
    let mut order: Vec<Place> = pending.iter().enumerate().map(place).collect();
    order.sort_unstable_by(|a, b| {
        a.start.cmp(&b.start).then_with(|| {
            let (one, other) = (&pending[a.index as usize], &pending[b.index as usize]);
            (&one.row, one.rid, a.index).cmp(&(&other.row, other.rid, b.index))
        })
    });
    order
}

/// The table and parameter of a row, and the beginning of its value, as numbers in the rows' own order.
fn start_of(row: &Row) -> (u64, u64) {
    let signed = |number: i64| number as u64 ^ (1 << 63);
    let text = |text: &str| {
        let mut first = [0; 8];
        let length = text.len().min(8);
        first[..length].copy_from_slice(&text.as_bytes()[..length]);
        u64::from_be_bytes(first)
    };
    // As `f64::total_cmp` orders them.
    let real = |number: Real| {
        let bits = number.0.to_bits();
        if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
    };
    let value = match row {
        Row::Token { c, .. } | Row::Quantity { c, .. } => signed(*c),
        Row::Identifier { value, .. } => text(value),
        Row::String { folded, .. } => text(folded),
        Row::Reference { target: number, .. }
        | Row::Uri { u: number, .. }
        | Row::Date { low: number, .. } => signed(*number),
        Row::Number { low, .. } => real(*low),
        Row::Position { z, .. } => real(*z),
        Row::Composite { .. } | Row::Many { .. } => 0,
    };
    // Parameters have small numbers.
    ((Table::of(row).number() << 56) | row.parameter() as u64, value)
}

/// Rows of one table that are written, or taken away, one after the other.
#[derive(Default)]
struct Run<'r> {
    rows: Vec<&'r Pending>,
}

impl<'r> Run<'r> {
    fn push(&mut self, db: &Connection, pending: &'r Pending) -> rusqlite::Result<()> {
        let goes_on = self.rows.last().is_none_or(|last| {
            last.insert == pending.insert && Table::of(&last.row) == Table::of(&pending.row)
        });
        if !goes_on || self.rows.len() == ROWS_MAX {
            self.write(db)?;
        }
        self.rows.push(pending);
        Ok(())
    }

    fn write(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let Some(first) = self.rows.first() else { return Ok(()) };
        let (table, insert) = (Table::of(&first.row), first.insert);
        // A statement for as many as there ever are, and one for the rest.
        let at_once = if insert && self.rows.len() == ROWS_MAX { ROWS_MAX } else { 1 };
        let sql = match (insert, at_once) {
            (false, _) => table.delete(),
            (true, 1) => table.insert_one(),
            (true, _) => table.insert_many(),
        };
        let mut statement = db.prepare_cached(sql)?;
        for rows in self.rows.chunks(at_once) {
            for (index, row) in rows.iter().enumerate() {
                bind(&mut statement, index * table.columns(), row)?;
            }
            statement.raw_execute()?;
        }
        self.rows.clear();
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

/// Columns of one component.
const COMPONENT: usize = 7;

/// Binds a row to the parameters behind the first so many.
fn bind(
    statement: &mut CachedStatement<'_>,
    before: usize,
    pending: &Pending,
) -> rusqlite::Result<()> {
    statement.raw_bind_parameter(before + 1, pending.row.parameter())?;
    statement.raw_bind_parameter(before + 2, pending.rid)?;
    match &pending.row {
        Row::Many { .. } => Ok(()),
        Row::Reference { target: value, .. } | Row::Uri { u: value, .. } => {
            statement.raw_bind_parameter(before + 3, value)
        }
        Row::Token { c, s, .. } => {
            statement.raw_bind_parameter(before + 3, c)?;
            statement.raw_bind_parameter(before + 4, s)
        }
        Row::Identifier { value, u, .. } => {
            statement.raw_bind_parameter(before + 3, &**value)?;
            statement.raw_bind_parameter(before + 4, u)
        }
        Row::String { folded, text, .. } => {
            statement.raw_bind_parameter(before + 3, &**folded)?;
            statement.raw_bind_parameter(before + 4, &**text)
        }
        Row::Date { low, high, .. } => {
            statement.raw_bind_parameter(before + 3, low)?;
            statement.raw_bind_parameter(before + 4, high)
        }
        Row::Number { low, high, .. } => {
            statement.raw_bind_parameter(before + 3, low.0)?;
            statement.raw_bind_parameter(before + 4, high.0)
        }
        Row::Quantity { c, unit, low, high, canonical, .. } => {
            statement.raw_bind_parameter(before + 3, c)?;
            statement.raw_bind_parameter(before + 4, unit)?;
            statement.raw_bind_parameter(before + 5, low.0)?;
            statement.raw_bind_parameter(before + 6, high.0)?;
            bind_canonical(statement, before + 7, *canonical)
        }
        Row::Position { z, x, y, .. } => {
            statement.raw_bind_parameter(before + 3, z.0)?;
            statement.raw_bind_parameter(before + 4, x.0)?;
            statement.raw_bind_parameter(before + 5, y.0)
        }
        Row::Composite { parts, n, .. } => {
            statement.raw_bind_parameter(before + 3, n)?;
            (0..3).try_for_each(|index| {
                bind_part(statement, before + 4 + index * COMPONENT, parts.get(index))
            })
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

#[cfg(test)]
mod tests {
    use super::{Pending, order, start_of};
    use crate::row::{CanonicalRow, Part, Real, Row};

    fn rows() -> Vec<Row> {
        let numbers = [i64::MIN, -1, 0, 1, i64::MAX];
        let reals = [f64::NEG_INFINITY, -1.5, -0.0, 0.0, 1e-300, 2.0, f64::INFINITY];
        let texts =
            ["", "a", "ab", "abcdefgh", "abcdefghi", "abcdefgi", "b", "\u{e9}", "\u{10FFFF}"];
        let mut rows = Vec::new();
        for p in [1, 2, 70_000] {
            for c in numbers {
                rows.push(Row::Token { p, c, s: -c.max(-5) });
                rows.push(Row::Reference { p, target: c });
                rows.push(Row::Uri { p, u: c });
                rows.push(Row::Date { p, low: c, high: 3 });
                let parts = Box::new([Part::Number(c)]);
                rows.push(Row::Composite { p, parts, n: 0 });
                let canonical = CanonicalRow::NONE;
                let (low, high) = (Real(1.0), Real(2.0));
                rows.push(Row::Quantity { p, c, unit: 1, low, high, canonical });
            }
            for low in reals.map(Real) {
                rows.push(Row::Number { p, low, high: Real(0.0) });
                rows.push(Row::Position { p, z: low, x: Real(0.0), y: Real(0.0) });
            }
            for text in texts {
                rows.push(Row::Identifier { p, value: text.into(), u: 1 });
                rows.push(Row::String { p, folded: text.into(), text: "".into() });
            }
            rows.push(Row::Many { p });
        }
        rows
    }

    #[test]
    fn a_start_is_in_the_order_of_its_row() {
        let rows = rows();
        for a in &rows {
            for b in &rows {
                assert!(a >= b || start_of(a) <= start_of(b), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn rows_stand_by_key_then_resource_then_time() {
        let of = |(number, row): (usize, Row)| {
            let at = |rid, insert| Pending { row: row.clone(), rid, insert };
            [at(number as i64 % 7, true), at(3, false), at(3, true)]
        };
        let mut pending: Vec<Pending> = rows().into_iter().rev().enumerate().flat_map(of).collect();
        let ordered: Vec<Pending> =
            order(&pending).iter().map(|place| pending[place.index as usize].clone()).collect();
        pending.sort_by(|a, b| (&a.row, a.rid).cmp(&(&b.row, b.rid)));
        assert!(ordered == pending);
    }
}
