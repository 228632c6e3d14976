//! The first page of a sorted search read off an index, where that is sooner than sorting all matches.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use rusqlite::Connection;
use store::StoreError;
use store::sql::Walk;

use super::search::Part;
use crate::dialect::{each_row, run_number, run_numbers};

/// What it takes to find a match's place among all, in microseconds.
const SORTING: f64 = 2.0;

/// What it takes to go to the next row of an index.
const STEP: f64 = 0.2;

/// What it takes to read one match of a set, and to test one row.
const READING: f64 = 0.1;
const TESTING: f64 = 1.2;

/// Rows that are looked at in vain at the most.
const LOOKS_MAX: f64 = 40_000.0;

/// A walk that filled the page.
pub(super) struct Walked {
    pub(super) found: Vec<i64>,
    /// The ways that were gone.
    pub(super) walk: Walk,
    /// Rows that were looked at.
    pub(super) looks: u64,
}

/// The first `wanted` matches, or `None` where it is not worth a walk, or where the walk came to no
/// end in time.
pub(super) fn first(
    db: &Connection,
    part: &Part<'_>,
    wanted: usize,
) -> Result<Option<Walked>, StoreError> {
    let all = part.query.of_type();
    let all = run_number(db, &all)? as f64;
    let matches = part.matches.map_or(all, |matches| matches as f64);
    // As if the matches were spread evenly over the order.
    let looks = wanted as f64 * all / matches.max(1.0);
    let walking = looks * STEP + (looks * TESTING).min(matches * READING);
    if matches * SORTING <= walking || looks * 4.0 > LOOKS_MAX {
        return Ok(None);
    }
    let limit = (looks * 4.0) as i64 + 1000;
    // To read what the driver finds, and look each row up in memory, or to test each row.
    let known = part.query.chosen(part.driver).filter(|_| matches * READING <= looks * TESTING);
    let Some(walk) = part.query.walk(part.sort, limit, known)? else { return Ok(None) };
    let known = match known {
        Some(driver) => {
            let most = (matches * 2.0) as usize + 1000;
            let found = run_numbers(db, &part.query.set_of_part(driver, most)?)?;
            if found.len() == most {
                return Ok(None);
            }
            Some(found.into_iter().collect())
        }
        None => None,
    };
    gone(db, walk, wanted, limit, known.as_ref())
}

/// A match with the value that it is sorted by, the first in order the least.
type Placed = (i64, i64);

fn gone(
    db: &Connection,
    walk: Walk,
    wanted: usize,
    limit: i64,
    known: Option<&HashSet<i64, RandomState>>,
) -> Result<Option<Walked>, StoreError> {
    let mut found: Vec<Placed> = Vec::new();
    let mut seen: HashSet<i64, RandomState> = HashSet::default();
    let (mut ends, mut all_looks) = (true, 0);
    for way in &walk.ways {
        let (mut looks, mut enough) = (0, false);
        each_row(db, way, |row| {
            looks += 1;
            let place = |value: i64| if walk.descending { !value } else { value };
            let (rid, bound): (i64, i64) = (row.get(0)?, row.get::<_, f64>(1)? as i64);
            if known.is_none_or(|known| known.contains(&rid))
                && let Some(value) = row.get::<_, Option<i64>>(2)?
                && seen.insert(rid)
            {
                let placed = (place(value), rid);
                let at = found.partition_point(|other| *other < placed);
                found.insert(at, placed);
                // Those of an earlier way count too: what is beyond them cannot be on the page.
                found.truncate(wanted);
            }
            enough = found.len() == wanted && found[wanted - 1].0 < place(bound);
            Ok(!enough)
        })?;
        // Either the page is full, or the whole index was gone through.
        ends = ends && (enough || looks < limit);
        all_looks += looks as u64;
    }
    // Resources without a value come last; they are not in the index.
    Ok((ends && found.len() == wanted).then(|| Walked {
        found: found.into_iter().map(|(_, rid)| rid).collect(),
        walk,
        looks: all_looks,
    }))
}
