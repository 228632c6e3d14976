//! The R4 npm package for tests: fetched once by `npm pack` into `target/fixtures`, hash checked.
//!
//! Without npm or network a test says so and skips, unless `CARELOOM_DATA_REQUIRED=1`.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

const PACKAGE: &str = "hl7.fhir.r4.examples@4.0.1";
const FILE: &str = "hl7.fhir.r4.examples-4.0.1.tgz";
const SHA256: &str = "dce87f1b5b9341867033f7d1f544fa1b5232503f6d62813887ac6b8a8b6cb682";

/// Where the shared test data lies, if it does.
pub(crate) fn shared_data(folder: &str) -> Option<PathBuf> {
    let beside = Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this test"))
        .join("../../../shared/data");
    let data = std::env::var_os("CARELOOM_DATA").map_or(beside, PathBuf::from).join(folder);
    available(data.is_dir().then_some(data), folder)
}

/// A file's name and bytes.
type File = (String, Vec<u8>);

/// The JSON files of the package, (name, bytes), but for the Bundles that repeat other files.
pub(crate) fn examples() -> Option<&'static [File]> {
    static FILES: OnceLock<Option<Vec<File>>> = OnceLock::new();
    FILES.get_or_init(|| available(fetch().map(|archive| unpack(&archive)), PACKAGE)).as_deref()
}

fn available<T>(found: Option<T>, what: &str) -> Option<T> {
    if found.is_none() {
        let is_required = std::env::var_os("CARELOOM_DATA_REQUIRED").is_some_and(|v| v == "1");
        assert!(!is_required, "{what} is not available but CARELOOM_DATA_REQUIRED=1");
        eprintln!("skipped: {what} is not available");
    }
    found
}

fn fetch() -> Option<Vec<u8>> {
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this test"))
        .join("../../target/fixtures");
    let is_right = |bytes: &Vec<u8>| sha256(bytes) == SHA256;
    if let Some(bytes) = fs::read(folder.join(FILE)).ok().filter(is_right) {
        return Some(bytes);
    }
    // Another process may fetch at the same time, so each has its own folder until the file is whole.
    let own = folder.join(format!("fetch-{}", std::process::id()));
    fs::create_dir_all(&own).ok()?;
    let status = Command::new("npm")
        .args(["pack", PACKAGE, "--silent", "--pack-destination"])
        .arg(&own)
        .status();
    let bytes = status.ok().filter(ExitStatus::success).and_then(|_| fs::read(own.join(FILE)).ok());
    if bytes.is_some() {
        let _ = fs::rename(own.join(FILE), folder.join(FILE));
    }
    let _ = fs::remove_dir_all(&own);
    bytes.filter(is_right)
}

/// The SHA-256 of some bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unpack(archive: &[u8]) -> Vec<File> {
    // Each of these repeats what stands in single files of the package.
    const REPEATS: [&str; 9] = [
        "Bundle-dataelements.json",
        "Bundle-extensions.json",
        "Bundle-profiles-others.json",
        "Bundle-resources.json",
        "Bundle-searchParams.json",
        "Bundle-types.json",
        "Bundle-v2-valuesets.json",
        "Bundle-v3-valuesets.json",
        "Bundle-valuesets.json",
    ];
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    let mut files = Vec::new();
    for entry in archive.entries().expect("the package is a tar archive") {
        let mut entry = entry.expect("a whole entry");
        let name = entry
            .path()
            .expect("a path")
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let is_json = Path::new(&name).extension().is_some_and(|extension| extension == "json");
        if !is_json || name == "package.json" || REPEATS.contains(&name.as_str()) {
            continue;
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("whole content");
        files.push((name, bytes));
    }
    files.sort();
    files
}
