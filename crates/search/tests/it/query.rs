//! Queries and the trees that they mean.

use search::{Explain, Handling, encode_query, parse_query, render_query};

use crate::{definitions, options, pairs, resource_type};

/// The tree of a query on a type, lines joined by ` / `, indentation as it is.
pub(crate) fn tree(type_name: &str, query: &str) -> String {
    let definitions = definitions();
    let read = parse_query(
        definitions,
        resource_type(type_name),
        &pairs(query),
        &options(Handling::Strict),
    );
    let (search, _) = read.unwrap_or_else(|issues| panic!("{query}: {issues:?}"));
    let shown = Explain { definitions, expression: &search.branches[0].filter }.to_string();
    shown.trim_end().replace('\n', " / ")
}

pub(crate) fn check(cases: &[(&str, &str, &str)]) {
    for (type_name, query, expected) in cases {
        assert_eq!(tree(type_name, query), *expected, "{type_name}?{query}");
    }
}

#[test]
fn trees() {
    check(&[
        ("Patient", "", "all"),
        ("Patient", "_id=a", "_id is a"),
        ("Patient", "_id=b,a", "_id is a or b"),
        ("Patient", "_id=a,b&_id=b,c", "_id is b"),
        ("Patient", "_id=a&_id=b", "never"),
        ("Patient", "_id:not=a", "not /   _id is a"),
        ("Patient", "_id:missing=true", "never"),
        ("Patient", "_id:missing=false", "all"),
        (
            "Patient",
            "name=Smith&name=Jones",
            "and /   name begins with \"smith\" /   name begins with \"jones\"",
        ),
        (
            "Patient",
            "name=Smith,Jones",
            "or /   name begins with \"smith\" /   name begins with \"jones\"",
        ),
        ("Patient", "name=a&name=a", "name begins with \"a\""),
        ("Patient", "name:missing=true", "name is missing"),
        ("Patient", "name:missing=false", "not /   name is missing"),
    ]);
}

#[test]
fn tokens() {
    check(&[
        ("Patient", "gender=male", "gender is male"),
        ("Patient", "identifier=https://a|1", "identifier is 1 of https://a"),
        ("Patient", "identifier=|1", "identifier is 1 without a system"),
        ("Patient", "identifier=https://a|", "identifier has any code of https://a"),
        ("Patient", r"identifier=a\|b\,c|1", "identifier is 1 of a|b,c"),
        ("Patient", "gender:not=male", "not /   gender is male"),
        (
            "Patient",
            "gender:not=male,female",
            "not /   or /     gender is male /     gender is female",
        ),
        ("Patient", "_tag=http://x|y", "_tag is y of http://x"),
        ("Patient", "active=true", "active is true"),
    ]);
}

#[test]
fn strings_and_uris() {
    check(&[
        ("Patient", "family=O'Brién", "family begins with \"obrien\""),
        ("Patient", "family:exact=O'Brién", "family is exactly \"O'Brién\""),
        ("Patient", "family:contains=BRI", "family contains \"bri\""),
        ("Patient", r"address=1 High St\, Bath", "address begins with \"1 high st bath\""),
        ("Patient", "phonetic=Smyth", "phonetic begins with \"s530\""),
        ("ValueSet", "url=http://x/y", "url is http://x/y"),
        ("ValueSet", "url:below=http://x/y", "url is http://x/y or below"),
        ("ValueSet", "url:above=http://x/y", "url is http://x/y or above"),
        ("ValueSet", "url=urn:oid:1.2", "url is urn:oid:1.2"),
        ("Patient", "_profile=http://p", "_profile is http://p"),
        ("Patient", "_source=http://s", "_source is http://s"),
    ]);
}

#[test]
fn dates_and_numbers() {
    let year = "2020-01-01T00:00:00.000Z to 2020-12-31T23:59:59.999Z";
    check(&[
        ("Patient", "birthdate=2020", &format!("birthdate within {year}")),
        ("Patient", "birthdate=eq2020", &format!("birthdate within {year}")),
        ("Patient", "birthdate=ne2020", &format!("birthdate not within {year}")),
        ("Patient", "birthdate=ge2020", &format!("birthdate goes on after or within {year}")),
        ("Patient", "birthdate=le2020", &format!("birthdate begins before or within {year}")),
        ("Patient", "birthdate=gt2020", "birthdate goes on after 2020-12-31T23:59:59.999Z"),
        ("Patient", "birthdate=sa2020", "birthdate starts after 2020-12-31T23:59:59.999Z"),
        ("Patient", "birthdate=lt2020", "birthdate begins before 2020-01-01T00:00:00.000Z"),
        ("Patient", "birthdate=eb2020", "birthdate ends before 2020-01-01T00:00:00.000Z"),
        // 100 days before the tests' now; a tenth of that is ten days.
        (
            "Patient",
            "birthdate=ap2026-08-14",
            "birthdate touches 2026-08-04T00:00:00.000Z to 2026-08-24T23:59:59.999Z",
        ),
        (
            "Patient",
            "_lastUpdated=gt2020-01-01T10:00Z",
            "_lastUpdated goes on after 2020-01-01T10:00:59.999Z",
        ),
        ("RiskAssessment", "probability=0.8", "probability within 0.75 to 0.8499999999999999"),
        ("RiskAssessment", "probability=gt0.8", "probability goes on after 0.8"),
        ("RiskAssessment", "probability=ap100", "probability touches 90 to 110"),
        (
            "Observation",
            "value-quantity=5.4|http://u|mg",
            "value-quantity within 5.35 to 5.449999999999999 mg of http://u",
        ),
        ("Observation", "value-quantity=lt5.4||mg", "value-quantity begins before 5.4 mg"),
        (
            "Observation",
            "value-quantity=5.4e-3",
            "value-quantity within 0.00535 to 0.005449999999999999",
        ),
    ]);
}

#[test]
fn references() {
    check(&[
        ("Observation", "patient=a", "patient has id a and one of 2 types"),
        ("Observation", "patient=Patient/a", "patient is Patient/a"),
        ("Observation", "patient:Patient=a", "patient is Patient/a"),
        ("Observation", "subject=http://own.test/fhir/Patient/a", "subject is Patient/a"),
        (
            "Observation",
            "subject=http://other.test/Patient/a",
            "subject is http://other.test/Patient/a",
        ),
        ("Observation", "subject=urn:uuid:1", "subject is urn:uuid:1"),
        ("Appointment", "patient=a", "patient is Patient/a"),
        (
            "QuestionnaireResponse",
            r"questionnaire=http://q\|1",
            "questionnaire is http://q of version 1",
        ),
        (
            "QuestionnaireResponse",
            "questionnaire=http://q|1",
            "questionnaire is http://q of version 1",
        ),
    ]);
}

#[test]
fn chains() {
    check(&[
        (
            "Observation",
            "subject:Patient.name=x",
            "subject refers to Patient where /   name begins with \"x\"",
        ),
        (
            "Appointment",
            "patient.gender=male",
            "patient refers to Patient where /   gender is male",
        ),
        (
            "Appointment",
            "patient:Patient.general-practitioner:Organization.name:exact=x",
            "patient refers to Patient where /   general-practitioner refers to Organization where \
             /     name is exactly \"x\"",
        ),
        (
            "Observation",
            "subject.name=x",
            "or /   subject refers to Patient where /     name begins with \"x\" \
             /   subject refers to Location where /     name begins with \"x\"",
        ),
        (
            "Patient",
            "_has:Observation:patient:code=1",
            "patient of Observation refers here where /   code is 1",
        ),
        ("Observation", "subject:Patient._id=1", "subject refers to Patient where /   _id is 1"),
    ]);
}

/// What a search understood, as the query of its self link.
fn rendered(type_name: &str, query: &str, handling: Handling) -> String {
    let definitions = definitions();
    let read =
        parse_query(definitions, resource_type(type_name), &pairs(query), &options(handling));
    let (search, _) = read.unwrap_or_else(|issues| panic!("{query}: {issues:?}"));
    encode_query(&render_query(definitions, &search))
}

#[test]
fn self_links() {
    let cases = [
        ("Patient", "", "_count=20"),
        ("Patient", "_count=0", "_count=0"),
        ("Patient", "_count=99999999999999999999", "_count=500"),
        ("Patient", "_format=json&_pretty=true&name=a", "name=a&_count=20"),
        (
            "Patient",
            "name:exact=a&_sort=-birthdate,_id,name,name&_count=5",
            "name:exact=a&_sort=-birthdate,_id,name&_count=5",
        ),
        ("Patient", "nope=1&name:text=x&name=a", "name=a&_count=20"),
        ("Patient", "_summary=count&_total=accurate", "_summary=count&_total=accurate&_count=20"),
        (
            "Patient",
            "_elements=name,Patient.id,deceased,name",
            "_elements=name,id,deceased&_count=20",
        ),
        (
            "Observation",
            "_include=Observation:subject:Patient&_include:iterate=Patient:general-practitioner&_count=1",
            "_include=Observation:subject:Patient&_include:iterate=Patient:general-practitioner&_count=1",
        ),
        ("Patient", "_revinclude=Observation:subject", "_revinclude=Observation:subject&_count=20"),
        ("Patient", "_revinclude=Observation:*", "_revinclude=Observation:*&_count=20"),
        ("Patient", "_include=*", "_include=Patient:*&_count=20"),
        ("Patient", "_include:iterate=*", "_include:iterate=*&_count=20"),
        (
            "Patient",
            "_revinclude=*&_revinclude=Observation:subject&_include=Patient:link",
            "_revinclude=*&_include=Patient:link&_count=20",
        ),
        (
            "Patient",
            "_revinclude:iterate=Observation:*&_include:iterate=Patient:*",
            "_revinclude:iterate=Observation:*&_include:iterate=Patient:*&_count=20",
        ),
        ("Patient", "address=a b, é", "address=a%20b,%20%C3%A9&_count=20"),
    ];
    for (type_name, query, expected) in cases {
        assert_eq!(rendered(type_name, query, Handling::Lenient), expected, "{type_name}?{query}");
    }
}

#[test]
fn a_rendered_query_means_the_same_again() {
    let queries = [
        "name=a,b&name:contains=c&_sort=-birthdate&_count=7",
        "_revinclude=Observation:subject&_revinclude:iterate=Provenance:target&_elements=name",
        "_include:iterate=*&_revinclude:iterate=*",
        "identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018&_total=estimate&_summary=data",
    ];
    for query in queries {
        let once = rendered("Patient", query, Handling::Strict);
        let decoded = once.replace("%7C", "|").replace("%20", " ");
        assert_eq!(rendered("Patient", &decoded, Handling::Strict), once);
        assert_eq!(tree("Patient", &decoded), tree("Patient", query));
    }
}

#[test]
fn a_star_includes_every_type_that_refers_here() {
    let read = parse_query(
        definitions(),
        resource_type("Patient"),
        &pairs("_revinclude=*"),
        &options(Handling::Strict),
    );
    let sources: Vec<_> = read.unwrap().0.includes.iter().map(|i| i.source.as_str()).collect();
    for source in ["Observation", "Encounter", "Condition", "Person"] {
        assert!(sources.contains(&source), "{source}");
    }
    assert!(!sources.contains(&"ValueSet"));
}
