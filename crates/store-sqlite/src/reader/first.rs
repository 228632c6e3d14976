//! A page in the order of numbers: off an index, out of few matches, or by looking at resources one
//! after the other.

use rusqlite::Connection;
use store::StoreError;
use store::sql::Statement;

use super::search::Part;
use crate::dialect::{run_number, run_numbers};

/// How much further than expected resources are looked at, before all matches are sorted after all.
const PATIENCE: f64 = 4.0;

/// How a page was come by.
pub(super) struct Page {
    pub(super) numbers: Vec<i64>,
    /// What gave them.
    pub(super) statement: Statement,
    pub(super) way: Way,
}

/// Ways to a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A statement that gives it, sorted or in the order of an index.
    Plain,
    /// All matches were few enough to read and sort.
    Few,
    /// Resources were looked at in order.
    Looks,
}

/// Up to `wanted` matches above `after`, ascending.
pub(super) fn page(
    (db, sorted_min): (&Connection, usize),
    part: &Part<'_>,
    after: i64,
    wanted: usize,
) -> Result<Page, StoreError> {
    let plain = || {
        let statement = part.query.page(part.driver, after, wanted)?;
        Ok(Page { numbers: run_numbers(db, &statement)?, statement, way: Way::Plain })
    };
    if !part.query.is_unordered(part.driver) {
        return plain();
    }
    let all = run_number(db, &part.query.of_type())? as f64;
    // To sort n matches takes n steps; to look for the first of n that are spread evenly takes
    // `wanted * all / n`. Here both are the same.
    let few = (wanted as f64 * all).sqrt().max(sorted_min as f64);
    if !part.query.begins_slowly(part.driver, wanted)? {
        let statement = part.query.unordered(part.driver, after, few as usize + 1)?;
        let mut numbers = run_numbers(db, &statement)?;
        if numbers.len() <= few as usize {
            numbers.sort_unstable();
            numbers.dedup();
            numbers.truncate(wanted);
            return Ok(Page { numbers, statement, way: Way::Few });
        }
    }
    let greatest = Statement { sql: "SELECT max(rid) FROM resource".into(), binds: Vec::new() };
    let greatest = run_number(db, &greatest)?;
    let span = wanted as f64 * greatest as f64 / few.min(all.max(1.0)) * PATIENCE;
    let last = after.saturating_add(span as i64);
    let statement = part.query.in_order(after, last, wanted)?;
    let numbers = run_numbers(db, &statement)?;
    if numbers.len() == wanted || last >= greatest {
        return Ok(Page { numbers, statement, way: Way::Looks });
    }
    plain()
}
