//! `docs/mapping.md` says what the rules do: the generated parts are compared, the names looked for.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use mapping::Mappings;

fn page() -> PathBuf {
    PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this test"))
        .join("../../docs/mapping.md")
}

/// Compares (or with `UPDATE_EXPECT` rewrites) what stands between two markers.
fn check_part(name: &str, expected: &str) {
    let page = page();
    let text = std::fs::read_to_string(&page).unwrap();
    let (start, end) = (format!("<!-- {name}:start -->\n"), format!("<!-- {name}:end -->"));
    let from = text.find(&start).unwrap_or_else(|| panic!("no {start}")) + start.len();
    let to = from + text[from..].find(&end).unwrap_or_else(|| panic!("no {end}"));
    if text[from..to] == *expected {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_EXPECT").is_some(),
        "docs/mapping.md, part {name}, is not what the rules do: run the test with UPDATE_EXPECT=1"
    );
    std::fs::write(page, format!("{}{expected}{}", &text[..from], &text[to..])).unwrap();
}

/// One test, because both parts are in one file.
#[test]
fn the_page_tells_what_the_rules_do() {
    let mut functions = "| function | what it gives |\n|---|---|\n".to_owned();
    for (name, purpose) in Mappings::functions() {
        let _ = writeln!(functions, "| `{name}` | {purpose} |");
    }
    check_part("functions", &functions);
    let mut coverage = "| segment | fields that rules read | for |\n|---|---|---|\n".to_owned();
    for (segment, fields) in Mappings::embedded().coverage() {
        let numbers: Vec<String> = fields.keys().map(u8::to_string).collect();
        let resources: BTreeSet<&String> = fields.values().flatten().collect();
        let resources: Vec<&str> = resources.into_iter().map(String::as_str).collect();
        let _ =
            writeln!(coverage, "| {segment} | {} | {} |", numbers.join(", "), resources.join(", "));
    }
    check_part("coverage", &coverage);
    let mut tables = "| table | codes |\n|---|---|\n".to_owned();
    for (name, codes) in Mappings::embedded().tables() {
        let _ = writeln!(tables, "| `{name}` | {codes} |");
    }
    check_part("tables", &tables);
}

#[test]
fn every_rule_has_its_own_name_and_every_file_is_embedded() {
    let names: Vec<&str> = Mappings::embedded().rule_names().collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(names.len(), distinct.len());
    assert!(names.len() > 500, "{}", names.len());
    let embedded: BTreeSet<&str> = Mappings::embedded_files().iter().map(|f| f.name).collect();
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this test"));
    for folder in ["rules", "tables"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
                assert!(embedded.contains(name.as_str()), "{name} is not in src/embedded.rs");
            }
        }
    }
}
