//! Jobs, scans, reindexing and parameters put in force.

use std::sync::Arc;

use search::{Indexed, ParameterId};

use super::fixture::{
    CODE, DATE, GENDER, NAME, OBSERVATION, PATIENT, PROFILE, SUBJECT, catalogue, delete, found,
    is_token, key, put, reference, search, string, token, uri, write,
};
use crate::{
    Catalogue, CatalogueParameter, Job, ParameterKind, ParameterState, Reindexed, ResourceKey,
    ScanPart, Store,
};

pub async fn kept_until_removed(store: Arc<dyn Store>) {
    let job = |id: &str, created, done| Job {
        id: id.into(),
        kind: "export".into(),
        done,
        created,
        updated: created,
        state: vec![0, 255, created as u8].into(),
    };
    assert_eq!(store.job("a").await.unwrap(), None);
    for job in [job("b", 2, false), job("a", 1, false), job("c", 3, true)] {
        store.save_job(job).await.unwrap();
    }
    let ids = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.id).collect::<Vec<_>>().join(" ");
    assert_eq!(ids(store.jobs(false).await.unwrap()), "a b c");
    assert_eq!(ids(store.jobs(true).await.unwrap()), "a b");
    let changed = Job { done: true, state: Box::default(), updated: 9, ..job("a", 1, true) };
    store.save_job(changed.clone()).await.unwrap();
    assert_eq!(store.job("a").await.unwrap(), Some(changed));
    assert_eq!(ids(store.jobs(true).await.unwrap()), "b");
    for _ in 0..2 {
        store.remove_job("a").await.unwrap();
        assert_eq!(ids(store.jobs(false).await.unwrap()), "b c");
    }
}

const PART: ScanPart = ScanPart { resource_type: PATIENT, after: None, since: None, limit: 3 };

async fn scanned(store: &Arc<dyn Store>, mut part: ScanPart) -> String {
    let mut ids = Vec::new();
    loop {
        let scanned = store.scan(part).await.unwrap();
        assert!(scanned.resources.len() <= part.limit.max(1));
        ids.extend(scanned.resources.into_iter().map(|each| each.key.id.to_string()));
        part.after = scanned.next;
        if part.after.is_none() {
            return ids.join(" ");
        }
    }
}

pub async fn scans(store: Arc<dyn Store>) {
    assert_eq!(scanned(&store, PART).await, "");
    let mut last = 0;
    for id in ["d", "a", "c", "b", "gone", "e"] {
        put(&store, write(&key(OBSERVATION, id), "x", vec![])).await;
        last = put(&store, write(&key(PATIENT, id), "x", vec![])).await.last_updated;
    }
    put(&store, delete(&key(PATIENT, "gone"))).await;
    for limit in [0, 1, 2, 3, 100] {
        assert_eq!(scanned(&store, ScanPart { limit, ..PART }).await, "d a c b e", "{limit}");
    }
    // An update stays in its place; what is new comes later.
    let first = store.scan(PART).await.unwrap();
    // The next millisecond, so that the time tells them apart.
    let mut since = last;
    while since == last {
        since = put(&store, write(&key(PATIENT, "d"), "y", vec![])).await.last_updated;
    }
    put(&store, write(&key(PATIENT, "new"), "y", vec![])).await;
    assert_eq!(scanned(&store, ScanPart { after: first.next, ..PART }).await, "b e new");
    assert_eq!(scanned(&store, ScanPart { since: Some(since), ..PART }).await, "d new");
    let nonsense = fhir::ResourceType::from_static("Nonsense");
    assert_eq!(scanned(&store, ScanPart { resource_type: nonsense, ..PART }).await, "");
}

fn with(parameter: CatalogueParameter) -> Catalogue {
    let mut catalogue = catalogue();
    catalogue.parameters.push(parameter);
    catalogue
}

fn custom(kind: ParameterKind, base: Vec<fhir::ResourceType>) -> CatalogueParameter {
    CatalogueParameter {
        code: "eye-colour",
        kind,
        base,
        canonical_targets: Vec::new(),
        fingerprint: 7,
    }
}

async fn building(store: &Arc<dyn Store>) -> Vec<ParameterState> {
    store.parameter_states().await.unwrap()
}

async fn reindex(
    store: &Arc<dyn Store>,
    key: &ResourceKey,
    parameter: ParameterId,
    indexed: Indexed,
) -> u64 {
    let version = store.read(key).await.unwrap().unwrap().version;
    let row = Reindexed { key: key.clone(), version, parameters: vec![parameter], indexed };
    store.reindex(vec![row]).await.unwrap()
}

pub async fn parameters_put_in_force(store: Arc<dyn Store>) {
    let new = ParameterId(catalogue().parameters.len() as u32);
    let (a, b) = (key(PATIENT, "a"), key(PATIENT, "b"));
    let eyes = |colour: &str| search(PATIENT, is_token(new, colour));
    put(&store, write(&a, "x", vec![token(GENDER, "g", "x")])).await;
    assert_eq!(building(&store).await, []);
    // Of types that nothing is stored of, nothing is missing.
    store.put_in_force(with(custom(ParameterKind::Token, vec![OBSERVATION]))).await.unwrap();
    assert_eq!(building(&store).await, []);
    store.put_in_force(with(custom(ParameterKind::Token, vec![PATIENT]))).await.unwrap();
    let states = building(&store).await;
    assert_eq!(states.len(), 1);
    assert_eq!((states[0].resource_type, states[0].parameter), (PATIENT, new));
    // What is written from now on has its rows; what was there before gets them.
    put(&store, write(&b, "x", vec![token(new, "", "blue")])).await;
    assert_eq!(found(&store, &eyes("blue")).await, ["b"]);
    let blue = Indexed::from(vec![token(new, "", "blue")]);
    assert_eq!(reindex(&store, &a, new, blue.clone()).await, 1);
    assert_eq!(found(&store, &eyes("blue")).await, ["a", "b"]);
    assert_eq!(found(&store, &search(PATIENT, is_token(GENDER, "g|x"))).await, ["a"]);
    // A version that is no longer current is left alone.
    let old = store.read(&a).await.unwrap().unwrap().version;
    put(&store, write(&a, "y", vec![token(new, "", "green")])).await;
    let late = Reindexed { key: a.clone(), version: old, parameters: vec![new], indexed: blue };
    assert_eq!(store.reindex(vec![late]).await.unwrap(), 0);
    assert_eq!(found(&store, &eyes("blue")).await, ["b"]);
    store.complete(states.clone()).await.unwrap();
    assert_eq!(building(&store).await, []);
    // Put in force as it is: nothing to do. By another definition: again, and told apart.
    store.put_in_force(with(custom(ParameterKind::Token, vec![PATIENT]))).await.unwrap();
    assert_eq!(building(&store).await, []);
    let other =
        CatalogueParameter { fingerprint: 8, ..custom(ParameterKind::Token, vec![PATIENT]) };
    store.put_in_force(with(other)).await.unwrap();
    store.complete(states).await.unwrap();
    assert_eq!(building(&store).await.len(), 1, "an older state completes nothing");
    assert_eq!(reindex(&store, &b, new, Indexed::default()).await, 1);
    assert!(found(&store, &eyes("blue")).await.is_empty());
}

pub async fn kinds_that_change(store: Arc<dyn Store>) {
    let new = ParameterId(catalogue().parameters.len() as u32);
    let a = key(PATIENT, "a");
    store.put_in_force(with(custom(ParameterKind::Token, vec![PATIENT]))).await.unwrap();
    put(&store, write(&a, "x", vec![token(new, "", "blue"), string(NAME, "anna")])).await;
    store.put_in_force(with(custom(ParameterKind::String, vec![PATIENT]))).await.unwrap();
    assert_eq!(building(&store).await.len(), 1);
    let named = |text: &str| {
        let (modifier, text) = (search::Modifier::Plain, text.into());
        let folded = Box::clone(&text);
        search(
            PATIENT,
            super::fixture::compare(new, search::Predicate::String { modifier, text, folded }),
        )
    };
    assert!(found(&store, &named("blue")).await.is_empty(), "the rows of the old kind are gone");
    assert_eq!(reindex(&store, &a, new, vec![string(new, "Blue eyes")].into()).await, 1);
    assert_eq!(found(&store, &named("blue")).await, ["a"]);
    // Withdrawn: what still comes with values of it is written without them.
    store.put_in_force(with(custom(ParameterKind::String, vec![]))).await.unwrap();
    assert_eq!(building(&store).await, []);
    put(&store, write(&a, "y", vec![string(new, "Blue eyes")])).await;
    assert!(store.search(&named("blue"), None).await.unwrap_err().is_unsupported());
    // Back again: what was written meanwhile has no rows, and that is told.
    store.put_in_force(with(custom(ParameterKind::String, vec![PATIENT]))).await.unwrap();
    assert_eq!(building(&store).await.len(), 1);
    let stranger = Reindexed {
        key: a.clone(),
        version: store.read(&a).await.unwrap().unwrap().version,
        parameters: vec![new],
        indexed: vec![token(CODE, "", "x")].into(),
    };
    assert!(store.reindex(vec![stranger]).await.unwrap_err().is_unsupported());
}

pub async fn rows_of_what_is_gone(store: Arc<dyn Store>) {
    let new = ParameterId(catalogue().parameters.len() as u32);
    let (a, b) = (key(PATIENT, "a"), key(PATIENT, "b"));
    let in_force = || with(custom(ParameterKind::Token, vec![PATIENT]));
    let withdrawn = || with(custom(ParameterKind::Token, vec![]));
    let left = async || store.leftovers().await.unwrap();
    store.put_in_force(in_force()).await.unwrap();
    for key in [&a, &b] {
        let entries = vec![token(new, "", "blue"), token(GENDER, "g", "x")];
        put(&store, write(key, "x", entries)).await;
    }
    assert_eq!(left().await, []);
    store.put_in_force(withdrawn()).await.unwrap();
    let told = left().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].resource_type, PATIENT);
    // One is reindexed for nothing: its rows go, and only those.
    let version = store.read(&a).await.unwrap().unwrap().version;
    let row =
        Reindexed { key: a.clone(), version, parameters: Vec::new(), indexed: Indexed::default() };
    assert_eq!(store.reindex(vec![row]).await.unwrap(), 1);
    store.put_in_force(in_force()).await.unwrap();
    assert_eq!(left().await, [], "what is back is no leftover");
    assert_eq!(found(&store, &search(PATIENT, is_token(new, "blue"))).await, ["b"]);
    assert_eq!(found(&store, &search(PATIENT, is_token(GENDER, "g|x"))).await, ["a", "b"]);
    // Gone again, it is another leftover than the first.
    store.put_in_force(withdrawn()).await.unwrap();
    store.clear(told).await.unwrap();
    let again = left().await;
    assert_eq!(again.len(), 1, "an older state clears nothing");
    store.clear(again).await.unwrap();
    assert_eq!(left().await, []);
}

pub async fn scans_of_what_was_deleted(store: Arc<dyn Store>) {
    for id in ["a", "b", "c", "d"] {
        put(&store, write(&key(PATIENT, id), "1", vec![])).await;
    }
    // What is only referred to was never there, so it was never deleted.
    let refers = reference(SUBJECT, &key(PATIENT, "never"));
    put(&store, write(&key(OBSERVATION, "o"), "1", vec![refers])).await;
    for id in ["a", "c", "d"] {
        put(&store, delete(&key(PATIENT, id))).await;
    }
    put(&store, write(&key(PATIENT, "d"), "again", vec![])).await;
    for limit in 1..4 {
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let part = ScanPart { resource_type: PATIENT, after, since: None, limit };
            let scanned = store.scan_deleted(part).await.unwrap();
            assert!(scanned.resources.len() <= limit);
            assert!(scanned.resources.iter().all(|each| each.body.is_none()));
            ids.extend(scanned.resources.into_iter().map(|each| each.key.id.to_string()));
            after = scanned.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(ids, ["a", "c"], "by {limit}");
    }
}

pub async fn values_of_parameters(store: Arc<dyn Store>) {
    let code = |system, code| token(CODE, system, code);
    for (id, entries) in [
        ("a", vec![code("s", "1"), code("", "1"), uri(PROFILE, "http://p/1")]),
        ("b", vec![code("s", "1"), code("t", "2"), uri(PROFILE, "http://p/2")]),
        ("c", vec![code("s", "only c")]),
    ] {
        put(&store, write(&key(OBSERVATION, id), "x", entries)).await;
    }
    put(&store, delete(&key(OBSERVATION, "c"))).await;
    let values = async |parameter, limit| {
        let values = store.values(OBSERVATION, parameter, limit).await.unwrap();
        let mut texts: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        texts.sort();
        texts
    };
    let expected = |entries: &[search::IndexEntry]| {
        let mut texts: Vec<String> =
            entries.iter().map(|entry| format!("{:?}", entry.value)).collect();
        texts.sort();
        texts
    };
    assert_eq!(values(CODE, 9).await, expected(&[code("s", "1"), code("", "1"), code("t", "2")]));
    assert_eq!(
        values(PROFILE, 9).await,
        expected(&[uri(PROFILE, "http://p/1"), uri(PROFILE, "http://p/2")])
    );
    assert_eq!(values(CODE, 2).await.len(), 2);
    assert!(store.values(PATIENT, PROFILE, 9).await.unwrap().is_empty());
    assert!(store.values(OBSERVATION, DATE, 9).await.unwrap_err().is_unsupported());
}
