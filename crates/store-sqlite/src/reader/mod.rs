//! Reading: a pool of connections that cannot write, each call on one moment of the database.
//!
//! A read by id takes about ten microseconds, less than handing it to another thread, so it runs
//! where it is asked. Searches, histories and counts may take long; they run on tokio's blocking
//! threads, a bounded number at a time, so that connections are left for the short ones.

mod contained;
mod explain;
mod first;
mod history;
mod includes;
mod jobs;
mod kept;
mod ledger;
mod lists;
mod read;
mod scan;
mod search;
mod sorted;
mod values;
mod walk;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use store::StoreError;
use tokio::sync::Semaphore;

use crate::Options;
use crate::cache::BodyCache;
use crate::connection::{self, failed, reading};
use crate::numbers::{InForce, Numbers};
use crate::reader::lists::Lists;

/// Long reads at a time.
const LONG_READS_MAX: usize = 16;

/// Everything that reads share.
pub(crate) struct Reader {
    path: PathBuf,
    options: Options,
    idle: Mutex<Vec<Connection>>,
    long: Arc<Semaphore>,
    in_force: Arc<InForce>,
    pub(crate) cache: Arc<BodyCache>,
    lists: Lists,
}

impl Reader {
    pub(crate) fn new(
        path: PathBuf,
        options: Options,
        in_force: Arc<InForce>,
        cache: Arc<BodyCache>,
    ) -> Reader {
        let lists = Lists::new(options.clock.clone());
        Reader {
            path,
            options,
            idle: Mutex::default(),
            long: Arc::new(Semaphore::new(LONG_READS_MAX)),
            in_force,
            cache,
            lists,
        }
    }

    /// The numbers in force.
    pub(super) fn numbers(&self) -> Arc<Numbers> {
        self.in_force.get()
    }

    /// Runs a short read here. A connection is opened when all are in use; there are never more
    /// than threads that read at once.
    pub(crate) fn short<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let connection = match taken {
            Some(connection) => connection,
            None => reading(&self.path, &self.options)?,
        };
        let result = read(&connection);
        idle().push(connection);
        result
    }

    /// How long a search may take.
    pub(super) fn deadline(&self) -> Duration {
        self.options.search_time_max
    }

    /// Runs a search: a long read that is stopped when its time is up.
    pub(crate) async fn bounded<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Reader, &Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.long(move |reader, db| {
            connection::stopping(db, reader.deadline(), |db| read(reader, db))
        })
        .await
    }

    /// Runs a long read, of several statements on one moment, on a blocking thread.
    pub(crate) async fn long<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Reader, &Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = Arc::clone(&self.long).acquire_owned().await;
        let permit = permit.map_err(|_| StoreError::closed())?;
        let reader = Arc::clone(self);
        // The permit goes with the work, which goes on when the caller is gone.
        let run = move || {
            let _permit = permit;
            reader.short(|db| snapshot(db, |db| read(&reader, db)))
        };
        tokio::task::spawn_blocking(run)
            .await
            .map_err(|error| StoreError::backend("finish a read", error))?
    }
}

/// Runs `read` within one read transaction.
fn snapshot<T>(
    db: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = db.unchecked_transaction().map_err(failed("begin a read"))?;
    let result = read(&transaction);
    transaction.finish().map_err(failed("end a read"))?;
    result
}
