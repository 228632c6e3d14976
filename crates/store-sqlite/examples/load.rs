//! Measures the store alone: Synthea Bundles in batches, single creates from 16 tasks, receipts from
//! 32, reads by id, searches; prints figures. `cargo run --release -p store-sqlite --example load`.
//!
//! Documents are parsed and indexed before the clock starts, so that only the store is measured.

#![expect(clippy::unwrap_used, reason = "a measurement that goes wrong stops")]

use std::collections::HashMap;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use fhir::{Edit, ResourceId, ResourceType, Tree, stamp};
use search::Indexer;
use store::{
    Batch, Catalogue, Change, ChangeKind, Expected, ItemState, Method, NewItem, ResourceKey, Store,
};
use store_sqlite::{Options, SqliteStore};

/// Copies of the Bundles that are loaded, each under other ids.
const COPIES: usize = 3;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure());
}

/// Microseconds of processor time that the writing thread has used: what other programs on the
/// machine take does not count.
fn writer_time() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let of = |task: std::fs::DirEntry| {
        let name = std::fs::read_to_string(task.path().join("comm")).ok()?;
        let times = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        let nanoseconds: f64 = times.split(' ').next()?.parse().ok()?;
        (name.trim() == "store-writer").then_some(nanoseconds / 1000.0)
    };
    tasks.filter_map(of).sum()
}

fn data() -> PathBuf {
    let set = std::env::var_os("CARELOOM_DATA").map(PathBuf::from);
    set.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").into())
}

fn bundles(limit: usize) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = std::fs::read_dir(data().join("synthea"))
        .unwrap()
        .map(|each| each.unwrap().path())
        .collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap())
            .read_to_end(&mut text)
            .unwrap();
        text
    };
    paths.iter().take(limit).map(read).collect()
}

/// An id of the copy with this number: the document's UUID with its first digits changed.
fn renamed(id: &str, copy: usize) -> ResourceId {
    let mut text = id.to_owned();
    text.replace_range(0..2, &format!("{copy:02x}"));
    ResourceId::parse(&text).unwrap()
}

fn changes(indexer: &Indexer, text: &[u8], copy: usize) -> Vec<Change> {
    let tree = Tree::parse(text).unwrap();
    let definitions = definitions::embedded();
    let mut ids: HashMap<String, (ResourceType, ResourceId)> = HashMap::new();
    let resources = || tree.root().get("entry").into_iter().flat_map(fhir::Value::items);
    for entry in resources() {
        let resource = entry.get("resource").unwrap();
        let id = renamed(resource.text_of("id").unwrap(), copy);
        let resource_type =
            definitions.resource_type(resource.text_of("resourceType").unwrap()).unwrap();
        ids.insert(entry.text_of("fullUrl").unwrap().to_owned(), (resource_type, id));
    }
    let change = |entry: fhir::Value<'_>| {
        let resource = entry.get("resource").unwrap();
        let (resource_type, id) = ids[entry.text_of("fullUrl").unwrap()].clone();
        let entries = indexer.extract(resource, &|text: &str| ids.get(text).cloned());
        let draft = stamp(resource, id.as_str(), &mut |member| match member
            .as_str()
            .and_then(|text| ids.get(text))
        {
            Some((resource_type, id)) => Edit::Replace(format!("\"{resource_type}/{id}\"")),
            None => Edit::Keep,
        });
        Change {
            key: ResourceKey { resource_type, id },
            expected: Expected::Any,
            kind: ChangeKind::Write { method: Method::Post, draft, indexed: entries },
            lineage: None,
        }
    };
    resources().map(change).collect()
}

async fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("load.db");
    let indexer = Indexer::new(definitions::embedded());
    let time = Arc::new(AtomicI64::new(1_700_000_000_000_000));
    let clock = Arc::new(move || time.fetch_add(10, Ordering::Relaxed));
    let started = Instant::now();
    let catalogue = Catalogue::of(definitions::embedded());
    let open = || SqliteStore::open(&path, &catalogue, Options::with_clock(clock.clone())).unwrap();
    let store: Arc<dyn Store> = Arc::new(open());
    println!("open: {:?}", started.elapsed());

    let limit = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(150);
    let texts = bundles(limit);
    let mut keys = Vec::new();
    let (mut resources, mut entries, mut bytes, mut busy) = (0usize, 0usize, 0usize, 0f64);
    for copy in 0..COPIES {
        let mut batches: Vec<Batch> = texts
            .iter()
            .map(|text| Batch { changes: changes(&indexer, text, copy), ..Batch::default() })
            .collect();
        for change in batches.iter().flat_map(|batch| &batch.changes) {
            if let ChangeKind::Write { draft, indexed: found, .. } = &change.kind {
                entries += found.entries.len();
                bytes += draft.before.len() + draft.after.len() + 30;
            }
            resources += 1;
            keys.push(change.key.clone());
        }
        let count: usize = batches.iter().map(|batch| batch.changes.len()).sum();
        let (started, used) = (Instant::now(), writer_time());
        // Four senders: while one group is written, the next one is prepared.
        let queue = Arc::new(std::sync::Mutex::new(std::mem::take(&mut batches)));
        let senders: Vec<_> = (0..4)
            .map(|_| {
                let (queue, store) = (queue.clone(), store.clone());
                tokio::spawn(async move {
                    loop {
                        let Some(batch) = queue.lock().unwrap().pop() else { break };
                        store.commit(batch).await.unwrap();
                    }
                })
            })
            .collect();
        for sender in senders {
            sender.await.unwrap();
        }
        let seconds = started.elapsed().as_secs_f64();
        busy += seconds;
        let writer = (writer_time() - used) / count as f64;
        println!(
            "load {copy}: {count} resources, {:.0}/s, writer {writer:.1} µs each",
            count as f64 / seconds
        );
    }
    println!(
        "load: {resources} resources of {} B, {:.1} entries each: {:.0}/s",
        bytes / resources,
        entries as f64 / resources as f64,
        resources as f64 / busy
    );
    drop(store);
    let size = std::fs::metadata(&path).unwrap().len();
    println!("disk: {} B a resource", size as usize / resources);
    let store: Arc<dyn Store> = Arc::new(open());

    creates(&store, &indexer, &texts, 1, 3_000).await;
    creates(&store, &indexer, &texts, 16, 20_000).await;
    receives(&store, 8, 20_000).await;
    receives(&store, 50, 40_000).await;
    reads(&store, &keys).await;
    searches(&store, &indexer, &keys).await;
}

async fn creates(
    store: &Arc<dyn Store>,
    indexer: &Indexer,
    texts: &[Vec<u8>],
    tasks: usize,
    count: usize,
) {
    static ROUND: AtomicUsize = AtomicUsize::new(100);
    let copy = ROUND.fetch_add(1, Ordering::Relaxed);
    let all: Vec<Change> =
        texts.iter().flat_map(|text| changes(indexer, text, copy)).take(count).collect();
    let count = all.len();
    let queue = Arc::new(std::sync::Mutex::new(all));
    let (started, used) = (Instant::now(), writer_time());
    let senders: Vec<_> = (0..tasks)
        .map(|_| {
            let (queue, store) = (queue.clone(), store.clone());
            tokio::spawn(async move {
                loop {
                    let Some(change) = queue.lock().unwrap().pop() else { break };
                    let batch = Batch { changes: vec![change], ..Batch::default() };
                    store.commit(batch).await.unwrap();
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    let writer = (writer_time() - used) / count as f64;
    let seconds = started.elapsed().as_secs_f64();
    println!("create, {tasks} tasks: {:.0}/s, writer {writer:.1} µs each", count as f64 / seconds);
}

async fn receives(store: &Arc<dyn Store>, tasks: usize, count: usize) {
    let next = Arc::new(AtomicU64::new(0));
    let (started, used) = (Instant::now(), writer_time());
    let senders: Vec<_> = (0..tasks)
        .map(|_| {
            let (next, store) = (next.clone(), store.clone());
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count as u64 {
                        break;
                    }
                    store.receive(vec![message(number)]).await.unwrap();
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    let writer = (writer_time() - used) / count as f64;
    let seconds = started.elapsed().as_secs_f64();
    println!("receive, {tasks} tasks: {:.0}/s, writer {writer:.1} µs each", count as f64 / seconds);
}

fn message(number: u64) -> NewItem {
    let text = format!(
        "MSH|^~\\&|PAS|RBQ|CARELOOM|AREA|20260101120000||ADT^A08^ADT_A01|M{number}|P|2.4|||AL|NE\r\
         EVN|A08|20260101120000\r\
         PID|1||{number}^^^RBQ^MR||SHAH^PRIYA^^^MS||19800101|F|||{number} HIGH STREET^^LIVERPOOL^^L1 1AA\r\
         PV1|1|I|WARD{}^BAY^4^RBQ|E||||||||||||||||V{number}\r",
        number % 30
    );
    NewItem {
        feed: "hospital".into(),
        received: number as i64,
        origin: "127.0.0.1:4000".into(),
        control_id: format!("M{number}"),
        kind: "ADT^A08".into(),
        subject: format!("{}", number % 5000),
        event_time: number as i64,
        state: ItemState::Waiting,
        cause: String::new(),
        note: String::new(),
        bytes: text.into_bytes().into(),
        acknowledgement: b"MSH|^~\\&|CARELOOM|AREA|PAS|RBQ|||ACK|1|P|2.4\rMSA|AA|1\r".to_vec(),
        content_hash: number.wrapping_mul(0x9E37_79B9_7F4A_7C15),
    }
}

async fn reads(store: &Arc<dyn Store>, keys: &[ResourceKey]) {
    let cold: Vec<&ResourceKey> = keys.iter().step_by(keys.len() / 20_000 + 1).collect();
    for round in ["from the database", "some from the cache"] {
        let started = Instant::now();
        for key in &cold {
            assert!(store.read(key).await.unwrap().is_some());
        }
        println!(
            "read {round}: {:.1} µs",
            started.elapsed().as_secs_f64() * 1e6 / cold.len() as f64
        );
    }
    let started = Instant::now();
    for _ in 0..200 {
        for key in cold.iter().take(100) {
            assert!(store.read(key).await.unwrap().is_some());
        }
    }
    println!("read from the cache: {:.2} µs", started.elapsed().as_secs_f64() * 1e6 / 20_000.0);
}

async fn searches(store: &Arc<dyn Store>, _indexer: &Indexer, keys: &[ResourceKey]) {
    let definitions = definitions::embedded();
    let patient = keys.iter().find(|key| key.resource_type.as_str() == "Patient").unwrap();
    let queries = [
        ("Observation", format!("patient=Patient/{}&code=http://loinc.org|8302-2", patient.id)),
        ("Observation", format!("patient=Patient/{}&_sort=-date&_count=20", patient.id)),
        ("Observation", "code=http://loinc.org|8302-2&_count=20".to_owned()),
        ("Observation", "code=http://loinc.org|8302-2&date=ge2015&_count=20".to_owned()),
        ("Patient", "name=ab&_count=20".to_owned()),
        ("Patient", "birthdate=1970&gender=female".to_owned()),
        ("Encounter", "status=finished&_count=20".to_owned()),
        (
            "Encounter",
            format!(
                "subject=Patient/{}&_include=Encounter:subject&_revinclude=Observation:encounter",
                patient.id
            ),
        ),
    ];
    for (name, query) in queries {
        let resource_type = definitions.resource_type(name).unwrap();
        let pairs: Vec<(String, String)> = query
            .split('&')
            .map(|pair| {
                pair.split_once('=').map(|(name, value)| (name.into(), value.into())).unwrap()
            })
            .collect();
        let options = search::ParseOptions {
            terminology: std::sync::Arc::new(search::DefinedTerminology::new(definitions)),
            handling: search::Handling::Strict,
            count_default: 20,
            count_max: 1000,
            base_url: "http://localhost/fhir".to_owned(),
            now: 1_700_000_000_000_000,
        };
        let (search, _) =
            search::parse_query(definitions, resource_type, &pairs, &options).unwrap();
        let mut times: Vec<f64> = Vec::new();
        let mut found = 0;
        for _ in 0..20 {
            let started = Instant::now();
            found = store.search(&search, None).await.unwrap().hits.len();
            times.push(started.elapsed().as_secs_f64() * 1e6);
        }
        times.sort_by(f64::total_cmp);
        println!(
            "search {name}?{}: {:.0} µs, {found} on the page",
            query.replace(patient.id.as_str(), "…"),
            times[10]
        );
    }
}
