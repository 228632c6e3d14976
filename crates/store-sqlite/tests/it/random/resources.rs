//! Random entries of an index: what the written resources are found by. A new kind of value is added
//! to the entries of one of the types.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, prop_oneof};
use search::{CanonicalValue, ContainedEntries, IndexEntry, IndexValue, ReferenceTarget};
use store::ResourceKey;
use store::contract::fixture::{
    BIRTHDATE, CODE, COMPOSITE, DATE, GENDER, IDENTIFIER, INSTANTIATES, NAME, NEAR, OBSERVATION,
    ORGANIZATION, ORGANIZATION_OF, PART_OF, PATIENT, PROFILE, SCORE, SUBJECT, TRIPLE, URL, VALUE,
    date, key, reference, string, token, uri,
};

pub(super) fn text() -> impl Strategy<Value = &'static str> {
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

pub(super) fn url() -> impl Strategy<Value = &'static str> {
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

pub(super) fn system() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just(""), Just("s"), Just("t")]
}

pub(super) fn key_of(resource_type: fhir::ResourceType) -> impl Strategy<Value = ResourceKey> {
    (0..6u8).prop_map(move |number| match number {
        0 => key(resource_type, "0b6dfd9c-67cb-4a44-9b3b-7c1a3d5e8f01"),
        _ => key(resource_type, &format!("r{number}")),
    })
}

pub(super) fn any_key() -> impl Strategy<Value = ResourceKey> {
    prop_oneof![key_of(PATIENT), key_of(OBSERVATION), key_of(ORGANIZATION)]
}

pub(super) fn number() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(1.0), Just(-1.0), Just(1.5), Just(2.0), Just(100.0)]
}

/// Grams and milligrams have canonical ranges; the text of a unit is as good as its code.
pub(super) fn quantity() -> impl Strategy<Value = IndexValue> {
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

pub(super) fn token_value() -> impl Strategy<Value = IndexValue> {
    (system(), text()).prop_map(|(system, code)| token(CODE, system, code).value)
}

pub(super) fn composite() -> impl Strategy<Value = IndexEntry> {
    (token_value(), quantity()).prop_map(|(code, value)| IndexEntry {
        parameter: COMPOSITE,
        value: IndexValue::Composite([code, value].into()),
    })
}

pub(super) fn triple() -> impl Strategy<Value = IndexEntry> {
    let score = (number(), number())
        .prop_map(|(a, b)| IndexValue::Number { low: a.min(b), high: a.max(b) });
    (score, date_entry(DATE), text()).prop_map(|(score, date, note)| IndexEntry {
        parameter: TRIPLE,
        value: IndexValue::Composite([score, date.value, string(NAME, note).value].into()),
    })
}

pub(super) fn token_text(parameter: search::ParameterId) -> impl Strategy<Value = IndexEntry> {
    prop_oneof![Just("a"), Just("ab"), Just("b a")]
        .prop_map(move |text| IndexEntry { parameter, value: IndexValue::TokenText(text.into()) })
}

pub(super) fn of_type() -> impl Strategy<Value = IndexEntry> {
    (system(), system(), text()).prop_map(|(system, code, value)| IndexEntry {
        parameter: IDENTIFIER,
        value: IndexValue::OfType { system: system.into(), code: code.into(), value: value.into() },
    })
}

pub(super) fn target_identifier(
    parameter: search::ParameterId,
) -> impl Strategy<Value = IndexEntry> {
    (system(), text()).prop_map(move |(system, value)| IndexEntry {
        parameter,
        value: IndexValue::TargetIdentifier {
            system: (!system.is_empty()).then(|| system.into()),
            value: Some(value.into()),
        },
    })
}

/// A canonical with a version, as an indexer gives it: the whole text stands beside it.
pub(super) fn canonical(
    url: &str,
    version: &str,
    parameter: search::ParameterId,
) -> Vec<IndexEntry> {
    let whole: Box<str> = format!("{url}|{version}").into();
    let whole = match parameter {
        PROFILE => IndexValue::Uri(whole),
        _ => IndexValue::Reference(ReferenceTarget::Uri(whole)),
    };
    let parted = IndexValue::Canonical { url: url.into(), version: version.into() };
    [whole, parted].map(|value| IndexEntry { parameter, value }).into()
}

pub(super) fn place() -> impl Strategy<Value = (f64, f64)> {
    let latitude = prop_oneof![Just(90.0), Just(-90.0), Just(0.0), Just(53.4), Just(53.401)];
    let longitude = prop_oneof![Just(-180.0), Just(179.999), Just(0.0), Just(-2.9), Just(-179.99)];
    (latitude, longitude)
}

pub(super) fn instant() -> impl Strategy<Value = i64> {
    prop_oneof![0..20i64, Just(i64::MIN), Just(i64::MAX)]
}

pub(super) fn date_entry(parameter: search::ParameterId) -> impl Strategy<Value = IndexEntry> {
    (instant(), instant()).prop_map(move |(a, b)| date(parameter, a.min(b), a.max(b)))
}

pub(super) fn target() -> impl Strategy<Value = ReferenceTarget> {
    prop_oneof![
        any_key().prop_map(|key| ReferenceTarget::Local(key.resource_type, key.id)),
        url().prop_map(|uri| ReferenceTarget::Uri(uri.into())),
    ]
}

pub(super) fn one(
    entry: impl Strategy<Value = IndexEntry>,
) -> impl Strategy<Value = Vec<IndexEntry>> {
    entry.prop_map(|entry| vec![entry])
}

pub(super) fn patient_entries() -> impl Strategy<Value = Vec<IndexEntry>> {
    let versioned = (url(), system()).prop_map(|(url, version)| canonical(url, version, PROFILE));
    let entry = prop_oneof![5 => one(patient_entry()), 1 => versioned];
    vec(entry, 0..6).prop_map(|entries| entries.concat())
}

pub(super) fn observation_entries() -> impl Strategy<Value = Vec<IndexEntry>> {
    let versioned =
        (url(), system()).prop_map(|(url, version)| canonical(url, version, INSTANTIATES));
    let entry = prop_oneof![8 => one(observation_entry()), 1 => versioned];
    vec(entry, 0..6).prop_map(|entries| entries.concat())
}

pub(super) fn organization_entries() -> impl Strategy<Value = Vec<IndexEntry>> {
    let entry = prop_oneof![
        key_of(ORGANIZATION).prop_map(|key| reference(PART_OF, &key)),
        place().prop_map(|(latitude, longitude)| IndexEntry {
            parameter: NEAR,
            value: IndexValue::Position { latitude, longitude },
        }),
        text().prop_map(|text| string(NAME, text)),
        url().prop_map(|url| uri(URL, url)),
        (url(), system()).prop_map(|(url, version)| IndexEntry {
            parameter: URL,
            value: IndexValue::OwnCanonical(format!("{url}|{version}").into()),
        }),
    ];
    vec(entry, 0..5)
}

pub(super) fn contained() -> impl Strategy<Value = Vec<ContainedEntries>> {
    let patient = patient_entries().prop_map(|entries| (PATIENT, entries));
    let organization = organization_entries().prop_map(|entries| (ORGANIZATION, entries));
    let id = prop_oneof![Just("r1"), Just("r2"), Just("x")];
    let one =
        (prop_oneof![patient, organization], id).prop_map(|((resource_type, entries), id)| {
            ContainedEntries { resource_type, local_id: id.into(), entries }
        });
    prop_oneof![3 => Just(Vec::new()), 1 => vec(one, 1..3)]
}

pub(super) fn patient_entry() -> impl Strategy<Value = IndexEntry> {
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

pub(super) fn observation_entry() -> impl Strategy<Value = IndexEntry> {
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
