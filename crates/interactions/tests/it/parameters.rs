//! SearchParameters that change while others write: whatever was under way is found in the end.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::time::Duration;

use fhir::{ResourceId, Tree};
use futures_util::FutureExt as _;
use interactions::{
    App, AppOptions, Clock, IdSource, Preconditions, SearchOptions, UpdateTarget, WriteOptions,
};
use store::ResourceKey;
use store_sqlite::{Options, SqliteStore};

use crate::fixture::{NOW, id};

/// The time goes on by a millisecond whenever somebody looks.
struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> i64 {
        NOW + self.0.fetch_add(1, Ordering::Relaxed) as i64 * 1_000
    }
}

/// Stops the store's writer, which looks at the time before it writes.
#[derive(Default)]
struct Gate {
    is_shut: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn set(&self, is_shut: bool) {
        *self.is_shut.lock().unwrap() = is_shut;
        self.opened.notify_all();
    }

    fn pass(&self) {
        if std::thread::current().name() == Some("store-writer") {
            let shut = self.is_shut.lock().unwrap();
            drop(self.opened.wait_while(shut, |is_shut| *is_shut).unwrap());
        }
    }
}

/// Ids that count; the next one can be made to wait.
#[derive(Default)]
struct HeldIds {
    next: AtomicU64,
    held: Mutex<Option<(mpsc::Sender<()>, mpsc::Receiver<()>)>>,
}

impl HeldIds {
    /// Makes the next one wait: tells when somebody waits, and takes the word to go on.
    fn hold(&self) -> (mpsc::Receiver<()>, mpsc::Sender<()>) {
        let ((waits, waiting), (go, goes)) = (mpsc::channel(), mpsc::channel());
        *self.held.lock().unwrap() = Some((waits, goes));
        (waiting, go)
    }
}

impl IdSource for HeldIds {
    fn next(&self) -> ResourceId {
        let held = self.held.lock().unwrap().take();
        if let Some((waits, goes)) = held {
            waits.send(()).unwrap();
            goes.recv().unwrap();
        }
        id(&format!("made-{}", self.next.fetch_add(1, Ordering::Relaxed)))
    }
}

struct World {
    app: Arc<App>,
    ids: Arc<HeldIds>,
    gate: Arc<Gate>,
}

fn open(folder: &Path) -> World {
    let definitions = definitions::embedded();
    let (clock, gate) = (Arc::new(Ticking(AtomicU64::new(0))), Arc::new(Gate::default()));
    let (time, passed) = (Arc::clone(&clock), Arc::clone(&gate));
    let store = SqliteStore::open(
        &folder.join("store.db"),
        &store::Catalogue::of(definitions),
        Options::with_clock(Arc::new(move || {
            passed.pass();
            time.now()
        })),
    );
    let mut options = AppOptions::with_base_url("http://127.0.0.1:8080/fhir");
    options.jobs.step_resources = 5;
    options.jobs.step_time = Duration::ZERO;
    let ids = Arc::new(HeldIds::default());
    let (store, of_app) = (Arc::new(store.unwrap()), Arc::clone(&ids));
    World { app: Arc::new(App::new(store, definitions, clock, of_app, options)), ids, gate }
}

/// A parameter of Patient; it means another value with each `suffix`.
fn eyes(suffix: &str) -> Tree {
    let json = format!(
        r#"{{"resourceType":"SearchParameter","id":"eyes","url":"http://example.test/eyes",
        "name":"EyeColour","status":"active","description":"the colour of eyes","code":"eye-colour",
        "base":["Patient"],"type":"token","expression":
        "Patient.extension.where(url='http://example.test/eyes{suffix}').value.ofType(code)"}}"#
    );
    Tree::parse(json.as_bytes()).unwrap()
}

fn patient(name: Option<&str>) -> Tree {
    let id = name.map_or(String::new(), |name| format!(r#""id":"{name}","#));
    let json = format!(
        r#"{{"resourceType":"Patient",{id}"extension":[
        {{"url":"http://example.test/eyes","valueCode":"blue"}},
        {{"url":"http://example.test/eyes2","valueCode":"green"}}]}}"#
    );
    Tree::parse(json.as_bytes()).unwrap()
}

async fn put(app: &Arc<App>, tree: &Tree) {
    let resource_type = app.resource_type(tree.resource_type().unwrap()).unwrap();
    let target = UpdateTarget::Id(id(tree.root().text_of("id").unwrap()));
    app.update(resource_type, &target, tree, &WriteOptions::default()).await.unwrap();
    app.settle_parameters_within(Duration::from_secs(60)).await;
}

/// How many Patients a query finds.
async fn count(app: &App, pairs: &[(&str, &str)]) -> u64 {
    let options = SearchOptions { handling: search::Handling::Strict };
    let mut query = vec![("_summary".to_owned(), "count".to_owned())];
    query.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let patient = app.resource_type("Patient").unwrap();
    let answer = app.search(patient, &query, options).await.unwrap();
    let bundle = Tree::parse(&answer.bundle).unwrap();
    bundle.root().get("total").unwrap().raw().parse().unwrap()
}

/// Waits until nothing is missing in the index, and nothing too much.
async fn whole(app: &App) {
    let is_whole = async || {
        let states = app.store.parameter_states().await.unwrap();
        states.is_empty() && app.store.leftovers().await.unwrap().is_empty()
    };
    while !is_whole().await {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn is_known(app: &App) -> bool {
    let patient = app.resource_type("Patient").unwrap();
    app.definitions().search_parameter(patient, "eye-colour").is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_caller_has_gone_is_indexed_by_what_is_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let World { app, ids, gate } = open(folder.path());
    put(&app, &patient(Some("before"))).await;
    let running = tokio::spawn(Arc::clone(&app).run_jobs());
    // Somebody has looked at what is in force, and is held up before he commits.
    let (waiting, go) = ids.hold();
    let (writer, runtime) = (Arc::clone(&app), tokio::runtime::Handle::current());
    let gone = std::thread::spawn(move || {
        let _in_runtime = runtime.enter();
        let (tree, options) = (patient(None), WriteOptions::default());
        let resource_type = writer.resource_type("Patient").unwrap();
        let mut writing = Box::pin(writer.create(resource_type, &tree, &options));
        assert!((&mut writing).now_or_never().is_none(), "it is handed over, and goes");
    });
    waiting.recv().unwrap();
    put(&app, &eyes("")).await;
    // The store is busy with something when the commit comes, whose caller goes.
    gate.set(true);
    go.send(()).unwrap();
    gone.join().unwrap();
    // Long enough for a reindexing that does not wait for it to go past it.
    tokio::time::sleep(Duration::from_millis(300)).await;
    gate.set(false);
    whole(&app).await;
    running.abort();
    assert_eq!(count(&app, &[]).await, 2, "it was written");
    assert_eq!(count(&app, &[("eye-colour", "blue")]).await, 2, "and indexed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parameter_whose_writer_has_gone_takes_effect() {
    let folder = tempfile::tempdir().unwrap();
    let World { app, gate, .. } = open(folder.path());
    put(&app, &patient(Some("a"))).await;
    let running = tokio::spawn(Arc::clone(&app).run_jobs());
    let resource_type = app.resource_type("SearchParameter").unwrap();
    let (target, options) = (UpdateTarget::Id(id("eyes")), WriteOptions::default());
    let tree = eyes("");
    gate.set(true);
    {
        let mut writing = Box::pin(app.update(resource_type, &target, &tree, &options));
        assert!((&mut writing).now_or_never().is_none(), "it is handed over, and goes");
    }
    gate.set(false);
    while !is_known(&app) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    whole(&app).await;
    assert_eq!(count(&app, &[("eye-colour", "blue")]).await, 1);
    // So does its deletion.
    let key = ResourceKey { resource_type, id: id("eyes") };
    gate.set(true);
    assert!(Box::pin(app.delete(&key, &Preconditions::default())).now_or_never().is_none());
    gate.set(false);
    while is_known(&app) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    whole(&app).await;
    running.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_written_while_parameters_change_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let World { app, .. } = open(folder.path());
    let running = tokio::spawn(Arc::clone(&app).run_jobs());
    let mut writers = Vec::new();
    for writer in 0..6_u64 {
        let app = Arc::clone(&app);
        writers.push(tokio::spawn(async move {
            for round in 0_u64.. {
                let name = format!("p{writer}-{}", round % 40);
                let owned = Arc::clone(&app);
                let tree = patient(Some(&name));
                let writing = tokio::spawn(async move {
                    let resource_type = owned.resource_type("Patient").unwrap();
                    let target = UpdateTarget::Id(id(&name));
                    let _ =
                        owned.update(resource_type, &target, &tree, &WriteOptions::default()).await;
                });
                // Every third caller goes, at another moment each time.
                if (round + writer) % 3 == 0 {
                    let wait = Duration::from_micros((round * 7919 + writer * 104_729) % 3_000);
                    tokio::time::sleep(wait).await;
                    writing.abort();
                }
                let _ = writing.await;
            }
        }));
    }
    let key = ResourceKey {
        resource_type: app.resource_type("SearchParameter").unwrap(),
        id: id("eyes"),
    };
    for round in 0..12 {
        put(&app, &eyes(if round % 2 == 0 { "" } else { "2" })).await;
        if round % 4 == 3 {
            app.delete(&key, &Preconditions::default()).await.unwrap();
            app.settle_parameters_within(Duration::from_secs(60)).await;
            assert!(!is_known(&app), "a deleted parameter is out of force at once");
        }
        tokio::time::sleep(Duration::from_millis(20 + round * 5)).await;
    }
    put(&app, &eyes("")).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    for writer in writers {
        writer.abort();
        let _ = writer.await;
    }
    whole(&app).await;
    running.abort();
    let all = count(&app, &[]).await;
    assert!(all > 50, "{all} resources are too few to show anything");
    assert_eq!(count(&app, &[("eye-colour", "blue")]).await, all);
    assert_eq!(count(&app, &[("eye-colour", "green")]).await, 0, "the rule before left nothing");
    assert_eq!(count(&app, &[("eye-colour:missing", "true")]).await, 0);
}
