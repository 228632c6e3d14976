//! The contract, random operations against its oracle, crashes, plans, and the file itself.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;
mod crash;
mod file;
mod judged;
mod plan;
mod random;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use store::contract::fixture;
use store_sqlite::{Options, SqliteStore};

/// A clock that moves on by a third of a millisecond a look, and now and then back.
fn clock() -> Arc<dyn Fn() -> i64 + Send + Sync> {
    let looks = AtomicI64::new(0);
    Arc::new(move || {
        let look = looks.fetch_add(1, Ordering::Relaxed);
        let back = if look % 5 == 4 { 10_000 } else { 0 };
        1_700_000_000_000_000 + look * 333 - back
    })
}

/// Stores of tests are small: searches go the ways of large ones too.
fn options() -> Options {
    Options { sorted_min: 2, ..Options::with_clock(clock()) }
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, &fixture::catalogue(), options()).unwrap()
}
