//! Benchmarks of the whole program: starts the server as its users do and loads it over sockets.
//!
//! `cargo run --release -p bench -- --server target/release/careloom all` prints one line a figure.
//! Each line is a goal of `docs/performance.md`. To add one, add a module with a `run` and its name
//! in [`CASES`].

mod hl7;
mod http;
mod reads;
mod searches;
mod server;
mod synthea;
mod world;
mod writes;

use std::path::PathBuf;

use anyhow::{Context, bail};

/// What a case gets.
struct Options {
    /// The server's binary.
    server: PathBuf,
    /// The folder with the public data.
    data: PathBuf,
    /// Concurrent connections where the case has no number of its own.
    connections: usize,
    /// Seconds that an open-ended case runs.
    seconds: u64,
    /// Resources in the store that is searched.
    resources: u32,
    /// Folder in which `searches` keeps its stores, and finds those of an earlier run.
    keep: Option<PathBuf>,
    /// The searches to run: those whose name has this in it.
    only: String,
}

const CASES: [&str; 6] = ["start", "synthea", "reads", "creates", "mllp", "searches"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let (options, cases) = arguments()?;
    for case in cases {
        match case.as_str() {
            "start" => server::measure_start(&options).await?,
            "synthea" => synthea::run(&options).await?,
            "reads" => reads::run(&options).await?,
            "creates" => writes::run(&options).await?,
            "mllp" => hl7::run(&options).await?,
            "searches" => searches::run(&options).await?,
            other => bail!("no case {other:?}; there are {CASES:?} and all"),
        }
    }
    Ok(())
}

fn arguments() -> anyhow::Result<(Options, Vec<String>)> {
    let mut options = Options {
        server: "target/release/careloom".into(),
        data: std::env::var_os("CARELOOM_DATA").map_or("../shared/data".into(), PathBuf::from),
        connections: 16,
        seconds: 10,
        resources: 1_000_000,
        keep: None,
        only: String::new(),
    };
    let mut cases = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--server" => options.server = value()?.into(),
            "--data" => options.data = value()?.into(),
            "--connections" => options.connections = value()?.parse()?,
            "--resources" => options.resources = value()?.parse()?,
            "--keep" => options.keep = Some(value()?.into()),
            "--only" => options.only = value()?,
            "--seconds" => options.seconds = value()?.parse()?,
            "all" => cases.extend(CASES.map(str::to_owned)),
            case => cases.push(case.to_owned()),
        }
    }
    if cases.is_empty() {
        bail!("name a case: {CASES:?} or all");
    }
    Ok((options, cases))
}
