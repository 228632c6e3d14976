//! Queries that are refused, and what the issue says to do.

use search::{Handling, parse_query};

use crate::whole_bad::WHOLE;
use crate::{definitions, options, pairs, resource_type};

/// (type, query, code of the issue, its expression, words of its message)
pub(crate) type Case =
    (&'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    ("Patient", "birthdat=2020", "not-supported", "birthdat", &["did you mean birthdate?"]),
    ("Patient", "BirthDate=2020", "not-supported", "BirthDate", &["did you mean birthdate?"]),
    ("Patient", "_cuont=2", "not-supported", "_cuont", &["did you mean _count?"]),
    ("Patient", "zzzzzz=2", "not-supported", "zzzzzz", &["no such search parameter", "/metadata"]),
    ("Patient", "=x", "not-supported", "", &["no such search parameter"]),
    (
        "Patient",
        "name:text=x",
        "not-supported",
        "name:text",
        &[":text", "string", ":missing", ":exact", ":contains"],
    ),
    ("Patient", "birthdate:exact=2020", "not-supported", "birthdate:exact", &["date", ":missing"]),
    ("Patient", "gender:=x", "not-supported", "gender:", &["token"]),
    (
        "Observation",
        "subject:Practitioner=1",
        "value",
        "subject:Practitioner",
        &["does not refer to", "Patient"],
    ),
    ("Patient", "name=", "value", "name", &["no value"]),
    ("Patient", "name=a,,b", "value", "name", &["value 2 is empty"]),
    ("Patient", "name=--", "value", "name", &["letter or digit"]),
    ("Patient", "gender=a|b|c", "value", "gender", &["no token", "system|code"]),
    ("Patient", "gender=|", "value", "gender", &["no token"]),
    ("Patient", "birthdate=1970-13-01", "value", "birthdate", &["no date", "YYYY-MM-DD"]),
    ("Patient", "birthdate=2020,x", "value", "birthdate", &["value 2 is no date"]),
    ("Patient", "birthdate=xx2020", "value", "birthdate", &["no date", "eq, ne, gt"]),
    ("Patient", "_lastUpdated=2020-01-01T00:00:00 01:00", "value", "_lastUpdated", &["%2B"]),
    ("Patient", "_id=a b", "value", "_id", &["no id"]),
    ("Patient", "name:missing=yes", "value", "name:missing", &["true or false"]),
    ("RiskAssessment", "probability=high", "value", "probability", &["no number"]),
    ("RiskAssessment", "probability=1e999", "value", "probability", &["no number"]),
    ("Observation", "value-quantity=5|mg", "value", "value-quantity", &["number|system|code"]),
    ("Observation", "value-quantity=|a|b", "value", "value-quantity", &["no number"]),
    ("Observation", "subject=Patient/1/_history/2", "value", "subject", &["version"]),
    (
        "Observation",
        "subject=Organization/1",
        "value",
        "subject",
        &["names a Organization", "Patient"],
    ),
    ("Observation", "subject=Pateint/1", "value", "subject", &["no resource type"]),
    ("Observation", "subject=#x", "value", "subject", &["no reference"]),
    ("Observation", "subject=a b", "value", "subject", &["no reference"]),
    ("Observation", "subject:Patient=Group/1", "value", "subject:Patient", &["refers to Patient"]),
    ("ValueSet", "url:below=urn:oid:1", "value", "url:below", &["no path"]),
    ("ValueSet", "url=a b", "value", "url", &["no URI"]),
    ("Patient", "_count=-1", "value", "_count", &["0 or more"]),
    ("Patient", "_count=", "value", "_count", &["0 or more"]),
    ("Patient", "_count=1&_count=2", "value", "_count", &["more than once"]),
    ("Patient", "_count:exact=1", "value", "_count:exact", &["no modifier"]),
    ("Patient", "_sort=nmae", "not-supported", "_sort", &["did you mean name?"]),
    ("Patient", "_sort=name,", "value", "_sort", &["empty"]),
    ("Patient", "_summary=all", "value", "_summary", &["count"]),
    ("Patient", "_total=1", "value", "_total", &["accurate"]),
    ("Patient", "_elements=nam", "value", "_elements", &["did you mean name?"]),
    ("Observation", "_include=subject", "value", "_include", &["Type:reference"]),
    ("Observation", "_include=Observation:code", "value", "_include", &["token", "subject"]),
    (
        "Observation",
        "_include=Observation:subjet",
        "not-supported",
        "_include",
        &["did you mean subject?"],
    ),
    (
        "Observation",
        "_include=Observation:subject:Practitioner",
        "value",
        "_include",
        &["does not refer to"],
    ),
    ("Observation", "_include=Patient:organization", "value", "_include", &["_include:iterate"]),
    ("Observation", "_include:x=Observation:subject", "not-supported", "_include:x", &[":iterate"]),
    (
        "Patient",
        "_revinclude=Observatoin:subject",
        "value",
        "_revinclude",
        &["did you mean Observation?"],
    ),
    (
        "Patient",
        "_revinclude=Observation:device",
        "value",
        "_revinclude",
        &["does not refer to Patient"],
    ),
    ("Patient", "_has=1", "value", "_has", &["_has:Type:reference:parameter"]),
    (
        "Patient",
        "_has:Observation:patient:cod=1",
        "not-supported",
        "_has:Observation:patient:cod",
        &["did you mean code?"],
    ),
    ("Patient", "_has:Observation:code:code=1", "value", "_has:Observation:code:code", &["token"]),
    ("Patient", "name.family=1", "value", "name.family", &["string parameter", "organization"]),
    (
        "Observation",
        "subject:Patient.nam=1",
        "not-supported",
        "subject:Patient.nam",
        &["did you mean name?"],
    ),
    ("Observation", "subject.zzz=1", "not-supported", "subject.zzz", &["no such search parameter"]),
];

#[test]
fn what_is_refused_and_why() {
    for (type_name, query, code, expression, words) in CASES.iter().chain(WHOLE) {
        let read = parse_query(
            definitions(),
            resource_type(type_name),
            &pairs(query),
            &options(Handling::Strict),
        );
        let Err(issues) = read else { panic!("{type_name}?{query} was taken") };
        let issue = issues.first().expect("an issue");
        assert_eq!(issue.code.as_str(), *code, "{query}: {}", issue.message);
        assert_eq!(issue.expression.as_deref(), Some(*expression), "{query}");
        for word in *words {
            assert!(issue.message.contains(word), "{query}: {word:?} not in {:?}", issue.message);
        }
    }
}

#[test]
fn no_message_repeats_a_value() {
    for (type_name, query, ..) in CASES.iter().chain(WHOLE) {
        let pairs = pairs(query);
        let marked: Vec<_> = pairs
            .iter()
            .map(|(name, value)| (name.clone(), format!("{value}qqsecretqq")))
            .filter(|(name, _)| !name.starts_with('_'))
            .collect();
        let read = parse_query(
            definitions(),
            resource_type(type_name),
            &marked,
            &options(Handling::Strict),
        );
        for issue in read.err().into_iter().flatten() {
            assert!(!issue.message.contains("qqsecretqq"), "{query}: {}", issue.message);
        }
    }
}

#[test]
fn lenient_handling_forgives_the_unknown_but_not_the_wrong() {
    for (type_name, query, code, ..) in CASES.iter().chain(WHOLE) {
        let read = parse_query(
            definitions(),
            resource_type(type_name),
            &pairs(query),
            &options(Handling::Lenient),
        );
        if *code == "not-supported" {
            let (_, ignored) = read.unwrap_or_else(|issues| panic!("{query}: {issues:?}"));
            assert!(ignored[0].message.starts_with("passed over: "), "{query}");
        } else {
            assert!(read.is_err(), "{query}");
        }
    }
}

#[test]
fn all_errors_come_at_once() {
    let query = "birthdate=x&nope=1&_count=z&name=a";
    let read = parse_query(
        definitions(),
        resource_type("Patient"),
        &pairs(query),
        &options(Handling::Strict),
    );
    assert_eq!(read.unwrap_err().len(), 3);
}

#[test]
fn limits() {
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let cases = [
        (vec![pair("name", "a".to_owned()); 101], "too-costly"),
        (vec![pair("name", "a,".repeat(1000) + "a")], "too-costly"),
        (vec![pair("name", "a".repeat(4001))], "too-long"),
        (vec![pair(&"n".repeat(501), "a".to_owned())], "too-long"),
        (
            vec![pair(
                "_sort",
                "_id,name,family,given,gender,birthdate,address,active,email".to_owned(),
            )],
            "value",
        ),
        (vec![pair(&"link:Patient.".repeat(18).replace(' ', ""), "a".to_owned())], "value"),
    ];
    for (pairs, code) in cases {
        let read = parse_query(
            definitions(),
            resource_type("Patient"),
            &pairs,
            &options(Handling::Lenient),
        );
        assert_eq!(read.unwrap_err()[0].code.as_str(), code, "{:.40}", format!("{pairs:?}"));
    }
}
