//! What searches find, against cases written out by hand.

use std::sync::Arc;

use search::{
    DateRange, Expression, IndexEntry, IndexValue, Modifier, NumberRange, ParameterId, Predicate,
    Prefix, ReferenceTarget, SortBy, SortKey, SortOrder, Total,
};

use super::fixture::{
    BIRTHDATE, CODE, COMPOSITE, DATE, GENDER, IDENTIFIER, NAME, OBSERVATION, ORGANIZATION,
    ORGANIZATION_OF, PATIENT, PROFILE, SCORE, SPECIAL, SUBJECT, VALUE, compare, date, delete,
    found, is_token, key, put, reference, refers_to, search, string, token, uri, write,
};
use crate::Store;

async fn people(store: &Arc<dyn Store>) {
    let o = key(ORGANIZATION, "o");
    let elsewhere = IndexEntry {
        parameter: ORGANIZATION_OF,
        value: IndexValue::Reference(ReferenceTarget::Uri("http://x.test/Organization/o".into())),
    };
    let entries = |id: &str| match id {
        "a" => vec![
            token(IDENTIFIER, "nhs", "1"),
            token(IDENTIFIER, "local", "7"),
            token(GENDER, "g", "female"),
            string(NAME, "Anna"),
            string(NAME, "SMITH"),
            date(BIRTHDATE, 100, 199),
            reference(ORGANIZATION_OF, &o),
            uri(PROFILE, "http://x.test/fhir/profile/one"),
        ],
        "b" => vec![
            token(IDENTIFIER, "nhs", "2"),
            token(GENDER, "g", "male"),
            string(NAME, "anna"),
            date(BIRTHDATE, 150, 150),
            elsewhere.clone(),
            uri(PROFILE, "http://x.test/fhir/profile"),
        ],
        "c" => vec![
            token(IDENTIFIER, "", "1"),
            token(GENDER, "", "female"),
            token(GENDER, "h", ""),
            string(NAME, "Zoë \u{10FFFF}"),
            date(BIRTHDATE, 200, i64::MAX),
            uri(PROFILE, "http://x.test/fhir/profiles"),
        ],
        _ => vec![],
    };
    for id in ["a", "b", "c", "d"] {
        put(store, write(&key(PATIENT, id), id, entries(id))).await;
    }
}

/// Each filter with the ids that it must find.
async fn check(store: &Arc<dyn Store>, cases: Vec<(Expression, &str)>) {
    for (filter, expected) in cases {
        let text = format!("{filter:?}");
        let search = search(PATIENT, filter);
        let ids = found(store, &search).await;
        assert_eq!(ids.join(" "), expected, "{text}");
        assert_eq!(store.count(&search).await.unwrap(), ids.len() as u64, "{text}");
    }
}

fn text(modifier: Modifier, text: &str) -> Expression {
    let folded = text.to_lowercase().into();
    compare(NAME, Predicate::String { modifier, text: text.into(), folded })
}

fn when(prefix: Prefix, low: i64, high: i64) -> Expression {
    compare(BIRTHDATE, Predicate::Date(DateRange { prefix, low, high }))
}

fn profile(modifier: Modifier, uri: &str) -> Expression {
    compare(PROFILE, Predicate::Uri { modifier, uri: uri.into() })
}

#[expect(clippy::too_many_lines, reason = "one table of cases")]
pub async fn every_predicate(store: Arc<dyn Store>) {
    people(&store).await;
    let id = |id| fhir::ResourceId::parse(id).unwrap();
    let elsewhere = ReferenceTarget::Uri("http://x.test/Organization/o".into());
    check(
        &store,
        vec![
            (is_token(IDENTIFIER, "nhs|1"), "a"),
            (is_token(IDENTIFIER, "1"), "a c"),
            (is_token(IDENTIFIER, "|1"), "c"),
            (is_token(IDENTIFIER, "nhs|"), "a b"),
            (is_token(IDENTIFIER, "nhs|9"), ""),
            (is_token(IDENTIFIER, "none|1"), ""),
            (is_token(GENDER, "female"), "a c"),
            (is_token(GENDER, "g|female"), "a"),
            (is_token(GENDER, "|female"), "c"),
            (is_token(GENDER, "h|"), "c"),
            (is_token(GENDER, "g|"), "a b"),
            (is_token(GENDER, "none|female"), ""),
            (is_token(GENDER, "Female"), ""),
            (text(Modifier::Plain, "ann"), "a b"),
            (text(Modifier::Plain, "ANNA"), "a b"),
            (text(Modifier::Plain, "nna"), ""),
            (text(Modifier::Plain, "zoë \u{10FFFF}"), "c"),
            (text(Modifier::Plain, ""), "a b c"),
            (text(Modifier::Exact, "Anna"), "a"),
            (text(Modifier::Exact, "anna"), "b"),
            (text(Modifier::Exact, "ANNA"), ""),
            (text(Modifier::Contains, "NN"), "a b"),
            (text(Modifier::Contains, "oë"), "c"),
            (when(Prefix::Eq, 100, 199), "a b"),
            (when(Prefix::Eq, 150, 150), "b"),
            (when(Prefix::Ne, 100, 199), "c"),
            (when(Prefix::Gt, 100, 150), "a c"),
            (when(Prefix::Lt, 150, 150), "a"),
            (when(Prefix::Ge, 150, 199), "b c"),
            (when(Prefix::Le, 100, 199), "a b"),
            (when(Prefix::Sa, 100, 199), "c"),
            (when(Prefix::Sa, 50, 99), "a b c"),
            (when(Prefix::Eb, 151, 200), "b"),
            (when(Prefix::Ap, 160, 210), "a c"),
            (when(Prefix::Eq, i64::MIN, i64::MAX), "a b c"),
            (refers_to(ORGANIZATION_OF, &key(ORGANIZATION, "o")), "a"),
            (refers_to(ORGANIZATION_OF, &key(PATIENT, "o")), ""),
            (refers_to(ORGANIZATION_OF, &key(ORGANIZATION, "p")), ""),
            (compare(ORGANIZATION_OF, Predicate::Reference(elsewhere)), "b"),
            (
                compare(
                    ORGANIZATION_OF,
                    Predicate::ReferenceId(vec![PATIENT, ORGANIZATION], id("o")),
                ),
                "a",
            ),
            (compare(ORGANIZATION_OF, Predicate::ReferenceId(vec![PATIENT], id("o"))), ""),
            (profile(Modifier::Plain, "http://x.test/fhir/profile"), "b"),
            (profile(Modifier::Below, "http://x.test/fhir/profile"), "a b"),
            (profile(Modifier::Below, "http://x.test/fhir/"), "a b c"),
            (profile(Modifier::Below, "http://x.test"), "a b c"),
            (profile(Modifier::Above, "http://x.test/fhir/profile/one/two"), "a b"),
            (profile(Modifier::Above, "http://x.test/fhir/profile"), "b"),
            (profile(Modifier::Contains, "profiles"), "c"),
            (Expression::Id(vec![id("d"), id("a"), id("x")]), "a d"),
            (Expression::Missing(NAME), "d"),
            (Expression::Missing(GENDER), "d"),
            (Expression::Missing(ORGANIZATION_OF), "c d"),
            (Expression::Missing(BIRTHDATE), "d"),
            (Expression::All, "a b c d"),
            (Expression::Never, ""),
        ],
    )
    .await;
    numbers(&store).await;
}

async fn numbers(store: &Arc<dyn Store>) {
    let quantity = |system: &str, code: &str, unit: &str, value: f64| {
        let part = |text: &str| (!text.is_empty()).then(|| text.into());
        let value = IndexValue::Quantity {
            system: part(system),
            code: part(code),
            unit: part(unit),
            low: value,
            high: value,
            canonical: None,
        };
        IndexEntry { parameter: VALUE, value }
    };
    let number =
        |low, high| IndexEntry { parameter: SCORE, value: IndexValue::Number { low, high } };
    let entries = [
        ("m", vec![quantity("ucum", "mg", "milligram", 5.4), number(5.0, 5.0)]),
        ("n", vec![quantity("", "", "mg", 5.4), number(0.1, 9.0)]),
        ("o", vec![quantity("ucum", "g", "g", -5.4), number(f64::NEG_INFINITY, 1.0)]),
    ];
    for (id, entries) in entries {
        put(store, write(&key(OBSERVATION, id), id, entries)).await;
    }
    let range = |prefix, low, high, value| NumberRange { prefix, low, high, value };
    let eq = |low, high| range(Prefix::Eq, low, high, f64::midpoint(low, high));
    let amount = |range, system: Option<&str>, code: Option<&str>| {
        compare(
            VALUE,
            Predicate::Quantity {
                range,
                system: system.map(Into::into),
                code: code.map(Into::into),
                canonical: None,
            },
        )
    };
    let score =
        |prefix, value| compare(SCORE, Predicate::Number(range(prefix, value, value, value)));
    let cases = [
        (amount(eq(5.35, 5.45), None, None), "m n"),
        (amount(eq(5.35, 5.45), None, Some("mg")), "m n"),
        (amount(eq(5.35, 5.45), Some("ucum"), Some("mg")), "m"),
        (amount(eq(5.35, 5.45), Some("ucum"), None), "m"),
        (amount(eq(5.35, 5.45), None, Some("milligram")), "m"),
        (amount(eq(5.35, 5.45), Some("other"), Some("mg")), ""),
        (amount(range(Prefix::Lt, 0.0, 0.0, 0.0), None, None), "o"),
        (score(Prefix::Eq, 5.0), "m"),
        (score(Prefix::Gt, 5.0), "n"),
        (score(Prefix::Ge, 5.0), "m n"),
        (score(Prefix::Lt, 5.0), "n o"),
        (score(Prefix::Le, 5.0), "m n o"),
        (score(Prefix::Sa, 1.0), "m"),
        (score(Prefix::Eb, 5.0), "o"),
        (score(Prefix::Ap, 1.0), "n o"),
        (score(Prefix::Ne, 5.0), "n o"),
    ];
    for (filter, expected) in cases {
        let ids = found(store, &search(OBSERVATION, filter.clone())).await;
        assert_eq!(ids.join(" "), expected, "{filter:?}");
    }
}

pub async fn combinations(store: Arc<dyn Store>) {
    people(&store).await;
    let o = key(ORGANIZATION, "o");
    put(&store, write(&o, "o", vec![string(NAME, "General Hospital")])).await;
    for (id, subject, code) in
        [("1", "a", "x"), ("2", "a", "y"), ("3", "b", "x"), ("4", "gone", "x")]
    {
        let entries = vec![reference(SUBJECT, &key(PATIENT, subject)), token(CODE, "s", code)];
        put(&store, write(&key(OBSERVATION, id), id, entries)).await;
    }
    let and = |parts: &[Expression]| Expression::And(parts.to_vec());
    let or = |parts: &[Expression]| Expression::Or(parts.to_vec());
    let not = |inner: Expression| Expression::Not(Box::new(inner));
    let female = is_token(GENDER, "female");
    let anna = text(Modifier::Plain, "anna");
    let has = |inner: Expression| Expression::Has {
        source: OBSERVATION,
        parameter: SUBJECT,
        inner: Box::new(inner),
    };
    let in_hospital = |name: &str| Expression::Chain {
        parameter: ORGANIZATION_OF,
        target: ORGANIZATION,
        inner: Box::new(text(Modifier::Plain, name)),
    };
    check(
        &store,
        vec![
            (and(&[female.clone(), anna.clone()]), "a"),
            (and(&[anna.clone(), female.clone(), when(Prefix::Eq, 100, 199)]), "a"),
            (and(&[]), "a b c d"),
            (or(&[]), ""),
            (or(&[female.clone(), anna.clone()]), "a b c"),
            (not(female.clone()), "b d"),
            (not(not(female.clone())), "a c"),
            (and(&[not(female.clone()), not(anna.clone())]), "d"),
            (and(&[or(&[female.clone(), Expression::Never]), not(anna.clone())]), "c"),
            (
                and(&[
                    and(std::slice::from_ref(&female)),
                    or(&[anna.clone(), when(Prefix::Sa, 0, 199)]),
                ]),
                "a c",
            ),
            (and(&[Expression::Missing(NAME), not(female.clone())]), "d"),
            (in_hospital("general"), "a"),
            (in_hospital("clinic"), ""),
            (and(&[in_hospital("general"), female.clone()]), "a"),
            (and(&[not(in_hospital("general")), female.clone()]), "c"),
            (has(is_token(CODE, "s|x")), "a b"),
            (has(is_token(CODE, "s|y")), "a"),
            (has(Expression::All), "a b"),
            (and(&[has(is_token(CODE, "s|x")), female.clone()]), "a"),
            (not(has(Expression::All)), "c d"),
            (and(&[Expression::Never, female.clone()]), ""),
            (or(&[has(is_token(CODE, "s|y")), Expression::Missing(NAME)]), "a d"),
        ],
    )
    .await;
    // Over two steps: observations of people of a hospital.
    let of_hospital = Expression::Chain {
        parameter: SUBJECT,
        target: PATIENT,
        inner: Box::new(in_hospital("general")),
    };
    assert_eq!(found(&store, &search(OBSERVATION, of_hospital)).await, ["1", "2"]);
}

pub async fn only_what_is_current(store: Arc<dyn Store>) {
    let (a, b) = (key(PATIENT, "a"), key(PATIENT, "b"));
    let named = |name: &str| search(PATIENT, text(Modifier::Exact, name));
    put(
        &store,
        write(&a, "1", vec![string(NAME, "One"), string(NAME, "Same"), string(NAME, "Same")]),
    )
    .await;
    put(&store, write(&a, "2", vec![string(NAME, "Same"), string(NAME, "Two")])).await;
    assert!(found(&store, &named("One")).await.is_empty());
    assert_eq!(found(&store, &named("Two")).await, ["a"]);
    assert_eq!(found(&store, &named("Same")).await, ["a"]);
    put(
        &store,
        write(
            &b,
            "1",
            vec![string(NAME, "Same"), reference(ORGANIZATION_OF, &key(ORGANIZATION, "o"))],
        ),
    )
    .await;
    put(&store, delete(&a)).await;
    assert_eq!(found(&store, &named("Same")).await, ["b"]);
    assert_eq!(found(&store, &search(PATIENT, Expression::All)).await, ["b"]);
    assert_eq!(found(&store, &search(PATIENT, Expression::Missing(NAME))).await, [""; 0]);
    // Back under the same number, found by the new values only.
    put(&store, write(&a, "3", vec![string(NAME, "Three")])).await;
    assert_eq!(found(&store, &named("Three")).await, ["a"]);
    assert_eq!(found(&store, &named("Same")).await, ["b"]);
    // What is only referred to is no resource.
    assert!(found(&store, &search(ORGANIZATION, Expression::All)).await.is_empty());
    // In one batch and one group: out and in again leave one row.
    for round in 0..3 {
        let name = format!("Round {round}");
        put(&store, write(&b, "x", vec![string(NAME, &name)])).await;
        put(&store, delete(&b)).await;
        put(&store, write(&b, "y", vec![string(NAME, &name)])).await;
        assert_eq!(found(&store, &named(&name)).await, ["b"]);
    }
    let updated = store.read(&b).await.unwrap().unwrap().last_updated;
    let at = |prefix, time| Expression::LastUpdated(DateRange { prefix, low: time, high: time });
    let cases =
        [(Prefix::Eq, updated, true), (Prefix::Gt, updated, false), (Prefix::Le, updated, true)];
    for (prefix, time, expected) in cases {
        let both = Expression::And(vec![at(prefix, time), Expression::Id(vec![b.id.clone()])]);
        assert_eq!(!found(&store, &search(PATIENT, both)).await.is_empty(), expected, "{prefix:?}");
    }
}

pub async fn sorting(store: Arc<dyn Store>) {
    people(&store).await;
    let by = |parameter: ParameterId, order| SortKey { by: SortBy::Parameter(parameter), order };
    let (up, down) = (SortOrder::Ascending, SortOrder::Descending);
    let cases: Vec<(Vec<SortKey>, &str)> = vec![
        (vec![by(NAME, up)], "a b c d"),
        (vec![by(NAME, down)], "c a b d"),
        (vec![by(BIRTHDATE, up)], "a b c d"),
        (vec![by(BIRTHDATE, down)], "c a b d"),
        (vec![by(IDENTIFIER, up), by(NAME, down)], "c a b d"),
        (vec![by(GENDER, up), by(BIRTHDATE, down)], "c a b d"),
        (vec![by(GENDER, down), by(BIRTHDATE, up)], "b a c d"),
        (vec![by(PROFILE, up)], "b a c d"),
        (vec![by(PROFILE, down)], "c a b d"),
        (vec![SortKey { by: SortBy::Id, order: down }], "d c b a"),
        (vec![SortKey { by: SortBy::LastUpdated, order: up }], "a b c d"),
    ];
    for (sort, expected) in cases {
        for count in [1, 3, 10] {
            let mut search = search(PATIENT, Expression::All);
            (search.branches[0].sort, search.count) = (sort.clone(), count);
            assert_eq!(found(&store, &search).await.join(" "), expected, "{sort:?} by {count}");
        }
    }
    // Ids sort as texts, whatever form they are kept in.
    let ids = [
        "2b6dfd9c-67cb-4a44-9b3b-7c1a3d5e8f01",
        "2",
        "2b6dfd9c-67cb",
        "3",
        "1b6dfd9c-67cb-4a44-9b3b-7c1a3d5e8f01",
    ];
    for id in ids {
        put(&store, write(&key(ORGANIZATION, id), "x", vec![])).await;
    }
    let mut expected = ids;
    expected.sort_unstable();
    let mut all = search(ORGANIZATION, Expression::All);
    all.branches[0].sort = vec![SortKey { by: SortBy::Id, order: up }];
    assert_eq!(found(&store, &all).await, expected);
}

pub async fn totals_and_counts(store: Arc<dyn Store>) {
    for number in 0..25 {
        let entries = vec![token(GENDER, "g", if number % 2 == 0 { "even" } else { "odd" })];
        put(&store, write(&key(PATIENT, &format!("p{number}")), "x", entries)).await;
    }
    for sorted in [false, true] {
        let mut search = search(PATIENT, is_token(GENDER, "g|even"));
        if sorted {
            search.branches[0].sort = vec![SortKey { by: SortBy::Id, order: SortOrder::Ascending }];
        }
        (search.count, search.total) = (5, Total::Accurate);
        let first = store.search(&search, None).await.unwrap();
        assert_eq!((first.hits.len(), first.total), (5, Some(13)));
        let second = store.search(&search, first.next.as_ref()).await.unwrap();
        assert_eq!((second.hits.len(), second.total), (5, Some(13)));
        let last = store.search(&search, second.next.as_ref()).await.unwrap();
        assert_eq!((last.hits.len(), last.total, last.next), (3, Some(13), None));
        (search.count, search.total) = (13, Total::None);
        let page = store.search(&search, None).await.unwrap();
        assert_eq!((page.hits.len(), page.total, page.next), (13, Some(13), None), "known anyway");
        assert_eq!(store.count(&search).await.unwrap(), 13);
        search.count = 0;
        assert!(store.search(&search, None).await.unwrap().hits.is_empty());
    }
    let nonsense = search(fhir::ResourceType::from_static("Nonsense"), Expression::All);
    assert_eq!(store.count(&nonsense).await.unwrap(), 0);
}

pub async fn what_cannot_be_answered(store: Arc<dyn Store>) {
    people(&store).await;
    let refused = [
        search(OBSERVATION, is_token(COMPOSITE, "x")),
        search(OBSERVATION, is_token(SPECIAL, "x")),
        search(OBSERVATION, Expression::Missing(SPECIAL)),
        search(OBSERVATION, is_token(DATE, "x")),
        search(PATIENT, is_token(CODE, "x")),
        search(PATIENT, Expression::Missing(ParameterId(9999))),
        search(
            OBSERVATION,
            Expression::Chain {
                parameter: DATE,
                target: PATIENT,
                inner: Box::new(Expression::All),
            },
        ),
        search(PATIENT, text(Modifier::Above, "x")),
    ];
    for search in refused {
        let error = store.search(&search, None).await.unwrap_err();
        assert!(error.is_unsupported(), "{error}: {search:?}");
        assert!(store.count(&search).await.unwrap_err().is_unsupported());
    }
}
