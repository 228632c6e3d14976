//! All sample messages of the shared data map without an error.

use std::path::PathBuf;

/// The shared data, where it is; a failure where it must be.
pub(crate) fn data() -> Option<PathBuf> {
    let root = std::env::var_os("CARELOOM_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
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

#[test]
fn dump() {
    let Some(data) = data() else { return };
    let mut files: Vec<_> = std::fs::read_dir(data.join("hl7v2/messages"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "hl7"))
        .collect();
    files.sort();
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let message = match hl7v2::Message::parse(&bytes) {
            Ok(m) => m,
            Err(e) => {
                println!("{file:?}: PARSE {e}");
                continue;
            }
        };
        let mapped = mapping::map_hl7(
            mapping::Mappings::embedded(),
            &mapping::FeedProfile::new("test"),
            &message,
        );
        println!("=== {} {} subject={} unread={}", file.file_name().unwrap().to_str().unwrap(), mapped.kind, mapped.subject, mapped.unread.len());
        for issue in &mapped.issues {
            println!("  {:?} {:?} {}", issue.severity, issue.expression, issue.message);
        }
        for c in &mapped.contributions {
            println!("  {} traces={} {}", c.resource_type.as_str(), c.traces.len(), String::from_utf8(c.element.to_compact()).unwrap());
            for issue in check(&c.element) {
                println!("    !! {:?} {}", issue.expression, issue.message);
            }
        }
    }
}

fn check(element: &fhir::Element) -> Vec<fhir::Issue> {
    let tree = fhir::Tree::parse(&element.to_compact()).unwrap();
    definitions::embedded().check_structure(tree.root())
}
