//! Random operations on the store and on the contract's oracle, compared after each.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use search::{
    Branch, CanonicalRange, CanonicalValue, CodeSet, Contained, ContainedAnswer, ContainedEntries,
    DateRange, Direction, Expression, IndexEntry, IndexValue, Indexed, Modifier, NumberRange,
    Predicate, Prefix, ReferenceTarget, SortBy, SortKey, SortOrder, TextPart, TextQuery,
};
use store::contract::fixture::{
    BIRTHDATE, CODE, COMPOSITE, DATE, GENDER, IDENTIFIER, INSTANTIATES, NAME, NEAR, OBSERVATION,
    ORGANIZATION, ORGANIZATION_OF, PART_OF, PATIENT, PROFILE, SCORE, SUBJECT, TRIPLE, VALUE, batch,
    compare, date, delete, is_token, key, reference, search, string, token, uri, write_narrated,
};
use store::contract::model::{Model, Resource};
use store::{ResourceKey, Store};

#[derive(Clone, Debug)]
enum Operation {
    Write(ResourceKey, Indexed, &'static str),
    Delete(ResourceKey),
    Search(Vec<Branch>, Contained),
}

fn text() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("a"),
        Just("ab"),
        Just("B"),
        Just("Ab"),
        Just("é"),
        Just("%"),
        Just("_"),
        Just("'"),
        Just("\u{10FFFF}"),
        Just("\u{D7FF}"),
        Just("b a")
    ]
}

fn url() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("http://a"),
        Just("http://a/b"),
        Just("http://a/b/"),
        Just("http://a/bc"),
        Just("http://a/b/c"),
        Just("urn:a"),
        Just("urn:a:b")
    ]
}

fn system() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just(""), Just("s"), Just("t")]
}

fn key_of(resource_type: fhir::ResourceType) -> impl Strategy<Value = ResourceKey> {
    (0..6u8).prop_map(move |number| match number {
        0 => key(resource_type, "0b6dfd9c-67cb-4a44-9b3b-7c1a3d5e8f01"),
        _ => key(resource_type, &format!("r{number}")),
    })
}

fn any_key() -> impl Strategy<Value = ResourceKey> {
    prop_oneof![key_of(PATIENT), key_of(OBSERVATION), key_of(ORGANIZATION)]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(1.0), Just(-1.0), Just(1.5), Just(2.0), Just(100.0)]
}

/// Grams and milligrams have canonical ranges; the text of a unit is as good as its code.
fn quantity() -> impl Strategy<Value = IndexValue> {
    let part = |text: &'static str| (!text.is_empty()).then(|| text.into());
    let unit = prop_oneof![Just(""), Just("s"), Just("g"), Just("mg")];
    (system(), unit, system(), number(), number()).prop_map(move |(system, code, unit, a, b)| {
        let (low, high) = (a.min(b), if unit == "t" { a.max(b) } else { a.min(b) });
        let factor = match code {
            "g" => Some(1.0),
            "mg" => Some(0.001),
            _ => None,
        };
        IndexValue::Quantity {
            system: part(system),
            code: part(code),
            unit: part(unit),
            low,
            high,
            canonical: factor.map(|factor| CanonicalValue {
                unit: "g".into(),
                low: low * factor,
                high: high * factor,
            }),
        }
    })
}

fn token_value() -> impl Strategy<Value = IndexValue> {
    (system(), text()).prop_map(|(system, code)| token(CODE, system, code).value)
}

fn composite() -> impl Strategy<Value = IndexEntry> {
    (token_value(), quantity()).prop_map(|(code, value)| IndexEntry {
        parameter: COMPOSITE,
        value: IndexValue::Composite([code, value].into()),
    })
}

fn triple() -> impl Strategy<Value = IndexEntry> {
    let score = (number(), number())
        .prop_map(|(a, b)| IndexValue::Number { low: a.min(b), high: a.max(b) });
    (score, date_entry(DATE), text()).prop_map(|(score, date, note)| IndexEntry {
        parameter: TRIPLE,
        value: IndexValue::Composite([score, date.value, string(NAME, note).value].into()),
    })
}

fn token_text(parameter: search::ParameterId) -> impl Strategy<Value = IndexEntry> {
    prop_oneof![Just("a"), Just("ab"), Just("b a")]
        .prop_map(move |text| IndexEntry { parameter, value: IndexValue::TokenText(text.into()) })
}

fn of_type() -> impl Strategy<Value = IndexEntry> {
    (system(), system(), text()).prop_map(|(system, code, value)| IndexEntry {
        parameter: IDENTIFIER,
        value: IndexValue::OfType { system: system.into(), code: code.into(), value: value.into() },
    })
}

fn target_identifier(parameter: search::ParameterId) -> impl Strategy<Value = IndexEntry> {
    (system(), text()).prop_map(move |(system, value)| IndexEntry {
        parameter,
        value: IndexValue::TargetIdentifier {
            system: (!system.is_empty()).then(|| system.into()),
            value: Some(value.into()),
        },
    })
}

/// A canonical with a version, as an indexer gives it: the whole text stands beside it.
fn canonical(url: &str, version: &str, parameter: search::ParameterId) -> Vec<IndexEntry> {
    let whole: Box<str> = format!("{url}|{version}").into();
    let whole = match parameter {
        PROFILE => IndexValue::Uri(whole),
        _ => IndexValue::Reference(ReferenceTarget::Uri(whole)),
    };
    let parted = IndexValue::Canonical { url: url.into(), version: version.into() };
    [whole, parted].map(|value| IndexEntry { parameter, value }).into()
}

fn place() -> impl Strategy<Value = (f64, f64)> {
    let latitude = prop_oneof![Just(90.0), Just(-90.0), Just(0.0), Just(53.4), Just(53.401)];
    let longitude = prop_oneof![Just(-180.0), Just(179.999), Just(0.0), Just(-2.9), Just(-179.99)];
    (latitude, longitude)
}

fn instant() -> impl Strategy<Value = i64> {
    prop_oneof![0..20i64, Just(i64::MIN), Just(i64::MAX)]
}

fn date_entry(parameter: search::ParameterId) -> impl Strategy<Value = IndexEntry> {
    (instant(), instant()).prop_map(move |(a, b)| date(parameter, a.min(b), a.max(b)))
}

fn target() -> impl Strategy<Value = ReferenceTarget> {
    prop_oneof![
        any_key().prop_map(|key| ReferenceTarget::Local(key.resource_type, key.id)),
        url().prop_map(|uri| ReferenceTarget::Uri(uri.into())),
    ]
}

fn one(entry: impl Strategy<Value = IndexEntry>) -> impl Strategy<Value = Vec<IndexEntry>> {
    entry.prop_map(|entry| vec![entry])
}

fn patient_entries() -> impl Strategy<Value = Vec<IndexEntry>> {
    let versioned = (url(), system()).prop_map(|(url, version)| canonical(url, version, PROFILE));
    let entry = prop_oneof![5 => one(patient_entry()), 1 => versioned];
    vec(entry, 0..6).prop_map(|entries| entries.concat())
}

fn observation_entries() -> impl Strategy<Value = Vec<IndexEntry>> {
    let versioned =
        (url(), system()).prop_map(|(url, version)| canonical(url, version, INSTANTIATES));
    let entry = prop_oneof![8 => one(observation_entry()), 1 => versioned];
    vec(entry, 0..6).prop_map(|entries| entries.concat())
}

fn organization_entries() -> impl Strategy<Value = Vec<IndexEntry>> {
    let entry = prop_oneof![
        key_of(ORGANIZATION).prop_map(|key| reference(PART_OF, &key)),
        place().prop_map(|(latitude, longitude)| IndexEntry {
            parameter: NEAR,
            value: IndexValue::Position { latitude, longitude },
        }),
        text().prop_map(|text| string(NAME, text)),
    ];
    vec(entry, 0..4)
}

fn contained() -> impl Strategy<Value = Vec<ContainedEntries>> {
    let patient = patient_entries().prop_map(|entries| (PATIENT, entries));
    let organization = organization_entries().prop_map(|entries| (ORGANIZATION, entries));
    let id = prop_oneof![Just("r1"), Just("r2"), Just("x")];
    let one =
        (prop_oneof![patient, organization], id).prop_map(|((resource_type, entries), id)| {
            ContainedEntries { resource_type, local_id: id.into(), entries }
        });
    prop_oneof![3 => Just(Vec::new()), 1 => vec(one, 1..3)]
}

fn patient_entry() -> impl Strategy<Value = IndexEntry> {
    prop_oneof![
        token_text(GENDER),
        token_text(IDENTIFIER),
        of_type(),
        target_identifier(ORGANIZATION_OF),
        (system(), text()).prop_map(|(system, code)| token(IDENTIFIER, system, code)),
        (system(), text()).prop_map(|(system, code)| token(GENDER, system, code)),
        text().prop_map(|text| string(NAME, text)),
        date_entry(BIRTHDATE),
        target().prop_map(|target| IndexEntry {
            parameter: ORGANIZATION_OF,
            value: IndexValue::Reference(target)
        }),
        url().prop_map(|url| uri(PROFILE, url)),
    ]
}

fn observation_entry() -> impl Strategy<Value = IndexEntry> {
    prop_oneof![
        composite(),
        triple(),
        token_text(CODE),
        url().prop_map(|url| IndexEntry {
            parameter: INSTANTIATES,
            value: IndexValue::Reference(ReferenceTarget::Uri(url.into())),
        }),
        (system(), text()).prop_map(|(system, code)| token(CODE, system, code)),
        any_key().prop_map(|key| reference(SUBJECT, &key)),
        date_entry(DATE),
        quantity().prop_map(|value| IndexEntry { parameter: VALUE, value }),
        (number(), number()).prop_map(|(a, b)| IndexEntry {
            parameter: SCORE,
            value: IndexValue::Number { low: a.min(b), high: a.max(b) }
        }),
    ]
}

fn prefix() -> impl Strategy<Value = Prefix> {
    prop_oneof![
        Just(Prefix::Eq),
        Just(Prefix::Ne),
        Just(Prefix::Gt),
        Just(Prefix::Lt),
        Just(Prefix::Ge),
        Just(Prefix::Le),
        Just(Prefix::Sa),
        Just(Prefix::Eb),
        Just(Prefix::Ap)
    ]
}

fn date_range() -> impl Strategy<Value = DateRange> {
    (prefix(), instant(), instant()).prop_map(|(prefix, a, b)| DateRange {
        prefix,
        low: a.min(b),
        high: a.max(b),
    })
}

fn number_range() -> impl Strategy<Value = NumberRange> {
    (prefix(), number(), Just(0.5)).prop_map(|(prefix, value, margin)| NumberRange {
        prefix,
        low: value - margin,
        high: value + margin,
        value,
    })
}

fn code_text() -> impl Strategy<Value = String> {
    (prop_oneof![Just(""), Just("|"), Just("s|"), Just("t|")], text())
        .prop_map(|(system, code)| format!("{system}{code}"))
}

fn folded_text() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("a"), Just("ab"), Just("b"), Just("")]
}

fn version() -> impl Strategy<Value = Option<Box<str>>> {
    prop_oneof![Just(None), Just(Some("".into())), Just(Some("s".into()))]
}

fn code_set(parameter: search::ParameterId) -> impl Strategy<Value = Expression> {
    // More than are listed one by one, some of which are there.
    let many = |codes: Vec<&str>, fill: bool| {
        let filling = (0..if fill { 20 } else { 0 }).map(|number| format!("\"{number}\\"));
        let mut codes: Vec<Box<str>> =
            codes.into_iter().map(str::to_owned).chain(filling).map(Into::into).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    };
    let systems = vec((system(), vec(text(), 0..4), any::<bool>()), 0..3);
    systems.prop_map(move |systems| {
        let mut systems: Vec<(Box<str>, Vec<Box<str>>)> = systems
            .into_iter()
            .map(|(system, codes, fill)| (system.into(), many(codes, fill)))
            .collect();
        systems.sort_unstable();
        systems.dedup_by(|a, b| a.0 == b.0);
        compare(parameter, Predicate::TokenIn(Arc::new(CodeSet { systems })))
    })
}

fn quantity_predicate() -> impl Strategy<Value = Predicate> {
    let part = |text: &'static str| (!text.is_empty()).then(|| text.into());
    let code = prop_oneof![Just(""), Just("s"), Just("g"), Just("mg")];
    (number_range(), system(), code, any::<bool>()).prop_map(
        move |(range, system, code, convert)| {
            let factor = if code == "mg" { 0.001 } else { 1.0 };
            let canonical = convert.then(|| CanonicalRange {
                unit: "g".into(),
                range: NumberRange {
                    prefix: range.prefix,
                    low: range.low * factor,
                    high: range.high * factor,
                    value: range.value * factor,
                },
            });
            Predicate::Quantity { range, system: part(system), code: part(code), canonical }
        },
    )
}

fn words() -> impl Strategy<Value = (TextPart, TextQuery)> {
    let word = || prop_oneof![Just("alpha"), Just("beta"), Just("gamma"), Just("delta")];
    let leaf = prop_oneof![
        vec(word(), 1..3)
            .prop_map(|words| TextQuery::Phrase(words.into_iter().map(Into::into).collect())),
        prop_oneof![Just("al"), Just("b"), Just("gamma")]
            .prop_map(|start| TextQuery::Begins(start.into())),
    ];
    let query = leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..3).prop_map(TextQuery::And),
            vec(inner.clone(), 1..3).prop_map(TextQuery::Or),
            (inner.clone(), inner)
                .prop_map(|(one, other)| TextQuery::Without(Box::new(one), Box::new(other))),
        ]
    });
    (prop_oneof![Just(TextPart::Narrative), Just(TextPart::Content)], query)
}

/// A narrative and a note, parted by a bar.
fn prose() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("|x"),
        Just("alpha beta|x"),
        Just("|alpha beta gamma"),
        Just("Beta, ALPHA!|gamma"),
        Just("alpha|beta delta alphabet")
    ]
}

fn organization_leaf() -> impl Strategy<Value = Expression> {
    let metres = prop_oneof![Just(0.001), Just(150.0), Just(2_000.0), Just(1e6), Just(3e7)];
    prop_oneof![
        (place(), metres).prop_map(|((latitude, longitude), metres)| {
            compare(NEAR, Predicate::Near { latitude, longitude, metres })
        }),
        text().prop_map(|text| {
            let (modifier, folded) = (Modifier::Plain, text.to_lowercase().into());
            compare(NAME, Predicate::String { modifier, text: text.into(), folded })
        }),
        Just(Expression::Missing(NEAR)),
        vec(key_of(ORGANIZATION), 0..3)
            .prop_map(|keys| Expression::Id(keys.into_iter().map(|key| key.id).collect())),
    ]
}

fn patient_leaf() -> impl Strategy<Value = Expression> {
    let modifier = prop_oneof![
        Just(Modifier::Plain),
        Just(Modifier::Exact),
        Just(Modifier::Contains),
        Just(Modifier::EndsWith)
    ];
    let uri_modifier = prop_oneof![
        Just(Modifier::Plain),
        Just(Modifier::Above),
        Just(Modifier::Below),
        Just(Modifier::Contains),
        Just(Modifier::EndsWith)
    ];
    let parameters = prop_oneof![
        Just(IDENTIFIER),
        Just(GENDER),
        Just(NAME),
        Just(BIRTHDATE),
        Just(ORGANIZATION_OF),
        Just(PROFILE)
    ];
    prop_oneof![
        Just(Expression::All),
        Just(Expression::Never),
        code_text().prop_map(|text| is_token(IDENTIFIER, &text)),
        code_text().prop_map(|text| is_token(GENDER, &text)),
        Just(is_token(GENDER, "s|")),
        (modifier, text()).prop_map(|(modifier, text)| {
            let folded = text.to_lowercase().into();
            compare(NAME, Predicate::String { modifier, text: text.into(), folded })
        }),
        date_range().prop_map(|range| compare(BIRTHDATE, Predicate::Date(range))),
        target().prop_map(|target| compare(ORGANIZATION_OF, Predicate::Reference(target))),
        any_key().prop_map(|key| {
            compare(ORGANIZATION_OF, Predicate::ReferenceId(vec![PATIENT, ORGANIZATION], key.id))
        }),
        (uri_modifier, url()).prop_map(|(modifier, uri)| {
            compare(PROFILE, Predicate::Uri { modifier, uri: uri.into() })
        }),
        code_set(IDENTIFIER),
        code_set(GENDER),
        folded_text()
            .prop_map(|folded| compare(GENDER, Predicate::TokenText { folded: folded.into() })),
        folded_text()
            .prop_map(|folded| compare(IDENTIFIER, Predicate::TokenText { folded: folded.into() })),
        of_type().prop_map(|entry| {
            let IndexValue::OfType { system, code, value } = entry.value else { unreachable!() };
            compare(IDENTIFIER, Predicate::OfType { system, code, value })
        }),
        code_text().prop_map(|text| {
            let Expression::Compare(comparison) = is_token(IDENTIFIER, &text) else {
                unreachable!()
            };
            let Predicate::Token { system, code } = comparison.predicate else { unreachable!() };
            compare(ORGANIZATION_OF, Predicate::TargetIdentifier { system, code })
        }),
        (url(), version()).prop_map(|(url, version)| {
            compare(PROFILE, Predicate::Canonical { url: url.into(), version })
        }),
        (key_of(ORGANIZATION), any::<bool>()).prop_map(|(root, up)| {
            let root = ReferenceTarget::Local(root.resource_type, root.id);
            let direction = if up { Direction::Above } else { Direction::Below };
            compare(ORGANIZATION_OF, Predicate::Hierarchy { root, parent: PART_OF, direction })
        }),
        words().prop_map(|(part, query)| Expression::FullText { part, query }),
        vec(key_of(PATIENT), 0..3)
            .prop_map(|keys| Expression::Id(keys.into_iter().map(|key| key.id).collect())),
        parameters.prop_map(Expression::Missing),
    ]
}

fn observation_leaf() -> impl Strategy<Value = Expression> {
    let parameters = prop_oneof![
        Just(CODE),
        Just(SUBJECT),
        Just(DATE),
        Just(VALUE),
        Just(SCORE),
        Just(COMPOSITE),
        Just(INSTANTIATES)
    ];
    prop_oneof![
        Just(Expression::All),
        code_text().prop_map(|text| is_token(CODE, &text)),
        target().prop_map(|target| compare(SUBJECT, Predicate::Reference(target))),
        date_range().prop_map(|range| compare(DATE, Predicate::Date(range))),
        number_range().prop_map(|range| compare(SCORE, Predicate::Number(range))),
        quantity_predicate().prop_map(|predicate| compare(VALUE, predicate)),
        (code_text(), quantity_predicate()).prop_map(|(code, quantity)| {
            let Expression::Compare(code) = is_token(CODE, &code) else { unreachable!() };
            compare(COMPOSITE, Predicate::Composite(vec![code.predicate, quantity]))
        }),
        (number_range(), date_range(), text()).prop_map(|(score, date, text)| {
            let modifier = Modifier::Plain;
            let folded = text.to_lowercase().into();
            let note = Predicate::String { modifier, text: text.into(), folded };
            let parts = vec![Predicate::Number(score), Predicate::Date(date), note];
            compare(TRIPLE, Predicate::Composite(parts))
        }),
        folded_text()
            .prop_map(|folded| compare(CODE, Predicate::TokenText { folded: folded.into() })),
        (url(), version()).prop_map(|(url, version)| {
            compare(INSTANTIATES, Predicate::Canonical { url: url.into(), version })
        }),
        url().prop_map(|uri| {
            compare(INSTANTIATES, Predicate::Uri { modifier: Modifier::Below, uri: uri.into() })
        }),
        parameters.prop_map(Expression::Missing),
    ]
}

fn nested(leaf: impl Strategy<Value = Expression> + 'static) -> impl Strategy<Value = Expression> {
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Expression::And),
            vec(inner.clone(), 0..4).prop_map(Expression::Or),
            inner.prop_map(|inner| Expression::Not(Box::new(inner))),
        ]
    })
}

fn patient_filter() -> impl Strategy<Value = Expression> {
    let has = nested(observation_leaf()).prop_map(|inner| Expression::Has {
        source: OBSERVATION,
        parameter: SUBJECT,
        inner: Box::new(inner),
    });
    nested(prop_oneof![4 => patient_leaf(), 1 => has])
}

fn observation_filter() -> impl Strategy<Value = Expression> {
    let chain = nested(patient_leaf()).prop_map(|inner| Expression::Chain {
        parameter: SUBJECT,
        target: PATIENT,
        inner: Box::new(inner),
    });
    nested(prop_oneof![4 => observation_leaf(), 1 => chain])
}

fn sort(parameters: &'static [search::ParameterId]) -> impl Strategy<Value = Vec<SortKey>> {
    let key = (0..parameters.len() + 2, any::<bool>()).prop_map(move |(which, up)| SortKey {
        by: match which {
            0 => SortBy::Id,
            1 => SortBy::LastUpdated,
            _ => SortBy::Parameter(parameters[which - 2]),
        },
        order: if up { SortOrder::Ascending } else { SortOrder::Descending },
    });
    vec(key, 0..3)
}

fn branch(
    resource_type: fhir::ResourceType,
    filter: impl Strategy<Value = Expression>,
    sort: impl Strategy<Value = Vec<SortKey>>,
) -> impl Strategy<Value = Branch> {
    (filter, sort).prop_map(move |(filter, sort)| Branch { resource_type, filter, sort })
}

fn asked() -> impl Strategy<Value = Contained> {
    let answer = || prop_oneof![Just(ContainedAnswer::Itself), Just(ContainedAnswer::Container)];
    prop_oneof![
        5 => Just(Contained::No),
        1 => answer().prop_map(Contained::Only),
        1 => answer().prop_map(Contained::Both),
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    let patient_sort = || sort(&[IDENTIFIER, GENDER, NAME, BIRTHDATE, PROFILE]);
    let patients = branch(PATIENT, patient_filter(), patient_sort());
    let observations = branch(OBSERVATION, observation_filter(), sort(&[CODE, DATE, VALUE, SCORE]));
    let organizations = branch(ORGANIZATION, nested(organization_leaf()), sort(&[NAME]));
    // Several types have the keys in common that all have.
    let common = |keys: Vec<bool>| -> Vec<SortKey> {
        let key = |up| SortKey {
            by: SortBy::Id,
            order: if up { SortOrder::Ascending } else { SortOrder::Descending },
        };
        keys.into_iter().map(key).collect()
    };
    let several = (
        patient_filter(),
        observation_filter(),
        nested(organization_leaf()),
        vec(any::<bool>(), 0..2),
    )
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
