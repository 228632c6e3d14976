//! `cargo xtask tidy`: the rules of ARCHITECTURE.md and CONTRIBUTING.md that a machine can see.
//!
//! Each rule is a function from the workspace to findings. To add one, write it and list it in
//! [`RULES`]; a rule without a finding on a bad example has no place here, so add that to the tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Something that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    place: String,
    words: String,
}

/// A Rust source file.
struct Source {
    path: String,
    text: String,
}

struct Workspace {
    sources: Vec<Source>,
    /// Normal dependencies of each crate on crates of the workspace.
    arrows: BTreeMap<String, Vec<String>>,
}

type Rule = fn(&Workspace) -> Vec<Finding>;

const RULES: [Rule; 6] = [arrows, pure_crates, file_length, function_length, module_docs, banned];

/// Which crates a crate may depend on. A new arrow is an ADR first (invariant 1).
const ARROWS: &[(&str, &[&str])] = &[
    ("fhir", &[]),
    ("definitions", &["fhir"]),
    ("fhirpath", &["definitions", "fhir", "ucum"]),
    ("search", &["definitions", "fhir", "ucum"]),
    ("store", &["definitions", "fhir", "search"]),
    ("store-sqlite", &["definitions", "fhir", "search", "store"]),
    ("graphql", &["definitions", "fhir", "fhirpath"]),
    ("access", &["definitions", "fhir", "search"]),
    ("identity", &[]),
    ("booking", &["fhir"]),
    ("triage", &["fhir"]),
    ("hl7v2", &[]),
    ("patch", &["definitions", "fhir", "fhirpath"]),
    ("mapping", &["definitions", "fhir", "hl7v2"]),
    ("matching", &[]),
    (
        "interactions",
        &[
            "access",
            "booking",
            "definitions",
            "fhir",
            "graphql",
            "hl7v2",
            "identity",
            "mapping",
            "matching",
            "patch",
            "search",
            "store",
            "triage",
        ],
    ),
    ("feeds", &["fhir", "hl7v2", "interactions", "mapping", "store"]),
    ("server", &["definitions", "fhir", "interactions", "search", "store"]),
    ("portals", &["fhir", "interactions", "printout"]),
    ("printout", &[]),
    ("testkit", &["fhir"]),
    ("judge", &["definitions", "fhir", "fhirpath", "ucum"]),
    ("ucum", &[]),
    (
        "careloom",
        &[
            "booking",
            "definitions",
            "feeds",
            "fhir",
            "hl7v2",
            "interactions",
            "mapping",
            "matching",
            "portals",
            "search",
            "server",
            "store",
            "store-sqlite",
            "testkit",
            "triage",
        ],
    ),
    ("xtask", &["definitions", "fhir"]),
    ("bench", &["testkit"]),
];

/// Crates that take time, ids and randomness as parameters and do no IO (invariant 2).
const PURE: &[&str] = &[
    "fhir",
    "definitions",
    "fhirpath",
    "search",
    "graphql",
    "judge",
    "hl7v2",
    "mapping",
    "matching",
    "patch",
    "testkit",
    "ucum",
    "access",
    "identity",
    "booking",
    "triage",
    "printout",
];

/// What a pure crate's code may not name.
const IMPURE: [&str; 8] = [
    "tokio::",
    "std::fs",
    "std::net",
    "std::env::",
    "std::process",
    "SystemTime",
    "Instant::now",
    "thread_rng",
];

const FILE_LINES_MAX: usize = 620;
const FUNCTION_LINES_MAX: usize = 70;

/// Text that may not stand in a source, and what to do instead.
const BANNED: [(&str, &str); 6] = [
    (concat!("#[allow", "("), "use #[expect(lint, reason = …)]"),
    (concat!("#![allow", "("), "use #[expect(lint, reason = …)]"),
    (concat!("#[ig", "nore"), "assert what happens now, with a comment; or take the test out"),
    (concat!("#[should_", "panic"), "test the error value"),
    (concat!("dbg", "!("), "take the debugging out"),
    (concat!("FIX", "ME"), "mend it, or file an issue"),
];

/// Runs every rule; findings are printed and fail the command.
pub(crate) fn run() -> anyhow::Result<()> {
    let workspace = Workspace::read(Path::new("."))?;
    let findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&workspace)).collect();
    for finding in &findings {
        println!("{}: {}", finding.place, finding.words);
    }
    if !findings.is_empty() {
        bail!("tidy found {} things to mend", findings.len());
    }
    Ok(())
}

impl Workspace {
    fn read(root: &Path) -> anyhow::Result<Workspace> {
        let mut workspace = Workspace { sources: Vec::new(), arrows: BTreeMap::new() };
        let mut folders: Vec<PathBuf> = std::fs::read_dir(root.join("crates"))
            .context("run tidy from the workspace's root")?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.join("Cargo.toml").exists())
            .collect();
        folders.extend([root.join("xtask"), root.join("bench")]);
        let names: Vec<String> = folders.iter().filter_map(|path| name_of(path)).collect();
        for folder in &folders {
            let Some(name) = name_of(folder) else { continue };
            let manifest = std::fs::read_to_string(folder.join("Cargo.toml"))?;
            workspace.arrows.insert(name, dependencies(&manifest, &names));
            read_sources(folder, &mut workspace.sources)?;
        }
        workspace.sources.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(workspace)
    }
}

fn name_of(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}

fn read_sources(folder: &Path, sources: &mut Vec<Source>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_sources(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path)?;
            let path = path.to_string_lossy().trim_start_matches("./").to_owned();
            sources.push(Source { path, text });
        }
    }
    Ok(())
}

/// The crates of the workspace that `[dependencies]` names.
fn dependencies(manifest: &str, names: &[String]) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.trim() == "[dependencies]";
            continue;
        }
        let name = line.split(['=', '.', ' ']).next().unwrap_or("");
        if inside && names.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    }
    found
}

fn arrows(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, dependencies) in &workspace.arrows {
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| known == name) else {
            findings.push(Finding {
                place: format!("{name}/Cargo.toml"),
                words: "the crate is not in xtask's list of arrows; add it, with an ADR".to_owned(),
            });
            continue;
        };
        for dependency in dependencies.iter().filter(|d| !allowed.contains(&d.as_str())) {
            findings.push(Finding {
                place: format!("{name}/Cargo.toml"),
                words: format!("a new arrow to {dependency}; that is an ADR first"),
            });
        }
    }
    findings
}

fn is_code_of(path: &str, crate_name: &str) -> bool {
    path.starts_with(&format!("crates/{crate_name}/src/"))
}

fn pure_crates(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &workspace.sources {
        if !PURE.iter().any(|name| is_code_of(&source.path, name)) {
            continue;
        }
        for (number, line) in source.text.lines().enumerate() {
            let code = line.trim_start();
            if code.starts_with("//") {
                continue;
            }
            for word in IMPURE.iter().filter(|word| code.contains(**word)) {
                findings.push(Finding {
                    place: format!("{}:{}", source.path, number + 1),
                    words: format!("{word} in a pure crate; take it as a parameter"),
                });
            }
        }
    }
    findings
}

fn file_length(workspace: &Workspace) -> Vec<Finding> {
    let long = |source: &&Source| code_lines(&source.text) > FILE_LINES_MAX;
    let finding = |source: &Source| Finding {
        place: source.path.clone(),
        words: format!(
            "{} lines without its tests, over {FILE_LINES_MAX}; split it by idea",
            code_lines(&source.text)
        ),
    };
    workspace.sources.iter().filter(long).map(finding).collect()
}

/// Lines before the test module at the file's foot.
fn code_lines(text: &str) -> usize {
    text.lines().take_while(|line| line.trim() != "#[cfg(test)]").count()
}

/// Functions by their indentation, which `cargo fmt` makes reliable.
fn function_length(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in workspace.sources.iter().filter(|source| source.path.contains("/src/")) {
        let mut open: Option<(usize, usize, String)> = None;
        for (number, line) in source.text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let is_excused = number > 0 && source.text.lines().nth(number - 1).is_some_and(excuses);
            if open.is_none() && !is_excused && is_function(line.trim_start()) {
                open = Some((number, indent, line.trim().to_owned()));
            }
            let Some((start, of, signature)) = &open else { continue };
            if indent == *of
                && (line.trim_end() == format!("{}}}", " ".repeat(*of)) || line.ends_with(';'))
            {
                let length = number - start + 1;
                if length > FUNCTION_LINES_MAX {
                    findings.push(Finding {
                        place: format!("{}:{}", source.path, start + 1),
                        words: format!("{length} lines, over {FUNCTION_LINES_MAX}: {signature}"),
                    });
                }
                open = None;
            } else if number == *start && line.ends_with('}') {
                open = None;
            }
        }
    }
    findings
}

/// A function that says itself why it is long: one table of cases, for example.
fn excuses(line: &str) -> bool {
    line.trim_start().starts_with("#[expect(clippy::too_many_lines, reason")
}

fn is_function(line: &str) -> bool {
    let mut words = line.split_whitespace().skip_while(|word| {
        matches!(*word, "pub" | "async" | "const" | "unsafe" | "extern") || word.starts_with("pub(")
    });
    words.next() == Some("fn")
}

fn module_docs(workspace: &Workspace) -> Vec<Finding> {
    let lacks = |source: &&Source| {
        let is_module = source.path.contains("/src/") || source.path.contains("/tests/");
        // A bare expression that another file includes is a table, and takes no inner docs.
        let is_table = source.text.starts_with('[');
        is_module && !is_table && !source.text.starts_with("//!")
    };
    let finding = |source: &Source| Finding {
        place: source.path.clone(),
        words: "begin the module with //! and what it is for".to_owned(),
    };
    workspace.sources.iter().filter(lacks).map(finding).collect()
}

fn banned(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &workspace.sources {
        for (number, line) in source.text.lines().enumerate() {
            for (word, instead) in BANNED.iter().filter(|(word, _)| line.contains(word)) {
                findings.push(Finding {
                    place: format!("{}:{}", source.path, number + 1),
                    words: format!("{word}: {instead}"),
                });
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{Rule, Source, Workspace};

    fn places(rule: Rule, path: &str, text: &str) -> Vec<String> {
        let source = Source { path: path.to_owned(), text: text.to_owned() };
        let workspace = Workspace { sources: vec![source], arrows: [].into() };
        rule(&workspace).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn each_rule_finds_its_bad_example() {
        let long_function = format!("fn a() {{\n{}}}\n", "    b();\n".repeat(80));
        let short_function = format!("fn a() {{\n{}}}\n", "    b();\n".repeat(20));
        let cases: [(Rule, &str, String, usize); 8] = [
            (super::pure_crates, "crates/fhir/src/a.rs", "use std::fs;\n// std::fs\n".into(), 1),
            (super::pure_crates, "crates/feeds/src/a.rs", "use std::fs;\n".into(), 0),
            (super::file_length, "crates/a/src/a.rs", "x\n".repeat(621), 1),
            (super::function_length, "crates/a/src/a.rs", long_function, 1),
            (super::function_length, "crates/a/src/a.rs", short_function, 0),
            (super::module_docs, "crates/a/src/a.rs", "use b;\n".into(), 1),
            (super::module_docs, "crates/a/src/a.rs", "//! What it is.\n".into(), 0),
            (super::banned, "crates/a/src/a.rs", concat!("#[allow", "(x)]\n").into(), 1),
        ];
        for (index, (rule, path, text, expected)) in cases.into_iter().enumerate() {
            assert_eq!(places(rule, path, &text).len(), expected, "case {index}");
        }
    }

    #[test]
    fn a_new_arrow_is_found() {
        let arrows = [("fhir".to_owned(), vec!["store".to_owned()])].into();
        let workspace = Workspace { sources: Vec::new(), arrows };
        assert_eq!(super::arrows(&workspace).len(), 1);
    }
}
