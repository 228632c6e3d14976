//! The contract that every backend fulfils.

use std::sync::Arc;

use store::Store;

async fn make() -> (Arc<dyn Store>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Arc::new(super::open(&folder.path().join("test.db"))), folder)
}

store::contract_tests!(make);
