//! The process is killed at random during load: what was acknowledged is there, the ledger
//! balances, and nothing is half-written.
//!
//! `CARELOOM_KILLS` sets how often; `make soak` asks for fifty.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use store::{FeedBalance, ItemFilter, ResourceKey, Store};
use store_sqlite::{Options, SqliteStore};

use crate::process::{Process, configure, http_request};

/// What a client has been told is safe.
#[derive(Default)]
struct Acknowledged {
    messages: Mutex<Vec<String>>,
    /// Resource id → the text that came back.
    resources: Mutex<HashMap<String, String>>,
    count: AtomicUsize,
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let kills: u64 =
        std::env::var("CARELOOM_KILLS").map_or(4, |text| text.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("folder");
    let config = configure(folder.path());
    for round in 0..kills {
        let acknowledged = load_and_kill(&config, round);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("runtime").block_on(check(folder.path(), acknowledged));
    }
}

/// Loads the server over its sockets and kills it once a random number of answers has come.
fn load_and_kill(config: &Path, round: u64) -> Acknowledged {
    let process = Process::start(config);
    let acknowledged = Arc::new(Acknowledged::default());
    let is_over = Arc::new(AtomicBool::new(false));
    let mut clients = Vec::new();
    for client in 0..4 {
        let (known, over) = (Arc::clone(&acknowledged), Arc::clone(&is_over));
        let (http, mllp) = (process.http.clone(), process.mllp.clone());
        clients.push(std::thread::spawn(move || {
            if client % 2 == 0 {
                send_messages(&mllp, round, client, &known);
            } else {
                create_resources(&http, round, client, &known, &over);
            }
        }));
    }
    // Where in a group commit the kill falls is up to the scheduler; how far on, to the round.
    let target = 20 + (round * 7919 % 400) as usize;
    while acknowledged.count.load(Ordering::Relaxed) < target {
        assert!(clients.iter().any(|c| !c.is_finished()), "every client gave up before the kill");
        std::thread::yield_now();
    }
    process.kill();
    is_over.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().expect("client");
    }
    Arc::into_inner(acknowledged).expect("the clients are done")
}

fn send_messages(address: &str, round: u64, client: u64, known: &Acknowledged) {
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    let mut answer = [0; 4096];
    for number in 0.. {
        let id = format!("K{round}-{client}-{number}");
        let text = format!(
            "\u{b}MSH|^~\\&|PAS|ZZL|ROUTE|ROUTE|20260310142000||ADT^A28^ADT_A05|{id}|P|2.4\rEVN|A28|20260310142000\rPID|1||L{client}{number:06}^^^ZZL^MR||KILL^Person||19580214|2\r\u{1c}\r"
        );
        if stream.write_all(text.as_bytes()).is_err() {
            return;
        }
        match stream.read(&mut answer) {
            Ok(length) if length > 0 => {
                let text = String::from_utf8_lossy(&answer[..length]).into_owned();
                assert!(text.contains(&format!("MSA|AA|{id}")), "{text}");
                known.messages.lock().expect("lock").push(id);
                known.count.fetch_add(1, Ordering::Relaxed);
            }
            _ => return,
        }
    }
}

fn create_resources(
    address: &str,
    round: u64,
    client: u64,
    known: &Acknowledged,
    over: &AtomicBool,
) {
    for number in 0.. {
        let body = format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"text":"kill {round}-{client}-{number}"}},"valueInteger":{number}}}"#
        );
        match http_request(address, "POST", "/fhir/Observation", body.as_bytes()) {
            Some((201, text)) => {
                let tree = fhir::Tree::parse(text.as_bytes()).expect("the answer is json");
                let id = tree.root().text_of("id").expect("id").to_owned();
                known.resources.lock().expect("lock").insert(id, text);
                known.count.fetch_add(1, Ordering::Relaxed);
            }
            Some((status, text)) => panic!("{status}: {text}"),
            None if over.load(Ordering::Relaxed) => return,
            None => std::thread::yield_now(),
        }
    }
}

/// Opens the store that the killed process left.
async fn check(folder: &Path, acknowledged: Acknowledged) {
    let resources = acknowledged.resources.into_inner().expect("lock");
    let messages = acknowledged.messages.into_inner().expect("lock");
    let catalogue = store::Catalogue::of(definitions::embedded());
    let path = folder.join("data").join("careloom.db");
    let store = SqliteStore::open(&path, &catalogue, Options::with_clock(Arc::new(|| 0)))
        .expect("the store opens after a kill");
    for (id, text) in &resources {
        let key = ResourceKey {
            resource_type: fhir::ResourceType::from_static("Observation"),
            id: fhir::ResourceId::parse(id).expect("id"),
        };
        let stored = store.read(&key).await.expect("read").expect("the resource is there");
        assert_eq!(stored.body.as_deref(), Some(text.as_bytes()), "byte for byte");
    }
    for id in &messages {
        let filter = ItemFilter { control_id: Some(id.clone()), count: 2, ..ItemFilter::default() };
        let page = store.items(&filter).await.expect("items");
        assert_eq!(page.items.len(), 1, "message {id} is in the ledger once");
    }
    let balances = store.ledger().await.expect("ledger");
    assert!(balances.iter().all(FeedBalance::balances), "{balances:?}");
}
