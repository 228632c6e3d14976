//! The receiving side of the integration engine: listeners that store before they answer, a folder
//! that is watched, and a processor a feed that turns waiting items into resources, in order.
//!
//! Rules of acknowledgement, states, causes and limits: `docs/feeds/receiving.md`. The crate knows
//! sockets and files; what is stored and what it means is decided in `interactions`. To add a way
//! to receive, add a variant of [`Transport`] and a module beside `mllp`.

mod config;
mod error;
mod folder;
mod mllp;
mod processor;
mod progress;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use interactions::App;
use store::FeedName;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use config::{FeedConfig, FolderOptions, MllpOptions, TlsFiles, Transport};
pub use error::FeedError;
pub use progress::FeedCounts;

use progress::Progress;

/// How often a wait for idleness looks again at the ledger where nothing was heard of.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The feeds of a server, running. Dropping it aborts them; [`Feeds::stopped`] ends them in order.
#[derive(Debug)]
pub struct Feeds {
    app_store: StoreHandle,
    running: Vec<Running>,
    tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Running {
    name: FeedName,
    address: Option<SocketAddr>,
    progress: Arc<Progress>,
}

struct StoreHandle(Arc<App>);

impl std::fmt::Debug for StoreHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

impl Feeds {
    /// Binds every listener, makes every folder, and starts: when this returns the feeds receive.
    ///
    /// They stop when `shutdown` becomes true or its sender is dropped.
    pub async fn start(
        app: Arc<App>,
        feeds: Vec<FeedConfig>,
        shutdown: watch::Receiver<bool>,
    ) -> Result<Feeds, FeedError> {
        let mut tasks = JoinSet::new();
        let mut running = Vec::with_capacity(feeds.len());
        for config in feeds {
            let FeedConfig { feed, transport, concurrency_max } = config;
            let feed = Arc::new(feed);
            let progress = Arc::new(Progress::default());
            let mut address = None;
            match transport {
                Transport::Mllp(options) => {
                    let listener = mllp::Listener::bind(
                        Arc::clone(&app),
                        Arc::clone(&feed),
                        options,
                        Arc::clone(&progress),
                    )
                    .await?;
                    address = Some(listener.address());
                    tasks.spawn(listener.run(shutdown.clone()));
                }
                Transport::Folder(options) => {
                    let folder = folder::Folder::open(
                        Arc::clone(&app),
                        Arc::clone(&feed),
                        options,
                        Arc::clone(&progress),
                    )?;
                    tasks.spawn(folder.run(shutdown.clone()));
                }
                // The HTTP edge calls the use case itself.
                Transport::Bundle => {}
                Transport::Bars => {
                    // Its messages are decided while their sender waits: nothing is left to process.
                    let failed = app.settle_undecided_bars(&feed).await.err();
                    if let Some(failure) = failed {
                        tracing::error!(feed = %feed.name, %failure, "undecided messages stay waiting");
                    }
                    running.push(Running { name: feed.name.clone(), address: None, progress });
                    continue;
                }
            }
            running.push(Running {
                name: feed.name.clone(),
                address,
                progress: Arc::clone(&progress),
            });
            let processor =
                processor::Processor::new(Arc::clone(&app), feed, concurrency_max, progress);
            tasks.spawn(processor.run(shutdown.clone()));
        }
        Ok(Feeds { app_store: StoreHandle(app), running, tasks })
    }

    /// Where a feed listens; `None` for feeds that do not.
    pub fn address(&self, feed: &str) -> Option<SocketAddr> {
        self.running.iter().find(|running| &*running.name.0 == feed)?.address
    }

    /// What the listeners have seen since the start.
    pub fn counts(&self) -> Vec<(FeedName, FeedCounts)> {
        let one = |running: &Running| (running.name.clone(), running.progress.counts());
        self.running.iter().map(one).collect()
    }

    /// Waits until no feed has anything waiting. What is still on its way does not count.
    pub async fn idle(&self) {
        loop {
            let mut changes: Vec<_> =
                self.running.iter().map(|running| running.progress.watch()).collect();
            for change in &mut changes {
                change.mark_unchanged();
            }
            if self.is_idle().await {
                return;
            }
            let mut heard = JoinSet::new();
            for mut change in changes {
                heard.spawn(async move { change.changed().await.is_ok() });
            }
            // A time-out here only looks again.
            let _ = tokio::time::timeout(LOOK_AGAIN, heard.join_next()).await;
        }
    }

    async fn is_idle(&self) -> bool {
        let Ok(balances) = self.app_store.0.store.ledger().await else { return false };
        balances
            .iter()
            .filter(|balance| self.running.iter().any(|running| running.name == balance.feed))
            .all(|balance| balance.waiting == 0)
    }

    /// Waits until something has been seen or done by a feed, or for half a second.
    pub async fn changed(&self) {
        let mut heard = JoinSet::new();
        for running in &self.running {
            let mut change = running.progress.watch();
            heard.spawn(async move { change.changed().await.is_ok() });
        }
        // A time-out here only has the caller look again.
        let _ = tokio::time::timeout(LOOK_AGAIN, heard.join_next()).await;
    }

    /// Waits for every task to end after `shutdown`: messages being stored are still answered,
    /// items being processed are finished, the others stay waiting in the store.
    pub async fn stopped(mut self) {
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a feed's task failed");
            }
        }
    }
}

/// Waits until `shutdown` says so.
pub(crate) async fn until(shutdown: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop too.
    let _ = shutdown.wait_for(|stop| *stop).await;
}

/// Whether `shutdown` says so.
pub(crate) fn is_stopping(shutdown: &watch::Receiver<bool>) -> bool {
    *shutdown.borrow() || shutdown.has_changed().is_err()
}
