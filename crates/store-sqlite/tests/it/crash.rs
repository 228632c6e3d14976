//! Killing the process while it writes: what was acknowledged is there, nothing is there by halves.
//!
//! The test runs itself as a child that writes without end and prints a line for every answer; the
//! parent kills it at a random moment, opens the file and checks every line.
//! `CARELOOM_CRASHES` sets how often.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use fhir::VersionId;
use store::contract::fixture::{
    IDENTIFIER, OBSERVATION, PATIENT, SUBJECT, found, is_token, item, key, reference, search,
    token, write,
};
use store::{Batch, HistoryPage, HistoryScope, ItemId, ItemOutcome, ItemState, Store};

const CHILD: &str = "CARELOOM_CRASH_CHILD";

/// Resources that a child writes in one batch: a patient and its observations.
const BATCH: usize = 6;

#[test]
fn nothing_acknowledged_is_lost() {
    if let Some(path) = std::env::var_os(CHILD) {
        return child(&PathBuf::from(path));
    }
    let crashes = std::env::var("CARELOOM_CRASHES").ok().and_then(|text| text.parse().ok());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crash.db");
    let mut lines = Vec::new();
    for crash in 0..crashes.unwrap_or(6u64) {
        // Moments spread over the first group, steady writing, and write-backs of the log.
        lines.extend(killed_after(&path, Duration::from_millis(5 + crash * 37 % 300)));
        check(&path, &lines);
    }
    assert!(!lines.is_empty(), "no child ever answered");
}

/// Runs a child for a while, kills it, and gives the lines that it printed in whole.
fn killed_after(path: &Path, time: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::nothing_acknowledged_is_lost", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let (sender, receiver) = mpsc::channel();
    let reading = std::thread::spawn(move || {
        let mut lines = Vec::new();
        for line in output.split(b'\n').map_while(Result::ok) {
            if line.starts_with(b"ack ") && line.ends_with(b".") {
                lines.push(String::from_utf8(line).unwrap());
                let _ = sender.send(());
            }
        }
        lines
    });
    // From the first answer on, so that a slow start is not all that is tested.
    let _ = receiver.recv_timeout(Duration::from_secs(20));
    let _ = receiver.recv_timeout(time);
    std::thread::park_timeout(time);
    child.kill().unwrap();
    child.wait().unwrap();
    reading.join().unwrap()
}

fn child(path: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // A short log, so that it is written back while the child lives.
        let mut options = store_sqlite::Options::with_clock(super::clock());
        options.log_pages = 200;
        let catalogue = store::contract::fixture::catalogue();
        let store = store_sqlite::SqliteStore::open(path, &catalogue, options).unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        let run = std::process::id();
        let writers = (0..4).map(|writer| tokio::spawn(writes(store.clone(), run, writer)));
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
    });
}

/// Prints one whole line with one write, so that a kill cannot mix two.
fn tell(line: &str) {
    let mut output = std::io::stdout().lock();
    output.write_all(format!("ack {line} .\n").as_bytes()).unwrap();
    output.flush().unwrap();
}

async fn writes(store: Arc<dyn Store>, run: u32, writer: u32) {
    for round in 0..u64::MAX {
        let mut new = item(&format!("feed{writer}"), round);
        new.control_id = format!("{run}-{writer}-{round}");
        let id = store.receive(vec![new]).await.unwrap()[0];
        tell(&format!("item {id} {run}-{writer}-{round}"));
        let name = format!("{run}-{writer}-{round}");
        let patient = key(PATIENT, &name);
        let mut changes = vec![write(&patient, &name, vec![token(IDENTIFIER, "s", &name)])];
        for number in 1..BATCH {
            let observation = key(OBSERVATION, &format!("{name}-{number}"));
            changes.push(write(&observation, &name, vec![reference(SUBJECT, &patient)]));
        }
        // One resource that all rounds share gets version after version.
        changes.push(write(&key(PATIENT, &format!("shared{writer}")), &name, vec![]));
        let (state, at) = (ItemState::Stored, 1);
        let outcome = ItemOutcome { id, at, state, cause: String::new(), note: String::new() };
        let batch = Batch { changes, outcomes: vec![outcome], ..Batch::default() };
        let committed = store.commit(batch).await.unwrap();
        let version = committed[BATCH].version;
        tell(&format!("batch {id} {name} {writer} {version}"));
    }
}

fn check(path: &Path, lines: &[String]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let store: Arc<dyn Store> = Arc::new(super::open(path));
    runtime.block_on(async {
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let id = ItemId(words[2].parse().unwrap());
            let (item, _) = store.item(id).await.unwrap().expect("an acknowledged item");
            assert_eq!(item.content.control_id, words[3]);
            if words[1] == "batch" {
                assert_eq!(item.content.state, ItemState::Stored);
                check_batch(&store, words[3], words[4], words[5].parse().unwrap()).await;
            }
        }
        check_whole(&store).await;
    });
}

async fn check_batch(store: &Arc<dyn Store>, name: &str, writer: &str, version: u32) {
    let by_index = found(store, &search(PATIENT, is_token(IDENTIFIER, &format!("s|{name}")))).await;
    assert_eq!(by_index, [name]);
    for number in 1..BATCH {
        let observation = key(OBSERVATION, &format!("{name}-{number}"));
        assert!(store.read(&observation).await.unwrap().unwrap().body.is_some());
    }
    let shared = key(PATIENT, &format!("shared{writer}"));
    let read = store.read_version(&shared, VersionId(version)).await.unwrap().unwrap();
    let body = String::from_utf8(read.body.unwrap().to_vec()).unwrap();
    assert!(body.contains(&format!("\"{name}\"")), "{body}");
}

/// Acknowledged or not, a batch is there in whole or not at all.
async fn check_whole(store: &Arc<dyn Store>) {
    for feed in store.ledger().await.unwrap() {
        assert!(feed.balances(), "{feed:?}");
    }
    assert_eq!(store.ledger().await.unwrap(), store.recount().await.unwrap());
    let page = HistoryPage { count: 200_000, ..HistoryPage::default() };
    let versions = store.history(&HistoryScope::System, page).await.unwrap();
    assert_eq!(versions.total, versions.versions.len() as u64, "no gap in the history");
    assert_eq!(versions.versions.len() % (BATCH + 1), 0, "a batch by halves");
    let stored: u64 = store.ledger().await.unwrap().iter().map(|feed| feed.stored).sum();
    assert_eq!(versions.versions.len() as u64, stored * (BATCH as u64 + 1));
    let mut counts = store.type_counts().await.unwrap();
    counts.sort();
    for (resource_type, count) in counts {
        let all = search(resource_type, search::Expression::All);
        assert_eq!(store.count(&all).await.unwrap(), count, "{resource_type}");
    }
}
