//! `_include` and `_revinclude`.

use std::sync::Arc;

use fhir::ResourceType;
use search::IncludeTarget::{Forward, Reverse};
use search::{Expression, Include, IncludeTarget, ParameterId, Search};

use super::fixture::{
    CODE, ENCOUNTER, ENCOUNTER_OF, OBSERVATION, ORGANIZATION, ORGANIZATION_OF, PART_OF, PATIENT,
    SUBJECT, delete, is_token, key, put, reference, search, token, write,
};
use crate::{SearchHitKind, Store};

fn include(
    source: ResourceType,
    parameters: &[ParameterId],
    target: IncludeTarget,
    iterate: bool,
) -> Include {
    Include { source, parameters: parameters.to_vec(), target, iterate }
}

/// The page as `matches | includes`, each sorted.
async fn page(store: &Arc<dyn Store>, search: &Search) -> String {
    let page = store.search(search, None).await.unwrap();
    assert!(!page.includes_cut);
    let of = |kind| {
        let hits = page.hits.iter().filter(move |hit| hit.kind == kind);
        hits.map(|hit| hit.resource.key.to_string()).collect::<Vec<_>>()
    };
    let (mut matches, mut included) = (of(SearchHitKind::Match), of(SearchHitKind::Include));
    matches.sort();
    included.sort();
    format!("{} | {}", matches.join(" "), included.join(" "))
}

async fn fill(store: &Arc<dyn Store>) {
    let (o, parent, top) =
        (key(ORGANIZATION, "o"), key(ORGANIZATION, "parent"), key(ORGANIZATION, "top"));
    put(store, write(&top, "x", vec![reference(PART_OF, &o)])).await;
    put(store, write(&parent, "x", vec![reference(PART_OF, &top)])).await;
    put(store, write(&o, "x", vec![reference(PART_OF, &parent)])).await;
    let (p, gone, e) = (key(PATIENT, "p"), key(PATIENT, "gone"), key(ENCOUNTER, "e"));
    put(store, write(&p, "x", vec![reference(ORGANIZATION_OF, &o)])).await;
    put(store, write(&gone, "x", vec![])).await;
    put(store, delete(&gone)).await;
    put(store, write(&e, "x", vec![reference(SUBJECT, &p)])).await;
    let observation = |code: &str, subject| {
        vec![token(CODE, "s", code), reference(SUBJECT, subject), reference(ENCOUNTER_OF, &e)]
    };
    put(store, write(&key(OBSERVATION, "1"), "x", observation("x", &p))).await;
    put(store, write(&key(OBSERVATION, "2"), "x", observation("x", &gone))).await;
    put(store, write(&key(OBSERVATION, "3"), "x", observation("y", &p))).await;
}

pub async fn forward_and_reverse(store: Arc<dyn Store>) {
    fill(&store).await;
    let x = search(OBSERVATION, is_token(CODE, "s|x"));
    let cases = [
        (vec![include(OBSERVATION, &[SUBJECT], Forward(None), false)], "Patient/p"),
        (vec![include(OBSERVATION, &[SUBJECT], Forward(Some(PATIENT)), false)], "Patient/p"),
        (vec![include(OBSERVATION, &[SUBJECT], Forward(Some(ENCOUNTER)), false)], ""),
        (
            vec![include(OBSERVATION, &[SUBJECT, ENCOUNTER_OF], Forward(None), false)],
            "Encounter/e Patient/p",
        ),
        // Another type's include says nothing of these matches.
        (vec![include(ENCOUNTER, &[SUBJECT], Forward(None), false)], ""),
        (vec![include(OBSERVATION, &[], Forward(None), false)], ""),
    ];
    for (includes, expected) in cases {
        let search = Search { includes: includes.clone(), ..x.clone() };
        assert_eq!(
            page(&store, &search).await,
            format!("Observation/1 Observation/2 | {expected}"),
            "{includes:?}"
        );
    }
    let reverse = Search {
        includes: vec![
            include(OBSERVATION, &[SUBJECT], Reverse, false),
            include(ENCOUNTER, &[SUBJECT], Reverse, false),
        ],
        ..search(PATIENT, Expression::All)
    };
    assert_eq!(page(&store, &reverse).await, "Patient/p | Encounter/e Observation/1 Observation/3");
    // What matches is not included a second time.
    let among = Search {
        includes: vec![include(ORGANIZATION, &[PART_OF], Forward(None), false)],
        ..search(ORGANIZATION, Expression::All)
    };
    assert_eq!(
        page(&store, &among).await,
        "Organization/o Organization/parent Organization/top | "
    );
}

pub async fn iterate(store: Arc<dyn Store>) {
    fill(&store).await;
    let one = Expression::Id(vec![key(OBSERVATION, "1").id]);
    let cases = [
        (
            vec![
                include(OBSERVATION, &[SUBJECT], Forward(None), false),
                include(PATIENT, &[ORGANIZATION_OF], Forward(None), false),
            ],
            "Patient/p",
        ),
        (
            vec![
                include(OBSERVATION, &[SUBJECT], Forward(None), false),
                include(PATIENT, &[ORGANIZATION_OF], Forward(None), true),
            ],
            "Organization/o Patient/p",
        ),
        // Round and round: each organisation once.
        (
            vec![
                include(OBSERVATION, &[SUBJECT], Forward(None), false),
                include(PATIENT, &[ORGANIZATION_OF], Forward(None), true),
                include(ORGANIZATION, &[PART_OF], Forward(None), true),
            ],
            "Organization/o Organization/parent Organization/top Patient/p",
        ),
        (
            vec![
                include(OBSERVATION, &[SUBJECT], Forward(None), false),
                include(OBSERVATION, &[SUBJECT], Reverse, true),
            ],
            "Observation/3 Patient/p",
        ),
    ];
    for (includes, expected) in cases {
        let search = Search { includes: includes.clone(), ..search(OBSERVATION, one.clone()) };
        assert_eq!(
            page(&store, &search).await,
            format!("Observation/1 | {expected}"),
            "{includes:?}"
        );
    }
}
