//! The use cases on a store of the program's, without the program.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fhir::{ResourceId, ResourceType};
use interactions::{App, AppOptions, Clock, Handling, IdSource, Look, SearchOptions};
use store_sqlite::{Options, SqliteStore};

/// 22 November 2025, midday.
const NOW: i64 = 1_763_812_800_000_000;

pub(crate) const STRICT: SearchOptions = SearchOptions { handling: Handling::Strict };

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> i64 {
        NOW
    }
}

struct Counted(AtomicU64);

impl IdSource for Counted {
    fn next(&self) -> ResourceId {
        id(&format!("made-{}", self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

pub(crate) fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("an id")
}

/// What was refused at an address.
pub(crate) fn refused(address: &str) -> Look {
    Look {
        interaction: "read".to_owned(),
        action: 'R',
        address: address.to_owned(),
        from: None,
        status: 401,
        reason: None,
    }
}

/// The use cases on the store in a file, and the type of what is noted.
pub(crate) fn app(database: &Path) -> (App, ResourceType) {
    let definitions = definitions::embedded();
    let catalogue = store::Catalogue::of(definitions);
    let store = SqliteStore::open(database, &catalogue, Options::with_clock(Arc::new(|| NOW)));
    let app = App::new(
        Arc::new(store.expect("a store")),
        definitions,
        Arc::new(Fixed),
        Arc::new(Counted(AtomicU64::new(0))),
        AppOptions::with_base_url("http://127.0.0.1:8080/fhir"),
    );
    let audit = app.resource_type("AuditEvent").expect("a type");
    (app, audit)
}
