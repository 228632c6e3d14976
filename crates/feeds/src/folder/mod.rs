//! A folder where files are dropped: each is taken when it is whole, received, and put away.
//!
//! `processing` holds what is being received; a file found there at the start was cut off by a
//! crash, and is received again without doubling rows. `done` and `rejected` hold what is through.
//! A file stands for itself until it is in `done` or `rejected`, so a crash loses nothing.

mod report;
mod scan;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use interactions::{App, Failure, Feed, FileArrival, FileReceived};
use tokio::sync::watch;

use crate::config::FolderOptions;
use crate::error::FeedError;
use crate::progress::Progress;
use crate::{is_stopping, until};
use scan::Scan;

/// Bytes of a file that is too long that are read, for the ledger.
const BEGINNING: u64 = 64 * 1024;

pub(crate) struct Folder {
    app: Arc<App>,
    feed: Arc<Feed>,
    options: FolderOptions,
    progress: Arc<Progress>,
    places: Places,
}

/// The folders within the folder.
#[derive(Clone)]
struct Places {
    processing: PathBuf,
    done: PathBuf,
    rejected: PathBuf,
}

/// Why a file was not finished; it stays in `processing` and is tried again at the next look.
enum Unfinished {
    Io(std::io::Error),
    Store(Failure),
}

impl From<std::io::Error> for Unfinished {
    fn from(error: std::io::Error) -> Unfinished {
        Unfinished::Io(error)
    }
}

impl From<Failure> for Unfinished {
    fn from(failure: Failure) -> Unfinished {
        Unfinished::Store(failure)
    }
}

impl Folder {
    pub(crate) fn open(
        app: Arc<App>,
        feed: Arc<Feed>,
        options: FolderOptions,
        progress: Arc<Progress>,
    ) -> Result<Folder, FeedError> {
        let inside = |name| options.folder.join(name);
        let places = Places {
            processing: inside("processing"),
            done: inside("done"),
            rejected: inside("rejected"),
        };
        for place in [&places.processing, &places.done, &places.rejected] {
            std::fs::create_dir_all(place)
                .map_err(|error| FeedError::folder(&feed.name.0, place, Box::new(error)))?;
        }
        tracing::info!(feed = %feed.name, folder = %options.folder.display(), "watching for files");
        Ok(Folder { app, feed, options, progress, places })
    }

    pub(crate) async fn run(self, mut shutdown: watch::Receiver<bool>) {
        let mut scan = Scan::default();
        while !is_stopping(&shutdown) {
            if let Err(error) = self.look(&mut scan, &shutdown).await {
                tracing::error!(feed = %self.feed.name, folder = %self.options.folder.display(), %error, "the folder cannot be read");
            }
            tokio::select! {
                () = tokio::time::sleep(self.options.poll_interval) => {}
                () = until(&mut shutdown) => {}
            }
        }
    }

    /// Finishes what is in `processing`, then takes what is ready.
    async fn look(&self, scan: &mut Scan, shutdown: &watch::Receiver<bool>) -> std::io::Result<()> {
        let places = self.places.clone();
        let unfinished = blocking(move || scan::files(&places.processing)).await?;
        for file in unfinished {
            if !self.finish(&file.path, FileArrival::Resumed).await {
                // Later files wait, so that files are received in order.
                return Ok(());
            }
        }
        let folder = self.options.folder.clone();
        let found = blocking(move || scan::files(&folder)).await?;
        for path in scan.ready(found) {
            if is_stopping(shutdown) {
                return Ok(());
            }
            let Some(name) = path.file_name() else { continue };
            let inside = self.places.processing.join(name);
            tokio::fs::rename(&path, &inside).await?;
            if !self.finish(&inside, FileArrival::New).await {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Receives a file and puts it away; whether that worked.
    async fn finish(&self, path: &Path, arrival: FileArrival) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match self.receive(path, &name, arrival).await {
            Ok(received) => {
                let feed = &self.feed.name;
                let FileReceived { accepted, rows, waiting, set_aside, filtered, .. } = received;
                tracing::info!(%feed, file = name, accepted, rows, waiting, set_aside, filtered, "file received");
                self.progress.file_done();
                true
            }
            Err(Unfinished::Io(error)) => {
                tracing::error!(feed = %self.feed.name, file = name, %error, "a file cannot be received; it is tried again");
                false
            }
            Err(Unfinished::Store(failure)) => {
                tracing::error!(feed = %self.feed.name, file = name, %failure, "a file cannot be stored; it is tried again");
                false
            }
        }
    }

    async fn receive(
        &self,
        path: &Path,
        name: &str,
        arrival: FileArrival,
    ) -> Result<FileReceived, Unfinished> {
        let bytes_max = self.options.file_bytes_max;
        let owned = path.to_owned();
        let (bytes, is_whole) = blocking(move || scan::read(&owned, bytes_max, BEGINNING)).await?;
        let received = if is_whole {
            self.app.receive_file(&self.feed, name, bytes.into(), arrival).await?
        } else {
            self.app.receive_oversize_file(&self.feed, name, &bytes, bytes_max, arrival).await?
        };
        let place = if received.accepted { &self.places.done } else { &self.places.rejected };
        let target = scan::free_name(place, name);
        if !received.issues.is_empty() {
            let text = report::text(name, &received);
            let beside = report::beside(&target);
            tokio::fs::write(beside, text).await?;
        }
        tokio::fs::rename(path, target).await?;
        Ok(received)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
}
