//! The public cases, in `data/patch`: where they are, and what is asked where they are not.

use std::path::PathBuf;

/// The text of a file of the suite; without it a test says so and skips, unless
/// `CARELOOM_DATA_REQUIRED=1`.
pub(crate) fn file(name: &str) -> Option<String> {
    let beside = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this test"))
        .join("../../../shared/data");
    let root = std::env::var_os("CARELOOM_DATA").map_or(beside, PathBuf::from);
    let found = std::fs::read_to_string(root.join("patch").join(name)).ok();
    if found.is_none() {
        let is_required = std::env::var_os("CARELOOM_DATA_REQUIRED").is_some_and(|v| v == "1");
        assert!(!is_required, "data/patch/{name} is not available but CARELOOM_DATA_REQUIRED=1");
        eprintln!("skipped: no data/patch/{name}; set CARELOOM_DATA");
    }
    found
}
