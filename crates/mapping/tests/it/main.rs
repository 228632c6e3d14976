//! The crate as its users see it: messages, rows and Bundles in; resources with lineage out.

#![expect(clippy::unwrap_used, reason = "helpers of tests, where a panic is the failure")]

mod area;
mod broken;
mod bundle;
mod cases;
mod csv;
mod documentation;
mod folding;
mod language;
mod samples;

use std::path::PathBuf;

use fhir::{Element, Tree};
use mapping::{Contribution, FeedProfile, Mapped, Mappings};

/// The shared data, where it is; a failure where it must be.
fn shared_data() -> Option<PathBuf> {
    let root = std::env::var_os("CARELOOM_DATA").map_or_else(
        || {
            PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this test"))
                .join("../../../shared/data")
        },
        PathBuf::from,
    );
    if root.is_dir() {
        return Some(root);
    }
    let required = std::env::var_os("CARELOOM_DATA_REQUIRED").is_some_and(|value| value == "1");
    assert!(!required, "the shared data is not at {}", root.display());
    eprintln!("skipped: no shared data at {}", root.display());
    None
}

fn map_hl7(system: &str, bytes: &[u8]) -> Mapped {
    let message = hl7v2::Message::parse(bytes).unwrap();
    mapping::map_hl7(Mappings::embedded(), &FeedProfile::new(system), &message)
}

fn json(element: &Element) -> String {
    String::from_utf8(element.to_compact()).unwrap()
}

/// What holds of everything that is mapped: sound structure, and traces that point at bytes and at
/// values that are there.
fn check_sound(mapped: &Mapped, bytes: &[u8], what: &str) {
    for contribution in &mapped.contributions {
        check_contribution(contribution, bytes, what);
    }
    for field in &mapped.unread {
        assert!(field.start < field.end && field.end as usize <= bytes.len(), "{what}: {field:?}");
    }
}

fn check_contribution(contribution: &Contribution, bytes: &[u8], what: &str) {
    if contribution.fold.deleted {
        return;
    }
    let text = contribution.element.to_compact();
    let tree = Tree::parse(&text).unwrap();
    let issues = definitions::embedded().check_structure(tree.root());
    assert!(issues.is_empty(), "{what}: {issues:?} in {}", String::from_utf8_lossy(&text));
    for trace in &contribution.traces {
        let range = trace.start as usize..trace.end as usize;
        assert!(!range.is_empty() && range.end <= bytes.len(), "{what}: {trace:?}");
        assert!(tree.root().at(&trace.path).is_some(), "{what}: no value at {trace:?}");
        assert!(!trace.rule.is_empty() && !trace.locator.is_empty(), "{what}: {trace:?}");
    }
}
