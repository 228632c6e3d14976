//! How long the pages of a person with very many entries take, from the store to the last byte.
//!
//! `cargo run --release -p portals --example dense -- 3000`

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::http::Request;
use fhir::{ResourceId, Tree};
use interactions::{App, AppOptions, BundleRequest, Clock, IdSource};
use store_sqlite::{Options, SqliteStore};
use tower::ServiceExt as _;

/// The allocator of the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const NOW: i64 = 1_763_812_800_000_000;

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> i64 {
        NOW
    }
}

#[derive(Default)]
struct Counted(std::sync::atomic::AtomicU64);

impl IdSource for Counted {
    fn next(&self) -> ResourceId {
        let number = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        ResourceId::parse(&format!("id-{number}")).expect("an id")
    }
}

#[tokio::main]
async fn main() {
    let entries = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(3_000);
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
    tokio::spawn(Arc::clone(&app).run_linking());
    for bundle in testkit::dense_person(1, entries, jiff::civil::date(2025, 11, 1)) {
        let tree = Arc::new(Tree::parse(&bundle).expect("json"));
        let request = BundleRequest {
            tree,
            answer: interactions::Return::Minimal,
            handling: interactions::Handling::Strict,
        };
        app.process_bundle(request).await.expect("a transaction");
    }
    app.linking.settled().await;
    let query = interactions::record::PeopleQuery::NhsNumber(testkit::dense_nhs_number());
    let found = app.find_people(&query).await.expect("a search");
    let person = &found.people.first().expect("the person").id;
    let router = portals::router(Arc::clone(&app));
    for page in ["", "/timeline", "/results", "/encounters"] {
        let address = format!("/clinician/person/{person}{page}");
        let mut times = Vec::new();
        let mut size = 0;
        for _ in 0..30 {
            let request = Request::get(&address).body(Body::empty()).expect("a request");
            let began = Instant::now();
            let answer = router.clone().oneshot(request).await.expect("an answer");
            assert_eq!(answer.status(), 200);
            let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
            times.push(began.elapsed());
            size = body.len();
        }
        times.sort_unstable();
        println!(
            "{address}: {entries} entries, {} kB, median {:.1} ms, slowest {:.1} ms",
            size / 1000,
            times[times.len() / 2].as_secs_f64() * 1e3,
            times[times.len() - 1].as_secs_f64() * 1e3
        );
    }
    let id = person.clone();
    let began = Instant::now();
    let record = app.record(&id, interactions::record::RecordScope::Whole).await.expect("a record");
    println!(
        "record use case alone: {} entries in {:.1} ms",
        record.entries.len(),
        began.elapsed().as_secs_f64() * 1e3
    );
}
