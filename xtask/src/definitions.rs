//! `cargo xtask definitions [--package FILE]…`: packages → `crates/definitions/assets`.
//!
//! Reads the R4 package from the npm registry (by `npm pack`, version and hash pinned) and UK Core
//! from the shared data folder, and converts them with the `definitions` crate. `--package FILE`
//! adds a further package, or replaces the download where its file name is that of the R4 package.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use sha2::{Digest as _, Sha256};

const R4_PACKAGE: &str = "hl7.fhir.r4.examples@4.0.1";
const R4_FILE: &str = "hl7.fhir.r4.examples-4.0.1.tgz";
const R4_SHA256: &str = "dce87f1b5b9341867033f7d1f544fa1b5232503f6d62813887ac6b8a8b6cb682";
const UK_CORE_FILE: &str = "fhir.r4.ukcore.stu2-2.0.2.tgz";
const ASSET: &str = "r4-ukcore.bin";
/// Slow, small, done once.
const LEVEL: i32 = 22;
/// Of Bundles only these hold what the package has nowhere else; the others repeat single files.
const BUNDLES: [&str; 3] =
    ["Bundle-terminologies.json", "Bundle-registry.json", "Bundle-valueset-expansions.json"];

/// Runs the command.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask stands in the repository")?;
    let mut packages = packages_from(arguments)?;
    let download = tempfile::tempdir()?;
    if !packages.iter().any(|file| file.ends_with(R4_FILE)) {
        packages.insert(0, fetch_r4(download.path())?);
    }
    if !packages.iter().any(|file| file.ends_with(UK_CORE_FILE)) {
        packages.push(shared_data(root).join("packages").join(UK_CORE_FILE));
    }
    packages.sort_by_key(|file| !file.ends_with(R4_FILE));

    let mut builder = definitions::Builder::default();
    let mut provenance = String::from("# Written by `cargo xtask definitions`; do not edit.\n");
    for file in &packages {
        let package = Package::open(file)?;
        writeln!(provenance, "\n[[package]]")?;
        for (key, value) in &package.facts {
            writeln!(provenance, "{key} = {value:?}")?;
        }
        for tree in package.resources {
            builder.add(tree);
        }
    }
    let asset = builder.pack(LEVEL);
    definitions::Definitions::load(&asset).context("the new asset cannot be read back")?;
    writeln!(
        provenance,
        "\n[asset]\nfile = {ASSET:?}\nbytes = {}\nsha256 = {:?}",
        asset.len(),
        sha256(&asset)
    )?;
    let folder = root.join("crates/definitions/assets");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(ASSET), &asset)?;
    fs::write(folder.join("provenance.toml"), provenance)?;
    println!("{} bytes from {} packages", asset.len(), packages.len());
    Ok(())
}

fn packages_from(arguments: &[String]) -> anyhow::Result<Vec<PathBuf>> {
    let mut packages = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        ensure!(
            argument == "--package",
            "unknown argument {argument:?}; only --package FILE is known"
        );
        packages.push(PathBuf::from(arguments.next().context("--package needs a file")?));
    }
    Ok(packages)
}

fn shared_data(root: &Path) -> PathBuf {
    std::env::var_os("CARELOOM_DATA").map_or_else(|| root.join("../shared/data"), PathBuf::from)
}

fn fetch_r4(folder: &Path) -> anyhow::Result<PathBuf> {
    let status = Command::new("npm")
        .args(["pack", R4_PACKAGE, "--silent", "--pack-destination"])
        .arg(folder)
        .status()
        .context("npm cannot be run; install Node.js or give the package with --package")?;
    ensure!(status.success(), "npm pack {R4_PACKAGE} failed; give the package with --package");
    Ok(folder.join(R4_FILE))
}

struct Package {
    facts: BTreeMap<&'static str, String>,
    resources: Vec<fhir::Tree>,
}

impl Package {
    fn open(file: &Path) -> anyhow::Result<Package> {
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let hash = sha256(&bytes);
        if file.ends_with(R4_FILE) && hash != R4_SHA256 {
            bail!("{} has sha256 {hash}, not the pinned {R4_SHA256}", file.display());
        }
        let mut facts = BTreeMap::from([("sha256", hash)]);
        let mut resources = Vec::new();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
        for entry in archive.entries()? {
            let mut entry = entry?;
            let path = entry.path()?.into_owned();
            let Some(name) = file_in_package(&path) else { continue };
            let mut text = Vec::new();
            entry.read_to_end(&mut text)?;
            let tree = fhir::Tree::parse(&text)
                .with_context(|| format!("{} in {}", path.display(), file.display()))?;
            if name == "package.json" {
                for (key, known) in
                    [("name", "name"), ("version", "version"), ("license", "licence")]
                {
                    if let Some(value) = tree.root().text_of(key) {
                        facts.insert(known, value.to_owned());
                    }
                }
            } else {
                resources.push(tree);
            }
        }
        // UK Core's package file names no licence; its repository does.
        facts.entry("licence").or_insert_with(|| "Apache-2.0".to_owned());
        Ok(Package { facts, resources })
    }
}

/// The file's name where it can hold a definition: examples, indexes and repeating Bundles cannot.
fn file_in_package(path: &Path) -> Option<&str> {
    let name = path.strip_prefix("package").ok()?.to_str()?;
    let is_json = Path::new(name).extension().is_some_and(|extension| extension == "json");
    let is_wanted = !name.contains('/') && !name.starts_with('.') && is_json;
    let repeats = name.starts_with("Bundle-") && !BUNDLES.contains(&name);
    (is_wanted && !repeats).then_some(name)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
