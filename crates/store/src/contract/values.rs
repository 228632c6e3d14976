//! What searches find by values of several components, texts, types, canonicals, places and trees,
//! against cases written out by hand.

use std::sync::Arc;

use search::{
    CanonicalRange, CanonicalValue, CodeSet, Contained, ContainedAnswer, ContainedEntries,
    Direction, Expression, IndexEntry, IndexValue, Indexed, Modifier, NumberRange, ParameterId,
    Predicate, Prefix, ReferenceTarget, SortBy, SortKey, SortOrder, TextPart, TextQuery, TokenCode,
    TokenSystem,
};

use super::fixture::{
    CODE, COMPOSITE, GENDER, IDENTIFIER, INSTANTIATES, NAME, NEAR, OBSERVATION, ORGANIZATION,
    ORGANIZATION_OF, PART_OF, PATIENT, PROFILE, VALUE, batch, compare, delete, found, is_token,
    key, put, reference, search, string, token, write, write_narrated,
};
use crate::{Estimate, ResourceKey, Store};

async fn check(
    store: &Arc<dyn Store>,
    resource_type: fhir::ResourceType,
    cases: Vec<(Expression, &str)>,
) {
    for (filter, expected) in cases {
        let text = format!("{filter:?}");
        let search = search(resource_type, filter);
        assert_eq!(found(store, &search).await.join(" "), expected, "{text}");
        let count = expected.split_whitespace().count() as u64;
        assert_eq!(store.count(&search).await.unwrap(), count, "{text}");
    }
}

fn entry(parameter: ParameterId, value: IndexValue) -> IndexEntry {
    IndexEntry { parameter, value }
}

fn quantity(value: f64, code: &str) -> IndexValue {
    let factor = if code == "mg" { 0.001 } else { 1.0 };
    let canonical = CanonicalValue { unit: "g".into(), low: value * factor, high: value * factor };
    IndexValue::Quantity {
        system: Some("ucum".into()),
        code: Some(code.into()),
        unit: None,
        low: value,
        high: value,
        canonical: Some(canonical),
    }
}

fn more_than(value: f64, code: &str, convert: bool) -> Predicate {
    let range = |value| NumberRange { prefix: Prefix::Gt, low: value, high: value, value };
    let factor = if code == "mg" { 0.001 } else { 1.0 };
    let canonical = CanonicalRange { unit: "g".into(), range: range(value * factor) };
    Predicate::Quantity {
        range: range(value),
        system: Some("ucum".into()),
        code: Some(code.into()),
        canonical: convert.then_some(canonical),
    }
}

fn token_of(code: &str) -> Predicate {
    Predicate::Token { system: TokenSystem::Is("s".into()), code: TokenCode::Is(code.into()) }
}

pub async fn components_of_one_element(store: Arc<dyn Store>) {
    let pair = |code: &str, value: IndexValue| {
        entry(COMPOSITE, IndexValue::Composite([token(CODE, "s", code).value, value].into()))
    };
    let all = [
        // Systolic 2 mg, diastolic 90 mg: each with the other's value is no match.
        ("a", vec![pair("sys", quantity(2.0, "mg")), pair("dia", quantity(90.0, "mg"))]),
        ("b", vec![pair("sys", quantity(90.0, "mg")), pair("dia", quantity(2.0, "mg"))]),
        ("c", vec![pair("sys", quantity(1.0, "g"))]),
        ("d", vec![pair("sys", quantity(5.0, "mg")), pair("sys", quantity(95.0, "mg"))]),
    ];
    for (id, entries) in all {
        put(&store, write(&key(OBSERVATION, id), id, entries)).await;
    }
    let both = |code: &str, value: Predicate| {
        compare(COMPOSITE, Predicate::Composite(vec![token_of(code), value]))
    };
    let cases = vec![
        (both("sys", more_than(80.0, "mg", false)), "b d"),
        (both("sys", more_than(80.0, "mg", true)), "b c d"),
        (both("dia", more_than(80.0, "mg", true)), "a"),
        (both("none", more_than(0.0, "mg", true)), ""),
        (both("sys", more_than(0.0, "mg", true)), "a b c d"),
        (Expression::Not(Box::new(both("sys", more_than(80.0, "mg", true)))), "a"),
        (Expression::Missing(COMPOSITE), ""),
    ];
    check(&store, OBSERVATION, cases).await;
    put(&store, write(&key(OBSERVATION, "d"), "d", vec![pair("sys", quantity(5.0, "mg"))])).await;
    check(&store, OBSERVATION, vec![(both("sys", more_than(80.0, "mg", false)), "b")]).await;
}

pub async fn units_are_converted(store: Arc<dyn Store>) {
    for (id, value, code) in [("a", 5.0, "mg"), ("b", 0.5, "g"), ("c", 700.0, "mg")] {
        let entries = vec![entry(VALUE, quantity(value, code))];
        put(&store, write(&key(OBSERVATION, id), id, entries)).await;
    }
    let cases = vec![
        (compare(VALUE, more_than(100.0, "mg", true)), "b c"),
        (compare(VALUE, more_than(100.0, "mg", false)), "c"),
        (compare(VALUE, more_than(0.6, "g", true)), "c"),
        (compare(VALUE, more_than(0.1, "g", false)), "b"),
    ];
    check(&store, OBSERVATION, cases).await;
}

pub async fn texts_of_tokens(store: Arc<dyn Store>) {
    let text = |text: &str| entry(GENDER, IndexValue::TokenText(text.into()));
    let all = [
        ("a", vec![token(GENDER, "s", "m"), text("male person")]),
        ("b", vec![token(GENDER, "s", "m"), text("mannlich")]),
        ("c", vec![token(GENDER, "s", "m")]),
        ("d", vec![text("male person"), text("other words")]),
        ("e", vec![entry(IDENTIFIER, IndexValue::TokenText("medical record".into()))]),
    ];
    for (id, entries) in all {
        put(&store, write(&key(PATIENT, id), id, entries)).await;
    }
    let begins =
        |parameter, text: &str| compare(parameter, Predicate::TokenText { folded: text.into() });
    let cases = vec![
        (begins(GENDER, "ma"), "a b d"),
        (begins(GENDER, "male"), "a d"),
        (begins(GENDER, "person"), ""),
        (begins(GENDER, "other"), "d"),
        (begins(IDENTIFIER, "medical"), "e"),
        (begins(GENDER, "medical"), ""),
        (is_token(GENDER, "s|m"), "a b c"),
        (Expression::And(vec![is_token(GENDER, "s|m"), begins(GENDER, "mann")]), "b"),
        (Expression::Not(Box::new(begins(GENDER, "ma"))), "c e"),
        (Expression::Missing(GENDER), "e"),
        (Expression::Missing(IDENTIFIER), "a b c d"),
    ];
    check(&store, PATIENT, cases).await;
    // The same code with another text, and back: the row is one.
    let entries = vec![token(GENDER, "s", "m"), text("mannlich")];
    put(&store, write(&key(PATIENT, "a"), "a", entries)).await;
    check(&store, PATIENT, vec![(begins(GENDER, "male"), "d"), (begins(GENDER, "mann"), "a b")])
        .await;
    put(&store, delete(&key(PATIENT, "a"))).await;
    check(&store, PATIENT, vec![(is_token(GENDER, "s|m"), "b c"), (begins(GENDER, "mann"), "b")])
        .await;
}

pub async fn identifiers_and_sets(store: Arc<dyn Store>) {
    let of_type = |code: &str, value: &str| {
        entry(
            IDENTIFIER,
            IndexValue::OfType { system: "t".into(), code: code.into(), value: value.into() },
        )
    };
    let named = |system: &str, value: &str| {
        let system = (!system.is_empty()).then(|| system.into());
        entry(ORGANIZATION_OF, IndexValue::TargetIdentifier { system, value: Some(value.into()) })
    };
    let all = [
        ("a", vec![token(IDENTIFIER, "s", "1"), of_type("MR", "1"), named("s", "9")]),
        ("b", vec![token(IDENTIFIER, "s", "2"), of_type("NI", "1"), named("", "9")]),
        ("c", vec![token(IDENTIFIER, "", "3"), token(GENDER, "s", "x")]),
    ];
    for (id, entries) in all {
        put(&store, write(&key(PATIENT, id), id, entries)).await;
    }
    let is_of_type = |code: &str, value: &str| {
        let (system, code, value) = ("t".into(), code.into(), value.into());
        compare(IDENTIFIER, Predicate::OfType { system, code, value })
    };
    let by_identifier = |system: TokenSystem, value: &str| {
        let code = TokenCode::Is(value.into());
        compare(ORGANIZATION_OF, Predicate::TargetIdentifier { system, code })
    };
    let within = |parameter, systems: &[(&str, &[&str])]| {
        let codes = |codes: &[&str]| codes.iter().map(|code| Box::from(*code)).collect();
        let systems =
            systems.iter().map(|(system, list)| (Box::from(*system), codes(list))).collect();
        compare(parameter, Predicate::TokenIn(Arc::new(CodeSet { systems })))
    };
    let cases = vec![
        (is_of_type("MR", "1"), "a"),
        (is_of_type("NI", "1"), "b"),
        (is_of_type("MR", "2"), ""),
        (by_identifier(TokenSystem::Any, "9"), "a b"),
        (by_identifier(TokenSystem::Is("s".into()), "9"), "a"),
        (by_identifier(TokenSystem::None, "9"), "b"),
        (Expression::Missing(ORGANIZATION_OF), "c"),
        (within(IDENTIFIER, &[("s", &["1", "2", "4"])]), "a b"),
        (within(IDENTIFIER, &[("", &["1", "3"])]), "c"),
        (within(GENDER, &[("r", &["x"]), ("s", &["x"])]), "c"),
        (within(GENDER, &[]), ""),
        (Expression::Not(Box::new(within(GENDER, &[("s", &["x"])]))), "a b"),
    ];
    check(&store, PATIENT, cases).await;
}

pub async fn canonicals(store: Arc<dyn Store>) {
    let whole =
        |url: &str| entry(INSTANTIATES, IndexValue::Reference(ReferenceTarget::Uri(url.into())));
    let parted = |parameter, version: &str| {
        entry(
            parameter,
            IndexValue::Canonical { url: "http://x.test/p".into(), version: version.into() },
        )
    };
    let all = [
        ("a", vec![whole("http://x.test/p")]),
        ("b", vec![whole("http://x.test/p|1"), parted(INSTANTIATES, "1")]),
        ("c", vec![whole("http://x.test/p|2"), parted(INSTANTIATES, "2")]),
        ("d", vec![whole("http://x.test/q")]),
        (
            "e",
            vec![entry(PROFILE, IndexValue::Uri("http://x.test/p|1".into())), parted(PROFILE, "1")],
        ),
    ];
    for (id, entries) in all {
        put(&store, write(&key(OBSERVATION, id), id, entries)).await;
    }
    let is = |parameter, version: Option<&str>| {
        let (url, version) = ("http://x.test/p".into(), version.map(Into::into));
        compare(parameter, Predicate::Canonical { url, version })
    };
    let below = Predicate::Uri { modifier: Modifier::Below, uri: "http://x.test".into() };
    let cases = vec![
        (is(INSTANTIATES, None), "a b c"),
        (is(INSTANTIATES, Some("1")), "b"),
        (is(INSTANTIATES, Some("3")), ""),
        (is(PROFILE, None), "e"),
        (is(PROFILE, Some("1")), "e"),
        (compare(INSTANTIATES, below), "a b c d"),
    ];
    check(&store, OBSERVATION, cases).await;
}

pub async fn places(store: Arc<dyn Store>) {
    let all = [
        ("liverpool", 53.4084, -2.9916),
        ("birkenhead", 53.3934, -3.0145),
        ("fiji-east", -17.0, -179.999),
        ("fiji-west", -17.0, 179.999),
        ("pole", 89.999, 0.0),
        ("pole-behind", 89.999, 180.0),
    ];
    for (id, latitude, longitude) in all {
        let place = entry(NEAR, IndexValue::Position { latitude, longitude });
        put(&store, write(&key(ORGANIZATION, id), id, vec![place])).await;
    }
    put(&store, write(&key(ORGANIZATION, "nowhere"), "x", vec![])).await;
    let near = |latitude, longitude, metres| {
        compare(NEAR, Predicate::Near { latitude, longitude, metres })
    };
    let cases = vec![
        (near(53.4084, -2.9916, 0.5), "liverpool"),
        (near(53.4084, -2.9916, 2_200.0), "liverpool"),
        (near(53.4084, -2.9916, 2_300.0), "liverpool birkenhead"),
        (near(-17.0, 180.0, 120.0), "fiji-east fiji-west"),
        (near(-17.0, -179.999, 150.0), "fiji-east"),
        (near(90.0, 77.0, 112.0), "pole pole-behind"),
        (near(89.999, 0.0, 112.0), "pole"),
        (near(0.0, 0.0, 2.1e7), "liverpool birkenhead fiji-east fiji-west pole pole-behind"),
        (Expression::Missing(NEAR), "nowhere"),
    ];
    check(&store, ORGANIZATION, cases).await;
}

pub async fn trees(store: Arc<dyn Store>) {
    let organization = |id: &str| key(ORGANIZATION, id);
    let local = |key: &ResourceKey| ReferenceTarget::Local(key.resource_type, key.id.clone());
    // top <- middle <- low, and a ring of two.
    for (id, parent) in
        [("low", "middle"), ("middle", "top"), ("ring1", "ring2"), ("ring2", "ring1")]
    {
        let entries = vec![reference(PART_OF, &organization(parent))];
        put(&store, write(&organization(id), id, entries)).await;
    }
    put(&store, write(&organization("top"), "x", vec![])).await;
    for id in ["low", "middle", "top", "ring1", "ring2"] {
        let entries = vec![reference(ORGANIZATION_OF, &organization(id))];
        put(&store, write(&key(PATIENT, id), id, entries)).await;
    }
    let tree = |root: &str, direction| {
        let (root, parent) = (local(&organization(root)), PART_OF);
        compare(ORGANIZATION_OF, Predicate::Hierarchy { root, parent, direction })
    };
    let cases = vec![
        (tree("middle", Direction::Below), "low middle"),
        (tree("middle", Direction::Above), "middle top"),
        (tree("top", Direction::Below), "low middle top"),
        (tree("low", Direction::Above), "low middle top"),
        (tree("ring1", Direction::Below), "ring1 ring2"),
        (tree("ring1", Direction::Above), "ring1 ring2"),
        (tree("never", Direction::Below), ""),
        (tree("never", Direction::Above), ""),
    ];
    check(&store, PATIENT, cases).await;
}

pub async fn words(store: Arc<dyn Store>) {
    let all = [
        ("a", "Severe <b>asthma</b> attack", "history"),
        ("b", "", "Asthma, mild. O'Brien"),
        ("c", "attack", "severe"),
    ];
    for (id, narrative, text) in all {
        let change = write_narrated(&key(PATIENT, id), narrative, text, Indexed::default());
        store.commit(batch(vec![change])).await.unwrap();
    }
    let phrase = |text: &str| TextQuery::Phrase(text.split(' ').map(Into::into).collect());
    let ask = |part, query| Expression::FullText { part, query };
    let (narrative, content) = (TextPart::Narrative, TextPart::Content);
    let both = TextQuery::And(vec![phrase("severe"), phrase("attack")]);
    let without = TextQuery::Without(Box::new(phrase("asthma")), Box::new(phrase("mild")));
    let cases = vec![
        (ask(narrative, phrase("asthma")), "a"),
        (ask(content, phrase("asthma")), "a b"),
        (ask(content, phrase("asthma attack")), "a"),
        (ask(content, phrase("attack asthma")), ""),
        (ask(content, phrase("asth")), ""),
        (ask(content, TextQuery::Begins("asth".into())), "a b"),
        (ask(content, both.clone()), "a c"),
        (ask(narrative, both), "a"),
        (ask(content, without), "a"),
        (ask(content, TextQuery::Or(vec![phrase("mild"), phrase("attack")])), "a b c"),
        (ask(content, phrase("obrien")), "b"),
        (Expression::Not(Box::new(ask(content, phrase("asthma")))), "c"),
    ];
    check(&store, PATIENT, cases).await;
    put(&store, write(&key(PATIENT, "a"), "nothing", vec![])).await;
    put(&store, delete(&key(PATIENT, "b"))).await;
    check(&store, PATIENT, vec![(ask(content, phrase("asthma")), "")]).await;
}

pub async fn several_types(store: Arc<dyn Store>) {
    for id in ["a", "b", "c"] {
        put(&store, write(&key(PATIENT, id), id, vec![string(NAME, id)])).await;
        put(&store, write(&key(ORGANIZATION, id), id, vec![string(NAME, id)])).await;
    }
    let text = |text: &str| {
        let (modifier, text) = (Modifier::EndsWith, text.into());
        let folded = Box::clone(&text);
        compare(NAME, Predicate::String { modifier, text, folded })
    };
    let mut both = search(PATIENT, Expression::All);
    both.branches
        .push(search(ORGANIZATION, Expression::Not(Box::new(text("b")))).branches.remove(0));
    let keys = |order| vec![SortKey { by: SortBy::Parameter(NAME), order }];
    for count in [1, 2, 100] {
        both.count = count;
        for branch in &mut both.branches {
            branch.sort.clear();
        }
        assert_eq!(found(&store, &both).await.join(" "), "a b c a c", "{count}");
        for (order, expected) in
            [(SortOrder::Ascending, "a a b c c"), (SortOrder::Descending, "c c b a a")]
        {
            for branch in &mut both.branches {
                branch.sort = keys(order);
            }
            assert_eq!(found(&store, &both).await.join(" "), expected, "{count}");
        }
    }
    assert_eq!(store.count(&both).await.unwrap(), 5);
    both.branches.clear();
    assert_eq!(found(&store, &both).await, Vec::<String>::new());
    assert_eq!(store.count(&both).await.unwrap(), 0);
}

pub async fn within_others(store: Arc<dyn Store>) {
    let holding = |entries: Vec<IndexEntry>, contained: &[(&str, &str)]| {
        let contained = contained.iter().map(|(id, name)| ContainedEntries {
            resource_type: PATIENT,
            local_id: (*id).into(),
            entries: vec![string(NAME, name), token(GENDER, "g", "x")],
        });
        Indexed { entries, contained: contained.collect() }
    };
    let put = async |id: &str, indexed| {
        let change = write_narrated(&key(OBSERVATION, id), "", "x", indexed);
        store.commit(batch(vec![change])).await.unwrap();
    };
    put("a", holding(vec![], &[("p", "anna"), ("q", "bert")])).await;
    put("b", holding(vec![], &[("p", "anna")])).await;
    let own = write(&key(PATIENT, "own"), "x", vec![string(NAME, "anna")]);
    store.commit(batch(vec![own])).await.unwrap();
    let name = |text: &str| {
        let (modifier, text) = (Modifier::Plain, text.into());
        let folded = Box::clone(&text);
        compare(NAME, Predicate::String { modifier, text, folded })
    };
    let ask = async |filter: Expression, contained| {
        let mut search = search(PATIENT, filter);
        search.contained = contained;
        let page = store.search(&search, None).await.unwrap();
        let ids = page.hits.into_iter().map(|hit| match hit.contained {
            Some((_, local)) => format!("{}#{local}", hit.resource.key.id),
            None => hit.resource.key.id.to_string(),
        });
        let ids: Vec<String> = ids.collect();
        assert_eq!(store.count(&search).await.unwrap(), ids.len() as u64);
        ids.join(" ")
    };
    let (itself, container) = (ContainedAnswer::Itself, ContainedAnswer::Container);
    let local = |id: &str| Expression::Id(vec![fhir::ResourceId::parse(id).unwrap()]);
    assert_eq!(ask(name("anna"), Contained::No).await, "own");
    assert_eq!(ask(name("anna"), Contained::Only(itself)).await, "a#p b#p");
    assert_eq!(ask(name("anna"), Contained::Only(container)).await, "a b");
    assert_eq!(ask(name("anna"), Contained::Both(itself)).await, "own a#p b#p");
    assert_eq!(ask(Expression::All, Contained::Only(container)).await, "a b");
    assert_eq!(ask(local("q"), Contained::Only(itself)).await, "a#q");
    // One and the same contained resource has to fulfil both.
    let both = Expression::And(vec![name("bert"), local("p")]);
    assert_eq!(ask(both, Contained::Only(itself)).await, "");
    put("a", holding(vec![], &[("p", "zoe")])).await;
    assert_eq!(ask(Expression::All, Contained::Only(itself)).await, "a#p b#p");
    assert_eq!(ask(name("anna"), Contained::Only(itself)).await, "b#p");
    store.commit(batch(vec![delete(&key(OBSERVATION, "b"))])).await.unwrap();
    assert_eq!(ask(Expression::All, Contained::Both(container)).await, "own a");
}

pub async fn explained(store: Arc<dyn Store>) {
    for number in 0..9 {
        let entries = vec![token(GENDER, "g", "x"), string(NAME, "o'brien")];
        put(&store, write(&key(PATIENT, &format!("p{number}")), "x", entries)).await;
    }
    let name = Predicate::String {
        modifier: Modifier::Exact,
        text: "o'brien".into(),
        folded: "o'brien".into(),
    };
    let filter = Expression::And(vec![is_token(GENDER, "g|x"), compare(NAME, name)]);
    let explanation = store.explain(&search(PATIENT, filter)).await.unwrap();
    let [.., last, whole] = explanation.steps.as_slice() else { panic!("{explanation:?}") };
    assert_eq!(whole.actual_rows, 9, "{whole:?}");
    assert_eq!((last.estimated_rows, last.actual_rows), (Some(Estimate::About(9)), 9));
    assert!(last.words.contains("gender") && last.words.contains("name"), "{}", last.words);
    assert!(last.sql.contains("'o''brien'") && !last.sql.contains('?'), "{}", last.sql);
    assert!(!last.plan.is_empty());
}
