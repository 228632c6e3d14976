//! What composites, modifiers and places find resources by.

use fhir::Tree;
use search::{IndexValue, Indexed};

use crate::definitions;
use crate::extract::{indexer, resource_values as check, show};
use crate::resource_type;

#[test]
fn combinations_of_one_element() {
    let body = r#"{"code":{"coding":[{"system":"s","code":"a"},{"code":"b"}]},
        "valueQuantity":{"value":5,"unit":"x"},
        "component":[
            {"code":{"coding":[{"code":"c"}]},"valueQuantity":{"value":6}},
            {"code":{"coding":[{"code":"d"}]},"valueString":"t"},
            {"valueQuantity":{"value":7}}]}"#;
    check(
        "Observation",
        body,
        "code-value-quantity",
        &["s|a $ 5 to 5 -|-|x", "-|b $ 5 to 5 -|-|x"],
    );
    check("Observation", body, "component-code-value-quantity", &["-|c $ 6 to 6 -|-|-"]);
    check(
        "Observation",
        body,
        "combo-code-value-quantity",
        &["s|a $ 5 to 5 -|-|x", "-|b $ 5 to 5 -|-|x", "-|c $ 6 to 6 -|-|-"],
    );
    check("Observation", body, "code-value-string", &[]);
}

#[test]
fn every_kind_of_component() {
    check(
        "Observation",
        r#"{"code":{"text":"words only","coding":[{"code":"a"}]},"valueDateTime":"2020-01-01"}"#,
        "code-value-date",
        &["-|a $ 2020-01-01 to 2020-01-01$"],
    );
    check(
        "Observation",
        r#"{"code":{"coding":[{"code":"a","display":"A"}]},
            "valueCodeableConcept":{"coding":[{"system":"s","code":"b"}]}}"#,
        "code-value-concept",
        &["-|a $ s|b"],
    );
    check(
        "Observation",
        r#"{"code":{"coding":[{"code":"a"}]},"valueString":"Tödi"}"#,
        "code-value-string",
        &["-|a $ Tödi (todi)"],
    );
    // R4 defines the two components the wrong way round; each is read by the one that can.
    check(
        "DocumentReference",
        r#"{"relatesTo":[{"code":"replaces","target":{"reference":"DocumentReference/1"}}]}"#,
        "relationship",
        &["http://hl7.org/fhir/document-relationship-type|replaces $ DocumentReference/1"],
    );
    check(
        "Group",
        r#"{"characteristic":[{"code":{"coding":[{"code":"a"}]},"valueBoolean":true},
            {"code":{"coding":[{"code":"b"}]},"valueCodeableConcept":{"coding":[{"code":"c"}]}},
            {"code":{"coding":[{"code":"d"}]},"valueQuantity":{"value":1}}]}"#,
        "characteristic-value",
        &["-|a $ -|true", "-|b $ -|c"],
    );
    check(
        "ActivityDefinition",
        r#"{"useContext":[{"code":{"system":"s","code":"age"},
            "valueRange":{"low":{"value":1,"unit":"a"},"high":{"value":9,"unit":"a"}}}]}"#,
        "context-type-quantity",
        &["s|age $ 1 to 9 -|-|a"],
    );
    check(
        "ValueSet",
        r#"{"useContext":[{"code":{"code":"venue"},"valueCodeableConcept":{"coding":[{"code":"x"}]}}]}"#,
        "context-type-value",
        &["-|venue $ -|x"],
    );
}

/// One component is looked for in the whole resource.
#[test]
fn a_component_of_the_resource() {
    let body = r#"{"referenceSeq":{"chromosome":{"coding":[{"code":"1"}]},"windowStart":10,"windowEnd":20},
        "variant":[{"start":11,"end":12},{"start":13,"end":14}]}"#;
    check(
        "MolecularSequence",
        body,
        "chromosome-variant-coordinate",
        &["-|1 $ 11 to 11 $ 12 to 12", "-|1 $ 13 to 13 $ 14 to 14"],
    );
    check(
        "MolecularSequence",
        body,
        "chromosome-window-coordinate",
        &["-|1 $ 10 to 10 $ 20 to 20"],
    );
}

#[test]
fn combinations_are_bounded() {
    let codes: Vec<String> = (0..60).map(|n| format!(r#"{{"code":"c{n}"}}"#)).collect();
    let codes = codes.join(",");
    let json = format!(
        r#"{{"resourceType":"Observation","code":{{"coding":[{codes}]}},
            "valueCodeableConcept":{{"coding":[{codes}]}}}}"#
    );
    let tree = Tree::parse(json.as_bytes()).expect("JSON");
    let entries = indexer().extract(tree.root(), &|_| None).entries;
    let id = definitions().search_parameter(resource_type("Observation"), "code-value-concept");
    let id = id.expect("R4 has it").id;
    assert_eq!(entries.iter().filter(|entry| entry.parameter.0 == id).count(), 1_000);
}

#[test]
fn words_beside_codes() {
    check(
        "Condition",
        r#"{"code":{"text":"Chest pain","coding":[{"code":"1","display":"Chest Pain!"},{"display":"X"}]}}"#,
        "code",
        &["-|1", "text chest pain", "text x"],
    );
    check("Condition", r#"{"code":{"text":"--"}}"#, "code", &[]);
    check(
        "Patient",
        r#"{"identifier":[{"system":"s","value":"1","type":{"text":"NHS number",
            "coding":[{"system":"t","code":"NH","display":"no text"},{"code":"no-system"}]}},
            {"type":{"coding":[{"system":"t","code":"MR"}]}}]}"#,
        "identifier",
        &["s|1", "text nhs number", "1 of type t|NH"],
    );
    check(
        "Observation",
        r#"{"subject":{"display":"Ann","identifier":{"system":"s","value":"9"}}}"#,
        "subject",
        &["text ann", "identifier s|9"],
    );
    check("Observation", r#"{"subject":{"display":"Ann"}}"#, "patient", &[]);
    check(
        "Observation",
        r#"{"subject":{"type":"Patient","identifier":{"value":"9"}}}"#,
        "patient",
        &["identifier -|9"],
    );
}

#[test]
fn canonicals_of_a_version() {
    check(
        "QuestionnaireResponse",
        r#"{"questionnaire":"http://q.test/a|1.0"}"#,
        "questionnaire",
        &["uri http://q.test/a|1.0", "canonical http://q.test/a version 1.0"],
    );
    check(
        "QuestionnaireResponse",
        r#"{"questionnaire":"http://q.test/a"}"#,
        "questionnaire",
        &["uri http://q.test/a"],
    );
    // An address of this server may be the URL of a resource with another id too.
    check(
        "QuestionnaireResponse",
        r#"{"questionnaire":"http://own.test/fhir/Questionnaire/q"}"#,
        "questionnaire",
        &["Questionnaire/q", "uri http://own.test/fhir/Questionnaire/q"],
    );
    check(
        "QuestionnaireResponse",
        r#"{"questionnaire":"Questionnaire/q"}"#,
        "questionnaire",
        &["Questionnaire/q"],
    );
    check(
        "Patient",
        r#"{"meta":{"profile":["http://p.test/p|2","http://p.test/q|"]}}"#,
        "_profile",
        &["http://p.test/p|2", "canonical http://p.test/p version 2", "http://p.test/q|"],
    );
}

/// What canonicals lead to is known by its URL, and by URL and version.
#[test]
fn what_canonicals_lead_to() {
    let check = |body: &str, expected: &[&str]| check("Questionnaire", body, "url", expected);
    check(
        r#"{"url":"http://q.test/a","version":"1.0"}"#,
        &["http://q.test/a", "own canonical http://q.test/a|1.0"],
    );
    check(r#"{"url":"http://q.test/a"}"#, &["http://q.test/a"]);
    check(r#"{"url":"http://q.test/a","version":""}"#, &["http://q.test/a"]);
    check(r#"{"version":"1.0"}"#, &[]);
    // A channel's address is no name of the Subscription.
    let body = r#"{"url":"http://q.test/a","version":"1","channel":{"endpoint":"http://e.test"}}"#;
    crate::extract::resource_values("Subscription", body, "url", &["http://e.test"]);
}

/// The reference parameters of R4 that read canonicals.
#[test]
fn parameters_of_canonicals() {
    let mut codes: Vec<&str> = Vec::new();
    for parameter in definitions().parameters() {
        let targets = search::canonical_targets(definitions(), parameter);
        let known = |target: &fhir::ResourceType| {
            let has = |code| definitions().search_parameter(*target, code).is_some();
            has("url") && has("version")
        };
        assert!(targets.iter().all(known), "{} leads to {targets:?}", parameter.code);
        if !targets.is_empty() {
            codes.push(parameter.code);
        }
        if parameter.code == "questionnaire" && !targets.is_empty() {
            assert_eq!(targets, [resource_type("Questionnaire")]);
        }
    }
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(
        codes.join(" "),
        "assessed-condition base component composed-of definition depends-on derived-from global \
         guide input-profile instantiates-canonical measure other output-profile parent predecessor \
         questionnaire resource-profile source source-uri successor supplements supported-profile \
         target target-uri valueset"
    );
}

#[test]
fn places_on_the_earth() {
    check("Location", r#"{"position":{"latitude":51.5,"longitude":-0.1}}"#, "near", &["51.5 -0.1"]);
    check("Location", r#"{"position":{"latitude":91,"longitude":0}}"#, "near", &[]);
    check("Location", r#"{"position":{"latitude":51.5}}"#, "near", &[]);
}

/// The canonical values of an Observation's quantity.
fn canonical(quantity: &str) -> Option<(String, f64, f64)> {
    let json = format!(r#"{{"resourceType":"Observation","valueQuantity":{quantity}}}"#);
    let tree = Tree::parse(json.as_bytes()).expect("JSON");
    let entries = indexer().extract(tree.root(), &|_| None).entries;
    entries.iter().find_map(|entry| match &entry.value {
        IndexValue::Quantity { canonical, .. } => {
            canonical.as_ref().map(|value| (value.unit.to_string(), value.low, value.high))
        }
        _ => None,
    })
}

#[test]
fn quantities_in_canonical_units() {
    let ucum = |value: &str, code: &str| {
        format!(r#"{{"value":{value},"system":"http://unitsofmeasure.org","code":"{code}"}}"#)
    };
    let same = [
        [("5.4", "mg"), ("0.0054", "g")],
        [("120", "mm[Hg]"), ("12.0", "cm[Hg]")],
        [("1", "h"), ("3600", "s")],
        [("37.5", "Cel"), ("310.65", "K")],
        [("0.1", "mmol/L"), ("100", "umol/L")],
        [("-3.3", "mm"), ("-0.33", "cm")],
        [("0", "mg"), ("0.0", "kg")],
        [("1.7", "m"), ("170", "cm")],
    ];
    for [(value, code), (other_value, other_code)] in same {
        let (a, b) = (canonical(&ucum(value, code)), canonical(&ucum(other_value, other_code)));
        assert!(a.is_some() && a == b, "{value} {code}: {a:?} is not {b:?}");
    }
    assert_eq!(canonical(&ucum("1", "nounit")), None);
    assert_eq!(canonical(r#"{"value":1,"code":"mg"}"#), None);
    assert_eq!(canonical(r#"{"value":1,"system":"http://unitsofmeasure.org"}"#), None);
    let open = r#"{"value":5,"comparator":">","system":"http://unitsofmeasure.org","code":"mg"}"#;
    assert_eq!(canonical(open), Some(("g".to_owned(), 0.005_f64.next_up(), f64::INFINITY)));
}

fn indexed(json: &str) -> Indexed {
    let tree = Tree::parse(json.as_bytes()).expect("JSON");
    indexer().extract(tree.root(), &|_| None)
}

#[test]
fn contained_resources_and_references_to_them() {
    let found = indexed(
        r##"{"resourceType":"Observation","id":"o","subject":{"reference":"#p"},
            "contained":[
                {"resourceType":"Patient","id":"p","gender":"male",
                 "managingOrganization":{"reference":"#"}},
                {"resourceType":"Patient","gender":"female"},
                {"resourceType":"Nothing","id":"n"},
                7]}"##,
    );
    assert_eq!(found.contained.len(), 1);
    let inner = &found.contained[0];
    assert_eq!((inner.resource_type.as_str(), &*inner.local_id), ("Patient", "p"));
    let shown = |entries: &[search::IndexEntry], type_name: &str, code: &str| {
        crate::extract::values(entries, type_name, code)
    };
    assert_eq!(
        shown(&inner.entries, "Patient", "gender"),
        ["http://hl7.org/fhir/administrative-gender|male"]
    );
    assert_eq!(shown(&inner.entries, "Patient", "organization"), ["Observation/o"]);
    assert_eq!(shown(&found.entries, "Observation", "subject"), ["uri #p"]);
    assert_eq!(shown(&found.entries, "Observation", "patient"), ["uri #p"]);
    let other = indexed(
        r##"{"resourceType":"Observation","subject":{"reference":"#g"},
            "contained":[{"resourceType":"Group","id":"g"}]}"##,
    );
    assert_eq!(shown(&other.entries, "Observation", "subject"), ["uri #g"]);
    assert_eq!(shown(&other.entries, "Observation", "patient"), Vec::<String>::new());
}

#[test]
fn what_is_contained_is_bounded() {
    let inner = vec![r#"{"resourceType":"Basic","id":"b"}"#; 1_500].join(",");
    let found = indexed(&format!(r#"{{"resourceType":"Basic","contained":[{inner}]}}"#));
    assert_eq!(found.contained.len(), 1_000);
}

#[test]
fn values_are_shown() {
    let text = IndexValue::TokenText("x".into());
    assert_eq!(show(&text), "text x");
}
