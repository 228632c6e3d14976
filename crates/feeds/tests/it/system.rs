//! An application on a store of its own, with feeds, for one test.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use feeds::{FeedConfig, Feeds, MllpOptions};
use fhir::ResourceId;
use interactions::{App, AppOptions, Clock, IdSource};
use store::{ItemFilter, ItemState, ItemSummary, Store};
use store_sqlite::{Options, SqliteStore};
use tokio::sync::watch;

use crate::client::{Client, PATIENCE};

/// A clock that goes on by a millisecond at every look.
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> i64 {
        self.0.fetch_add(1_000, Ordering::Relaxed)
    }
}

struct TestIds(AtomicU64);

impl IdSource for TestIds {
    fn next(&self) -> ResourceId {
        let number = u128::from(self.0.fetch_add(1, Ordering::Relaxed));
        ResourceId::from_uuid_bytes(number.to_be_bytes())
    }
}

/// The store of a folder.
pub(crate) fn open(folder: &Path) -> Arc<dyn Store> {
    let clock = TestClock(AtomicI64::new(1_773_000_000_000_000));
    let options = Options::with_clock(Arc::new(move || clock.now()));
    let catalogue = store::Catalogue::of(definitions::embedded());
    Arc::new(SqliteStore::open(&folder.join("test.db"), &catalogue, options).unwrap())
}

/// The application on a store.
pub(crate) fn app_on(store: Arc<dyn Store>) -> Arc<App> {
    Arc::new(App::new(
        store,
        definitions::embedded(),
        Arc::new(TestClock(AtomicI64::new(1_773_000_000_000_000))),
        Arc::new(TestIds(AtomicU64::new(1))),
        AppOptions::with_base_url("http://127.0.0.1/fhir"),
    ))
}

pub(crate) struct System {
    pub(crate) app: Arc<App>,
    pub(crate) feeds: Feeds,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) folder: tempfile::TempDir,
}

impl System {
    /// One MLLP feed `pas` with small limits, over a store of its own.
    pub(crate) async fn mllp() -> System {
        let folder = tempfile::tempdir().unwrap();
        let app = app_on(open(folder.path()));
        System::start(folder, app, vec![FeedConfig::mllp("pas", local())]).await
    }

    pub(crate) async fn start(
        folder: tempfile::TempDir,
        app: Arc<App>,
        configs: Vec<FeedConfig>,
    ) -> System {
        let (stop, stopped) = watch::channel(false);
        let feeds = Feeds::start(Arc::clone(&app), configs, stopped).await.unwrap();
        System { app, feeds, stop, folder }
    }

    pub(crate) async fn client(&self) -> Client<tokio::net::TcpStream> {
        Client::connect(self.feeds.address("pas").unwrap()).await
    }

    pub(crate) async fn idle(&self) {
        tokio::time::timeout(PATIENCE, self.feeds.idle()).await.expect("idle in time");
    }

    /// What the ledger says, oldest first, as `stored`, `set-aside truncated`, …; it balances.
    pub(crate) async fn states(&self) -> Vec<String> {
        self.idle().await;
        let ledger = self.app.store.ledger().await.unwrap();
        assert!(ledger.iter().all(store::FeedBalance::balances), "{ledger:?}");
        assert_eq!(ledger, self.app.store.recount().await.unwrap());
        let state = |item: &ItemSummary| format!("{} {}", item.state.as_str(), item.cause);
        self.items().await.iter().map(|item| state(item).trim().to_owned()).collect()
    }

    /// All items, oldest first.
    pub(crate) async fn items(&self) -> Vec<ItemSummary> {
        let filter = ItemFilter { count: 1000, ..ItemFilter::default() };
        let mut items = self.app.store.items(&filter).await.unwrap().items;
        items.reverse();
        items
    }

    pub(crate) async fn count(&self, state: ItemState) -> usize {
        self.items().await.iter().filter(|item| item.state == state).count()
    }

    /// Stops everything; the application is left for a next start.
    pub(crate) async fn stop(self) -> (tempfile::TempDir, Arc<App>) {
        self.stop.send_replace(true);
        tokio::time::timeout(PATIENCE, self.feeds.stopped()).await.expect("stopped in time");
        (self.folder, self.app)
    }
}

/// A listener on a port of the system's choice.
pub(crate) fn local() -> MllpOptions {
    MllpOptions::at(([127, 0, 0, 1], 0).into())
}
