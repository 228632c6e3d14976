//! How long extraction and query reading take on one core, over the Synthea Bundles of the shared data.
//!
//! `cargo run --release -p search --example search_speed [files]`

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fhir::Tree;
use search::{DefinedTerminology, Handling, Indexer, ParseOptions, parse_query};

/// Time, resources, bytes and entries of one type.
#[derive(Default)]
struct Sum {
    time: Duration,
    resources: u32,
    bytes: usize,
    entries: usize,
}

/// Times that each resource is extracted; the best counts, because other programs disturb.
const PASSES: usize = 7;

fn main() {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(60);
    let indexer = Indexer::new(definitions::embedded());
    let resources = resources(count);
    println!("{} resources of {count} Bundles", resources.len());
    let start = Instant::now();
    for tree in &resources {
        indexer.extract(tree.root(), &|_| None);
    }
    println!("first pass, with compiling: {:?} in all", start.elapsed());
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for tree in &resources {
        let (mut time, mut entries) = (Duration::MAX, Vec::new());
        for _ in 0..PASSES {
            let start = Instant::now();
            entries = indexer.extract(tree.root(), &|_| None).entries;
            time = time.min(start.elapsed());
        }
        let sum = sums.entry(tree.resource_type().unwrap_or("?")).or_default();
        sum.time += time;
        sum.resources += 1;
        sum.bytes += tree.text().len();
        sum.entries += entries.len();
    }
    let all = sums.values().fold(Sum::default(), |a, b| Sum {
        time: a.time + b.time,
        resources: a.resources + b.resources,
        bytes: a.bytes + b.bytes,
        entries: a.entries + b.entries,
    });
    for (name, sum) in sums.iter().chain([(&"all", &all)]) {
        let n = sum.resources;
        println!(
            "{name:28} {n:7} × {:>9.2?}  {:6} bytes  {:4.1} entries",
            sum.time / n,
            sum.bytes / n as usize,
            sum.entries as f64 / f64::from(n),
        );
    }
    queries();
}

/// Readings of the query that are timed.
const TIMES: u32 = 100_000;

fn queries() {
    let definitions = definitions::embedded();
    let options = ParseOptions {
        handling: Handling::Strict,
        count_default: 20,
        count_max: 1000,
        base_url: "http://localhost/fhir".to_owned(),
        now: 0,
        terminology: Arc::new(DefinedTerminology::new(definitions)),
    };
    let observation = definitions.resource_type("Observation").expect("R4 has it");
    let pairs = [
        ("patient", "Patient/1"),
        ("code", "http://loinc.org|8302-2"),
        ("date", "ge2020"),
        ("_count", "50"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let start = Instant::now();
    for _ in 0..TIMES {
        std::hint::black_box(parse_query(definitions, observation, &pairs, &options).is_ok());
    }
    println!("a query of four parameters: {:?}", start.elapsed() / TIMES);
}

fn resources(count: usize) -> Vec<Tree> {
    let root = std::env::var_os("CARELOOM_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folder =
        std::fs::read_dir(root.join("synthea")).expect("the Synthea data; set CARELOOM_DATA");
    let mut paths: Vec<_> = folder.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let mut trees = Vec::new();
    for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "gz")).take(count) {
        let mut text = Vec::new();
        let file = std::fs::File::open(path).expect("a file of the data");
        flate2::read::GzDecoder::new(file).read_to_end(&mut text).expect("gzip");
        let bundle = Tree::parse(&text).expect("JSON");
        for entry in bundle.root().all("entry") {
            let resource = entry.get("resource").expect("a resource");
            trees.push(Tree::parse(resource.raw().as_bytes()).expect("JSON"));
        }
    }
    trees
}
