//! The matches of all parts of a sorted search in one order.

use std::cmp::Ordering;
use std::collections::HashSet;

use foldhash::fast::RandomState;
use rusqlite::Connection;
use rusqlite::types::Value;
use search::{SortKey, SortOrder};
use store::StoreError;
use store::sql::Which;

use super::Reader;
use super::lists::LIST_MAX;
use super::search::{Match, Part};
use crate::dialect::{run_numbers, run_rows};

/// A match with what it is sorted by.
struct Sorted {
    found: Match,
    values: Vec<Value>,
}

/// All matches in order, up to [`LIST_MAX`], and whether there are more.
pub(super) fn list(db: &Connection, parts: &[Part<'_>]) -> Result<(Vec<Match>, bool), StoreError> {
    let limit = LIST_MAX + 1;
    let mut found = if let [part] = parts {
        let numbers = run_numbers(db, &part.query.sorted(part.driver, part.sort, limit)?)?;
        numbers.into_iter().map(|number| (0, number)).collect()
    } else {
        merged(db, parts, limit)?
    };
    let cut = found.len() == limit;
    found.truncate(LIST_MAX);
    if parts.iter().any(|part| part.which == Which::Containers) {
        containers(db, parts, &mut found)?;
    }
    Ok((found, cut))
}

fn merged(db: &Connection, parts: &[Part<'_>], limit: usize) -> Result<Vec<Match>, StoreError> {
    let mut all = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let rows = run_rows(db, &part.query.sorted(part.driver, part.sort, limit)?)?;
        all.extend(
            rows.into_iter().map(|(number, values)| Sorted { found: (index, number), values }),
        );
    }
    // All parts have equally many keys; the orders are the same too.
    let keys = parts.first().map_or(&[][..], |part| part.sort);
    all.sort_by(|a, b| compare(keys, a, b));
    all.truncate(limit);
    Ok(all.into_iter().map(|each| each.found).collect())
}

fn compare(keys: &[SortKey], a: &Sorted, b: &Sorted) -> Ordering {
    for ((a, b), key) in a.values.iter().zip(&b.values).zip(keys) {
        let order = match (a, b) {
            (Value::Null, Value::Null) => Ordering::Equal,
            (Value::Null, _) => return Ordering::Greater,
            (_, Value::Null) => return Ordering::Less,
            (a, b) if key.order == SortOrder::Descending => by_value(b, a),
            (a, b) => by_value(a, b),
        };
        if order.is_ne() {
            return order;
        }
    }
    a.found.cmp(&b.found)
}

/// As SQLite has it: numbers before texts before blobs.
fn by_value(a: &Value, b: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Integer(_) | Value::Real(_) => 1,
        Value::Text(_) => 2,
        Value::Blob(_) => 3,
    };
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Real(a), Value::Real(b)) => a.total_cmp(b),
        (Value::Integer(a), Value::Real(b)) => (*a as f64).total_cmp(b),
        (Value::Real(a), Value::Integer(b)) => a.total_cmp(&(*b as f64)),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Blob(a), Value::Blob(b)) => a.cmp(b),
        _ => rank(a).cmp(&rank(b)),
    }
}

/// Puts containers in place of what they contain, each where it first comes.
fn containers(
    db: &Connection,
    parts: &[Part<'_>],
    found: &mut Vec<Match>,
) -> Result<(), StoreError> {
    let mut seen: HashSet<i64, RandomState> = HashSet::default();
    let mut kept = Vec::with_capacity(found.len());
    for (part, number) in found.drain(..) {
        if parts[part].which != Which::Containers {
            kept.push((part, number));
            continue;
        }
        if let Some(container) = Reader::container_of(db, number)?
            && seen.insert(container)
        {
            kept.push((part, container));
        }
    }
    *found = kept;
    Ok(())
}
