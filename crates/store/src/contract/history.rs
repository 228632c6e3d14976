//! History of the system, a type and a resource.

use std::sync::Arc;

use super::fixture::{OBSERVATION, PATIENT, delete, key, put, write};
use crate::{HistoryPage, HistoryScope, Method, Store, Stored};

fn names(versions: &[Stored]) -> Vec<String> {
    versions.iter().map(|each| format!("{}/{}", each.key, each.version)).collect()
}

async fn some_versions(store: &Arc<dyn Store>) {
    let (a, b, o) = (key(PATIENT, "a"), key(PATIENT, "b"), key(OBSERVATION, "a"));
    put(store, write(&a, "1", vec![])).await;
    put(store, write(&o, "1", vec![])).await;
    put(store, write(&b, "1", vec![])).await;
    put(store, write(&a, "2", vec![])).await;
    put(store, delete(&a)).await;
    put(store, delete(&key(PATIENT, "never"))).await;
}

const ALL: HistoryPage = HistoryPage { count: 100, before: None, since: None, until: None };

pub async fn three_levels(store: Arc<dyn Store>) {
    let empty = store.history(&HistoryScope::System, ALL).await.unwrap();
    assert_eq!((empty.versions.len(), empty.total, empty.next), (0, 0, None));
    some_versions(&store).await;
    let cases: [(HistoryScope, &[&str]); 5] = [
        (
            HistoryScope::System,
            &["Patient/a/3", "Patient/a/2", "Patient/b/1", "Observation/a/1", "Patient/a/1"],
        ),
        (
            HistoryScope::Type(PATIENT),
            &["Patient/a/3", "Patient/a/2", "Patient/b/1", "Patient/a/1"],
        ),
        (HistoryScope::Instance(key(PATIENT, "a")), &["Patient/a/3", "Patient/a/2", "Patient/a/1"]),
        (HistoryScope::Instance(key(PATIENT, "never")), &[]),
        (HistoryScope::Type(fhir::ResourceType::from_static("Nonsense")), &[]),
    ];
    for (scope, expected) in cases {
        let history = store.history(&scope, ALL).await.unwrap();
        assert_eq!(names(&history.versions), expected, "{scope:?}");
        assert_eq!((history.total, history.next), (expected.len() as u64, None), "{scope:?}");
    }
    let history = store.history(&HistoryScope::System, ALL).await.unwrap();
    assert_eq!((history.versions[0].method, &history.versions[0].body), (Method::Delete, &None));
    assert!(history.versions[1].body.is_some());
}

pub async fn pages(store: Arc<dyn Store>) {
    some_versions(&store).await;
    let scopes = [
        HistoryScope::System,
        HistoryScope::Type(PATIENT),
        HistoryScope::Instance(key(PATIENT, "a")),
    ];
    for scope in scopes {
        let whole = store.history(&scope, ALL).await.unwrap();
        for count in 1..=whole.versions.len() {
            let (mut seen, mut before) = (Vec::new(), None);
            loop {
                let page =
                    store.history(&scope, HistoryPage { count, before, ..ALL }).await.unwrap();
                assert!(page.versions.len() <= count);
                assert_eq!(page.total, whole.total);
                seen.extend(names(&page.versions));
                before = page.next;
                if before.is_none() {
                    break;
                }
            }
            assert_eq!(seen, names(&whole.versions), "{scope:?} by {count}");
        }
    }
    // What is written while somebody pages comes before the first page.
    let first =
        store.history(&HistoryScope::System, HistoryPage { count: 2, ..ALL }).await.unwrap();
    put(&store, write(&key(PATIENT, "late"), "1", vec![])).await;
    let rest = HistoryPage { before: first.next, ..ALL };
    let rest = store.history(&HistoryScope::System, rest).await.unwrap();
    assert_eq!(names(&rest.versions), ["Patient/b/1", "Observation/a/1", "Patient/a/1"]);
}

pub async fn times(store: Arc<dyn Store>) {
    some_versions(&store).await;
    let whole = store.history(&HistoryScope::System, ALL).await.unwrap().versions;
    let mut instants: Vec<i64> = whole.iter().map(|each| each.last_updated).collect();
    instants.extend([i64::MIN, instants[0] + 1000, i64::MAX]);
    for &instant in &instants {
        for (since, until) in
            [(Some(instant), None), (None, Some(instant)), (Some(instant), Some(instant))]
        {
            for scope in [HistoryScope::System, HistoryScope::Type(PATIENT)] {
                let within = |each: &&Stored| {
                    since.is_none_or(|since| each.last_updated >= since)
                        && until.is_none_or(|until| each.last_updated <= until)
                        && (scope == HistoryScope::System || each.key.resource_type == PATIENT)
                };
                let expected: Vec<Stored> = whole.iter().filter(within).cloned().collect();
                let page = HistoryPage { since, until, ..ALL };
                let history = store.history(&scope, page).await.unwrap();
                assert_eq!(names(&history.versions), names(&expected));
                assert_eq!(history.total, expected.len() as u64);
            }
        }
    }
}

pub async fn what_was_current(store: Arc<dyn Store>) {
    some_versions(&store).await;
    let whole = store.history(&HistoryScope::System, ALL).await.unwrap().versions;
    let mut instants: Vec<i64> = whole.iter().map(|each| each.last_updated).collect();
    instants.extend([i64::MIN, instants[0] + 1000]);
    instants.sort_unstable();
    for &low in &instants {
        for &high in instants.iter().filter(|high| **high >= low) {
            let was_current = |each: &&Stored| {
                let next = whole
                    .iter()
                    .find(|other| other.key == each.key && other.version.0 == each.version.0 + 1);
                each.last_updated <= high
                    && next.is_none_or(|next| next.last_updated > low)
                    && (each.body.is_some() || each.last_updated >= low)
            };
            for scope in [HistoryScope::System, HistoryScope::Type(PATIENT)] {
                let is_within = |each: &&Stored| {
                    scope == HistoryScope::System || each.key.resource_type == PATIENT
                };
                let expected: Vec<Stored> =
                    whole.iter().filter(was_current).filter(is_within).cloned().collect();
                let page = HistoryPage { until: Some(high), ..ALL };
                let history = store.history_of_current(&scope, page, low).await.unwrap();
                assert_eq!(names(&history.versions), names(&expected), "{low} {high}");
                assert_eq!(history.total, expected.len() as u64);
            }
        }
    }
}

pub async fn of_a_list(store: Arc<dyn Store>) {
    some_versions(&store).await;
    let keys = vec![key(PATIENT, "a"), key(PATIENT, "never"), key(OBSERVATION, "a")];
    let scope = HistoryScope::Among(keys);
    let history = store.history(&scope, ALL).await.unwrap();
    let expected = ["Patient/a/3", "Patient/a/2", "Observation/a/1", "Patient/a/1"];
    assert_eq!(names(&history.versions), expected);
    let first = store.history(&scope, HistoryPage { count: 3, ..ALL }).await.unwrap();
    assert_eq!(names(&first.versions), expected[..3]);
    assert_eq!(first.total, 4);
    let rest = HistoryPage { before: first.next, ..ALL };
    assert_eq!(names(&store.history(&scope, rest).await.unwrap().versions), expected[3..]);
    let none = store.history(&HistoryScope::Among(Vec::new()), ALL).await.unwrap();
    assert_eq!((none.total, none.next), (0, None));
}
