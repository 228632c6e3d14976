//! Versions, conditions, and batches that are all or nothing.

use std::sync::Arc;

use fhir::VersionId;
use search::{Expression, TextPart, TextQuery};

use super::fixture::{
    ENCOUNTER, FIRST, IDENTIFIER, OBSERVATION, ORGANIZATION, PATIENT, batch, body, delete, found,
    is_token, item, key, put, search, token, write,
};
use crate::{
    Batch, ChangeKind, CommitError, Expected, Guard, GuardExpects, ItemOutcome, ItemState, Method,
    Store,
};

pub async fn create_read_update_delete(store: Arc<dyn Store>) {
    for id in ["a", "0b6dfd9c-67cb-4a44-9b3b-7c1a3d5e8f01", "0B6DFD9C-67CB-4A44-9B3B-7C1A3D5E8F01"]
    {
        let key = key(PATIENT, id);
        assert!(store.read(&key).await.unwrap().is_none());
        assert!(store.read_version(&key, FIRST).await.unwrap().is_none());
        let mut bodies = Vec::new();
        for (number, created) in [(1, true), (2, false)] {
            let change = write(&key, &format!("text {number}"), vec![]);
            let committed = put(&store, change.clone()).await;
            assert_eq!((committed.version.0, committed.created), (number, created));
            assert_eq!(committed.last_updated % 1000, 0, "whole milliseconds");
            bodies.push(body(&change, committed));
            let read = store.read(&key).await.unwrap().unwrap();
            assert_eq!(
                (read.version, read.last_updated),
                (committed.version, committed.last_updated)
            );
            assert_eq!((read.key, read.method), (key.clone(), Method::Put));
            assert_eq!(read.body.as_deref(), bodies.last().map(Vec::as_slice));
        }
        let gone = put(&store, delete(&key)).await;
        assert_eq!((gone.version.0, gone.created), (3, false));
        let read = store.read(&key).await.unwrap().unwrap();
        assert_eq!((read.version.0, read.method, read.body), (3, Method::Delete, None));
        let again = put(&store, delete(&key)).await;
        assert_eq!((again.version.0, again.created), (0, false), "nothing is written");
        let back = put(&store, write(&key, "back", vec![])).await;
        assert_eq!((back.version.0, back.created), (4, true));
        for (number, body) in (1..).zip(&bodies) {
            let read = store.read_version(&key, VersionId(number)).await.unwrap().unwrap();
            assert_eq!(read.body.as_deref(), Some(body.as_slice()));
        }
        assert!(store.read_version(&key, VersionId(3)).await.unwrap().unwrap().body.is_none());
        assert!(store.read_version(&key, VersionId(5)).await.unwrap().is_none());
        assert!(store.read_version(&key, VersionId(0)).await.unwrap().is_none());
    }
    let keys = [key(PATIENT, "none"), key(PATIENT, "a"), key(OBSERVATION, "a"), key(PATIENT, "a")];
    let many = store.read_many(&keys).await.unwrap();
    let versions: Vec<_> =
        many.iter().map(|each| each.as_ref().map(|each| each.version.0)).collect();
    assert_eq!(versions, [None, Some(4), None, Some(4)]);
}

pub async fn what_is_expected(store: Arc<dyn Store>) {
    // What stands there: nothing, version 1, version 2 (deleted); what is expected; what is found.
    let (v1, v2) = (Expected::Version(FIRST), Expected::Version(VersionId(2)));
    let cases: [(u8, Expected, Result<(), Option<u32>>); 12] = [
        (0, Expected::Any, Ok(())),
        (0, Expected::Absent, Ok(())),
        (0, v1, Err(None)),
        (0, Expected::Version(VersionId(0)), Err(None)),
        (1, Expected::Any, Ok(())),
        (1, Expected::Absent, Err(Some(1))),
        (1, v1, Ok(())),
        (1, v2, Err(Some(1))),
        (2, Expected::Any, Ok(())),
        (2, Expected::Absent, Ok(())),
        (2, v1, Err(None)),
        (2, v2, Err(None)),
    ];
    for (number, (before, expected, outcome)) in cases.into_iter().enumerate() {
        for deletes in [false, true] {
            let key = key(PATIENT, &format!("case-{number}-{deletes}"));
            if before > 0 {
                put(&store, write(&key, "one", vec![])).await;
            }
            if before > 1 {
                put(&store, delete(&key)).await;
            }
            let mut change = if deletes { delete(&key) } else { write(&key, "new", vec![]) };
            change.expected = expected;
            match (store.commit(batch(vec![change])).await, outcome) {
                (Ok(_), Ok(())) => {}
                (Err(CommitError::Expected(0, version)), Err(told)) => {
                    assert_eq!(version.map(|version| version.0), told, "case {number}");
                }
                (result, _) => panic!("case {number}: {result:?}"),
            }
        }
    }
}

pub async fn all_or_nothing(store: Arc<dyn Store>) {
    let ids = store.receive(vec![item("f", 1)]).await.unwrap();
    let (good, bad) = (key(PATIENT, "good"), key(PATIENT, "bad"));
    let entry = token(IDENTIFIER, "s", "1");
    let mut second = write(&bad, "bad", vec![]);
    second.expected = Expected::Version(FIRST);
    let outcome = ItemOutcome {
        id: ids[0],
        at: 1,
        state: ItemState::Stored,
        cause: String::new(),
        note: String::new(),
    };
    let refused = Batch {
        changes: vec![write(&good, "good", vec![entry]), second],
        outcomes: vec![outcome],
        ..Batch::default()
    };
    let result = store.commit(refused).await;
    assert!(matches!(result, Err(CommitError::Expected(1, None))), "{result:?}");
    assert!(store.read(&good).await.unwrap().is_none());
    assert!(found(&store, &search(PATIENT, is_token(IDENTIFIER, "s|1"))).await.is_empty());
    assert_eq!(store.item(ids[0]).await.unwrap().unwrap().0.content.state, ItemState::Waiting);
    // The next version is the first: the refused one left no number behind.
    assert_eq!(put(&store, write(&good, "good", vec![])).await.version, FIRST);
}

pub async fn guards(store: Arc<dyn Store>) {
    let (a, b) = (key(PATIENT, "a"), key(PATIENT, "b"));
    let guard = |code: &str, expects| Guard {
        search: search(PATIENT, is_token(IDENTIFIER, &format!("s|{code}"))),
        expects,
    };
    put(&store, write(&a, "a", vec![token(IDENTIFIER, "s", "1")])).await;
    let twice = token(IDENTIFIER, "s", "2");
    put(&store, write(&a, "a", vec![token(IDENTIFIER, "s", "1"), twice.clone()])).await;
    put(&store, write(&b, "b", vec![twice])).await;
    let cases = [
        ("1", GuardExpects::None, false),
        ("1", GuardExpects::Only(a.clone()), true),
        ("1", GuardExpects::Only(b.clone()), false),
        ("1", GuardExpects::Only(key(PATIENT, "never")), false),
        ("2", GuardExpects::None, false),
        ("2", GuardExpects::Only(a.clone()), false),
        ("2", GuardExpects::Only(b), false),
        ("3", GuardExpects::None, true),
        ("3", GuardExpects::Only(a), false),
    ];
    for (number, (code, expects, holds)) in cases.into_iter().enumerate() {
        let target = key(ORGANIZATION, &format!("o{number}"));
        let guards = vec![guard("none", GuardExpects::None), guard(code, expects)];
        let changes = vec![write(&target, "x", vec![])];
        let result = store.commit(Batch { guards, changes, ..Batch::default() }).await;
        assert_eq!(result.is_ok(), holds, "case {number}");
        if !holds {
            assert!(matches!(result, Err(CommitError::Guard(1))), "case {number}: {result:?}");
        }
        assert_eq!(store.read(&target).await.unwrap().is_some(), holds, "case {number}");
    }
}

/// A condition on words sees what was written just before, even in the same moment.
pub async fn guards_on_words(store: Arc<dyn Store>) {
    let says = |word: &str| {
        let query = TextQuery::Phrase(vec![word.into()]);
        let filter = Expression::FullText { part: TextPart::Content, query };
        search(PATIENT, filter)
    };
    let (a, b) = (key(PATIENT, "a"), key(PATIENT, "b"));
    put(&store, write(&a, "asthma", vec![])).await;
    put(&store, write(&b, "asthma", vec![])).await;
    put(&store, write(&b, "gout", vec![])).await;
    let cases = [
        ("asthma", GuardExpects::None, false),
        ("asthma", GuardExpects::Only(a.clone()), true),
        ("asthma", GuardExpects::Only(b.clone()), false),
        ("gout", GuardExpects::Only(b), true),
        ("mumps", GuardExpects::None, true),
    ];
    for (number, (word, expects, holds)) in cases.into_iter().enumerate() {
        let guards = vec![Guard { search: says(word), expects }];
        let changes = vec![write(&key(ORGANIZATION, &format!("o{number}")), word, vec![])];
        let result = store.commit(Batch { guards, changes, ..Batch::default() }).await;
        assert_eq!(result.is_ok(), holds, "case {number}: {result:?}");
    }
    let mut created = tokio::task::JoinSet::new();
    for number in 0..16 {
        let store = Arc::clone(&store);
        let guards = vec![Guard { search: says("measles"), expects: GuardExpects::None }];
        created.spawn(async move {
            let changes = vec![write(&key(PATIENT, &format!("m{number}")), "measles", vec![])];
            store.commit(Batch { guards, changes, ..Batch::default() }).await
        });
    }
    let results = created.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert_eq!(found(&store, &says("measles")).await.len(), 1);
}

pub async fn times_never_go_back(store: Arc<dyn Store>) {
    let mut last = i64::MIN;
    for number in 0..50 {
        let committed =
            put(&store, write(&key(PATIENT, &format!("p{}", number % 7)), "x", vec![])).await;
        assert!(committed.last_updated >= last);
        last = committed.last_updated;
    }
}

pub async fn misuse_is_refused(store: Arc<dyn Store>) {
    let a = key(PATIENT, "a");
    let twice = batch(vec![write(&a, "1", vec![]), write(&a, "2", vec![])]);
    assert!(matches!(store.commit(twice).await, Err(CommitError::Store(_))));
    let unknown = key(fhir::ResourceType::from_static("Nonsense"), "a");
    match store.commit(batch(vec![write(&unknown, "1", vec![])])).await {
        Err(CommitError::Store(error)) => assert!(error.is_unsupported(), "{error}"),
        other => panic!("{other:?}"),
    }
    assert!(store.read(&unknown).await.unwrap().is_none());
    // A parameter that the type does not have cannot be indexed.
    let foreign = batch(vec![write(&key(ENCOUNTER, "e"), "1", vec![token(IDENTIFIER, "s", "1")])]);
    assert!(store.commit(foreign).await.is_err());
    assert!(store.read(&a).await.unwrap().is_none());
    assert!(store.commit(Batch::default()).await.unwrap().is_empty());
}

pub async fn many_at_once(store: Arc<dyn Store>) {
    let keys: Vec<_> = (0..700).map(|number| key(OBSERVATION, &format!("o{number}"))).collect();
    let mut changes: Vec<_> =
        keys.iter().map(|key| write(key, &format!("text of {key}"), vec![])).collect();
    if let ChangeKind::Write { method, .. } = &mut changes[0].kind {
        *method = Method::Post;
    }
    let committed = store.commit(batch(changes.clone())).await.unwrap();
    let read = store.read_many(&keys).await.unwrap();
    for ((change, committed), read) in changes.iter().zip(committed).zip(read) {
        assert_eq!(read.unwrap().body.as_deref(), Some(body(change, committed).as_slice()));
    }
    assert_eq!(store.read(&keys[0]).await.unwrap().unwrap().method, Method::Post);
}

pub async fn counts_by_type(store: Arc<dyn Store>) {
    for (number, resource_type) in [PATIENT, PATIENT, OBSERVATION].into_iter().enumerate() {
        put(&store, write(&key(resource_type, &format!("r{number}")), "x", vec![])).await;
    }
    put(&store, write(&key(PATIENT, "r0"), "again", vec![])).await;
    put(&store, delete(&key(PATIENT, "r1"))).await;
    put(&store, delete(&key(OBSERVATION, "r2"))).await;
    assert_eq!(store.type_counts().await.unwrap(), [(PATIENT, 1)]);
}
