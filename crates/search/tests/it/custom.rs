//! Search parameters added at run time: what they find, and what is wrong with those refused.

use fhir::Tree;
use search::{Handling, Indexer, check_parameter, parse_query};

use crate::{definitions, options, pairs, resource_type};

fn parameter(body: &str) -> Tree {
    let json = format!(r#"{{"resourceType":"SearchParameter",{body}}}"#);
    Tree::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{json}: {error}"))
}

const ETHNICITY: &str = r#""url":"http://x.test/sp/ethnicity","code":"ethnicity","type":"token",
    "base":["Patient"],"expression":"Patient.extension('http://x.test/ethnicity').value"#;

#[test]
fn it_is_indexed_and_searched_by() {
    let tree = parameter(&format!("{ETHNICITY}\""));
    assert_eq!(check_parameter(definitions(), tree.root()), []);
    let extended = definitions().with_parameters(&[tree]).expect("a good parameter");
    let resource = Tree::parse(
        br#"{"resourceType":"Patient","gender":"male","extension":[{"url":"http://x.test/ethnicity",
            "valueCodeableConcept":{"coding":[{"code":"A"}]}},{"url":"http://y.test","valueCode":"B"}]}"#,
    )
    .expect("JSON");
    let found = Indexer::new(extended).extract(resource.root(), &|_| None).entries;
    let patient = resource_type("Patient");
    let id = extended.search_parameter(patient, "ethnicity").expect("it is in force").id;
    let values: Vec<_> = found.iter().filter(|entry| entry.parameter.0 == id).collect();
    assert_eq!(values.len(), 1, "{values:?}");
    let pairs = pairs("ethnicity=A&gender=male");
    let read = |definitions| parse_query(definitions, patient, &pairs, &options(Handling::Strict));
    assert!(read(extended).is_ok());
    assert!(read(definitions()).is_err(), "the definitions that it was added to stay as they are");
    // Ids of the specification's parameters do not move.
    let gender = |definitions: &definitions::Definitions| {
        definitions.search_parameter(patient, "gender").map(|parameter| parameter.id)
    };
    assert_eq!(gender(extended), gender(definitions()));
}

#[test]
fn expressions_that_find_nothing() {
    let cases = [
        ("token", "Patient.langauge", "has no element langauge"),
        ("token", "Patient.name", "a token parameter cannot read HumanName"),
        ("date", "Patient.birthDate.nope()", "function nope() is not supported"),
        ("string", "Patient.name.", "expected a name at byte 13"),
        ("string", "Observation.status", "no path for Patient"),
        ("reference", "Patient.generalPractitioner.resolve()", "resolve() reaches into another"),
        ("token", "(Patient.active", "expected ) at byte 15"),
    ];
    for (kind, expression, words) in cases {
        let tree = parameter(&format!(
            r#""url":"http://x.test/sp","code":"x","type":"{kind}","base":["Patient"],"expression":"{expression}""#
        ));
        let issues = check_parameter(definitions(), tree.root());
        let issue = issues.first().unwrap_or_else(|| panic!("{expression} was taken"));
        assert!(issue.message.contains(words), "{expression}: {}", issue.message);
        assert_eq!(issue.expression.as_deref(), Some("SearchParameter.expression"));
    }
}

#[test]
fn one_for_all_resources_and_a_composite() {
    let all = parameter(
        r#""url":"http://x.test/a","code":"written-in","type":"token","base":["Resource"],
            "expression":"Resource.language""#,
    );
    assert_eq!(check_parameter(definitions(), all.root()), []);
    let composite = parameter(
        r#""url":"http://x.test/c","code":"name-use","type":"composite","base":["Patient"],
            "expression":"Patient.name","component":[
            {"definition":"http://hl7.org/fhir/SearchParameter/individual-family","expression":"family"},
            {"definition":"http://hl7.org/fhir/SearchParameter/individual-gender","expression":"use"}]"#,
    );
    assert_eq!(check_parameter(definitions(), composite.root()), []);
    let wrong = parameter(
        r#""url":"http://x.test/c","code":"name-use","type":"composite","base":["Patient"],
            "expression":"Patient.name","component":[
            {"definition":"http://x.test/nope","expression":"family"},
            {"definition":"http://hl7.org/fhir/SearchParameter/individual-gender","expression":"use"}]"#,
    );
    let issues = check_parameter(definitions(), wrong.root());
    assert!(issues[0].message.contains("http://x.test/nope is no search parameter"), "{issues:?}");
}
