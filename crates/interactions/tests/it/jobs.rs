//! Jobs that are cut off go on; an export holds what there was at one moment.
//!
//! The first test runs itself as a child that works on jobs, kills it again and again at different
//! moments, and looks at what came of it in the end.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use fhir::{ResourceId, Tree};
use interactions::{
    App, AppOptions, Clock, ExportRequest, IdSource, ImportRequest, JobOptions, JobResult,
    Preconditions, ReindexRequest, SearchOptions, Status, UpdateTarget, WriteOptions,
};
use store::{HistoryPage, HistoryScope, ResourceKey};
use store_sqlite::{Options, SqliteStore};

use crate::fixture::id;

const CHILD: &str = "CARELOOM_JOBS_CHILD";
const PATIENTS: usize = 400;
const LINES: usize = 400;
/// Every so many lines one is wrong.
const WRONG: usize = 50;

/// A clock that goes on by a millisecond whenever somebody looks.
struct Ticking(AtomicI64);

impl Ticking {
    fn from(start: i64) -> Arc<Ticking> {
        Arc::new(Ticking(AtomicI64::new(start)))
    }

    fn tick(&self) -> i64 {
        self.0.fetch_add(1_000, Ordering::Relaxed)
    }
}

impl Clock for Ticking {
    fn now(&self) -> i64 {
        self.tick()
    }
}

struct Numbered {
    of: i64,
    next: AtomicU64,
}

impl IdSource for Numbered {
    fn next(&self) -> ResourceId {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        id(&format!("new-{}-{number}", self.of))
    }
}

/// An application on the store of a folder, whose time begins at `run`.
fn open(folder: &Path, run: i64) -> Arc<App> {
    open_with(folder, run, |_| {})
}

fn open_with(folder: &Path, run: i64, change: impl FnOnce(&mut JobOptions)) -> Arc<App> {
    let definitions = definitions::embedded();
    let clock = Ticking::from(crate::fixture::NOW + run * 3_600_000_000);
    let ticking = Arc::clone(&clock);
    let store = SqliteStore::open(
        &folder.join("store.db"),
        &store::Catalogue::of(definitions),
        Options::with_clock(Arc::new(move || ticking.tick())),
    );
    let mut options = AppOptions::with_base_url("http://127.0.0.1:8080/fhir");
    options.jobs.folder = Some(folder.join("jobs"));
    options.jobs.import_folder = Some(folder.to_owned());
    options.jobs.export_file_bytes = 10_000;
    // Steps as small as can be, so that many of them are cut off.
    options.jobs.step_resources = 5;
    options.jobs.step_time = Duration::ZERO;
    change(&mut options.jobs);
    let ids = Numbered { of: run, next: AtomicU64::new(0) };
    Arc::new(App::new(Arc::new(store.unwrap()), definitions, clock, Arc::new(ids), options))
}

async fn put(app: &App, type_name: &str, name: &str, rest: &str) {
    let json = format!(r#"{{"resourceType":"{type_name}","id":"{name}"{rest}}}"#);
    let tree = Tree::parse(json.as_bytes()).unwrap();
    let target = UpdateTarget::Id(id(name));
    let resource_type = app.resource_type(type_name).unwrap();
    app.update(resource_type, &target, &tree, &WriteOptions::default()).await.unwrap();
}

/// The lines of the files that a manifest lists under `member`, each as (type, id, whole line).
async fn listed(app: &App, manifest: &Tree, job: &str, member: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for item in manifest.root().all(member) {
        let url = item.text_of("url").unwrap();
        let file = app.job_file(job, url.rsplit('/').next().unwrap()).await.unwrap();
        let text = std::fs::read_to_string(&file.path).unwrap();
        assert_eq!(file.length, text.len() as u64);
        let found: Vec<String> = text.lines().map(str::to_owned).collect();
        assert_eq!(item.get("count").unwrap().raw(), found.len().to_string());
        lines.extend(found);
    }
    lines
}

async fn manifest(app: &App, job: &str) -> Tree {
    match app.job_result(job).await.unwrap() {
        JobResult::Manifest(_, json) => Tree::parse(&json).unwrap(),
        other => panic!("{job}: {other:?}"),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build().unwrap()
}

#[test]
fn jobs_go_on_after_a_kill() {
    if let Some(folder) = std::env::var_os(CHILD) {
        return child(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let (export, import) = runtime().block_on(begin(folder.path()));
    let (mut kills, mut met_half_way) = (0_u32, BTreeSet::new());
    for run in 1..200 {
        let mut child = start(folder.path(), run);
        // Later and later, so that each moment of a step is met and the end is reached.
        std::thread::park_timeout(Duration::from_millis(u64::from(kills) * 17));
        if matches!(child.try_wait(), Ok(Some(_))) || kills > 60 {
            assert!(child.wait().unwrap().success(), "a child that is left alone ends well");
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        let app = open(folder.path(), 1_000 + i64::from(kills));
        for job in runtime().block_on(app.jobs()).unwrap() {
            if job.status == Status::Running && job.progress.done > 0 {
                met_half_way.insert(job.kind);
            }
        }
    }
    assert!(kills >= 3, "only {kills} kills");
    assert_eq!(met_half_way.into_iter().collect::<Vec<_>>(), ["export", "import", "reindex"]);
    runtime().block_on(check(folder.path(), &export, &import));
}

/// Fills a store and begins an export, an import and a reindex, which nobody works on yet.
async fn begin(folder: &Path) -> (Box<str>, Box<str>) {
    let app = open(folder, 0);
    for number in 0..PATIENTS {
        put(&app, "Patient", &format!("p{number}"), r#","active":true"#).await;
    }
    let parameters = vec![("_type".to_owned(), "Patient".to_owned())];
    let request = ExportRequest { parameters, ..ExportRequest::default() };
    let export = app.start_export(&request).await.unwrap();
    // One that is written later, and one that changes: neither may show.
    put(&app, "Patient", "late", "").await;
    put(&app, "Patient", "p7", r#","active":false"#).await;
    let line = |number: usize| match number % WRONG {
        0 => r#"{"resourceType":"Organization","hair":"red"}"#.to_owned(),
        1 => r#"{"resourceType":"Organization","name":"without an id"}"#.to_owned(),
        _ => format!(r#"{{"resourceType":"Organization","id":"o{number}"}}"#),
    };
    let lines: Vec<String> = (0..LINES).map(line).collect();
    std::fs::write(folder.join("in.ndjson"), lines.join("\n")).unwrap();
    let parameters = br#"{"resourceType":"Parameters","parameter":[{"name":"input","part":[{"name":"url","valueUri":"file:in.ndjson"}]}]}"#;
    let tree = Tree::parse(parameters).unwrap();
    let import = app.start_import(ImportRequest::Named(&tree), "").await.unwrap();
    let parameter = r#","url":"urn:test:active-2","name":"Active2","status":"active","description":"x","code":"active-2","base":["Patient"],"type":"token","expression":"Patient.active""#;
    put(&app, "SearchParameter", "active-2", parameter).await;
    app.settle_parameters_within(Duration::from_secs(60)).await;
    assert_eq!(by_parameter(&app).await, 0, "nobody works on it yet");
    (export, import)
}

/// How many Patients the new parameter finds.
async fn by_parameter(app: &App) -> usize {
    let pairs = [("active-2", "true"), ("_count", "1000")];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let patient = app.resource_type("Patient").unwrap();
    let options = SearchOptions { handling: search::Handling::Strict };
    app.search(patient, &pairs, options).await.unwrap().matches
}

fn start(folder: &Path, run: i64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "jobs::jobs_go_on_after_a_kill"])
        .env(CHILD, folder)
        .env("CARELOOM_JOBS_RUN", run.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Works on the jobs until there are none.
fn child(folder: &Path) {
    let run = std::env::var("CARELOOM_JOBS_RUN").unwrap().parse().unwrap();
    runtime().block_on(async {
        let app = open(folder, run);
        app.load_parameters().await.unwrap();
        let running = tokio::spawn(Arc::clone(&app).run_jobs());
        while app.store.jobs(true).await.unwrap().iter().any(|job| !job.done) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        running.abort();
    });
}

async fn check(folder: &Path, export: &str, import: &str) {
    let app = open(folder, 100_000);
    app.load_parameters().await.unwrap();
    assert!(app.store.parameter_states().await.unwrap().is_empty(), "the index is whole");
    // All but the one that was changed since, and the one that says nothing of it.
    assert_eq!(by_parameter(&app).await, PATIENTS - 1);
    let told = manifest(&app, export).await;
    let lines = listed(&app, &told, export, "output").await;
    let mut seen = BTreeMap::new();
    for line in &lines {
        let tree = Tree::parse(line.as_bytes()).expect("a whole line");
        let name = tree.root().text_of("id").unwrap().to_owned();
        assert_eq!(tree.root().get("active").map(fhir::Value::raw), Some("true"), "{name}");
        *seen.entry(name).or_insert(0) += 1;
    }
    assert!(seen.values().all(|times| *times == 1), "a line is there twice");
    assert_eq!(seen.len(), PATIENTS, "a line is lost");
    assert!(told.root().all("output").count() > 3, "the files are cut by their size");

    let told = manifest(&app, import).await;
    let errors = listed(&app, &told, import, "error").await;
    assert_eq!(errors.len(), LINES / WRONG);
    for (index, error) in errors.iter().enumerate() {
        assert!(error.contains(&format!("line {}:", index * WRONG + 1)), "{error}");
    }
    let scope = HistoryScope::Type(app.resource_type("Organization").unwrap());
    let page = HistoryPage { count: LINES * 3, ..HistoryPage::default() };
    let history = app.store.history(&scope, page).await.unwrap();
    let written = LINES - LINES / WRONG;
    assert_eq!(history.versions.len(), written, "each line is written once");
    assert!(history.versions.iter().all(|version| version.version.0 == 1));
}

#[tokio::test]
async fn an_export_holds_what_there_was_at_one_moment() {
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), 0);
    for number in 0..120 {
        put(&app, "Patient", &format!("p{number}"), r#","gender":"male""#).await;
    }
    put(&app, "Patient", "back", r#","gender":"male""#).await;
    let resource_type = app.resource_type("Patient").unwrap();
    let key = |name: &str| ResourceKey { resource_type, id: id(name) };
    app.delete(&key("back"), &Preconditions::default()).await.unwrap();
    let parameters = vec![("_type".to_owned(), "Patient".to_owned())];
    let request = ExportRequest { parameters, ..ExportRequest::default() };
    let job = app.start_export(&request).await.unwrap();
    let running = tokio::spawn(Arc::clone(&app).run_jobs());
    // While it runs: changes before and behind where it is, deletions, creations, comings back.
    let mut round = 0;
    while app.store.jobs(true).await.unwrap().iter().any(|job| !job.done) {
        let name = format!("p{}", (round * 37) % 120);
        match round % 4 {
            0 => app.delete(&key(&name), &Preconditions::default()).await.map(|_| ()).unwrap(),
            1 => put(&app, "Patient", &format!("new{round}"), "").await,
            2 => put(&app, "Patient", "back", "").await,
            _ => put(&app, "Patient", &name, r#","gender":"female""#).await,
        }
        round += 1;
    }
    running.abort();
    assert!(round > 20, "{round} changes are too few to show anything");
    let told = manifest(&app, &job).await;
    let time = told.root().text_of("transactionTime").unwrap();
    let at = fhir::PartialDate::parse(time).unwrap().low;
    let mut lines = listed(&app, &told, &job, "output").await;
    lines.sort();
    let mut expected = Vec::new();
    for number in 0..120 {
        let scope = HistoryScope::Instance(key(&format!("p{number}")));
        let page = HistoryPage { count: 1, until: Some(at), ..HistoryPage::default() };
        let then = app.store.history(&scope, page).await.unwrap().versions.remove(0);
        expected.push(String::from_utf8(then.body.unwrap().to_vec()).unwrap());
    }
    expected.sort();
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_job_that_was_taken_away_is_gone_with_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), 0);
    for number in 0..50 {
        put(&app, "Patient", &format!("p{number}"), "").await;
    }
    let job = app.start_export(&ExportRequest::default()).await.unwrap();
    let running = tokio::spawn(Arc::clone(&app).run_jobs());
    while !folder.path().join("jobs").join(&*job).exists() {
        tokio::task::yield_now().await;
    }
    app.cancel_job(&job).await.unwrap();
    assert!(!folder.path().join("jobs").join(&*job).exists());
    assert!(app.job_result(&job).await.is_err());
    assert!(app.cancel_job(&job).await.is_err(), "once is enough");
    // The runner goes on with others.
    let request = ExportRequest {
        parameters: vec![("_type".to_owned(), "Patient".to_owned())],
        ..ExportRequest::default()
    };
    let next = app.start_export(&request).await.unwrap();
    while app.store.jobs(true).await.unwrap().iter().any(|job| !job.done) {
        tokio::task::yield_now().await;
    }
    let told = manifest(&app, &next).await;
    assert_eq!(listed(&app, &told, &next, "output").await.len(), 50);
    running.abort();
}

#[tokio::test]
async fn what_lacks_in_the_index_is_made_up_for() {
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), 0);
    for number in 0..30 {
        put(&app, "Patient", &format!("p{number}"), r#","gender":"male""#).await;
    }
    // A rule that changed since, as after an upgrade: the store tells what lacks.
    let mut catalogue = store::Catalogue::of(app.definitions());
    let gender = catalogue.parameters.iter_mut().find(|each| {
        each.code == "gender" && each.base.iter().any(|base| base.as_str() == "Patient")
    });
    gender.unwrap().fingerprint += 1;
    app.store.put_in_force(catalogue).await.unwrap();
    let lacking = app.store.parameter_states().await.unwrap();
    assert_eq!(lacking.len(), 1);
    let running = tokio::spawn(Arc::clone(&app).run_jobs());
    while !app.store.parameter_states().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    running.abort();
    let jobs = app.jobs().await.unwrap();
    assert_eq!(jobs.len(), 1, "one job for it");
    assert_eq!((jobs[0].kind, jobs[0].progress.done), ("reindex", 30));
}

/// Works on the jobs of an application until there are none.
async fn run_out(app: &Arc<App>) {
    let running = tokio::spawn(Arc::clone(app).run_jobs());
    while app.store.jobs(true).await.unwrap().iter().any(|job| !job.done) {
        tokio::task::yield_now().await;
    }
    running.abort();
}

#[tokio::test]
async fn an_input_that_was_swapped_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = folder.path().join("in");
    std::fs::create_dir(&inputs).unwrap();
    let secret = folder.path().join("secret.ndjson");
    std::fs::write(&secret, r#"{"resourceType":"Patient","id":"secret"}"#).unwrap();
    let path = inputs.join("a.ndjson");
    std::fs::write(&path, r#"{"resourceType":"Patient","id":"open"}"#).unwrap();
    let app = open_with(folder.path(), 0, |jobs| jobs.import_folder = Some(inputs.clone()));
    let parameters = br#"{"resourceType":"Parameters","parameter":[{"name":"input","part":[{"name":"url","valueUri":"file:a.ndjson"}]}]}"#;
    let tree = Tree::parse(parameters).unwrap();
    let job = app.start_import(ImportRequest::Named(&tree), "").await.unwrap();
    // Between the request and the reading the file becomes a link that leads out.
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&secret, &path).unwrap();
    run_out(&app).await;
    match app.job_result(&job).await.unwrap() {
        JobResult::Failed(_, failure) => {
            assert!(!failure.to_string().contains("secret"), "{failure}");
        }
        other => panic!("{other:?}"),
    }
    let patients = app.resource_type("Patient").unwrap();
    let counts = app.store.type_counts().await.unwrap();
    assert!(!counts.iter().any(|(of, count)| *of == patients && *count > 0), "nothing is read");
}

#[tokio::test]
async fn jobs_whose_time_is_over_go_with_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = folder.path().join("jobs");
    let export = {
        let app = open(folder.path(), 0);
        put(&app, "Patient", "a", "").await;
        let export = app.start_export(&ExportRequest::default()).await.unwrap();
        run_out(&app).await;
        export
    };
    // A body that broke off when the process ended belongs to no job.
    std::fs::create_dir_all(jobs.join("orphan")).unwrap();
    std::fs::write(jobs.join("orphan/upload"), "{").unwrap();
    // A day less than it is kept: it stays.
    let app = open(folder.path(), 23);
    run_out(&app).await;
    assert!(jobs.join(&*export).join("Patient-1.ndjson").exists());
    drop(app);
    // Years later.
    let app = open(folder.path(), 24 * 365 * 20);
    let running = tokio::spawn(Arc::clone(&app).run_jobs());
    while jobs.join(&*export).exists() || jobs.join("orphan").exists() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    running.abort();
    assert!(app.job_result(&export).await.is_err());
    assert!(app.store.jobs(false).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reindexing_leaves_time_for_requests() {
    let folder = tempfile::tempdir().unwrap();
    let app = open_with(folder.path(), 0, |jobs| {
        jobs.share = 0.2;
        jobs.step_resources = 50;
    });
    for number in 0..800 {
        put(&app, "Patient", &format!("p{number}"), r#","gender":"male""#).await;
    }
    let quiet = write_times(&app, None).await;
    let job = app.start_reindex(&ReindexRequest::default()).await.unwrap();
    let started = std::time::Instant::now();
    let running = tokio::spawn(Arc::clone(&app).run_jobs());
    let busy = write_times(&app, Some(&job)).await;
    let elapsed = started.elapsed();
    running.abort();
    let told = app.jobs().await.unwrap().remove(0);
    assert_eq!((told.status, told.progress.done), (Status::Completed, 800));
    let share = told.progress.worked as f64 / elapsed.as_micros() as f64;
    eprintln!(
        "writes, median and 99th of 100: alone {quiet:?}, beside a reindexing {busy:?}, which took {share:.2} of the time"
    );
    assert!(share < 0.3, "it took {share} of the time");
    // Nobody asks for anything: it does not rest.
    let started = std::time::Instant::now();
    app.start_reindex(&ReindexRequest::default()).await.unwrap();
    run_out(&app).await;
    let told = app.jobs().await.unwrap().remove(1);
    let alone = told.progress.worked as f64 / started.elapsed().as_micros() as f64;
    assert!(alone > share, "{alone} of the time alone, {share} beside requests");
}

/// Writes until a job is done, or some hundred times; gives how long that took at the median and at
/// the 99th of 100.
async fn write_times(app: &Arc<App>, until: Option<&str>) -> (Duration, Duration) {
    let mut times = Vec::new();
    loop {
        let _serving = app.serving();
        let started = std::time::Instant::now();
        put(app, "Patient", &format!("p{}", times.len() % 800), r#","gender":"male""#).await;
        times.push(started.elapsed());
        let is_over = match until {
            Some(job) => app.store.job(job).await.unwrap().unwrap().done,
            None => times.len() >= 500,
        };
        if is_over {
            break;
        }
    }
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}
