//! What concurrent callers may rely on.

use std::sync::Arc;

use fhir::VersionId;

use super::fixture::{IDENTIFIER, PATIENT, batch, found, is_token, key, put, search, token, write};
use crate::{Batch, Change, CommitError, Expected, Guard, GuardExpects, Store};

const CALLERS: usize = 16;

/// Commits from as many tasks at once.
async fn at_once(
    store: &Arc<dyn Store>,
    batches: Vec<Batch>,
) -> Vec<Result<Vec<crate::Committed>, CommitError>> {
    let tasks: Vec<_> = batches
        .into_iter()
        .map(|batch| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(batch).await })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

pub async fn one_update_wins(store: Arc<dyn Store>) {
    let key = key(PATIENT, "a");
    put(&store, write(&key, "first", vec![])).await;
    for round in 1..=10 {
        let expected = Expected::Version(VersionId(round));
        let update = |number| Change { expected, ..write(&key, &format!("by {number}"), vec![]) };
        let batches = (0..CALLERS).map(|number| batch(vec![update(number)])).collect();
        let results = at_once(&store, batches).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        for result in results.into_iter().filter_map(Result::err) {
            let told =
                matches!(result, CommitError::Expected(0, Some(VersionId(v))) if v == round + 1);
            assert!(told, "{result}");
        }
    }
}

pub async fn one_conditional_create_wins(store: Arc<dyn Store>) {
    for round in 0..10 {
        let code = format!("n{round}");
        let filter = is_token(IDENTIFIER, &format!("s|{code}"));
        let create = |number| Batch {
            guards: vec![Guard {
                search: search(PATIENT, filter.clone()),
                expects: GuardExpects::None,
            }],
            changes: vec![write(
                &key(PATIENT, &format!("p{round}-{number}")),
                "x",
                vec![token(IDENTIFIER, "s", &code)],
            )],
            outcomes: Vec::new(),
        };
        let results = at_once(&store, (0..CALLERS).map(create).collect()).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        assert_eq!(found(&store, &search(PATIENT, filter)).await.len(), 1);
    }
}

pub async fn a_caller_reads_what_it_wrote(store: Arc<dyn Store>) {
    let tasks: Vec<_> = (0..8)
        .map(|caller: u32| {
            let store = store.clone();
            tokio::spawn(async move {
                // Two callers share a resource: what is read is never older than what one wrote.
                let key = key(PATIENT, &format!("p{}", caller / 2));
                for _ in 0..40 {
                    let written = put(&store, write(&key, &format!("by {caller}"), vec![])).await;
                    for _ in 0..3 {
                        let read = store.read(&key).await.unwrap().unwrap();
                        assert!(read.version >= written.version);
                        tokio::task::yield_now().await;
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    for number in 0..4 {
        let key = key(PATIENT, &format!("p{number}"));
        assert_eq!(store.read(&key).await.unwrap().unwrap().version, VersionId(80));
    }
}

pub async fn failures_harm_no_neighbour(store: Arc<dyn Store>) {
    let change = |number: usize| {
        let mut change = write(&key(PATIENT, &format!("p{number}")), "x", vec![]);
        if number.is_multiple_of(3) {
            change.expected = Expected::Version(VersionId(9));
        }
        batch(vec![write(&key(PATIENT, &format!("q{number}")), "y", vec![]), change])
    };
    let results = at_once(&store, (0..60).map(change).collect()).await;
    for (number, result) in results.into_iter().enumerate() {
        assert_eq!(result.is_err(), number % 3 == 0);
        for name in ["p", "q"] {
            let read = store.read(&key(PATIENT, &format!("{name}{number}"))).await.unwrap();
            assert_eq!(read.is_none(), number % 3 == 0);
        }
    }
}
