//! The rules' own cases: `rules/cases/NAME.{hl7,csv,json}` → `NAME.expect`, every value with its
//! bytes and its rule. `UPDATE_EXPECT=1` rewrites the expectations; read them before committing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use fhir::Tree;
use mapping::{CsvRow, FeedProfile, Mapped, Mappings};

use crate::check_sound;

#[test]
fn cases_give_what_stands_beside_them() {
    let folder = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this test"))
        .join("rules/cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending != "expect"))
        .collect();
    files.sort();
    assert!(files.len() >= 12, "the cases are gone");
    for file in files {
        let told = tell(&file);
        expect_file![file.with_extension("expect")].assert_eq(&told);
    }
}

/// Messages stand in the files with one segment a line.
fn tell(file: &Path) -> String {
    let bytes = std::fs::read(file).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    let mappings = Mappings::embedded();
    let mut out = String::new();
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("hl7") => {
            let message = hl7v2::Message::parse(&bytes).unwrap();
            let mapped = mapping::map_hl7(mappings, &FeedProfile::new("lvp-hospital"), &message);
            render(&mapped, &bytes, &mut out);
        }
        Some("csv") => {
            let profile = FeedProfile::new("lvp-files");
            let parts = mapping::split_csv(&bytes).unwrap();
            for row in &parts.rows {
                let item = mapping::row_item(&bytes, &parts, row);
                let csv = CsvRow { file_name: name, line: row.line, bytes: &item };
                render(&mapping::map_csv(mappings, &profile, csv), &item, &mut out);
            }
        }
        _ => {
            let tree = Tree::parse(&bytes).unwrap();
            let mapped = mapping::map_bundle(mappings, &FeedProfile::new("lvp-gp"), &tree);
            render(&mapped, &bytes, &mut out);
        }
    }
    out
}

fn render(mapped: &Mapped, bytes: &[u8], out: &mut String) {
    check_sound(mapped, bytes, &mapped.control_id);
    let time = mapped.event_time.map_or_else(|| "none".to_owned(), fhir::format_instant);
    let _ = writeln!(out, "{} {} of {} at {time}", mapped.kind, mapped.control_id, mapped.subject);
    for other in &mapped.other_subjects {
        let _ = writeln!(out, "also of {other}");
    }
    for issue in &mapped.issues {
        let place = issue.expression.as_deref().unwrap_or("");
        let _ = writeln!(out, "{} at {place}: {}", issue.severity.as_str(), issue.message);
    }
    for contribution in &mapped.contributions {
        let _ = writeln!(out, "\n{} {}", contribution.resource_type.as_str(), contribution.id);
        for removal in &contribution.fold.removals {
            let _ = writeln!(out, "  removes {} ({})", removal.path, removal.rule);
        }
        let json = contribution.element.to_compact();
        let tree = Tree::parse(&json).unwrap();
        for trace in &contribution.traces {
            let value = tree.root().at(&trace.path).map_or("", |value| value.raw());
            let range = trace.start as usize..trace.end as usize;
            let source = String::from_utf8_lossy(&bytes[range]).replace(['\r', '\n'], " ");
            let rule = trace.rule.rsplit('#').next().unwrap_or("");
            let (path, place) = (&trace.path, &trace.locator);
            let _ = writeln!(out, "  {path} = {value} <- {place} `{source}` by {rule}");
        }
        let traced = |path: &str| contribution.traces.iter().any(|trace| trace.path == path);
        let mut literals = Vec::new();
        walk(tree.root(), "", &mut |path, value| {
            if !traced(path) && !path.starts_with("meta") && !matches!(path, "id" | "resourceType")
            {
                literals.push(format!("{path} = {value}"));
            }
        });
        if !literals.is_empty() {
            let _ = writeln!(out, "  constant: {}", literals.join(", "));
        }
    }
    if !mapped.unread.is_empty() {
        let unread: Vec<&str> = mapped.unread.iter().map(|field| field.locator.as_str()).collect();
        let _ = writeln!(out, "\nunread: {}", unread.join(" "));
    }
}

fn walk(value: fhir::Value<'_>, path: &str, tell: &mut impl FnMut(&str, &str)) {
    match value.kind() {
        fhir::Kind::Object => {
            for member in value.members() {
                let dot = if path.is_empty() { "" } else { "." };
                walk(member, &format!("{path}{dot}{}", member.name()), tell);
            }
        }
        fhir::Kind::Array => {
            for (index, item) in value.items().enumerate() {
                walk(item, &format!("{path}[{index}]"), tell);
            }
        }
        _ => tell(path, value.raw()),
    }
}
