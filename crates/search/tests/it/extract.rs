//! Resources and the values that a parameter finds them by.

use std::sync::OnceLock;

use fhir::{ResourceId, ResourceType, Tree, format_instant};
use search::{IndexEntry, IndexValue, Indexer, ReferenceTarget};

use crate::{definitions, resource_type};

/// The one indexer of these tests.
pub(crate) fn indexer() -> &'static Indexer {
    static INDEXER: OnceLock<Indexer> = OnceLock::new();
    INDEXER.get_or_init(|| Indexer::new(definitions()))
}

/// `urn:uuid:p` is Patient/p, and `http://own.test/fhir/Type/id` is here.
fn resolve(text: &str) -> Option<(ResourceType, ResourceId)> {
    if text == "urn:uuid:p" {
        return Some((resource_type("Patient"), ResourceId::parse("p")?));
    }
    let (type_name, id) = text.strip_prefix("http://own.test/fhir/")?.split_once('/')?;
    Some((definitions().resource_type(type_name)?, ResourceId::parse(id)?))
}

/// A value as one line.
pub(crate) fn show(value: &IndexValue) -> String {
    let or_dash = |text: &Option<Box<str>>| text.as_deref().unwrap_or("-").to_owned();
    let time = |at: i64| match at {
        i64::MIN | i64::MAX => "..".to_owned(),
        _ => format_instant(at).replace("T00:00:00.000Z", "").replace("T23:59:59.999Z", "$"),
    };
    match value {
        IndexValue::Token { system, code } => format!("{}|{}", or_dash(system), or_dash(code)),
        IndexValue::Reference(ReferenceTarget::Local(resource_type, id)) => {
            format!("{resource_type}/{id}")
        }
        IndexValue::Reference(ReferenceTarget::Uri(uri)) => format!("uri {uri}"),
        IndexValue::Date { low, high } => format!("{} to {}", time(*low), time(*high)),
        IndexValue::String { text, folded } => format!("{text} ({folded})"),
        IndexValue::Number { low, high } => format!("{low} to {high}"),
        IndexValue::Quantity { system, code, unit, low, high, .. } => {
            format!("{low} to {high} {}|{}|{}", or_dash(system), or_dash(code), or_dash(unit))
        }
        IndexValue::Uri(uri) => uri.to_string(),
        IndexValue::TokenText(text) => format!("text {text}"),
        IndexValue::OfType { system, code, value } => format!("{value} of type {system}|{code}"),
        IndexValue::TargetIdentifier { system, value } => {
            format!("identifier {}|{}", or_dash(system), or_dash(value))
        }
        IndexValue::Canonical { url, version } => format!("canonical {url} version {version}"),
        IndexValue::Composite(parts) => parts.iter().map(show).collect::<Vec<_>>().join(" $ "),
        IndexValue::Position { latitude, longitude } => format!("{latitude} {longitude}"),
        IndexValue::OwnCanonical(text) => format!("own canonical {text}"),
    }
}

/// The values of one parameter, in order.
pub(crate) fn values(entries: &[IndexEntry], type_name: &str, code: &str) -> Vec<String> {
    let parameter = definitions().search_parameter(resource_type(type_name), code);
    let id = parameter.unwrap_or_else(|| panic!("{type_name} has {code}")).id;
    entries.iter().filter(|entry| entry.parameter.0 == id).map(|entry| show(&entry.value)).collect()
}

/// `body` is the resource without its type, in braces; what only modifiers look at is left out.
fn check(type_name: &str, body: &str, code: &str, expected: &[&str]) {
    let mut found = values_of(type_name, body, code);
    found.retain(|value| !is_beside(value));
    compare(found, expected, &format!("{type_name}.{code} of {body}"));
}

/// Whether only a modifier looks at a value as it is shown.
pub(crate) fn is_beside(value: &str) -> bool {
    let begins = ["text ", "canonical ", "own canonical ", "identifier "]
        .iter()
        .any(|name| value.starts_with(name));
    begins || value.contains(" of type ")
}

/// The same with everything that the resource is found by.
pub(crate) fn resource_values(type_name: &str, body: &str, code: &str, expected: &[&str]) {
    let found = values_of(type_name, body, code);
    compare(found, expected, &format!("{type_name}.{code} of {body}"));
}

fn compare(mut found: Vec<String>, expected: &[&str], of: &str) {
    found.sort();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected, "{of}");
}

fn values_of(type_name: &str, body: &str, code: &str) -> Vec<String> {
    let comma = if body == "{}" { "" } else { "," };
    let json = format!(r#"{{"resourceType":"{type_name}"{comma}{}"#, &body[1..]);
    let tree = Tree::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{json}: {error}"));
    let entries = indexer().extract(tree.root(), &resolve).entries;
    values(&entries, type_name, code)
}

const GENDER: &str = "http://hl7.org/fhir/administrative-gender";

#[test]
fn tokens() {
    check("Patient", r#"{"gender":"male"}"#, "gender", &[&format!("{GENDER}|male")]);
    check("Patient", r#"{"gender":null}"#, "gender", &[]);
    check("Patient", r#"{"gender":["male"]}"#, "gender", &[&format!("{GENDER}|male")]);
    check("Patient", r#"{"gender":{"a":1}}"#, "gender", &[]);
    check("Patient", r#"{"active":true}"#, "active", &["-|true"]);
    check(
        "Patient",
        r#"{"identifier":[{"system":"s","value":"1"},{"value":"2"},{"system":"t"},{},{"system":"s","value":"1"}]}"#,
        "identifier",
        &["s|1", "-|2", "t|-"],
    );
    check(
        "Observation",
        r#"{"code":{"coding":[{"system":"http://loinc.org","code":"1-2"},{"code":"x"},{"display":"d"}],"text":"t"}}"#,
        "code",
        &["http://loinc.org|1-2", "-|x"],
    );
    check("Patient", r#"{"meta":{"tag":[{"system":"s","code":"c"}]}}"#, "_tag", &["s|c"]);
    check(
        "Observation",
        r#"{"code":{"coding":{"code":"c"}},"component":[{"code":{"coding":[{"code":"d"}]}}]}"#,
        "combo-code",
        &["-|c", "-|d"],
    );
    check(
        "Composition",
        r#"{"relatesTo":[{"targetIdentifier":{"value":"1"}},{"targetReference":{"reference":"Composition/1"}}]}"#,
        "related-id",
        &["-|1"],
    );
    check("MessageHeader", r#"{"eventCoding":{"code":"c"}}"#, "event", &["-|c"]);
    check("MessageHeader", r#"{"eventUri":"urn:u"}"#, "event", &["-|urn:u"]);
}

#[test]
fn contact_points() {
    let telecom = r#"{"telecom":[
        {"system":"phone","value":"0161 4960000","use":"home"},
        {"system":"email","value":"a@b.test"},{"system":"phone"},{"value":"9"}]}"#;
    check("Patient", telecom, "telecom", &["home|0161 4960000", "-|a@b.test", "-|9"]);
    check("Patient", telecom, "phone", &["home|0161 4960000"]);
    check("Patient", telecom, "email", &["-|a@b.test"]);
}

#[test]
fn truth() {
    check("Patient", "{}", "deceased", &["-|false"]);
    check("Patient", r#"{"deceasedBoolean":false}"#, "deceased", &["-|false"]);
    check("Patient", r#"{"deceasedBoolean":true}"#, "deceased", &["-|true"]);
    check("Patient", r#"{"deceasedDateTime":"2020"}"#, "deceased", &["-|true"]);
    check(
        "Patient",
        r#"{"deceasedDateTime":"2020"}"#,
        "death-date",
        &["2020-01-01 to 2020-12-31$"],
    );
}

#[test]
fn strings() {
    let name = r#"{"name":[{"text":"Mr J","family":"O'Neil","given":["Jo",null,"Ann"],"prefix":["Mr"],"use":"usual"}]}"#;
    check(
        "Patient",
        name,
        "name",
        &["Mr J (mr j)", "O'Neil (oneil)", "Jo (jo)", "Ann (ann)", "Mr (mr)"],
    );
    check("Patient", name, "family", &["O'Neil (oneil)"]);
    check("Patient", name, "given", &["Jo (jo)", "Ann (ann)"]);
    check(
        "Patient",
        name,
        "phonetic",
        &["Mr J (m600 j000)", "O'Neil (o540)", "Jo (j000)", "Ann (a500)", "Mr (m600)"],
    );
    let address = r#"{"address":[{"line":["1 High St","Flat 2"],"city":"Bath","postalCode":"BA1 1AA","use":"home","period":{"start":"2020"}}]}"#;
    check(
        "Patient",
        address,
        "address",
        &["1 High St (1 high st)", "Flat 2 (flat 2)", "Bath (bath)", "BA1 1AA (ba1 1aa)"],
    );
    check("Patient", address, "address-postalcode", &["BA1 1AA (ba1 1aa)"]);
    check("Patient", address, "address-use", &["http://hl7.org/fhir/address-use|home"]);
    check("Patient", r#"{"name":[{"family":""}]}"#, "name", &[]);
    check("Patient", r#"{"name":"x"}"#, "name", &[]);
    check("Observation", r#"{"valueString":"Hi"}"#, "value-string", &["Hi (hi)"]);
    check("Observation", r#"{"valueCodeableConcept":{"text":"Hi"}}"#, "value-string", &["Hi (hi)"]);
    check(
        "InsurancePlan",
        r#"{"name":"A","alias":["B","C"]}"#,
        "name",
        &["A (a)", "B (b)", "C (c)"],
    );
    check(
        "Patient",
        r#"{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-extensions-Patient-mothersMaidenName","valueString":"Ray"},{"url":"other","valueString":"No"}]}"#,
        "mothersMaidenName",
        &["Ray (ray)"],
    );
}

#[test]
fn dates() {
    check("Patient", r#"{"birthDate":"1970-02-03"}"#, "birthdate", &["1970-02-03 to 1970-02-03$"]);
    check("Patient", r#"{"birthDate":"1970-02"}"#, "birthdate", &["1970-02-01 to 1970-02-28$"]);
    check("Patient", r#"{"birthDate":"soon"}"#, "birthdate", &[]);
    check("Patient", r#"{"birthDate":1970}"#, "birthdate", &[]);
    check(
        "Encounter",
        r#"{"period":{"start":"2020","end":"2021-01-02"}}"#,
        "date",
        &["2020-01-01 to 2021-01-02$"],
    );
    check("Encounter", r#"{"period":{"start":"2020"}}"#, "date", &["2020-01-01 to .."]);
    check("Encounter", r#"{"period":{"end":"2020"}}"#, "date", &[".. to 2020-12-31$"]);
    check("Encounter", r#"{"period":{}}"#, "date", &[]);
    check(
        "Encounter",
        r#"{"period":{"start":"2021","end":"2020"}}"#,
        "date",
        &["2020-12-31$ to 2021-01-01"],
    );
    check(
        "Observation",
        r#"{"effectiveInstant":"2020-01-01T00:00:00.000+01:00"}"#,
        "date",
        &["2019-12-31T23:00:00.000Z to 2019-12-31T23:00:00.000Z"],
    );
    check(
        "Observation",
        r#"{"effectiveTiming":{"event":["2020-05","2020-03"],"repeat":{"boundsPeriod":{"end":"2021"}}}}"#,
        "date",
        &[".. to 2021-12-31$"],
    );
    check(
        "Observation",
        r#"{"effectiveTiming":{"event":["2020-05","2020-03"]}}"#,
        "date",
        &["2020-03-01 to 2020-05-31$"],
    );
    check("Observation", r#"{"effectiveTiming":{"repeat":{"frequency":1}}}"#, "date", &[]);
    check("Condition", r#"{"onsetPeriod":{"start":"2020"}}"#, "onset-date", &["2020-01-01 to .."]);
    check("Condition", r#"{"onsetString":"2020"}"#, "onset-date", &[]);
    check(
        "Goal",
        r#"{"target":[{"dueDate":"2020-01-01"},{"dueDuration":{"value":1}}]}"#,
        "target-date",
        &["2020-01-01 to 2020-01-01$"],
    );
}

#[test]
fn quantities_and_numbers() {
    let ucum = r#""system":"http://unitsofmeasure.org","code":"mg","unit":"milligram""#;
    let shown = "http://unitsofmeasure.org|mg|milligram";
    let quantity = |rest: &str| format!(r#"{{"valueQuantity":{{{rest},{ucum}}}}}"#);
    let cases = [
        (r#""value":5.40"#, vec![format!("5.4 to 5.4 {shown}")]),
        (
            r#""value":5.4,"comparator":"<""#,
            vec![format!("-inf to {} {shown}", 5.4_f64.next_down())],
        ),
        (r#""value":5.4,"comparator":">=""#, vec![format!("5.4 to inf {shown}")]),
        (r#""value":"5.4""#, vec![]),
        (r#""value":1e999"#, vec![]),
        (r#""x":1"#, vec![]),
    ];
    for (rest, expected) in cases {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check("Observation", &quantity(rest), "value-quantity", &expected);
    }
    check(
        "Observation",
        r#"{"component":[{"valueQuantity":{"value":1}}]}"#,
        "component-value-quantity",
        &["1 to 1 -|-|-"],
    );
    check(
        "Observation",
        r#"{"valueQuantity":{"value":2},"component":[{"valueQuantity":{"value":1}}]}"#,
        "combo-value-quantity",
        &["1 to 1 -|-|-", "2 to 2 -|-|-"],
    );
    check(
        "Observation",
        r#"{"valueSampledData":{"origin":{"value":10,"unit":"mV"},"period":1,"dimensions":1,"factor":2,"lowerLimit":-4,"data":"1 E 3 L"}}"#,
        "value-quantity",
        &["2 to 16 -|-|mV"],
    );
    check("Condition", r#"{"onsetAge":{"value":7,"code":"a"}}"#, "onset-age", &["7 to 7 -|a|-"]);
    check(
        "Condition",
        r#"{"onsetRange":{"low":{"value":7,"code":"a"}}}"#,
        "onset-age",
        &["7 to inf -|a|-"],
    );
    check(
        "Invoice",
        r#"{"totalNet":{"value":7.5,"currency":"GBP"}}"#,
        "totalnet",
        &["7.5 to 7.5 urn:iso:std:iso:4217|GBP|-"],
    );
    check(
        "RiskAssessment",
        r#"{"prediction":[{"probabilityDecimal":0.25},{"probabilityRange":{"high":{"value":0.5}}}]}"#,
        "probability",
        &["0.25 to 0.25", "-inf to 0.5"],
    );
    check("ImagingStudy", r#"{"series":[{"uid":"1.2"}]}"#, "series", &["-|1.2"]);
    check(
        "ValueSet",
        r#"{"useContext":[{"valueRange":{"low":{"value":1},"high":{"value":2}}},{"valueCodeableConcept":{"coding":[{"code":"c"}]}}]}"#,
        "context-quantity",
        &["1 to 2 -|-|-"],
    );
    check(
        "ValueSet",
        r#"{"useContext":[{"valueRange":{"low":{"value":1}}},{"valueCodeableConcept":{"coding":[{"code":"c"}]}}]}"#,
        "context",
        &["-|c"],
    );
}

#[test]
fn references() {
    let subject = |text: &str| format!(r#"{{"subject":{{"reference":"{text}"}}}}"#);
    let cases: [(&str, &[&str], &[&str]); 11] = [
        ("Patient/1", &["Patient/1"], &["Patient/1"]),
        ("Patient/1/_history/3", &["Patient/1"], &["Patient/1"]),
        ("Group/1", &["Group/1"], &[]),
        ("urn:uuid:p", &["Patient/p"], &["Patient/p"]),
        ("urn:uuid:q", &["uri urn:uuid:q"], &[]),
        ("http://own.test/fhir/Patient/1", &["Patient/1"], &["Patient/1"]),
        (
            "http://x.test/Patient/1",
            &["uri http://x.test/Patient/1"],
            &["uri http://x.test/Patient/1"],
        ),
        (
            "http://x.test/Patient/1/_history/2",
            &["uri http://x.test/Patient/1"],
            &["uri http://x.test/Patient/1"],
        ),
        ("http://x.test/Group/1", &["uri http://x.test/Group/1"], &[]),
        ("#p", &["uri #p"], &[]),
        ("", &[], &[]),
    ];
    for (text, all, patients) in cases {
        check("Observation", &subject(text), "subject", all);
        check("Observation", &subject(text), "patient", patients);
    }
    check(
        "Observation",
        r#"{"subject":{"reference":"urn:uuid:q","type":"Patient"}}"#,
        "patient",
        &["uri urn:uuid:q"],
    );
    check("Observation", r#"{"subject":{"identifier":{"value":"1"}}}"#, "subject", &[]);
    check("Observation", r#"{"subject":{"reference":"Foo/1"}}"#, "subject", &["uri Foo/1"]);
    check(
        "QuestionnaireResponse",
        r#"{"questionnaire":"http://q|1.0"}"#,
        "questionnaire",
        &["uri http://q|1.0"],
    );
    check(
        "QuestionnaireResponse",
        r#"{"questionnaire":"http://q"}"#,
        "questionnaire",
        &["uri http://q"],
    );
    check(
        "Library",
        r#"{"relatedArtifact":[{"type":"depends-on","resource":"http://a"},{"type":"derived-from","resource":"http://b"},{"resource":"http://c"}]}"#,
        "depends-on",
        &["uri http://a"],
    );
    check(
        "Appointment",
        r#"{"participant":[{"actor":{"reference":"Patient/1"}},{"actor":{"reference":"Location/2"}}]}"#,
        "location",
        &["Location/2"],
    );
    check("Task", r#"{"for":{"reference":"Patient/1"}}"#, "patient", &["Patient/1"]);
}

#[test]
fn resources_inside() {
    let bundle = r#"{"entry":[{"resource":{"resourceType":"Composition","id":"c"}},{"resource":{"resourceType":"Composition","id":"d"}}]}"#;
    check("Bundle", bundle, "composition", &["Composition/c"]);
    check("Bundle", bundle, "message", &[]);
    let contained = r#"{"contained":[{"resourceType":"Patient","name":[{"family":"X"}]}],"name":[{"family":"Y"}]}"#;
    check("Patient", contained, "family", &["Y (y)"]);
}

#[test]
fn where_an_extension_marks_the_item() {
    let item = |url: &str| {
        format!(
            r#"{{"item":[{{"extension":[{{"url":"{url}","valueBoolean":true}}],"answer":[{{"valueReference":{{"reference":"Patient/1"}}}}]}}]}}"#
        )
    };
    let marked = item("http://hl7.org/fhir/StructureDefinition/questionnaireresponse-isSubject");
    check("QuestionnaireResponse", &marked, "item-subject", &["Patient/1"]);
    check("QuestionnaireResponse", &item("other"), "item-subject", &[]);
}

#[test]
fn uris() {
    check("ValueSet", r#"{"url":"http://v"}"#, "url", &["http://v"]);
    check(
        "Patient",
        r#"{"meta":{"profile":["http://p"],"source":"urn:s"}}"#,
        "_profile",
        &["http://p"],
    );
    check(
        "Patient",
        r#"{"meta":{"profile":["http://p"],"source":"urn:s"}}"#,
        "_source",
        &["urn:s"],
    );
}

#[test]
fn what_is_no_resource_yields_nothing() {
    for json in ["{}", "[]", "1", "null", r#"{"resourceType":"Nope"}"#, r#"{"resourceType":1}"#] {
        let tree = Tree::parse(json.as_bytes()).expect("JSON");
        assert_eq!(indexer().extract(tree.root(), &resolve).entries, [], "{json}");
    }
}
