//! Figures for `docs/implementation/definitions.md`: load time and memory of the definitions, and
//! the speed of JSON, XML and the form check on Synthea Bundles.
//!
//! `cargo run --release -p definitions --example measure [FOLDER]`

use std::error::Error;
use std::hint::black_box;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fhir::{Tree, xml};

/// How long each speed is measured.
const DURATION: Duration = Duration::from_millis(1500);

fn main() -> Result<(), Box<dyn Error>> {
    measure_loading();
    let folder = std::env::args().nth(1).map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/synthea"),
        PathBuf::from,
    );
    measure_reading(&bundles(&folder)?)
}

fn measure_loading() {
    let before = resident_kb();
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let definitions = definitions::embedded();
    println!("load                 {:>9.1} ms", start.elapsed().as_secs_f64() * 1e3);
    println!("load, on the CPU     {:>9.1} ms", (cpu_seconds() - cpu) * 1e3);
    println!("load, memory         {:>9.1} MB", (resident_kb() - before) / 1e3);
    let start = Instant::now();
    black_box(definitions.display("http://hl7.org/fhir/administrative-gender", "female"));
    println!("first display        {:>9.1} ms", start.elapsed().as_secs_f64() * 1e3);
    println!("terms, memory        {:>9.1} MB", (resident_kb() - before) / 1e3);
}

fn measure_reading(texts: &[Vec<u8>]) -> Result<(), Box<dyn Error>> {
    let definitions = definitions::embedded();
    speed("json read", texts, |text| drop(black_box(Tree::parse(text))));
    let trees: Vec<Tree> = texts.iter().map(|text| Tree::parse(text)).collect::<Result<_, _>>()?;
    let compact: Vec<Vec<u8>> = trees.iter().map(Tree::to_compact).collect();
    speed("json read, compact", &compact, |text| drop(black_box(Tree::parse(text))));

    let compact_trees: Vec<Tree> =
        compact.iter().map(|text| Tree::parse(text)).collect::<Result<_, _>>()?;
    speed("json write", &compact_trees, |tree| drop(black_box(tree.to_compact())));
    let seconds = speed("form check", &compact_trees, |tree| {
        assert!(definitions.check_structure(tree.root()).is_empty());
    });
    let resources: usize = trees.iter().map(|tree| tree.root().all("entry").count()).sum();
    let bytes: usize = compact.iter().map(Vec::len).sum();
    println!(
        "form check           {:>9.2} µs a resource of {} bytes",
        seconds / resources as f64 * 1e6,
        bytes / resources
    );

    let documents: Vec<String> =
        trees.iter().filter_map(|tree| xml::write(tree.root(), definitions).ok()).collect();
    speed("xml write, json size", &compact_trees, |tree| {
        drop(black_box(xml::write(tree.root(), definitions)));
    });
    speed("xml read", &documents, |text| drop(black_box(xml::read(text.as_bytes(), definitions))));
    Ok(())
}

/// What has a length in bytes.
trait Bytes {
    fn bytes(&self) -> usize;
}

impl Bytes for Vec<u8> {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl Bytes for String {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl Bytes for Tree {
    fn bytes(&self) -> usize {
        self.text().len()
    }
}

/// Runs `step` on all inputs again and again, prints the speed, gives the seconds of one pass.
/// Time on the CPU, so that other work on the machine does not count.
fn speed<T: Bytes>(name: &str, inputs: &[T], step: impl Fn(&T)) -> f64 {
    let (start, cpu, mut passes) = (Instant::now(), cpu_seconds(), 0);
    while start.elapsed() < DURATION {
        for input in inputs {
            step(input);
        }
        passes += 1;
    }
    let seconds = (cpu_seconds() - cpu) / f64::from(passes);
    let bytes: usize = inputs.iter().map(Bytes::bytes).sum();
    println!("{name:<20} {:>9.0} MB/s", bytes as f64 / seconds / 1e6);
    seconds
}

/// The first twenty Bundles of a folder of gzipped files.
fn bundles(folder: &Path) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|file| file.map(|file| file.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    files.truncate(20);
    let unpack = |file: &PathBuf| {
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(std::fs::File::open(file)?).read_to_end(&mut text)?;
        Ok(text)
    };
    files.iter().map(unpack).collect()
}

/// Time that this process has spent on a CPU (Linux).
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|first| first.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1e9
}

fn resident_kb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.trim().split(' ').next()?.parse().ok()).unwrap_or(0.0)
}
