//! Nothing from outside makes the crate panic.

use fhir::Tree;
use proptest::prelude::*;
use search::{Explain, Handling, encode_query, parse_query, render_query, simplify};

use crate::extract::indexer;
use crate::synthea::bundles;
use crate::{definitions, options, resource_type};

/// Pieces that queries are made of, so that random texts come near to real ones.
const PIECES: &[&str] = &[
    "name",
    "birthdate",
    "subject",
    "_has",
    "_include",
    "_revinclude",
    "_sort",
    "_count",
    "_id",
    "_lastUpdated",
    "value-quantity",
    "code",
    "Patient",
    "Observation",
    ":",
    ".",
    "-",
    "*",
    "|",
    ",",
    "\\",
    "$",
    "iterate",
    "exact",
    "missing",
    "not",
    "above",
    "ap",
    "ge",
    "2020-01-01",
    "9999",
    "0000-00-00T",
    "1e",
    "5.4",
    "%",
    "é",
    "http://",
    "urn:uuid:",
    "/",
    "#",
    "?",
    " ",
    "\u{301}",
    "\0",
    "_elements",
    "_summary",
    "true",
    "𝒜",
    "_filter",
    "name eq \"a\"",
    " and ",
    " or ",
    "not (",
    "(",
    ")",
    "\"",
    " pr true",
    " sw ",
    "_text",
    "_content",
    "AND",
    "OR",
    "NOT",
    "near",
    "51.5|-0.1",
    "|10|km",
    "[mi_i]",
    "_list",
    "$current-problems",
    "_has:Observation:patient:",
    "_has:",
    "code-value-quantity",
    "combo-code-value-quantity",
    "code-value-date",
    "8480-6$gt5.4",
    "$gt",
    "_type",
    "_total",
    "_contained",
    "_explain",
    "of-type",
    "not-in",
    "below",
    "identifier",
    "http://hl7.org/fhir/ValueSet/administrative-gender",
    // Escapes, whole and broken off.
    "\\,",
    "\\|",
    "\\$",
    "\\\\",
    "\\q",
    "%5C",
    "%2C",
    // Insides of filters, words, places, lists and stars.
    "[",
    "]",
    " ne ",
    " co ",
    " ew ",
    " po ",
    " ss ",
    " sb ",
    " in ",
    " ni ",
    " re ",
    " eq \"\\u00e9\\\"",
    "\\u{",
    "patient[gender eq male].",
    "\"heart failure\"",
    "mild*",
    "91|181",
    "|-1|",
    "List/",
    "_query",
    "_containedType",
    "Observation:*",
    "$1$2$",
    "|http://unitsofmeasure.org|mg",
];

/// Queries that are right, so that a piece put in or taken out leaves them near to it.
const WHOLE: &[(&str, &str, &str)] = &[
    ("Patient", "_filter", "name eq \"a b\" and (birthdate ge 1970 or not (gender pr false))"),
    ("Patient", "_filter", "_has:Observation:patient.code eq http://loinc.org|8480-6"),
    ("Observation", "_filter", "subject.name sw a or value-quantity gt 5|http://x|mg"),
    ("Patient", "_filter", r#"family eq "a\u00e9\"b" or identifier eq urn:s|1\,2"#),
    ("Observation", "_filter", "patient[gender eq male].organization.name sw a"),
    ("Observation", "_filter", "status ss http://hl7.org/fhir/observation-status|final"),
    ("Patient", "_filter", "gender in http://hl7.org/fhir/ValueSet/administrative-gender"),
    ("Patient", "_text", "(asthma OR \"heart failure\") AND NOT mild*"),
    ("Patient", "_content", "asthma heart*"),
    ("Patient", "_list", "l1,l2"),
    ("Patient", "_has:Observation:patient:code", "http://loinc.org|8480-6"),
    ("Patient", "_has:Observation:patient:_has:Provenance:target:agent", "Practitioner/1"),
    ("Observation", "code-value-quantity", "http://loinc.org|8480-6$gt5.4|http://x|mg"),
    ("Observation", "code-value-date", "a$2020-01-01,b$ge2021"),
    ("Observation", "subject:Patient.organization.name:contains", "hope\\,street"),
    ("Patient", "name:exact", r"a\,b\|c\$d\\e,f"),
    ("Patient", "identifier", r"urn:s\|t|2\,3,|4\$"),
    ("Observation", "code-value-quantity", r"urn:s|a\$b\,c$ge5.4,d\\$5||mg"),
    ("Observation", "combo-code-value-quantity", "8480-6$ap140"),
    ("Patient", "_has:Observation:patient:performer:Practitioner.family:exact", r"a\,b"),
    ("Patient", "_revinclude:iterate", "*"),
    ("Patient", "_include:iterate", "*"),
    ("Location", "near", "51.5|-0.1|10|km,53.9|-1.08"),
    ("ValueSet", "url:below", "http://a.test/b"),
];

/// A right query with something put in the place of a part of its name or value.
fn bent() -> impl Strategy<Value = (&'static str, String, String)> {
    let put = prop_oneof![prop::sample::select(PIECES).prop_map(str::to_owned), ".{0,3}"];
    (prop::sample::select(WHOLE), any::<bool>(), any::<prop::sample::Index>(), 0_usize..6, put)
        .prop_map(|((kind, name, value), in_name, at, length, put)| {
            let bend = |text: &str| {
                let chars: Vec<char> = text.chars().collect();
                let from = at.index(chars.len() + 1);
                let to = (from + length).min(chars.len());
                let around = |part: &[char]| part.iter().collect::<String>();
                format!("{}{put}{}", around(&chars[..from]), around(&chars[to..]))
            };
            if in_name {
                (kind, bend(name), value.to_owned())
            } else {
                (kind, name.to_owned(), bend(value))
            }
        })
}

/// Whatever is read can be shown, and what is shown as a query is read as the same again.
fn taken_or_refused(type_name: &str, pairs: &[(String, String)]) -> Result<(), TestCaseError> {
    for handling in [Handling::Strict, Handling::Lenient] {
        let read = parse_query(definitions(), resource_type(type_name), pairs, &options(handling));
        let search = match read {
            Ok((search, _)) => search,
            Err(issues) => {
                prop_assert!(!issues.is_empty());
                prop_assert!(issues.iter().all(|issue| issue.message.len() > 10));
                continue;
            }
        };
        let filter = &search.branches[0].filter;
        let shown = Explain { definitions: definitions(), expression: filter }.to_string();
        prop_assert!(!shown.is_empty());
        prop_assert_eq!(simplify(filter.clone()), filter.clone());
        let used = render_query(definitions(), &search);
        prop_assert!(encode_query(&used).is_ascii());
        let again =
            parse_query(definitions(), resource_type(type_name), &used, &options(Handling::Strict));
        let again = again.map_err(|issues| TestCaseError::fail(format!("{used:?}: {issues:?}")))?.0;
        prop_assert_eq!(&again.branches, &search.branches);
        prop_assert_eq!(again.count, search.count);
        prop_assert_eq!(again.includes.len(), search.includes.len());
        prop_assert!(again.includes.iter().all(|include| search.includes.contains(include)));
    }
    Ok(())
}

#[test]
fn the_whole_ones_are_right() {
    for (type_name, name, value) in WHOLE {
        let pairs = [((*name).to_owned(), (*value).to_owned())];
        let read = parse_query(
            definitions(),
            resource_type(type_name),
            &pairs,
            &options(Handling::Strict),
        );
        assert!(read.is_ok(), "{name}={value}: {read:?}");
        taken_or_refused(type_name, &pairs).expect("the same again");
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::collection::vec(prop::sample::select(PIECES), 0..8)
            .prop_map(|pieces| pieces.concat()),
        ".{0,40}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_query_is_taken_or_refused(
        pairs in prop::collection::vec((text(), text()), 0..5),
        type_name in prop::sample::select(&["Patient", "Observation", "ValueSet", "Bundle", "Location"][..]),
    ) {
        taken_or_refused(type_name, &pairs)?;
    }

    #[test]
    fn a_query_that_is_nearly_right_is_taken_or_refused((type_name, name, value) in bent()) {
        taken_or_refused(type_name, &[(name, value)])?;
    }

    #[test]
    fn any_date_number_and_reference_is_taken_or_refused(
        value in "(eq|ne|gt|lt|ge|le|sa|eb|ap|)[-+0-9.eETZ:|/ ]{0,30}",
        code in prop::sample::select(&["date", "value-quantity", "subject", "_lastUpdated"][..]),
    ) {
        let pairs = [(code.to_owned(), value)];
        let _ = parse_query(definitions(), resource_type("Observation"), &pairs, &options(Handling::Strict));
    }

    #[test]
    fn any_shape_of_resource_is_walked(
        name in prop::sample::select(&["name", "identifier", "birthDate", "telecom", "deceasedBoolean", "meta", "link", "address"][..]),
        value in prop::sample::select(&["1", "true", "null", "\"x\"", "[]", "{}", "[[1]]", "[null,{}]", "{\"coding\":1}", "[{\"given\":{\"family\":[]}}]", "{\"value\":{}}"][..]),
    ) {
        let json = format!(r#"{{"resourceType":"Patient","{name}":{value}}}"#);
        let tree = Tree::parse(json.as_bytes()).expect("JSON");
        indexer().extract(tree.root(), &|_| None);
    }
}

#[test]
fn every_synthea_resource_is_extracted() {
    let mut resources = 0;
    for bundle in bundles(60) {
        let tree = Tree::parse(bundle.as_bytes()).expect("JSON");
        for entry in tree.root().all("entry") {
            let resource = entry.get("resource").expect("a resource");
            let entries = indexer().extract(resource, &|_| None).entries;
            assert!(!entries.is_empty(), "{}", entry.expression());
            assert!(entries.is_sorted_by_key(|entry| entry.parameter));
            resources += 1;
        }
    }
    println!("{resources} resources");
}
