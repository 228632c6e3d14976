//! Random expressions over what [`super::resources`] writes. A new predicate is a leaf of a type.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use search::{
    Branch, CanonicalRange, CodeSet, Contained, ContainedAnswer, DateRange, Direction, Expression,
    IndexValue, Modifier, NumberRange, Predicate, Prefix, ReferenceTarget, SortBy, SortKey,
    SortOrder, TextPart, TextQuery,
};
use store::contract::fixture::{
    BIRTHDATE, CODE, COMPOSITE, DATE, GENDER, IDENTIFIER, INSTANTIATES, NAME, NEAR, OBSERVATION,
    ORGANIZATION, ORGANIZATION_OF, PART_OF, PATIENT, PROFILE, SCORE, SUBJECT, TRIPLE, URL, VALUE,
    compare, is_token,
};

use super::resources::{
    any_key, instant, key_of, number, of_type, place, system, target, text, url,
};

pub(super) fn prefix() -> impl Strategy<Value = Prefix> {
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

pub(super) fn date_range() -> impl Strategy<Value = DateRange> {
    (prefix(), instant(), instant()).prop_map(|(prefix, a, b)| DateRange {
        prefix,
        low: a.min(b),
        high: a.max(b),
    })
}

pub(super) fn number_range() -> impl Strategy<Value = NumberRange> {
    (prefix(), number(), Just(0.5)).prop_map(|(prefix, value, margin)| NumberRange {
        prefix,
        low: value - margin,
        high: value + margin,
        value,
    })
}

pub(super) fn code_text() -> impl Strategy<Value = String> {
    (prop_oneof![Just(""), Just("|"), Just("s|"), Just("t|")], text())
        .prop_map(|(system, code)| format!("{system}{code}"))
}

pub(super) fn folded_text() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("a"), Just("ab"), Just("b"), Just("")]
}

pub(super) fn version() -> impl Strategy<Value = Option<Box<str>>> {
    prop_oneof![Just(None), Just(Some("".into())), Just(Some("s".into()))]
}

pub(super) fn code_set(parameter: search::ParameterId) -> impl Strategy<Value = Expression> {
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

pub(super) fn quantity_predicate() -> impl Strategy<Value = Predicate> {
    let part = |text: &'static str| (!text.is_empty()).then(|| text.into());
    let code = prop_oneof![Just(""), Just("s"), Just("g"), Just("mg")];
    (number_range(), system(), code, any::<bool>()).prop_map(
        move |(range, system, code, convert)| {
            let factor = if code == "mg" { 0.001 } else { 1.0 };
            // A unit is what there is to convert.
            let canonical = (convert && !code.is_empty()).then(|| CanonicalRange {
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

pub(super) fn words() -> impl Strategy<Value = (TextPart, TextQuery)> {
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
pub(super) fn prose() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("|x"),
        Just("alpha beta|x"),
        Just("|alpha beta gamma"),
        Just("Beta, ALPHA!|gamma"),
        Just("alpha|beta delta alphabet")
    ]
}

pub(super) fn organization_leaf() -> impl Strategy<Value = Expression> {
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
        url().prop_map(|uri| {
            compare(URL, Predicate::Uri { modifier: Modifier::Plain, uri: uri.into() })
        }),
        vec(key_of(ORGANIZATION), 0..3)
            .prop_map(|keys| Expression::Id(keys.into_iter().map(|key| key.id).collect())),
    ]
}

pub(super) fn patient_leaf() -> impl Strategy<Value = Expression> {
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

pub(super) fn observation_leaf() -> impl Strategy<Value = Expression> {
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

pub(super) fn nested(
    leaf: impl Strategy<Value = Expression> + 'static,
) -> impl Strategy<Value = Expression> {
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Expression::And),
            vec(inner.clone(), 0..4).prop_map(Expression::Or),
            inner.prop_map(|inner| Expression::Not(Box::new(inner))),
        ]
    })
}

pub(super) fn patient_filter() -> impl Strategy<Value = Expression> {
    let has = nested(observation_leaf()).prop_map(|inner| Expression::Has {
        source: OBSERVATION,
        parameter: SUBJECT,
        inner: Box::new(inner),
    });
    nested(prop_oneof![4 => patient_leaf(), 1 => has])
}

pub(super) fn observation_filter() -> impl Strategy<Value = Expression> {
    let chain = nested(patient_leaf()).prop_map(|inner| Expression::Chain {
        parameter: SUBJECT,
        target: PATIENT,
        inner: Box::new(inner),
    });
    let canonical = organization_filter().prop_map(|inner| Expression::Chain {
        parameter: INSTANTIATES,
        target: ORGANIZATION,
        inner: Box::new(inner),
    });
    nested(prop_oneof![4 => observation_leaf(), 1 => chain, 1 => canonical])
}

pub(super) fn organization_filter() -> impl Strategy<Value = Expression> {
    let has = nested(observation_leaf()).prop_map(|inner| Expression::Has {
        source: OBSERVATION,
        parameter: INSTANTIATES,
        inner: Box::new(inner),
    });
    nested(prop_oneof![4 => organization_leaf(), 1 => has])
}

pub(super) fn sort(
    parameters: &'static [search::ParameterId],
) -> impl Strategy<Value = Vec<SortKey>> {
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

pub(super) fn branch(
    resource_type: fhir::ResourceType,
    filter: impl Strategy<Value = Expression>,
    sort: impl Strategy<Value = Vec<SortKey>>,
) -> impl Strategy<Value = Branch> {
    (filter, sort).prop_map(move |(filter, sort)| Branch { resource_type, filter, sort })
}

pub(super) fn asked() -> impl Strategy<Value = Contained> {
    let answer = || prop_oneof![Just(ContainedAnswer::Itself), Just(ContainedAnswer::Container)];
    prop_oneof![
        5 => Just(Contained::No),
        1 => answer().prop_map(Contained::Only),
        1 => answer().prop_map(Contained::Both),
    ]
}
