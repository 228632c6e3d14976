//! Checks question sets as their author works on them: problems with their lines, findings, counts,
//! the digest to sign off, and with `--map FOLDER` each topic's map as SVG and Mermaid.
//!
//! `cargo run -p triage --example check -- [--map FOLDER] [FILE.toml …]`; a file replaces the topic of the
//! demonstrator that has its name, or is added to it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use triage::library::EMBEDDED;
use triage::{Dispositions, Library};

fn main() -> ExitCode {
    let mut files: BTreeMap<String, String> =
        EMBEDDED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let mut maps = None;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if word == "--map" {
            maps = words.next();
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&word) else {
            eprintln!("{word}: cannot be read");
            return ExitCode::FAILURE;
        };
        let name = Path::new(&word).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        files.insert(name.unwrap_or(word), text);
    }
    let Ok(dispositions) = Dispositions::embedded() else { return ExitCode::FAILURE };
    let named = files.iter().map(|(name, text)| (&**name, &**text));
    let library = match Library::read(dispositions, named) {
        Ok(library) => library,
        Err(wrong) => {
            for file in wrong {
                file.problems.iter().for_each(|problem| println!("{}: {problem}", file.file));
            }
            return ExitCode::FAILURE;
        }
    };
    report(&library, maps.as_deref())
}

fn report(library: &Library, maps: Option<&str>) -> ExitCode {
    // Reviews that are due are for whoever runs this with a date in mind; the tests have one.
    let report = triage::check::check(library, jiff::civil::Date::MIN);
    for count in &report.counts {
        println!(
            "{}: {} classes of people, {} states, {} paths, {} to {} questions",
            count.topic, count.classes, count.states, count.paths, count.shortest, count.longest
        );
    }
    for topic in library.topics().iter().chain([library.sieve()]) {
        println!("{} {} digest {}", topic.id, topic.version, topic.digest);
        let Some(folder) = maps else { continue };
        let map = triage::check::map(library, topic);
        let written = std::fs::write(format!("{folder}/{}.svg", topic.id), map.svg())
            .and_then(|()| std::fs::write(format!("{folder}/{}.mmd", topic.id), map.mermaid()));
        if let Err(error) = written {
            eprintln!("{folder}: {error}");
            return ExitCode::FAILURE;
        }
    }
    for finding in &report.findings {
        println!(
            "{}: {}: {}{}: {}",
            finding.kind.name(),
            finding.topic,
            finding.place,
            finding.answer.as_ref().map(|answer| format!(".{answer}")).unwrap_or_default(),
            finding.words
        );
    }
    if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
