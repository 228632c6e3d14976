//! Random searches of random worlds: the store must find what the judge finds.
//!
//! A query goes the whole way: text, `search::parse_query`, SQL, pages; a resource through the
//! indexer. `CARELOOM_JUDGED_SEARCHES` sets how many searches (100,000 unless it is set),
//! `CARELOOM_JUDGED_SEED` where to begin. A disagreement is shrunk and printed with its world.
//!
//! With `CARELOOM_JUDGED_SURVEY=1` it goes on after a disagreement, prints one of each shape, and fails
//! at the end.
//!
//! To judge a new feature, see `judge::generate::Feature`; what is not to be judged yet is left out with
//! `Features::all_but`, and listed with its reason in `docs/conformance/search-judge.md`.

mod ask;
mod bench;
mod by_hand;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use fhir::Element;
use judge::generate::{self, Features, Prng};
use judge::{Judge, Key, Query};

use ask::{Disagreement, ask};
use bench::Bench;

/// Searches of one world before the next is made.
const SEARCHES_A_WORLD: u64 = 250;
/// Resources that a world begins with at the most.
const RESOURCES_MAX: usize = 140;
/// Shapes of disagreements that a survey shows at the most.
const SHAPES_MAX: usize = 120;
const SEED: u64 = 20_260_722;
/// Worlds at a time: the machine that tests run on has two cores.
const THREADS: u64 = 2;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// What all threads share.
struct Run {
    judge_seed: u64,
    worlds: AtomicU64,
    worlds_max: u64,
    found: AtomicU64,
    failed: AtomicBool,
    /// Shapes that disagreed before, where the run goes on after a disagreement.
    survey: Option<Mutex<BTreeSet<String>>>,
}

#[test]
fn the_store_finds_what_the_judge_finds() {
    let searches = number("CARELOOM_JUDGED_SEARCHES").unwrap_or(100_000);
    let run = Run {
        judge_seed: number("CARELOOM_JUDGED_SEED").unwrap_or(SEED),
        worlds: AtomicU64::new(0),
        worlds_max: searches.div_ceil(SEARCHES_A_WORLD),
        found: AtomicU64::new(0),
        failed: AtomicBool::new(false),
        survey: number("CARELOOM_JUDGED_SURVEY").map(|_| Mutex::default()),
    };
    println!("seed {}, {searches} searches", run.judge_seed);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(|| work(&run))).collect();
        for thread in threads {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
    let found = run.found.load(Ordering::Relaxed);
    println!("{searches} searches found {found} resources");
    assert!(!run.failed.load(Ordering::Relaxed), "store and judge disagree, see above");
    assert!(found > searches, "the searches hardly find anything: {found}");
}

/// Takes worlds as long as there are any.
fn work(run: &Run) {
    let judge = bench::judge();
    let mut bench = Bench::new();
    loop {
        let world = run.worlds.fetch_add(1, Ordering::Relaxed);
        if world >= run.worlds_max || (run.survey.is_none() && run.failed.load(Ordering::Relaxed)) {
            return;
        }
        if let Err(report) = run_world(run, &judge, &mut bench, world) {
            run.failed.store(true, Ordering::Relaxed);
            panic!("{report}");
        }
    }
}

/// Searches one world while it changes.
fn run_world(run: &Run, judge: &Judge, bench: &mut Bench, number: u64) -> Result<(), String> {
    let features = Features::all();
    let mut prng = Prng::new(run.judge_seed, number);
    bench.clear();
    let count = prng.between(5, RESOURCES_MAX);
    let first = (0..count).map(|_| change(&mut prng, 0)).collect();
    bench.write(first);
    for step in 0..SEARCHES_A_WORLD {
        if prng.percent(15) {
            let count = prng.between(1, 6);
            bench.write((0..count).map(|_| change(&mut prng, 25)).collect());
        }
        let query = generate::search(&mut prng, judge, &bench.world, &features);
        let disagreement = match ask(judge, bench, &query, &mut prng) {
            Ok(found) => {
                run.found.fetch_add(found, Ordering::Relaxed);
                continue;
            }
            Err(disagreement) => disagreement,
        };
        let place = format!("seed {}, world {number}, search {step}", run.judge_seed);
        let Some(survey) = &run.survey else {
            return Err(report(judge, bench, &place, query, &disagreement).0);
        };
        run.failed.store(true, Ordering::Relaxed);
        let is_new = |shape: String| {
            let mut seen = survey.lock().unwrap();
            let count = seen.len();
            count < SHAPES_MAX && seen.insert(format!("{} {shape}", disagreement.kind))
        };
        if is_new(query.shape()) {
            let (text, least) = report(judge, bench, &place, query, &disagreement);
            if is_new(format!("least {}", least.shape())) {
                println!("{text}");
            }
        }
    }
    Ok(())
}

/// A resource to write or, so many times out of a hundred, to delete.
fn change(prng: &mut Prng, deleted: usize) -> (Key, Option<Element>) {
    let key = generate::key(prng);
    let resource = (!prng.percent(deleted)).then(|| generate::resource(prng, &key));
    (key, resource)
}

/// The least world and search that disagree in the same way, as text.
fn report(
    judge: &Judge,
    bench: &Bench,
    place: &str,
    query: Query,
    found: &Disagreement,
) -> (String, Query) {
    let resources: Vec<Element> =
        bench.world.iter().map(|(_, entry)| Element::from(entry.tree())).collect();
    let url = judge::render::url(&query);
    let mut fresh = Bench::new();
    let mut again = |resources: &[Element], query: &Query| {
        fresh.clear();
        fresh.write(
            resources.iter().map(|each| (bench::key_of(each), Some(each.clone()))).collect(),
        );
        ask(judge, &mut fresh, query, &mut Prng::new(0, 0)).err()
    };
    if again(&resources, &query).is_none() {
        let text = format!(
            "{place}: {found}\n{url}\nonly with the versions that were there before; the world is \
             whole in the seed"
        );
        return (text, query);
    }
    let (resources, query) = judge::shrink(resources, query, |resources, query| {
        again(resources, query).is_some_and(|other| other.is_like(found))
    });
    let found = again(&resources, &query).map_or_else(String::new, |found| found.to_string());
    let mut text = format!("{place}:\n{}\n{found}\n", judge::render::url(&query));
    for (name, value) in judge::render::pairs(&query) {
        text.push_str(&format!("  {name} = {value}\n"));
    }
    text.push_str(&format!("{query:?}\n"));
    for resource in resources {
        text.push_str(&String::from_utf8_lossy(&resource.to_compact()));
        text.push('\n');
    }
    (text, query)
}
