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
];

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
        type_name in prop::sample::select(&["Patient", "Observation", "ValueSet", "Bundle"][..]),
    ) {
        for handling in [Handling::Strict, Handling::Lenient] {
            let read = parse_query(definitions(), resource_type(type_name), &pairs, &options(handling));
            match read {
                Ok((search, _)) => {
                    let shown = Explain { definitions: definitions(), expression: &search.branches[0].filter }.to_string();
                    prop_assert!(!shown.is_empty());
                    prop_assert_eq!(simplify(search.branches[0].filter.clone()), search.branches[0].filter.clone());
                    let used = render_query(definitions(), &search);
                    prop_assert!(encode_query(&used).is_ascii());
                    let again = parse_query(definitions(), search.branches[0].resource_type, &used, &options(Handling::Strict));
                    let again = again.map_err(|issues| TestCaseError::fail(format!("{used:?}: {issues:?}")))?.0;
                    prop_assert_eq!(&again.branches, &search.branches);
                    prop_assert_eq!(again.count, search.count);
                }
                Err(issues) => prop_assert!(!issues.is_empty()),
            }
        }
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
