//! Small worlds and searches that once disagreed, or that chance hardly makes.

use fhir::{Element, Tree};
use judge::generate::Prng;
use judge::{Contained, Criterion, Modifier, Operand, Query, Step, System, Test, Token, Words};

use super::ask::ask;
use super::bench::{self, Bench};

const WARD: [&str; 8] = [
    r##"{"resourceType":"MedicationRequest","id":"m","contained":[{"resourceType":"Medication","id":"i","code":{"coding":[{"code":"z"}]}}],"medicationReference":{"reference":"#i"}}"##,
    r##"{"resourceType":"MedicationRequest","id":"n","contained":[{"resourceType":"Medication","id":"i","code":{"text":"Zinc"},"manufacturer":{"reference":"Organization/o"}}],"medicationReference":{"reference":"#i"}}"##,
    r#"{"resourceType":"MedicationRequest","id":"o","medicationReference":{"reference":"Medication/i"}}"#,
    r#"{"resourceType":"Medication","id":"i","code":{"coding":[{"code":"z"}],"text":"Zinc"}}"#,
    r#"{"resourceType":"Organization","id":"o","name":"Smith &amp; Co"}"#,
    r#"{"resourceType":"Patient","id":"p","text":{"status":"generated","div":"<div><p>fish &amp; chips</p></div>"},"name":[{"family":"high","given":["fever"]}]}"#,
    r#"{"resourceType":"Observation","id":"a","subject":{"type":"Patient","identifier":{"system":"s","value":"1"}}}"#,
    r#"{"resourceType":"Observation","id":"b","subject":{"type":"Group","display":"Trial"},"valueQuantity":{"value":5.4,"comparator":"<","system":"http://unitsofmeasure.org","code":"mg"}}"#,
];

fn code(code: &str) -> Test {
    token("code", Modifier::None, code)
}

fn token(name: &str, modifier: Modifier, code: &str) -> Test {
    let value = Operand::Token(Token { system: System::Any, code: Some(code.to_owned()) });
    Test::Parameter { code: name.to_owned(), modifier, values: vec![value] }
}

fn missing(code: &str, is_missing: bool) -> Test {
    Test::Missing { code: code.to_owned(), is_missing }
}

fn text(code: &str, text: &str) -> Test {
    let values = vec![Operand::Text(text.to_owned())];
    Test::Parameter { code: code.to_owned(), modifier: Modifier::Text, values }
}

fn phrase(words: &[&str]) -> Words {
    Words::Phrase(words.iter().map(|word| (*word).to_owned()).collect())
}

fn chained(parameter: &str, target: &str, rest: Criterion) -> Criterion {
    let target = definitions::embedded().resource_type(target);
    let mut path = vec![Step::Chain { parameter: parameter.to_owned(), target }];
    path.extend(rest.path);
    Criterion { path, test: rest.test }
}

fn plain(test: Test) -> Criterion {
    Criterion { path: Vec::new(), test }
}

fn quantity(prefix: judge::Prefix, digits: &str, code: &str) -> Test {
    let system = "http://unitsofmeasure.org".to_owned();
    let unit = judge::Unit::Coded { system, code: code.to_owned() };
    let values = vec![Operand::Quantity(prefix, digits.to_owned(), unit)];
    Test::Parameter { code: "value-quantity".to_owned(), modifier: Modifier::None, values }
}

#[test]
fn cases() {
    use judge::Prefix as P;
    let medication = |test: Test| chained("medication", "Medication", plain(test));
    let of_maker = chained("manufacturer", "Organization", plain(missing("name", false)));
    let cases: Vec<(&str, Criterion, u64)> = vec![
        ("MedicationRequest", medication(code("z")), 2),
        ("MedicationRequest", medication(token("code", Modifier::Not, "z")), 1),
        ("MedicationRequest", medication(text("code", "zin")), 2),
        ("MedicationRequest", medication(missing("code", false)), 3),
        ("MedicationRequest", medication(missing("form", true)), 3),
        ("MedicationRequest", medication(missing("manufacturer", true)), 2),
        ("MedicationRequest", medication(token("_id", Modifier::None, "i")), 3),
        ("MedicationRequest", medication(token("_id", Modifier::Not, "x")), 3),
        ("MedicationRequest", chained("medication", "Medication", of_maker), 1),
        ("MedicationRequest", plain(missing("medication", false)), 3),
        ("Observation", plain(missing("subject", false)), 2),
        ("Observation", plain(missing("patient", false)), 1),
        ("Observation", plain(token("patient", Modifier::Identifier, "1")), 1),
        ("Observation", plain(text("subject", "tri")), 1),
        ("Observation", plain(quantity(P::Le, "5.4", "mg")), 1),
        ("Observation", plain(quantity(P::Ge, "5.4", "mg")), 0),
        ("Observation", plain(quantity(P::Eb, "5.4", "mg")), 1),
        ("Observation", plain(quantity(P::Eb, "0.0054", "g")), 1),
        ("Observation", plain(quantity(P::Eb, "5400", "ug")), 1),
        ("Observation", plain(quantity(P::Ge, "5400", "ug")), 0),
        ("Patient", plain(Test::Text(phrase(&["fish", "chips"]))), 1),
        ("Patient", plain(Test::Text(phrase(&["amp"]))), 0),
        ("Patient", plain(Test::Content(phrase(&["high", "fever"]))), 0),
        ("Patient", plain(Test::Content(phrase(&["fever"]))), 1),
        ("Organization", plain(Test::Content(phrase(&["amp"]))), 1),
    ];
    let judge = bench::judge();
    let mut bench = Bench::new();
    let resources = WARD.iter().map(|text| Element::from(&Tree::parse(text.as_bytes()).unwrap()));
    bench.write(resources.map(|each| (bench::key_of(&each), Some(each))).collect());
    let mut wrong = Vec::new();
    for (name, criterion, count) in cases {
        let mut query = Query::of_type(definitions::embedded().resource_type(name).unwrap());
        query.criteria = vec![criterion];
        query.contained = Contained::No;
        let url = judge::render::url(&query);
        match ask(&judge, &mut bench, &query, &mut Prng::new(0, 0)) {
            Ok(found) if found == count => {}
            Ok(found) => wrong.push(format!("{url}: both found {found}, not {count}")),
            Err(disagreement) => wrong.push(format!("{url}: {disagreement}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
