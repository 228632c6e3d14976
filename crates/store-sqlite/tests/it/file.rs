//! The file: kept across openings, refused when it is another program's, damaged rows reported.

use std::sync::Arc;

use rusqlite::Connection;
use store::contract::fixture::{
    GENDER, NAME, PATIENT, catalogue, found, is_token, item, key, put, search, string, token, write,
};
use store::{Catalogue, CommitError, ItemId, Store};
use store_sqlite::{Options, SqliteStore};

fn folder() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.db");
    (folder, path)
}

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    let (_folder, path) = folder();
    let a = key(PATIENT, "a");
    let mut last = i64::MIN;
    for round in 1..4u32 {
        let store: Arc<dyn Store> = Arc::new(super::open(&path));
        let entries = vec![token(GENDER, "g", &format!("round{round}")), string(NAME, "x")];
        let committed = put(&store, write(&a, "x", entries)).await;
        assert_eq!(committed.version.0, round);
        // The clock of each opening starts afresh, but the store's time goes on.
        assert!(committed.last_updated >= last);
        last = committed.last_updated;
        let ids = store.receive(vec![item("f", u64::from(round))]).await.unwrap();
        assert_eq!(ids, [ItemId(u64::from(round))]);
        assert_eq!(
            found(&store, &search(PATIENT, is_token(GENDER, &format!("g|round{round}")))).await,
            ["a"]
        );
        assert_eq!(found(&store, &search(PATIENT, is_token(GENDER, "g|"))).await, ["a"]);
    }
    assert!(!path.with_extension("db-wal").exists(), "closing empties the log");
}

#[tokio::test]
async fn parameters_may_be_numbered_anew() {
    let (_folder, path) = folder();
    let store: Arc<dyn Store> = Arc::new(super::open(&path));
    put(
        &store,
        write(&key(PATIENT, "a"), "x", vec![token(GENDER, "g", "f"), string(NAME, "anna")]),
    )
    .await;
    drop(store);
    // The definitions are rebuilt: another parameter comes first, all ids move by one.
    let mut catalogue = catalogue();
    let mut parameters = std::mem::take(&mut catalogue.parameters);
    parameters.insert(0, store::CatalogueParameter { code: "new", ..parameters[1].clone() });
    catalogue.parameters = parameters;
    let moved = search::ParameterId(GENDER.0 + 1);
    let store = SqliteStore::open(&path, &catalogue, Options::with_clock(super::clock())).unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    assert_eq!(found(&store, &search(PATIENT, is_token(moved, "g|f"))).await, ["a"]);
    assert!(
        found(&store, &search(PATIENT, is_token(search::ParameterId(0), "g|f"))).await.is_empty()
    );
}

#[test]
fn another_programs_file_is_refused() {
    let (_folder, path) = folder();
    let db = Connection::open(&path).unwrap();
    db.execute_batch("PRAGMA user_version = 3; CREATE TABLE theirs (x)").unwrap();
    drop(db);
    let opened =
        SqliteStore::open(&path, &Catalogue::default(), Options::with_clock(super::clock()));
    assert!(opened.is_err());

    let (_folder, path) = folder();
    std::fs::write(&path, b"this is no database at all, but long enough to look at").unwrap();
    let opened =
        SqliteStore::open(&path, &Catalogue::default(), Options::with_clock(super::clock()));
    assert!(opened.is_err());

    let (_folder, path) = folder();
    drop(super::open(&path));
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let opened =
        SqliteStore::open(&path, &Catalogue::default(), Options::with_clock(super::clock()));
    assert!(opened.is_err(), "a newer version's file");
}

#[tokio::test]
async fn damaged_rows_are_named() {
    let (_folder, path) = folder();
    let store: Arc<dyn Store> = Arc::new(super::open(&path));
    let (a, b) = (key(PATIENT, "a"), key(PATIENT, "b"));
    put(&store, write(&a, &"long enough to be compressed ".repeat(20), vec![])).await;
    put(&store, write(&b, "x", vec![])).await;
    drop(store);
    let db = Connection::open(&path).unwrap();
    db.execute_batch(
        "UPDATE version SET body = substr(body, 1, length(body) - 3) WHERE seq = 1;
         UPDATE version SET cut = 99999 WHERE seq = 2",
    )
    .unwrap();
    drop(db);
    let store: Arc<dyn Store> = Arc::new(super::open(&path));
    for (key, told) in [(&a, "row 1 in version.body"), (&b, "row 2 in version.cut")] {
        let error = store.read(key).await.unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_failing_disk_refuses_one_and_keeps_the_rest() {
    let (_folder, path) = folder();
    let store: Arc<dyn Store> = Arc::new(super::open(&path));
    // A trigger stands for a disk that fails on one row.
    let db = Connection::open(&path).unwrap();
    db.execute_batch(
        "CREATE TRIGGER failing BEFORE INSERT ON resource WHEN new.id = 'bad'
         BEGIN SELECT raise(ABORT, 'the disk failed'); END",
    )
    .unwrap();
    let commits: Vec<_> = (0..20)
        .map(|number| {
            let store = store.clone();
            let id = if number % 5 == 2 { "bad".to_owned() } else { format!("r{number}") };
            let entries = vec![token(GENDER, "g", &format!("code{number}"))];
            let change = write(&key(PATIENT, &id), "x", entries);
            let commit =
                async move { store.commit(store::contract::fixture::batch(vec![change])).await };
            (id, number, tokio::spawn(commit))
        })
        .collect();
    for (id, number, commit) in commits {
        let result = commit.await.unwrap();
        if id == "bad" {
            assert!(matches!(result, Err(CommitError::Store(_))), "{result:?}");
        } else {
            assert!(result.is_ok(), "{result:?}");
            let filter = is_token(GENDER, &format!("g|code{number}"));
            assert_eq!(found(&store, &search(PATIENT, filter)).await, [id]);
        }
    }
    assert_eq!(store.type_counts().await.unwrap(), [(PATIENT, 16)]);
}
