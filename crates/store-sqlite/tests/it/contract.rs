//! The contract that every backend fulfils.

use std::sync::Arc;

use store::Store;

#[expect(clippy::unused_async, reason = "a backend may have to wait to open")]
async fn make() -> (Arc<dyn Store>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Arc::new(super::open(&folder.path().join("test.db"))), folder)
}

store::contract_tests!(make);
