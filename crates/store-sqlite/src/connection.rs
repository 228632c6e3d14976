//! How a connection is set up for writing and for reading. Spec: <https://sqlite.org/pragma.html>.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use store::StoreError;

use crate::{Options, dialect};

/// Prepared statements kept for each connection.
const STATEMENTS_MAX: usize = 128;

/// The one connection that writes; creates the file.
pub(crate) fn writing(path: &Path, options: &Options) -> Result<Connection, StoreError> {
    let open = || -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "page_size", 4096)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        // FULL syncs the log at each commit: what is answered is on the disk.
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // What is deleted is overwritten, so that what is erased is nowhere on a page.
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "wal_autocheckpoint", options.log_pages)?;
        connection.pragma_update(None, "cache_size", -(options.writer_cache_bytes / 1024))?;
        connection.pragma_update(None, "temp_store", "memory")?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        Ok(connection)
    };
    open().map_err(|error| StoreError::backend("open the database for writing", error))
}

/// A connection that only reads.
pub(crate) fn reading(path: &Path, options: &Options) -> Result<Connection, StoreError> {
    let open = || -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "mmap_size", options.mapped_bytes)?;
        connection.pragma_update(None, "cache_size", -2048)?;
        connection.pragma_update(None, "temp_store", "memory")?;
        connection.pragma_update(None, "query_only", true)?;
        dialect::define_functions(&connection)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        Ok(connection)
    };
    open().map_err(|error| StoreError::backend("open the database for reading", error))
}

/// Steps of SQLite's machine between two looks at the clock: about a tenth of a millisecond.
const STEPS: i32 = 2000;

/// Runs `work`, whose statements are stopped once it has taken `time`.
pub(crate) fn stopping<T>(
    db: &Connection,
    time: Duration,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let started = Instant::now();
    let handler = move || started.elapsed() >= time;
    db.progress_handler(STEPS, Some(handler)).map_err(failed("set a deadline"))?;
    let result = work(db);
    db.progress_handler(0, None::<fn() -> bool>).map_err(failed("take a deadline away"))?;
    result
}

/// An error of SQLite while doing `what`.
pub(crate) fn failed(what: &'static str) -> impl Fn(rusqlite::Error) -> StoreError + Copy {
    move |error| match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => StoreError::interrupted(),
        _ => StoreError::backend(what, error),
    }
}
