//! The twelve searches of `docs/performance.md`: how long a page of 20 takes, in two sizes of store.
//!
//! To add a search, add it to [`SEARCHES`].

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use testkit::Prng;

use crate::Options;
use crate::http::Connection;
use crate::server::Server;
use crate::world::{CODES, World, family};

/// Each search is asked so often, with other values each time.
const ROUNDS: u32 = 300;

/// Entries of a Bundle while loading.
const BUNDLE: u32 = 500;

type Search = (&'static str, fn(&World, &mut Prng) -> String);

const LOINC: &str = "http://loinc.org|";

const SEARCHES: [Search; 14] = [
    ("token", |_, prng| format!("Observation?code={LOINC}{}", code(prng))),
    ("token, date, newest first", |_, prng| {
        format!("Observation?code={LOINC}{}&date=ge{}&_sort=-date", code(prng), month(prng))
    }),
    ("reference and code", |world, prng| {
        format!(
            "Observation?subject=Patient/p{}&code={LOINC}{}",
            one_of(world.patients, prng),
            code(prng)
        )
    }),
    ("quantity range", |_, prng| {
        let low = 90 + prng.below(80);
        let unit = "http://unitsofmeasure.org|mm[Hg]";
        format!("Observation?value-quantity=gt{low}|{unit}&value-quantity=lt{}|{unit}", low + 2)
    }),
    ("string prefix", |_, prng| format!("Patient?family={}", family(prng))),
    ("date range, count", |_, prng| {
        let month = month(prng);
        format!("Observation?date={month}&_summary=count")
    }),
    ("chain of one", |_, prng| format!("Condition?subject:Patient.family={}", family(prng))),
    ("chain of two", |_, prng| {
        format!("Observation?encounter:Encounter.subject:Patient.family={}", family(prng))
    }),
    ("_has", |_, prng| {
        format!(
            "Patient?_has:Observation:subject:code={LOINC}{}",
            CODES[8 + prng.below(2) as usize].0
        )
    }),
    ("_include and _revinclude", |world, prng| {
        format!(
            "Encounter?subject=Patient/p{}&_include=Encounter:subject&_include=Encounter:service-provider&_revinclude=Observation:encounter",
            one_of(world.patients, prng)
        )
    }),
    ("two large sets", |_, prng| {
        let category = if prng.chance(0.5) { "vital-signs" } else { "laboratory" };
        format!(
            "Observation?code={LOINC}{}&category={category}&status=final",
            CODES[prng.below(3) as usize].0
        )
    }),
    ("count of everything", |_, _| "Observation?_summary=count".to_owned()),
    ("count of a token", |_, prng| {
        format!("Observation?code={LOINC}{}&_summary=count", code(prng))
    }),
    ("count of two large sets", |_, prng| {
        format!(
            "Observation?code={LOINC}{}&category=vital-signs&_summary=count",
            CODES[prng.below(3) as usize].0
        )
    }),
];

fn code(prng: &mut Prng) -> &'static str {
    CODES[prng.below(CODES.len() as u32) as usize].0
}

fn month(prng: &mut Prng) -> String {
    format!("{}-{:02}", 2016 + prng.below(10), 1 + prng.below(12))
}

fn one_of(count: u32, prng: &mut Prng) -> u32 {
    prng.below(count)
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let small = measure(options, options.resources / 10).await?;
    let large = measure(options, options.resources).await?;
    println!(
        "searches: milliseconds for a page of 20, {ROUNDS} times each; {} and {} resources",
        options.resources / 10,
        options.resources
    );
    println!("{:28} {:>8} {:>8} {:>8} {:>8} {:>7}", "", "p50", "p99", "p50", "p99", "times");
    let mut missed = 0;
    for ((name, _), (small, large)) in chosen(options).zip(small.into_iter().zip(large)) {
        let ratio = large.0.as_secs_f64() / small.0.as_secs_f64();
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let misses = misses(name, large, ratio);
        missed += misses.len();
        println!(
            "{name:28} {:8.2} {:8.2} {:8.2} {:8.2} {ratio:7.1} {}",
            ms(small.0),
            ms(small.1),
            ms(large.0),
            ms(large.1),
            misses.join(", ")
        );
    }
    println!("goals missed: {missed}");
    Ok(())
}

/// What a page of 20, or a count, may take, and how much more in ten times as many resources.
const P50_MAX: Duration = Duration::from_millis(2);
const P99_MAX: Duration = Duration::from_millis(20);
const RATIO_MAX: f64 = 3.0;

/// Measured beside the twelve searches that have goals.
const WITHOUT_GOAL: &str = "count of two large sets";

/// Which goals a search misses.
fn misses(name: &str, (p50, p99): (Duration, Duration), ratio: f64) -> Vec<&'static str> {
    let checks = [
        (p50 > P50_MAX, "p50 over 2 ms"),
        (p99 > P99_MAX, "p99 over 20 ms"),
        (ratio > RATIO_MAX, "more than three times slower"),
    ];
    let missed = checks.into_iter().filter(|(is_missed, _)| *is_missed && name != WITHOUT_GOAL);
    missed.map(|(_, goal)| goal).collect()
}

fn chosen(options: &Options) -> impl Iterator<Item = Search> {
    SEARCHES.into_iter().filter(|(name, _)| name.contains(&options.only))
}

/// The median and the 99th percentile of each search.
async fn measure(options: &Options, resources: u32) -> anyhow::Result<Vec<(Duration, Duration)>> {
    let world = World::of(resources);
    let server = match &options.keep {
        Some(keep) => Server::start_kept(options, keep.join(resources.to_string())).await?,
        None => Server::start(options).await?,
    };
    let mut connection = Connection::open(&server.http).await?;
    let last = format!("/fhir/{}", world.resource(world.resources() - 1).0);
    if connection.send("GET", &last, None).await?.status != 200 {
        load(&server, &world).await?;
        // The server has closed what was silent for so long.
        connection = Connection::open(&server.http).await?;
    }
    let mut measured = Vec::new();
    for (name, search) in chosen(options) {
        let mut prng = Prng::keyed(1, name, 0);
        let mut times = Vec::new();
        let mut found = 0;
        for round in 0..ROUNDS + 20 {
            let query = search(&world, &mut prng);
            let separator = if query.contains("_count") { "" } else { "&_count=20" };
            let path = format!(
                "/fhir/{}{separator}",
                query.replace('|', "%7C").replace('[', "%5B").replace(']', "%5D")
            );
            let started = Instant::now();
            let answer = connection.send("GET", &path, None).await?;
            let took = started.elapsed();
            let shown =
                String::from_utf8_lossy(&answer.body[..answer.body.len().min(300)]).into_owned();
            ensure!(answer.status == 200, "{path}: status {}: {shown}", answer.status);
            let is_empty = !shown.contains("\"entry\"")
                && (shown.contains("\"total\":0}") || shown.contains("\"total\":0,"));
            found += u32::from(!is_empty);
            // The first few bring pages of the store into memory.
            if round >= 20 {
                times.push(took);
            }
        }
        ensure!(found > ROUNDS / 10, "{name} found something in {found} rounds only");
        times.sort();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        measured.push((at(0.5), at(0.99)));
    }
    Ok(measured)
}

/// Writes the world, four Bundles at a time.
async fn load(server: &Server, world: &World) -> anyhow::Result<()> {
    let (started, cpu) = (Instant::now(), server.cpu_seconds());
    let next = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (next, address, world) = (next.clone(), server.http.clone(), *world);
        tasks.spawn(async move {
            let mut connection = Connection::open(&address).await?;
            loop {
                let first = next.fetch_add(BUNDLE, std::sync::atomic::Ordering::Relaxed);
                if first >= world.resources() {
                    return Ok::<(), anyhow::Error>(());
                }
                let bundle = world.bundle(first, (first + BUNDLE).min(world.resources()));
                let answer = connection.send("POST", "/fhir", Some(bundle.as_bytes())).await?;
                let shown = String::from_utf8_lossy(&answer.body[..answer.body.len().min(500)])
                    .into_owned();
                ensure!(answer.status == 200, "status {}: {shown}", answer.status);
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done?.context("load")?;
    }
    let count = f64::from(world.resources());
    println!(
        "loaded {count} resources at {:.0}/s, {:.0} µs of server processor each, {:.0} bytes on disk each",
        count / started.elapsed().as_secs_f64(),
        (server.cpu_seconds() - cpu) * 1e6 / count,
        server.disk_bytes() as f64 / count
    );
    Ok(())
}
