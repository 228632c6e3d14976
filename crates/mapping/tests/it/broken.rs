//! Broken inputs of every format: refused with a place, or taken with a warning; never a panic.

use std::time::{Duration, Instant};

use fhir::Tree;
use mapping::{CsvRow, FeedProfile, Mappings};
use testkit::broken::{self, Expect};

use crate::check_sound;

#[test]
fn hl7_messages() {
    for case in broken::hl7() {
        let started = Instant::now();
        let Ok(message) = hl7v2::Message::parse(&case.input) else {
            assert_ne!(case.expect, Expect::Accept, "{}", case.name);
            continue;
        };
        let profile = FeedProfile::new("broken");
        let mapped = mapping::map_hl7(Mappings::embedded(), &profile, &message);
        check_sound(&mapped, &case.input, case.name);
        match (case.name, case.expect) {
            ("no pid" | "no identifiers" | "no type", _) => {
                assert!(mapped.is_set_aside(), "{}", case.name);
            }
            (
                "unknown charset"
                | "latin-1 bytes"
                | "nul byte"
                | "open escape"
                | "unknown escape"
                | "odd hexadecimal"
                | "segment name too short",
                _,
            ) => {
                assert_eq!(mapped.issues.len(), 1, "{}: {:?}", case.name, mapped.issues);
                assert!(!mapped.is_set_aside(), "{}", case.name);
            }
            (_, Expect::Accept) => assert_eq!(mapped.issues, [], "{}", case.name),
            (
                "bad check digit"
                | "letters in nhs number"
                | "impossible date"
                | "date in words"
                | "unknown sex"
                | "no visit number",
                _,
            ) => {
                assert!(!mapped.issues.is_empty(), "{}", case.name);
                assert!(mapped.issues.iter().all(|issue| issue.expression.is_some()));
                assert!(!mapped.is_set_aside(), "{}: {:?}", case.name, mapped.issues);
            }
            _ => {}
        }
        for issue in &mapped.issues {
            assert!(!issue.message.contains("SHAH") && !issue.message.contains("999000"));
        }
        assert!(started.elapsed() < Duration::from_secs(5), "{}", case.name);
    }
}

#[test]
fn csv_files() {
    let mappings = Mappings::embedded();
    let profile = FeedProfile::new("broken");
    let name = "community_lvp_20250301_6_allergies.csv";
    for case in broken::csv() {
        let Ok(parts) = mapping::split_csv(&case.input) else {
            assert_ne!(case.expect, Expect::Accept, "{}", case.name);
            continue;
        };
        let header = mapping::check_header(mappings, &profile, name, &case.input, &parts);
        assert_eq!(!header.is_empty(), case.expect == Expect::Refuse, "{}: {header:?}", case.name);
        if !header.is_empty() {
            continue;
        }
        let mut issues = Vec::new();
        for row in &parts.rows {
            let item = mapping::row_item(&case.input, &parts, row);
            let csv = CsvRow { file_name: name, line: row.line, bytes: &item };
            let mapped = mapping::map_csv(mappings, &profile, csv);
            check_sound(&mapped, &item, case.name);
            issues.extend(mapped.issues);
        }
        let told = !matches!(
            case.name,
            "unknown client"
                | "bad snomed"
                | "formula"
                | "nul byte"
                | "quote inside"
                | "long field"
        );
        match case.expect {
            Expect::Accept => assert_eq!(issues, [], "{}", case.name),
            _ if told => {
                assert!(issues.iter().any(|i| i.expression.is_some()), "{}", case.name);
            }
            _ => {}
        }
    }
}

#[test]
fn json_documents() {
    for case in broken::json() {
        let Ok(tree) = Tree::parse(&case.input) else { continue };
        let profile = FeedProfile::new("broken");
        let mapped = mapping::map_bundle(Mappings::embedded(), &profile, &tree);
        for contribution in &mapped.contributions {
            for trace in &contribution.traces {
                assert!(trace.end as usize <= case.input.len(), "{}", case.name);
            }
        }
    }
}
