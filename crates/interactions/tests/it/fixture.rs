//! An application on a store in a folder of its own, filled by transactions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fhir::{ResourceId, Tree};
use interactions::record::{Record, RecordScope};
use interactions::{App, AppOptions, BundleRequest, Category, Clock, IdSource};
use store_sqlite::{Options, SqliteStore};

/// 22 November 2025, midday.
pub(crate) const NOW: i64 = 1_763_812_800_000_000;

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> i64 {
        NOW
    }
}

#[derive(Default)]
struct Counted(AtomicU64);

impl IdSource for Counted {
    fn next(&self) -> ResourceId {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        ResourceId::parse(&format!("new-{number}")).expect("an id")
    }
}

pub(crate) struct Fixture {
    pub(crate) app: Arc<App>,
    _folder: tempfile::TempDir,
}

pub(crate) fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("an id")
}

impl Fixture {
    /// A store that holds these resources, each with its id.
    pub(crate) async fn with(resources: &[&str]) -> Fixture {
        let folder = tempfile::tempdir().expect("a folder");
        let definitions = definitions::embedded();
        let store = SqliteStore::open(
            &folder.path().join("store.db"),
            &store::Catalogue::of(definitions),
            Options::with_clock(Arc::new(|| NOW)),
        );
        let app = Arc::new(App::new(
            Arc::new(store.expect("a store")),
            definitions,
            Arc::new(Fixed),
            Arc::new(Counted::default()),
            AppOptions::with_base_url("http://127.0.0.1:8080/fhir"),
        ));
        let entries = resources.iter().map(|json| {
            let tree = Tree::parse(json.as_bytes()).expect("json");
            let (kind, id) = (tree.resource_type().expect("a type"), tree.root().text_of("id"));
            let url = format!("{kind}/{}", id.expect("an id"));
            format!(r#"{{"resource":{json},"request":{{"method":"PUT","url":"{url}"}}}}"#)
        });
        let entries = entries.collect::<Vec<_>>().join(",");
        let bundle =
            format!(r#"{{"resourceType":"Bundle","type":"transaction","entry":[{entries}]}}"#);
        let tree = Arc::new(Tree::parse(bundle.as_bytes()).expect("json"));
        let request = BundleRequest {
            tree,
            answer: interactions::Return::Minimal,
            handling: interactions::Handling::Strict,
        };
        app.process_bundle(request).await.expect("a transaction");
        Fixture { app, _folder: folder }
    }

    pub(crate) async fn record(&self, person: &str) -> Record {
        self.app.record(&id(person), RecordScope::Whole).await.expect("a record")
    }

    pub(crate) async fn refused(&self, person: &str) -> Category {
        self.app.record(&id(person), RecordScope::Whole).await.expect_err("a failure").category
    }
}
