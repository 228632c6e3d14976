//! The process is killed while a reindexing, an import and an export run: each goes on at the next
//! start, and what it leaves is as if nothing had happened.
//!
//! `CARELOOM_JOB_ROUNDS` sets how often all three are begun and how often the process is killed under
//! each; `make soak` asks for more.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fhir::Tree;
use store::{HistoryPage, HistoryScope, Store};
use store_sqlite::{Options, SqliteStore};

use crate::process::{Process, configure, http_exchange, http_request};

const PATIENTS: usize = 3_000;
const LINES: usize = 3_000;
/// Characters of a line's text: an import says how far it is every four megabytes, and must be met
/// half way.
const TEXT: usize = 6_000;
/// Every so many lines one is wrong.
const WRONG: usize = 100;
/// Waiting longer than this for a job is a failure.
const PATIENCE: Duration = Duration::from_secs(120);
/// What a patient's colour of eyes is kept by.
const EYES: &str = "http://example.test/eye-colour";

/// A job as the server lists it.
#[derive(Clone, Debug)]
struct Job {
    id: String,
    kind: String,
    status: String,
    done: usize,
}

#[test]
fn jobs_go_on_when_the_process_is_killed() {
    let rounds: usize =
        std::env::var("CARELOOM_JOB_ROUNDS").map_or(2, |text| text.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("folder");
    let config = configure(folder.path());
    let text = std::fs::read_to_string(&config).expect("configuration");
    let inputs = folder.path().display();
    let jobs = format!("\n[jobs]\nimport_folder = \"{inputs}\"\nexport_file_bytes = 50000\n");
    std::fs::write(&config, text + &jobs).expect("write the configuration");
    let mut process = Process::start(&config);
    fill(&process.http);
    let mut met = BTreeMap::new();
    let mut begun = 0;
    // Chance may have it that no kill meets a job half way; then there are more.
    while begun < rounds || (met.is_empty() && begun < rounds + 10) {
        let round = begun;
        begun += 1;
        begin(&process.http, folder.path(), round);
        for kind in ["reindex", "import", "export"] {
            // How far on is left to chance, so that no run is like another.
            let until = RandomState::new().hash_one(kind) as usize % (LINES * 9 / 10);
            for job in when(&process.http, kind, until) {
                if job.status == "running" && job.done > 0 {
                    *met.entry(job.kind).or_insert(0) += 1;
                }
            }
            process.kill();
            process = Process::start(&config);
        }
        check(&process.http, round);
    }
    assert!(!met.is_empty(), "no kill met a job half way");
    eprintln!("killed half way: {met:?}");
    process.kill();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("runtime").block_on(written_once(folder.path(), begun));
}

/// Waits until a job of the kind has done so much, or is done; gives all jobs.
fn when(address: &str, kind: &str, done: usize) -> Vec<Job> {
    let started = Instant::now();
    loop {
        let jobs = jobs(address);
        let mut of_kind = jobs.iter().filter(|job| job.kind == kind && !is_over(job));
        if !of_kind.any(|job| job.done < done) {
            return jobs;
        }
        assert!(started.elapsed() < PATIENCE, "{kind} does not get on: {jobs:?}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

fn is_over(job: &Job) -> bool {
    assert_ne!(job.status, "failed", "{job:?}");
    job.status == "completed"
}

fn jobs(address: &str) -> Vec<Job> {
    let list = get(address, "/fhir/$jobs");
    let job = |parameter: fhir::Value<'_>| {
        let part = |name: &str| {
            let part = parameter.all("part").find(|part| part.text_of("name") == Some(name));
            let part = part.unwrap_or_else(|| panic!("{name}"));
            let value = part.members().find(|member| member.name().starts_with("value"));
            value.expect("a value").raw().trim_matches('"').to_owned()
        };
        let done = part("done").parse().expect("a number");
        Job { id: part("id"), kind: part("kind"), status: part("status"), done }
    };
    list.root().all("parameter").map(job).collect()
}

fn get(address: &str, path: &str) -> Tree {
    let (status, text) = http_request(address, "GET", path, b"").expect("an answer");
    assert_eq!(status, 200, "{path}: {text}");
    Tree::parse(text.as_bytes()).expect("json")
}

fn total(address: &str, query: &str) -> usize {
    let bundle = get(address, &format!("/fhir/{query}&_summary=count"));
    assert!(bundle.root().get("entry").is_none(), "the index is whole: {}", bundle.root().raw());
    bundle.root().get("total").expect("a total").raw().parse().expect("a number")
}

fn fill(address: &str) {
    let numbers: Vec<usize> = (0..PATIENTS).collect();
    for part in numbers.chunks(500) {
        let entry = |number: &usize| {
            format!(
                r#"{{"resource":{{"resourceType":"Patient","id":"p{number}","extension":[{{"url":"{EYES}","valueCode":"blue"}}]}},"request":{{"method":"PUT","url":"Patient/p{number}"}}}}"#
            )
        };
        let entries = part.iter().map(entry).collect::<Vec<_>>().join(",");
        let bundle =
            format!(r#"{{"resourceType":"Bundle","type":"transaction","entry":[{entries}]}}"#);
        let (status, text) =
            http_request(address, "POST", "/fhir", bundle.as_bytes()).expect("an answer");
        assert_eq!(status, 200, "{text}");
    }
}

/// Begins a job of each kind.
fn begin(address: &str, folder: &Path, round: usize) {
    let text = "x".repeat(TEXT);
    let line = |number: usize| match number % WRONG {
        0 => r#"{"resourceType":"Observation","hair":"red"}"#.to_owned(),
        1 => {
            r#"{"resourceType":"Observation","status":"final","code":{"text":"no id"}}"#.to_owned()
        }
        _ => format!(
            r#"{{"resourceType":"Observation","id":"o{round}-{number}","status":"final","code":{{"text":"{text}"}}}}"#
        ),
    };
    let lines: Vec<String> = (0..LINES).map(line).collect();
    let name = format!("in{round}.ndjson");
    std::fs::write(folder.join(&name), lines.join("\n")).expect("write an input");
    let import = format!(
        r#"{{"resourceType":"Parameters","parameter":[{{"name":"input","part":[{{"name":"url","valueUri":"file:{name}"}}]}}]}}"#
    );
    let parameter = format!(
        r#"{{"resourceType":"SearchParameter","id":"eyes{round}","url":"http://example.test/eyes{round}","name":"Eyes{round}","status":"active","description":"the colour of eyes","code":"eyes{round}","base":["Patient"],"type":"token","expression":"Patient.extension.where(url='{EYES}').value.ofType(code)"}}"#
    );
    for (method, path, body, expected) in [
        ("PUT", format!("/fhir/SearchParameter/eyes{round}"), parameter, 201),
        ("POST", "/fhir/$import".to_owned(), import, 202),
        ("GET", "/fhir/$export?_type=Patient".to_owned(), String::new(), 202),
    ] {
        let prefer = [("prefer", "respond-async")];
        let answer = http_exchange(address, method, &path, &prefer, body.as_bytes());
        let (status, text) = answer.expect("an answer");
        assert_eq!(status, expected, "{path}: {text}");
    }
}

/// Waits until all is done, and looks at what each job of the round left.
fn check(address: &str, round: usize) {
    let started = Instant::now();
    let ended = loop {
        let jobs = jobs(address);
        if jobs.iter().all(is_over) {
            break jobs;
        }
        assert!(started.elapsed() < PATIENCE, "jobs do not end: {jobs:?}");
        std::thread::park_timeout(Duration::from_millis(20));
    };
    // Reindexing: every resource is found by the new parameter, on one page alone.
    let query = format!("Patient?eyes{round}=blue");
    assert_eq!(total(address, &query), PATIENTS);
    let mut found = BTreeMap::new();
    let mut next = Some(format!("/fhir/{query}&_count=1000&_elements=id"));
    while let Some(path) = next {
        let page = get(address, &path);
        for entry in page.root().all("entry") {
            let id = entry.get("resource").and_then(|resource| resource.text_of("id"));
            *found.entry(id.expect("a Patient").to_owned()).or_insert(0) += 1;
        }
        let link = page.root().all("link").find(|link| link.text_of("relation") == Some("next"));
        let url = link.and_then(|link| link.text_of("url").map(str::to_owned));
        next = url.map(|url| url[url.find("/fhir/").expect("below the base")..].to_owned());
    }
    assert_eq!(found.len(), PATIENTS);
    assert!(found.values().all(|times| *times == 1), "a resource is found twice");
    // Export: each patient is one line.
    let of = |kind: &str| ended.iter().rfind(|job| job.kind == kind).expect("the round's job");
    let exported = lines(address, &of("export").id, "output");
    let mut seen = BTreeMap::new();
    for line in &exported {
        let tree = Tree::parse(line.as_bytes()).expect("a whole line");
        *seen.entry(tree.root().text_of("id").expect("an id").to_owned()).or_insert(0) += 1;
    }
    assert_eq!((exported.len(), seen.len()), (PATIENTS, PATIENTS), "lost or there twice");
    // Import: wrong lines are told once each, in their order; the others are in.
    let errors = lines(address, &of("import").id, "error");
    assert_eq!(errors.len(), LINES / WRONG);
    for (index, error) in errors.iter().enumerate() {
        assert!(error.contains(&format!(" line {}: ", index * WRONG + 1)), "{error}");
    }
    let written = (LINES - LINES / WRONG) * (round + 1);
    assert_eq!(total(address, "Observation?status=final"), written);
}

/// The lines of a job's files.
fn lines(address: &str, job: &str, member: &str) -> Vec<String> {
    let manifest = get(address, &format!("/fhir/$job/{job}"));
    let mut lines = Vec::new();
    for item in manifest.root().all(member) {
        let url = item.text_of("url").expect("a url");
        let path = &url[url.find("/fhir/").expect("below the base")..];
        let (status, text) = http_request(address, "GET", path, b"").expect("a file");
        assert_eq!(status, 200, "{path}");
        let before = lines.len();
        lines.extend(text.lines().map(str::to_owned));
        let count = item.get("count").expect("a count").raw();
        assert_eq!(count, (lines.len() - before).to_string(), "{path}");
    }
    lines
}

/// No line of an import was written a second time.
async fn written_once(folder: &Path, rounds: usize) {
    let catalogue = store::Catalogue::of(definitions::embedded());
    let path = folder.join("data").join("careloom.db");
    let store = SqliteStore::open(&path, &catalogue, Options::with_clock(Arc::new(|| 0)))
        .expect("the store opens after a kill");
    let scope = HistoryScope::Type(fhir::ResourceType::from_static("Observation"));
    let page = HistoryPage { count: LINES * (rounds + 1), ..HistoryPage::default() };
    let versions = store.history(&scope, page).await.expect("history").versions;
    assert_eq!(versions.len(), (LINES - LINES / WRONG) * rounds);
    assert!(versions.iter().all(|version| version.version.0 == 1), "a line is written once");
}
