//! The 66 published sample messages: all parse, and every part lies inside the message.

use std::path::PathBuf;

use hl7v2::{Message, Part};

/// The folder of sample messages; `None`, said aloud, where the shared data is not there.
fn folder() -> Option<PathBuf> {
    let beside = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this test"))
        .join("../../../shared/data");
    let data = std::env::var_os("CARELOOM_DATA").map_or(beside, PathBuf::from);
    let folder = data.join("hl7v2/messages");
    if folder.is_dir() {
        return Some(folder);
    }
    let is_required = std::env::var_os("CARELOOM_DATA_REQUIRED").is_some_and(|v| v == "1");
    assert!(!is_required, "{} is missing but CARELOOM_DATA_REQUIRED=1", folder.display());
    eprintln!("skipped: {} is missing", folder.display());
    None
}

fn samples() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = folder() else { return Vec::new() };
    let mut samples: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "hl7"))
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect();
    samples.sort();
    assert_eq!(samples.len(), 66);
    samples
}

#[test]
fn every_part_of_every_sample_lies_inside_its_parent() {
    for (name, bytes) in samples() {
        let message = Message::parse(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut fields = 0;
        for segment in message.segments() {
            let outer = segment.range();
            assert!(outer.end <= bytes.len(), "{name}");
            let mut covered = outer.start + 3;
            for (number, field) in message.fields(segment) {
                let range = field.range();
                assert!(outer.start <= range.start && range.end <= outer.end, "{name} {number}");
                // Fields follow one another, a separator apart; MSH-1 is that separator itself.
                let gap = usize::from(!(segment.name() == "MSH" && number <= 2));
                assert_eq!(range.start, covered + gap, "{name} {}-{number}", segment.name());
                covered = range.end;
                fields += 1;
                check_parts(&name, &message, field);
            }
            assert_eq!(covered, outer.end, "{name}: fields cover {}", segment.name());
        }
        assert!(fields > 20, "{name}");
    }
}

/// Parts lie inside their parent, and joined by their delimiter they are its bytes.
fn check_parts(name: &str, message: &Message<'_>, field: Part<'_>) {
    let is_literal = field.range().end <= message.segments()[0].range().start + 8;
    let delimiters = message.delimiters();
    let join = |outer: Part<'_>, inner: &[Part<'_>], delimiter: u8| {
        let range = outer.range();
        let is_inside =
            |part: &Part<'_>| range.start <= part.range().start && part.range().end <= range.end;
        assert!(inner.iter().all(is_inside), "{name}");
        let raw: Vec<&[u8]> = inner.iter().map(|part| part.raw()).collect();
        assert_eq!(raw.join(&delimiter), outer.raw(), "{name}");
        assert!(!is_literal || inner.len() == 1, "{name}: MSH-1 and MSH-2 are not taken apart");
    };
    let repetitions: Vec<Part<'_>> = field.repetitions().collect();
    join(field, &repetitions, delimiters.repetition);
    for repetition in repetitions {
        let components: Vec<Part<'_>> = repetition.components().collect();
        join(repetition, &components, delimiters.component);
        for component in components {
            let subcomponents: Vec<Part<'_>> = component.subcomponents().collect();
            join(component, &subcomponents, delimiters.subcomponent);
            for part in subcomponents {
                assert!(part.text().len() <= 4 * part.raw().len() + 4, "{name}");
            }
        }
    }
}

#[test]
fn segments_and_line_ends_are_all_there_is() {
    for (name, bytes) in samples() {
        let message = Message::parse(&bytes).unwrap();
        let mut at = 0;
        let ends = message
            .segments()
            .iter()
            .map(hl7v2::Segment::range)
            .chain(std::iter::once(bytes.len()..bytes.len()));
        for range in ends {
            let between = &bytes[at..range.start];
            let rest = between.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(between);
            assert!(
                rest.iter().all(u8::is_ascii_whitespace),
                "{name}, byte {at}: not in a segment"
            );
            at = range.end;
        }
    }
}

#[test]
fn what_is_odd_about_the_samples() {
    for (name, bytes) in samples() {
        let message = Message::parse(&bytes).unwrap();
        let odd: Vec<String> = message.issues().iter().map(ToString::to_string).collect();
        assert_eq!(odd, [""; 0], "{name}");
    }
}

/// Samples whose file is named for the message in it, as ADT-A01-02.hl7 for ADT^A01; the other
/// eight were published under other names.
const NAMED: usize = 58;

#[test]
fn the_header_of_every_sample_says_what_it_is() {
    let mut named_for_content = 0;
    let samples = samples();
    let count = samples.len();
    for (name, bytes) in samples {
        let message = Message::parse(&bytes).unwrap();
        let header = message.header();
        // Most files are named for what they hold: ADT-A01-02.hl7 for ADT^A01.
        let file = name.rsplit('/').next().unwrap();
        let named = format!("{}-{}-", header.message_code(), header.trigger_event());
        named_for_content += usize::from(file.starts_with(&named));
        assert!(header.is_version_known(), "{name}");
        assert!(!header.control_id().is_empty(), "{name}");
    }
    assert!(count == 0 || named_for_content == NAMED, "{named_for_content} of {count}");
}
