//! How long the pages of a person with very many entries take, from the store to the last byte.
//!
//! `cargo run --release -p portals --example dense -- 3000 300`: so many entries, each page so often.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use fhir::{ResourceId, Tree};
use interactions::{
    AccountKind, App, AppOptions, BundleRequest, Clock, IdSource, IdentityLevel, NewAccount, SignIn,
};
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
    let mut arguments = std::env::args().skip(1);
    let mut number =
        |default: usize| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (entries, rounds) = (number(3_000), number(300).max(1));
    let folder = tempfile::tempdir().expect("a folder");
    let app = filled(folder.path(), entries).await;
    let query = interactions::record::PeopleQuery::NhsNumber(testkit::dense_nhs_number());
    let found = app.find_people(&query).await.expect("a search");
    let person = found.people.first().expect("the person").id.clone();
    println!("{entries} entries, {rounds} requests a page, one after the other; ms");
    let open = portals::router(Arc::clone(&app));
    for page in ["", "/timeline", "/results", "/encounters"] {
        let address = format!("/clinician/person/{person}{page}");
        report(&format!("/clinician/person/…{page}"), &open, &address, "", rounds).await;
    }
    let options = portals::PortalOptions { sign_in: true, ..portals::PortalOptions::default() };
    let guarded = portals::router_with(Arc::clone(&app), options);
    let cookie = format!("careloom-session={}", signed_in(&app, &person).await);
    for page in ["/me", "/me/record", "/me/record/results", "/me/record/medicines"] {
        report(page, &guarded, page, &cookie, rounds).await;
    }
}

/// A store with the one person, linked.
async fn filled(folder: &Path, entries: usize) -> Arc<App> {
    let definitions = definitions::embedded();
    let store = SqliteStore::open(
        &folder.join("store.db"),
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
    app
}

/// The token of the person's session, proven so far that they read their record.
async fn signed_in(app: &App, person: &ResourceId) -> String {
    const PASSWORD: &str = "coffee-window-tram";
    const SECRET: &[u8] = b"a secret of twenty b";
    let account = NewAccount {
        name: "dense@example.test".to_owned(),
        words: "Dense Record".to_owned(),
        kind: AccountKind::Citizen { person: person.to_string() },
        level: IdentityLevel::P9,
        password: PASSWORD.to_owned(),
        code_secret: SECRET.to_vec(),
        linkage: "AB12-CD34-EF56".to_owned(),
    };
    app.create_account(account).await.expect("an account");
    let begun = app.sign_in("dense@example.test", PASSWORD, "127.0.0.1").await;
    let Ok(SignIn::Done { token }) = begun else { panic!("{begun:?}") };
    let code = identity::totp::code(SECRET, identity::totp::step_at(NOW / 1_000_000));
    let proven = app.give_code(&token, &code).await;
    let Ok(SignIn::Done { token }) = proven else { panic!("{proven:?}") };
    token
}

/// Asks for a page so often, and prints how long it took from the request to the last byte.
async fn report(name: &str, router: &Router, address: &str, cookie: &str, rounds: usize) {
    let mut times = Vec::new();
    let mut size = 0;
    for _ in 0..rounds {
        let request = Request::get(address).header(header::COOKIE, cookie);
        let request = request.body(Body::empty()).expect("a request");
        let began = Instant::now();
        let answer = router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{address}");
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
        times.push(began.elapsed().as_secs_f64() * 1e3);
        size = body.len();
    }
    let first = times[0];
    times.sort_unstable_by(f64::total_cmp);
    let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)];
    println!(
        "{name:<36} {:>4} kB  p50 {:>5.1}  p99 {:>5.1}  slowest {:>5.1}  first {first:>5.1}",
        size / 1000,
        at(50),
        at(99),
        times[times.len() - 1],
    );
}
