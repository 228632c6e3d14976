//! Random operations on the store and on the contract's oracle, compared after each.

mod resources;
mod searches;

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_oneof, proptest};
use search::{
    Branch, Contained, ContainedAnswer, Expression, IndexEntry, Indexed, SortBy, SortKey, SortOrder,
};
use store::contract::fixture::{
    BIRTHDATE, CODE, DATE, GENDER, IDENTIFIER, NAME, OBSERVATION, ORGANIZATION, PATIENT, PROFILE,
    SCORE, VALUE, batch, delete, search, write_narrated,
};
use store::contract::model::{Model, Resource};
use store::{ResourceKey, Store};

use resources::{
    any_key, contained, key_of, observation_entries, organization_entries, patient_entries,
};
use searches::{
    asked, branch, observation_filter, organization_filter, patient_filter, prose, sort,
};

#[derive(Clone, Debug)]
enum Operation {
    Write(ResourceKey, Indexed, &'static str),
    Delete(ResourceKey),
    Search(Vec<Branch>, Contained),
}

fn operation() -> impl Strategy<Value = Operation> {
    let patient_sort = || sort(&[IDENTIFIER, GENDER, NAME, BIRTHDATE, PROFILE]);
    let patients = branch(PATIENT, patient_filter(), patient_sort());
    let observations = branch(OBSERVATION, observation_filter(), sort(&[CODE, DATE, VALUE, SCORE]));
    let organizations = branch(ORGANIZATION, organization_filter(), sort(&[NAME]));
    // Several types have the keys in common that all have.
    let common = |keys: Vec<bool>| -> Vec<SortKey> {
        let key = |up| SortKey {
            by: SortBy::Id,
            order: if up { SortOrder::Ascending } else { SortOrder::Descending },
        };
        keys.into_iter().map(key).collect()
    };
    let several =
        (patient_filter(), observation_filter(), organization_filter(), vec(any::<bool>(), 0..2))
            .prop_map(move |(patients, observations, organizations, keys)| {
                [(PATIENT, patients), (OBSERVATION, observations), (ORGANIZATION, organizations)]
                    .map(|(resource_type, filter)| Branch {
                        resource_type,
                        filter,
                        sort: common(keys.clone()),
                    })
                    .into()
            });
    let indexed = |entries| {
        (entries, contained())
            .prop_map(|(entries, contained): (Vec<IndexEntry>, _)| Indexed { entries, contained })
    };
    let write = |(key, indexed, prose)| Operation::Write(key, indexed, prose);
    prop_oneof![
        3 => (key_of(PATIENT), indexed(patient_entries().boxed()), prose()).prop_map(write),
        3 => (key_of(OBSERVATION), indexed(observation_entries().boxed()), prose()).prop_map(write),
        2 => (key_of(ORGANIZATION), indexed(organization_entries().boxed()), prose())
            .prop_map(write),
        1 => any_key().prop_map(Operation::Delete),
        4 => (patients, asked())
            .prop_map(|(branch, asked)| Operation::Search(vec![branch], asked)),
        3 => (observations, asked())
            .prop_map(|(branch, asked)| Operation::Search(vec![branch], asked)),
        2 => (organizations, asked())
            .prop_map(|(branch, asked)| Operation::Search(vec![branch], asked)),
        1 => (several, asked()).prop_map(|(branches, asked)| Operation::Search(branches, asked)),
    ]
}

async fn run(store: Arc<dyn Store>, operations: Vec<Operation>) {
    let mut model = Model::default();
    for operation in operations {
        match operation {
            Operation::Write(key, indexed, prose) => {
                let (narrative, text) = prose.split_once('|').unwrap();
                let change = write_narrated(&key, narrative, text, indexed.clone());
                let committed = store.commit(batch(vec![change])).await.unwrap()[0];
                let resource = model.resources.entry(key).or_default();
                let version = resource.version + 1;
                assert_eq!((committed.version.0, committed.created), (version, !resource.live));
                let last_updated = committed.last_updated;
                let (narrative, text) = (narrative.to_owned(), text.to_owned());
                *resource =
                    Resource { version, live: true, indexed, last_updated, narrative, text };
            }
            Operation::Delete(key) => {
                let committed = store.commit(batch(vec![delete(&key)])).await.unwrap()[0];
                let known = model.resources.get_mut(&key).filter(|resource| resource.live);
                assert_eq!(
                    committed.version.0,
                    known.as_ref().map_or(0, |known| known.version + 1)
                );
                if let Some(resource) = known {
                    resource.version += 1;
                    (resource.live, resource.indexed) = (false, Indexed::default());
                }
            }
            Operation::Search(branches, contained) => {
                compare_search(&store, &model, branches, contained).await;
            }
        }
    }
    for (key, resource) in &model.resources {
        let read = store.read(key).await.unwrap().unwrap();
        assert_eq!((read.version.0, read.body.is_some()), (resource.version, resource.live));
    }
}

/// What a search must find: `Type/id`, with `#id` behind it for what is contained there.
fn expected(model: &Model, branches: &[Branch], contained: Contained) -> Vec<String> {
    let mut wanted = Vec::new();
    if !matches!(contained, Contained::Only(_)) {
        for branch in branches {
            let found = model.search(branch.resource_type, &branch.filter);
            wanted.extend(found.into_iter().map(|id| format!("{}/{id}", branch.resource_type)));
        }
    }
    if let Contained::Only(answer) | Contained::Both(answer) = contained {
        for branch in branches {
            let found = model.search_contained(branch.resource_type, &branch.filter);
            if answer == ContainedAnswer::Itself {
                wanted.extend(found);
                continue;
            }
            for each in found {
                // Each container once, whatever it was found by.
                let container = each.split_once('#').unwrap().0.to_owned();
                if !wanted.contains(&container) {
                    wanted.push(container);
                }
            }
        }
    }
    wanted.sort_unstable();
    wanted
}

async fn compare_search(
    store: &Arc<dyn Store>,
    model: &Model,
    branches: Vec<Branch>,
    contained: Contained,
) {
    let wanted = expected(model, &branches, contained);
    let sort = branches[0].sort.clone();
    let mut query = search(PATIENT, Expression::All);
    (query.branches, query.contained, query.count) = (branches, contained, 2);
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.search(&query, cursor.as_ref()).await.unwrap();
        found.extend(page.hits.into_iter().map(|hit| (hit.resource.key, hit.contained)));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let mut ordered: Vec<String> = found
        .iter()
        .map(|(key, contained)| match contained {
            Some((_, local)) => format!("{key}#{local}"),
            None => key.to_string(),
        })
        .collect();
    ordered.sort();
    assert_eq!(ordered, wanted, "{query:?}");
    assert_eq!(store.count(&query).await.unwrap(), wanted.len() as u64, "{query:?}");
    if contained != Contained::No {
        return;
    }
    let values: Vec<_> = found.iter().map(|(key, _)| model.sort_values(key, &sort)).collect();
    for pair in values.windows(2) {
        for ((a, b), by) in pair[0].iter().zip(&pair[1]).zip(&sort) {
            assert!(a.may_precede(b, by.order), "{pair:?} {query:?}");
            if a != b {
                break;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("CARELOOM_RANDOM_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(60),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_store_and_the_oracle_agree(operations in vec(operation(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(super::open(&folder.path().join("random.db")));
        runtime.block_on(run(store, operations));
    }
}
