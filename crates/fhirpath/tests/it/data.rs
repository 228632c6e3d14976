//! Where the public suite lies; without it a test says so and skips, unless
//! `CARELOOM_DATA_REQUIRED=1`.

use std::path::{Path, PathBuf};

/// The folder of the FHIRPath suite, if it is there.
pub(crate) fn folder() -> Option<PathBuf> {
    let beside = Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this test"))
        .join("../../../shared/data");
    let data = std::env::var_os("CARELOOM_DATA").map_or(beside, PathBuf::from).join("fhirpath");
    if data.is_dir() {
        return Some(data);
    }
    let is_required = std::env::var_os("CARELOOM_DATA_REQUIRED").is_some_and(|v| v == "1");
    assert!(!is_required, "the fhirpath suite is not available but CARELOOM_DATA_REQUIRED=1");
    eprintln!("skipped: the fhirpath suite is not available");
    None
}

/// A resource of the suite as a tree: JSON, or XML read by the definitions' shape.
pub(crate) fn resource(path: &Path) -> fhir::Tree {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "json") {
        return fhir::Tree::parse(&bytes).unwrap();
    }
    let shape: &dyn fhir::xml::Shape = definitions::embedded();
    let read = fhir::xml::read(&bytes, shape);
    read.unwrap_or_else(|issues| panic!("{}: {issues:?}", path.display()))
}
