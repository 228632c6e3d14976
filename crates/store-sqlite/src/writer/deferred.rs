//! Index rows that are put off: while many write and nobody searches, the rows of several groups are
//! written to the index tables together, in one sorted run, so that a page of an index is touched once
//! for thousands of resources.
//!
//! What is put off is in the table `index_log`, in the transaction of its group, and so as durable as
//! the resources. A search, a condition of a write, an erasure, or a moment of rest has it written
//! first; so does the next start after a crash.

use rusqlite::Connection;

use crate::row::{self, put_number, take};

use super::index::Pending;

/// Adds the rows of a group to the log.
pub(super) fn log(db: &Connection, rows: &[Pending]) -> rusqlite::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    db.prepare_cached("INSERT INTO index_log (body) VALUES (?1)")?.execute([pack(rows)]).map(|_| ())
}

/// Reads the log, in the order in which it was written.
pub(super) fn read(db: &Connection) -> rusqlite::Result<Vec<Pending>> {
    let mut rows = Vec::new();
    let mut statement = db.prepare_cached("SELECT body FROM index_log ORDER BY n")?;
    let mut bodies = statement.query([])?;
    while let Some(body) = bodies.next()? {
        let body: Vec<u8> = body.get(0)?;
        unpack(&body, &mut rows).ok_or(rusqlite::Error::InvalidQuery)?;
    }
    Ok(rows)
}

/// Empties the log, once its rows are in their tables.
pub(super) fn empty(db: &Connection) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM index_log")?.execute([]).map(|_| ())
}

/// Runs of rows of one resource: its number, whether they come or go, their bytes.
fn pack(rows: &[Pending]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() * 12);
    for run in rows.chunk_by(|a, b| a.rid == b.rid && a.insert == b.insert) {
        put_number(&mut out, run[0].rid);
        out.push(u8::from(run[0].insert));
        let packed = row::pack_rows(run.iter().map(|each| &each.row));
        put_number(&mut out, packed.len() as i64);
        out.extend_from_slice(&packed);
    }
    out
}

fn unpack(bytes: &[u8], rows: &mut Vec<Pending>) -> Option<()> {
    let mut from = bytes;
    while !from.is_empty() {
        let rid = take(&mut from)?;
        let (insert, rest) = from.split_first()?;
        from = rest;
        let length = usize::try_from(take(&mut from)?).ok()?;
        let (packed, rest) = from.split_at_checked(length)?;
        from = rest;
        let insert = *insert == 1;
        rows.extend(row::unpack(packed)?.rows.into_iter().map(|row| Pending { row, rid, insert }));
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{pack, unpack};
    use crate::row::Row;
    use crate::writer::index::Pending;

    #[test]
    fn a_log_comes_back() {
        let token = |rid, c, insert| Pending { row: Row::Token { p: 1, c, s: 0 }, rid, insert };
        let rows = [token(1, 1, true), token(1, 2, true), token(1, 3, false), token(2, 1, true)];
        let packed = pack(&rows);
        let mut back = Vec::new();
        assert_eq!(unpack(&packed, &mut back), Some(()));
        assert!(back == rows);
        for length in 1..packed.len() {
            // A log cut short is no panic.
            let _ = unpack(&packed[..length], &mut Vec::new());
        }
    }
}
