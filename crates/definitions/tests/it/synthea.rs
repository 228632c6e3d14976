//! Synthea's Bundles, every twentieth, have the form that the definitions ask for.

use std::io::Read as _;

use definitions::embedded;

use crate::package::shared_data;

#[test]
fn synthea_bundles_have_no_issue() {
    let Some(folder) = shared_data("synthea") else { return };
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    for file in files.iter().step_by(20) {
        let mut text = Vec::new();
        let packed = std::fs::File::open(file).unwrap();
        flate2::read::GzDecoder::new(packed).read_to_end(&mut text).unwrap();
        let tree = fhir::Tree::parse(&text).unwrap();
        let issues = embedded().check_structure(tree.root());
        assert!(issues.is_empty(), "{}: {issues:#?}", file.display());
    }
}
