//! `_include` and `_revinclude`.

use std::sync::Arc;

use fhir::ResourceType;
use search::IncludeTarget::{Forward, Reverse};
use search::{
    Expression, Include, IncludeTarget, IndexEntry, IndexValue, Modifier, ParameterId, Predicate,
    ReferenceTarget, Search,
};

use super::fixture::{
    CODE, ENCOUNTER, ENCOUNTER_OF, INSTANTIATES, NAME, OBSERVATION, ORGANIZATION, ORGANIZATION_OF,
    PART_OF, PATIENT, SUBJECT, URL, compare, delete, found, is_token, key, put, reference, search,
    string, token, uri, write,
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

/// Organisations stand for what has a URL: three versions of one, and another.
async fn fill_canonicals(store: &Arc<dyn Store>) {
    let own = |address: &str, version: &str| IndexEntry {
        parameter: URL,
        value: IndexValue::OwnCanonical(format!("{address}|{version}").into()),
    };
    let says = |canonical: &str| IndexEntry {
        parameter: INSTANTIATES,
        value: IndexValue::Reference(ReferenceTarget::Uri(canonical.into())),
    };
    let p = "http://x.test/p";
    for (id, entries) in [
        ("one", vec![uri(URL, p), own(p, "1"), string(NAME, "one")]),
        ("two", vec![uri(URL, p), own(p, "2"), string(NAME, "two")]),
        ("plain", vec![uri(URL, p), string(NAME, "plain")]),
        ("other", vec![uri(URL, "http://x.test/q"), string(NAME, "other")]),
        ("gone", vec![uri(URL, p), own(p, "1"), string(NAME, "one")]),
    ] {
        put(store, write(&key(ORGANIZATION, id), id, entries)).await;
    }
    put(store, delete(&key(ORGANIZATION, "gone"))).await;
    // The same text as a reference of a parameter that has no canonicals.
    let literal = IndexEntry { parameter: SUBJECT, ..says(p) };
    for (id, code, entries) in [
        ("any", "x", vec![says(p)]),
        ("1", "x", vec![says("http://x.test/p|1")]),
        ("2", "y", vec![says("http://x.test/p|2"), says("http://x.test/q")]),
        ("3", "x", vec![says("http://x.test/p|3"), says("http://x.test/r")]),
        ("by-id", "x", vec![reference(INSTANTIATES, &key(ORGANIZATION, "other"))]),
        ("no", "x", vec![literal]),
    ] {
        let entries = [entries, vec![token(CODE, "s", code)]].concat();
        put(store, write(&key(OBSERVATION, id), id, entries)).await;
    }
}

pub async fn along_canonicals(store: Arc<dyn Store>) {
    fill_canonicals(&store).await;
    let named = |name: &str| {
        let (modifier, text) = (Modifier::Plain, name);
        compare(NAME, Predicate::String { modifier, text: text.into(), folded: text.into() })
    };
    let chain = |name: &str| {
        let (parameter, target) = (INSTANTIATES, ORGANIZATION);
        search(OBSERVATION, Expression::Chain { parameter, target, inner: Box::new(named(name)) })
    };
    for (name, expected) in
        [("one", "1 any"), ("two", "2 any"), ("plain", "any"), ("other", "2 by-id"), ("three", "")]
    {
        let mut ids = found(&store, &chain(name)).await;
        ids.sort();
        assert_eq!(ids.join(" "), expected, "{name}");
    }
    let has = |code: &str| Expression::Has {
        source: OBSERVATION,
        parameter: INSTANTIATES,
        inner: Box::new(is_token(CODE, code)),
    };
    // As a set, and as a test.
    let one = |code: &str| Expression::And(vec![named("one"), has(code)]);
    for (filter, expected) in [
        (has("s|x"), "one other plain two"),
        (has("s|y"), "other two"),
        (one("s|x"), "one"),
        (one("s|y"), ""),
    ] {
        let mut ids = found(&store, &search(ORGANIZATION, filter.clone())).await;
        ids.sort();
        assert_eq!(ids.join(" "), expected, "{filter:?}");
    }
    let forward = |target, iterate| include(OBSERVATION, &[INSTANTIATES], Forward(target), iterate);
    let reverse = |iterate| include(OBSERVATION, &[INSTANTIATES], Reverse, iterate);
    let of =
        |resource_type, id| search(resource_type, Expression::Id(vec![key(resource_type, id).id]));
    let cases = [
        (of(OBSERVATION, "any"), vec![forward(None, false)], "one plain two"),
        (of(OBSERVATION, "1"), vec![forward(Some(ORGANIZATION), false)], "one"),
        (of(OBSERVATION, "1"), vec![forward(Some(PATIENT), false)], ""),
        (of(OBSERVATION, "2"), vec![forward(None, false)], "other two"),
        (of(OBSERVATION, "3"), vec![forward(None, false)], ""),
        (of(ORGANIZATION, "one"), vec![reverse(false)], "1 any"),
        (of(ORGANIZATION, "other"), vec![reverse(false)], "2 by-id"),
        // Round and round, each once.
        (
            of(OBSERVATION, "1"),
            vec![forward(None, true), reverse(true)],
            "2 any by-id one other plain two",
        ),
    ];
    for (search, includes, expected) in cases {
        let search = Search { includes, ..search };
        let page = page(&store, &search).await;
        let included = page.split_once(" | ").unwrap().1.split(' ');
        let mut ids: Vec<&str> =
            included.map(|key| key.split_once('/').map_or("", |(_, id)| id)).collect();
        ids.sort_unstable();
        assert_eq!(ids.join(" "), expected, "{search:?}");
    }
}
