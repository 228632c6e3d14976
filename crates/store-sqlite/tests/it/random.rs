//! Random operations on the store and on the contract's oracle, compared after each.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use search::{
    DateRange, Expression, IndexEntry, IndexValue, Modifier, NumberRange, Predicate, Prefix,
    ReferenceTarget, SortBy, SortKey, SortOrder,
};
use store::contract::fixture::{
    BIRTHDATE, CODE, DATE, GENDER, IDENTIFIER, NAME, OBSERVATION, ORGANIZATION, ORGANIZATION_OF,
    PATIENT, PROFILE, SCORE, SUBJECT, VALUE, batch, compare, date, delete, is_token, key,
    reference, search, string, token, uri, write,
};
use store::contract::model::{Model, Resource};
use store::{ResourceKey, Store};

#[derive(Clone, Debug)]
enum Operation {
    Write(ResourceKey, Vec<IndexEntry>),
    Delete(ResourceKey),
    Search(fhir::ResourceType, Expression, Vec<SortKey>),
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

fn quantity() -> impl Strategy<Value = IndexValue> {
    let part = |text: &'static str| (!text.is_empty()).then(|| text.into());
    (system(), system(), system(), number()).prop_map(move |(system, code, unit, value)| {
        IndexValue::Quantity {
            system: part(system),
            code: part(code),
            unit: part(unit),
            low: value,
            high: value,
            canonical: None,
        }
    })
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

fn patient_entry() -> impl Strategy<Value = IndexEntry> {
    prop_oneof![
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

fn patient_leaf() -> impl Strategy<Value = Expression> {
    let modifier =
        prop_oneof![Just(Modifier::Plain), Just(Modifier::Exact), Just(Modifier::Contains)];
    let uri_modifier = prop_oneof![
        Just(Modifier::Plain),
        Just(Modifier::Above),
        Just(Modifier::Below),
        Just(Modifier::Contains)
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
        vec(key_of(PATIENT), 0..3)
            .prop_map(|keys| Expression::Id(keys.into_iter().map(|key| key.id).collect())),
        parameters.prop_map(Expression::Missing),
    ]
}

fn observation_leaf() -> impl Strategy<Value = Expression> {
    let parameters = prop_oneof![Just(CODE), Just(SUBJECT), Just(DATE), Just(VALUE), Just(SCORE)];
    let part = |text: &'static str| (!text.is_empty()).then(|| text.into());
    prop_oneof![
        Just(Expression::All),
        code_text().prop_map(|text| is_token(CODE, &text)),
        target().prop_map(|target| compare(SUBJECT, Predicate::Reference(target))),
        date_range().prop_map(|range| compare(DATE, Predicate::Date(range))),
        number_range().prop_map(|range| compare(SCORE, Predicate::Number(range))),
        (number_range(), system(), system()).prop_map(move |(range, system, code)| {
            let (system, code) = (part(system), part(code));
            compare(VALUE, Predicate::Quantity { range, system, code, canonical: None })
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

fn operation() -> impl Strategy<Value = Operation> {
    let patients = (patient_filter(), sort(&[IDENTIFIER, GENDER, NAME, BIRTHDATE, PROFILE]));
    let observations = (observation_filter(), sort(&[CODE, DATE, VALUE, SCORE]));
    prop_oneof![
        3 => (key_of(PATIENT), vec(patient_entry(), 0..8)).prop_map(|(key, entries)| Operation::Write(key, entries)),
        3 => (key_of(OBSERVATION), vec(observation_entry(), 0..8)).prop_map(|(key, entries)| Operation::Write(key, entries)),
        1 => any_key().prop_map(Operation::Delete),
        4 => patients.prop_map(|(filter, sort)| Operation::Search(PATIENT, filter, sort)),
        3 => observations.prop_map(|(filter, sort)| Operation::Search(OBSERVATION, filter, sort)),
    ]
}

async fn run(store: Arc<dyn Store>, operations: Vec<Operation>) {
    let mut model = Model::default();
    for operation in operations {
        match operation {
            Operation::Write(key, entries) => {
                let change = write(&key, "x", entries.clone());
                let committed = store.commit(batch(vec![change])).await.unwrap()[0];
                let resource = model.resources.entry(key).or_default();
                let version = resource.version + 1;
                assert_eq!((committed.version.0, committed.created), (version, !resource.live));
                let last_updated = committed.last_updated;
                *resource = Resource { version, live: true, entries, last_updated };
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
                    (resource.live, resource.entries) = (false, Vec::new());
                }
            }
            Operation::Search(resource_type, filter, sort) => {
                compare_search(&store, &model, resource_type, filter, sort).await;
            }
        }
    }
    for (key, resource) in &model.resources {
        let read = store.read(key).await.unwrap().unwrap();
        assert_eq!((read.version.0, read.body.is_some()), (resource.version, resource.live));
    }
}

async fn compare_search(
    store: &Arc<dyn Store>,
    model: &Model,
    resource_type: fhir::ResourceType,
    filter: Expression,
    sort: Vec<SortKey>,
) {
    let expected = model.search(resource_type, &filter);
    let mut query = search(resource_type, filter);
    (query.branches[0].sort, query.count) = (sort, 2);
    let found = store::contract::fixture::found(store, &query).await;
    let mut ordered = found.clone();
    ordered.sort();
    let mut wanted = expected.clone();
    wanted.sort();
    assert_eq!(ordered, wanted, "{query:?}");
    assert_eq!(store.count(&query).await.unwrap(), expected.len() as u64, "{query:?}");
    let values: Vec<_> = found
        .iter()
        .map(|id| model.sort_values(&key(resource_type, id), &query.branches[0].sort))
        .collect();
    for pair in values.windows(2) {
        for ((a, b), by) in pair[0].iter().zip(&pair[1]).zip(&query.branches[0].sort) {
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
