//! The Synthea Bundles of the shared data, for tests over real shapes and sizes.

use std::io::Read as _;
use std::path::PathBuf;

/// Up to `count` Bundles as JSON, or none (said aloud) where the data is not at hand.
pub(crate) fn bundles(count: usize) -> Vec<String> {
    let root = std::env::var_os("CARELOOM_DATA").map_or_else(
        || {
            PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this test"))
                .join("../../../shared/data")
        },
        PathBuf::from,
    );
    let Ok(folder) = std::fs::read_dir(root.join("synthea")) else {
        let required = std::env::var("CARELOOM_DATA_REQUIRED").is_ok_and(|value| value == "1");
        assert!(!required, "no Synthea data under {}", root.display());
        println!("skipped: no Synthea data under {}", root.display());
        return Vec::new();
    };
    let mut paths: Vec<_> = folder.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "gz"));
    paths.sort();
    paths.truncate(count);
    let read = |path: &PathBuf| {
        let file = std::fs::File::open(path).expect("a file of the data");
        let mut text = String::new();
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("gzip of UTF-8");
        text
    };
    paths.iter().map(read).collect()
}
