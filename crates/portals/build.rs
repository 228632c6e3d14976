//! Builds the pages' style sheet, scripts and icons from `web/` and lists them for embedding.
//!
//! The third-party part is an npm package, so nothing built is committed: a fresh checkout needs
//! Node.js and npm once. A packager who builds the assets elsewhere (`node web/build.mjs DIR`)
//! names that folder in `CARELOOM_ASSETS`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-env-changed=CARELOOM_ASSETS");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let folder = match env::var_os("CARELOOM_ASSETS") {
        Some(folder) => PathBuf::from(folder),
        None => build(&out),
    };
    let listed = list(&folder, &out.join("assets.rs"));
    if let Err(problem) = listed.and_then(|()| list_fonts(&folder, &out.join("fonts.rs"))) {
        stop(&problem);
    }
}

/// Runs the asset step, installing its npm packages first where one is not there yet.
fn build(out: &Path) -> PathBuf {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let web = root.join("../../web");
    let packages = ["nhsuk-frontend", "dejavu-fonts-ttf"];
    let packages = packages.map(|name| format!("node_modules/{name}/package.json"));
    let inputs = ["build.mjs", "src", "package-lock.json"].into_iter();
    for input in inputs.chain(packages.iter().map(String::as_str)) {
        println!("cargo::rerun-if-changed={}", web.join(input).display());
    }
    if packages.iter().any(|package| !web.join(package).is_file()) {
        run(&web, "npm", &["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"]);
    }
    let folder = out.join("assets");
    run(&web, "node", &["build.mjs", &folder.to_string_lossy()]);
    folder
}

fn run(web: &Path, program: &str, arguments: &[&str]) {
    let shown = format!("{program} {}", arguments.join(" "));
    match Command::new(program).args(arguments).current_dir(web).output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            let error = String::from_utf8_lossy(&output.stderr);
            let line = error.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
            stop(&format!("`{shown}` in web/ failed: {line}"));
        }
        Err(error) => {
            stop(&format!("cannot run `{shown}`: {error}; install Node.js 20 or later with npm"));
        }
    }
}

/// Turns `manifest.tsv` into a table of embedded files.
fn list(folder: &Path, target: &Path) -> Result<(), String> {
    let manifest = folder.join("manifest.tsv");
    let text = fs::read_to_string(&manifest)
        .map_err(|error| format!("cannot read {}: {error}", manifest.display()))?;
    let mut rust = String::from("&[\n");
    for row in text.lines() {
        let [name, file, media_type, encoding] = row.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("{} has a row without four columns", manifest.display()));
        };
        let path = literal(&folder.join(file));
        let brotli = if encoding == "br" {
            format!("Some(include_bytes!({}))", literal(&folder.join(format!("{file}.br"))))
        } else {
            "None".to_owned()
        };
        let _ = writeln!(
            rust,
            "Asset {{ name: {name:?}, file: {file:?}, media_type: {media_type:?}, \
             bytes: include_bytes!({path}), brotli: {brotli} }},"
        );
    }
    rust.push_str("]\n");
    fs::write(target, rust).map_err(|error| format!("cannot write {}: {error}", target.display()))
}

/// Lists the fonts of printed records.
fn list_fonts(folder: &Path, target: &Path) -> Result<(), String> {
    let mut rust = String::from("&[\n");
    for name in ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"] {
        let path = folder.join(name);
        if !path.is_file() {
            return Err(format!("{} is missing: run node web/build.mjs anew", path.display()));
        }
        let _ = writeln!(rust, "({name:?}, include_bytes!({})),", literal(&path));
    }
    rust.push_str("]\n");
    fs::write(target, rust).map_err(|error| format!("cannot write {}: {error}", target.display()))
}

/// A path as a Rust string literal.
fn literal(path: &Path) -> String {
    format!("{:?}", path.to_string_lossy())
}

fn stop(problem: &str) -> ! {
    println!("cargo::error=assets of the pages: {problem}");
    std::process::exit(1)
}
