//! The file: kept across openings, refused when it is another program's, damaged rows reported.

use std::sync::Arc;

use rusqlite::Connection;
use store::contract::fixture::{
    GENDER, IDENTIFIER, NAME, PATIENT, PROFILE, catalogue, delete, found, is_token, item, key, put,
    search, string, token, write,
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

/// Whether `text` stands anywhere in the database or its log.
fn on_the_disk(path: &std::path::Path, text: &str) -> bool {
    [path.to_owned(), path.with_extension("db-wal")].iter().any(|path| {
        let bytes = std::fs::read(path).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn what_is_erased_is_on_no_page() {
    let (_folder, path) = folder();
    let store: Arc<dyn Store> = Arc::new(super::open(&path));
    let named = |name: &str| vec![token(IDENTIFIER, "s", name), string(NAME, name)];
    for number in 0..200 {
        let name = format!("bystander{number}");
        put(&store, write(&key(PATIENT, &name), "x", named(&name))).await;
    }
    // Written, moved by an update, deleted: each leaves its mark in other places.
    let gone = key(PATIENT, "Xerxesid");
    for name in ["Xerxesone", "Xerxestwo", "Xerxesthree"] {
        put(&store, write(&gone, name, named(name))).await;
    }
    put(&store, store::contract::fixture::delete(&gone)).await;
    put(&store, write(&gone, "Xerxesfour", named("Xerxesfour"))).await;
    let mut new = item("f", 1);
    new.subject = "Xerxessubject".into();
    new.bytes = "MSH|Xerxesbytes".repeat(3).into_bytes().into();
    new.acknowledgement = b"MSH|Xerxesanswer".to_vec();
    let id = store.receive(vec![new]).await.unwrap()[0];
    let mut entries = named("Xerxesfive");
    let text = search::IndexValue::TokenText("xerxes token".into());
    entries.push(search::IndexEntry { parameter: GENDER, value: text });
    entries.push(store::contract::fixture::uri(PROFILE, "http://xerxes.test/profile"));
    let mut change = write(&gone, "Xerxesfive", entries);
    change.lineage = Some(store::Lineage { item: id, ..store::Lineage::default() });
    put(&store, change).await;
    let outcome = store::ItemOutcome {
        id,
        at: 1,
        state: store::ItemState::Stored,
        cause: String::new(),
        note: String::new(),
    };
    store.settle(vec![outcome]).await.unwrap();
    // The words of the full text are there as well.
    let words = search::TextQuery::Phrase(["xerxesfive".into()].into());
    let part = search::TextPart::Content;
    let by_words = search(PATIENT, search::Expression::FullText { part, query: words });
    assert_eq!(found(&store, &by_words).await, ["Xerxesid"]);
    assert!(on_the_disk(&path, "Xerxes") && on_the_disk(&path, "xerxes token"));
    let erased = store.erase(store::Erasure::Resources(vec![gone.clone()])).await.unwrap();
    assert_eq!((erased.resources, erased.items), (1, 1));
    for text in ["Xerxes", "xerxes"] {
        assert!(!on_the_disk(&path, text), "{text} is still in the file");
    }
    assert!(on_the_disk(&path, "bystander"));
    assert!(found(&store, &by_words).await.is_empty());
}

#[tokio::test]
async fn a_search_has_a_deadline() {
    let (_folder, path) = folder();
    let mut options = Options::with_clock(super::clock());
    options.search_time_max = std::time::Duration::ZERO;
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path, &catalogue(), options).unwrap());
    for batch in 0..20 {
        let changes = (0..200).map(|number| {
            let id = format!("p{batch}-{number}");
            write(&key(PATIENT, &id), "x", vec![string(NAME, &format!("name {id}"))])
        });
        store.commit(store::contract::fixture::batch(changes.collect())).await.unwrap();
    }
    let contains = |text: &str| {
        let (modifier, text) = (search::Modifier::Contains, text.into());
        let folded = Box::clone(&text);
        let predicate = search::Predicate::String { modifier, text, folded };
        search(PATIENT, store::contract::fixture::compare(NAME, predicate))
    };
    for error in [
        store.search(&contains("none"), None).await.unwrap_err(),
        store.count(&contains("none")).await.unwrap_err(),
        store.explain(&contains("none")).await.unwrap_err(),
    ] {
        assert!(error.is_too_costly(), "{error}");
    }
    let told = store.search(&contains("none"), None).await.unwrap_err().to_string();
    assert!(told.contains("Patient") && told.contains("name:contains"), "{told}");
    // The reader is free again, and short reads are never stopped.
    assert!(store.read(&key(PATIENT, "p0-0")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_file_of_the_first_schema_is_brought_up_to_date() {
    let (_folder, path) = folder();
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../migrations/0001_start.sql")).unwrap();
    // A patient as the first version wrote it: a token and a string.
    old.execute_batch(
        "PRAGMA application_id = 1130459749; PRAGMA user_version = 1;
         INSERT INTO type (t, name, live, versions) VALUES (1, 'Patient', 1, 1);
         INSERT INTO parameter (p, t, code, kind) VALUES (1, 1, 'gender', 'token'),
             (2, 1, 'name', 'string'), (3, 1, 'gone', 'token');
         INSERT INTO uri (u, uri) VALUES (1, 'g');
         INSERT INTO code (c, u, code) VALUES (1, 1, 'x');
         INSERT INTO resource (rid, t, id, seq, version, updated, live, keys)
             VALUES (1, 1, 'a', 1, 1, 1000, 1, x'000202030408616e6e6100');
         INSERT INTO version (seq, rid, t, version, updated, method, form, cut, body)
             VALUES (1, 1, 1, 1, 1000, 2, 0, 47,
                 CAST('{\"resourceType\":\"Patient\",\"meta\":{\"versionId\":\"\"},\"note\":\"asthma\"}' AS BLOB));
         INSERT INTO index_token (p, c, rid) VALUES (1, 1, 1);
         INSERT INTO index_string (p, folded, text, rid) VALUES (2, 'anna', '', 1);",
    )
    .unwrap();
    drop(old);
    let store: Arc<dyn Store> = Arc::new(super::open(&path));
    let by_gender = search(PATIENT, is_token(GENDER, "g|x"));
    assert_eq!(found(&store, &by_gender).await, ["a"]);
    assert_eq!(store.count(&by_gender).await.unwrap(), 1);
    // Everything was indexed in the old way, and that is told.
    let told = store.parameter_states().await.unwrap();
    assert!(told.iter().any(|state| (state.resource_type, state.parameter) == (PATIENT, GENDER)));
    // Written anew, its old rows go.
    put(&store, write(&key(PATIENT, "a"), "x", vec![token(GENDER, "g", "y")])).await;
    assert!(found(&store, &by_gender).await.is_empty());
    assert_eq!(store.count(&by_gender).await.unwrap(), 0);
    let anna = search::Predicate::String {
        modifier: search::Modifier::Plain,
        text: "anna".into(),
        folded: "anna".into(),
    };
    let by_name = search(PATIENT, store::contract::fixture::compare(NAME, anna));
    assert!(found(&store, &by_name).await.is_empty());
}

#[tokio::test]
async fn rows_made_by_another_rule_are_told() {
    let (_folder, path) = folder();
    let open = |catalogue: &Catalogue| -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(&path, catalogue, Options::with_clock(super::clock())).unwrap())
    };
    let mut catalogue = catalogue();
    let store = open(&catalogue);
    put(&store, write(&key(PATIENT, "a"), "x", vec![string(NAME, "anna")])).await;
    drop(store);
    catalogue.parameters[NAME.0 as usize].fingerprint = 2;
    for _ in 0..2 {
        // Until it is done, every opening tells it.
        let states = open(&catalogue).parameter_states().await.unwrap();
        assert_eq!(states.len(), 1, "of a person only, since there is no organisation");
        assert_eq!((states[0].resource_type, states[0].parameter), (PATIENT, NAME));
    }
    let store = open(&catalogue);
    let states = store.parameter_states().await.unwrap();
    store.complete(states).await.unwrap();
    drop(store);
    assert_eq!(open(&catalogue).parameter_states().await.unwrap(), []);
}

#[tokio::test]
async fn parameters_kept_in_the_store_stay_whole_over_a_start() {
    let (_folder, path) = folder();
    let open = || -> Arc<dyn Store> {
        let options = Options::with_clock(super::clock());
        Arc::new(SqliteStore::open(&path, &catalogue(), options).unwrap())
    };
    let mut more = catalogue();
    more.parameters.push(store::CatalogueParameter {
        code: "eye-colour",
        kind: store::ParameterKind::Token,
        base: vec![PATIENT],
        canonical_targets: Vec::new(),
        fingerprint: 7,
    });
    let store = open();
    put(&store, write(&key(PATIENT, "a"), "x", vec![])).await;
    store.put_in_force(more.clone()).await.unwrap();
    store.complete(store.parameter_states().await.unwrap()).await.unwrap();
    drop(store);
    // The start knows only what is built in; then the rest is read and put in force.
    let store = open();
    store.put_in_force(more.clone()).await.unwrap();
    assert_eq!(store.parameter_states().await.unwrap(), [], "its rows are all there");
    // Withdrawn and back again, what was written meanwhile may lack rows.
    store.put_in_force(catalogue()).await.unwrap();
    drop(store);
    let store = open();
    store.put_in_force(more).await.unwrap();
    assert_eq!(store.parameter_states().await.unwrap().len(), 1);
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

/// The files as a crash at this moment would leave them.
fn crash_image(folder: &std::path::Path) -> tempfile::TempDir {
    let image = tempfile::tempdir().unwrap();
    for name in ["file.db", "file.db-wal"] {
        std::fs::copy(folder.join(name), image.path().join(name)).unwrap();
    }
    image
}

/// Index rows that were put off outlive a crash, a search finds them, and a change of mind before
/// they were written leaves no row behind.
#[tokio::test]
async fn index_rows_that_were_put_off_are_not_lost() {
    let (folder, path) = folder();
    let shared: Arc<dyn Store> = Arc::new(super::open(&path));
    let write_all = async |store: &Arc<dyn Store>, code: &str| {
        for number in 0..40 {
            let entries = vec![token(GENDER, "g", code), string(NAME, &format!("name {number}"))];
            put(store, write(&key(PATIENT, &format!("p{number}")), code, entries)).await;
        }
    };
    let by_code = |code: &str| search(PATIENT, is_token(GENDER, &format!("g|{code}")));
    write_all(&shared, "first").await;
    write_all(&shared, "second").await;
    put(&shared, delete(&key(PATIENT, "p0"))).await;
    let image = crash_image(folder.path());
    let after: Arc<dyn Store> = Arc::new(super::open(&image.path().join("file.db")));
    for store in [&shared, &after] {
        assert_eq!(found(store, &by_code("first")).await, Vec::<String>::new());
        assert_eq!(found(store, &by_code("second")).await.len(), 39);
    }
    // Once somebody searches, rows are written with their group; either way is the same.
    write_all(&shared, "third").await;
    assert_eq!(found(&shared, &by_code("third")).await.len(), 40);
    assert_eq!(found(&shared, &by_code("second")).await, Vec::<String>::new());
}
