//! `careloom triage check|map`: what the checker proves of question sets, and their maps.
//!
//! Without files the sets of this program are looked at; a file replaces the set of its name, or is added.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Subcommand, ValueEnum};
use interactions::Clock;
use triage::library::EMBEDDED;
use triage::{Dispositions, Library};

use crate::system::SystemClock;

/// Arguments of `careloom triage`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Walks every path of every set: each ends, each danger sign ends in 999, "not sure" never lowers
    /// urgency, and more (docs/triage.md). Fails where something could not be proved.
    Check {
        /// Question sets to check with the others: each replaces the one of its name, or is added.
        files: Vec<PathBuf>,
    },
    /// Prints the map of one set.
    Map {
        /// The set's id, such as sore-throat; the emergency questions are `sieve`.
        topic: String,
        /// How it is drawn.
        #[arg(long, value_enum, default_value_t = Format::Words)]
        format: Format,
        /// Question sets to draw from, as with `check`.
        files: Vec<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Each question, and where each answer leads.
    Words,
    /// A picture.
    Svg,
    /// A Mermaid flow chart.
    Mermaid,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let (What::Check { files } | What::Map { files, .. }) = &arguments.what;
    let Some(library) = library(files)? else { return Ok(ExitCode::FAILURE) };
    match &arguments.what {
        What::Check { .. } => check(&library),
        What::Map { topic, format, .. } => map(&library, topic, *format),
    }
}

/// The sets; what is wrong with a file is printed, and then there are none.
fn library(files: &[PathBuf]) -> anyhow::Result<Option<Library>> {
    let mut texts: BTreeMap<String, String> =
        EMBEDDED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    for file in files {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the question set {}", file.display()))?;
        texts.insert(name_of(file), text);
    }
    let dispositions = Dispositions::embedded().map_err(|problems| {
        anyhow::anyhow!("the table of dispositions has {} problems", problems.len())
    })?;
    let named = texts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    Ok(match Library::read(dispositions, named) {
        Ok(library) => Some(library),
        Err(wrong) => {
            for file in wrong {
                for problem in &file.problems {
                    println!("{}: {problem}", file.file);
                }
            }
            None
        }
    })
}

fn name_of(file: &Path) -> String {
    file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

fn check(library: &Library) -> anyhow::Result<ExitCode> {
    let today = fhir::format_instant(SystemClock.now());
    let today: jiff::civil::Date = today[..10].parse().context("today")?;
    let report = triage::check::check(library, today);
    let mut paths: u128 = 0;
    for count in &report.counts {
        paths += count.paths;
        println!(
            "{}: {} classes of people, {} states, {} paths, {} to {} questions",
            count.topic, count.classes, count.states, count.paths, count.shortest, count.longest
        );
    }
    for set in [library.sieve()].into_iter().chain(library.topics()) {
        let signed = if set.sign_off.is_signed_off() { "signed off" } else { "not signed off" };
        println!("{} {} {signed}, digest {}", set.id, set.version, set.digest);
    }
    for finding in &report.findings {
        let answer = finding.answer.as_ref().map(|answer| format!(".{answer}")).unwrap_or_default();
        let (kind, topic, place) = (finding.kind.name(), &finding.topic, &finding.place);
        println!("NOT PROVED: {kind}: {topic}: {place}{answer}: {}", finding.words);
    }
    println!("{} sets, {paths} paths, {} findings", report.counts.len(), report.findings.len());
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn map(library: &Library, topic: &str, format: Format) -> anyhow::Result<ExitCode> {
    let sieve = Some(library.sieve()).filter(|sieve| sieve.id == topic);
    let Some(set) = sieve.or_else(|| library.topic(topic)) else {
        let all = [library.sieve()].into_iter().chain(library.topics());
        let names: Vec<&str> = all.map(|set| set.id.as_str()).collect();
        anyhow::bail!("there is no set {topic:?}; there are: {}", names.join(", "));
    };
    let map = triage::check::map(library, set);
    match format {
        Format::Svg => print!("{}", map.svg()),
        Format::Mermaid => print!("{}", map.mermaid()),
        Format::Words => {
            println!("{}", map.title);
            for (text, ways) in map.outline() {
                println!("\n{text}");
                for way in ways {
                    println!("  {way}");
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
