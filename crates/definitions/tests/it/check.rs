//! The form check: small resources, right and wrong, and where each is wrong.

use definitions::{Primitive, embedded};
use fhir::Tree;
use proptest::prelude::*;

/// The places of all issues of a resource, in order.
fn places(json: &str) -> Vec<String> {
    let tree = Tree::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{json}: {error}"));
    let issues = embedded().check_structure(tree.root());
    issues.into_iter().map(|issue| issue.expression.unwrap_or_default()).collect()
}

/// The places of all issues of a Patient with these members.
fn patient(members: &str) -> Vec<String> {
    places(&format!(r#"{{"resourceType":"Patient",{members}}}"#))
}

#[test]
fn right_forms() {
    for members in [
        r#""id":"a-1.B""#,
        r#""active":true"#,
        r#""name":[{"family":"Shah","given":["Asha","B"]}]"#,
        r#""birthDate":"1980","_birthDate":{"extension":[{"url":"http://x","valueDateTime":"1980-01-01T10:00:00Z"}]}"#,
        r#""_birthDate":{"id":"b"}"#,
        r#""name":[{"given":["A",null],"_given":[null,{"id":"x"}]}]"#,
        r#""name":[{"_given":[{"id":"x"}]}]"#,
        r#""deceasedBoolean":false,"_deceasedBoolean":{"id":"x"}"#,
        r#""multipleBirthInteger":2"#,
        r#""contained":[{"resourceType":"Organization","id":"o"}]"#,
        r#""text":{"status":"empty","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"/>"}"#,
        r#""extension":[{"url":"http://x","extension":[{"url":"y","valueQuantity":{"value":1.50}}]}]"#,
        r#""contact":[{"name":{"text":"x"},"period":{"start":"2020-02"}}]"#,
    ] {
        assert_eq!(patient(members), Vec::<String>::new(), "{members}");
    }
    for json in [
        r#"{"resourceType":"Patient"}"#,
        r#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Basic","code":{"text":"x"}}}]}"#,
        r#"{"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"b","resource":{"resourceType":"Basic"}}]}]}"#,
        r#"{"resourceType":"Questionnaire","item":[{"item":[{"item":[{"linkId":"1"}]}]}]}"#,
    ] {
        assert_eq!(places(json), Vec::<String>::new(), "{json}");
    }
}

/// Members of a Patient and the places of what is wrong with them.
const WRONG_MEMBERS: &[(&str, &[&str])] = &[
    (r#""nom":"x""#, &["Patient.nom"]),
    (r#""_nom":{"id":"x"}"#, &["Patient._nom"]),
    (r#""fhir_comments":["x"]"#, &["Patient.fhir_comments"]),
    (r#""Name":[{"family":"x"}]"#, &["Patient.Name"]),
    (r#""":1"#, &["Patient."]),
    (r#""_":{}"#, &["Patient._"]),
    (r#""_resourceType":{"id":"x"}"#, &["Patient._resourceType"]),
    (r#""name":[{"resourceType":"Patient"}]"#, &["Patient.name[0].resourceType"]),
    (
        r#""name":[{"famly":"x"},{"familie":"y"}]"#,
        &["Patient.name[0].famly", "Patient.name[1].familie"],
    ),
    (r#""name":{"family":"x"}"#, &["Patient.name"]),
    (r#""name":["x"]"#, &["Patient.name[0]"]),
    (r#""name":[]"#, &["Patient.name"]),
    (r#""name":[{}]"#, &["Patient.name[0]"]),
    (r#""name":[null]"#, &["Patient.name[0]"]),
    (r#""name":[[{"family":"x"}]]"#, &["Patient.name[0]"]),
    (r#""name":null"#, &["Patient.name"]),
    (r#""name":"x""#, &["Patient.name"]),
    (r#""_name":[{"id":"x"}]"#, &["Patient._name"]),
    (r#""active":"true""#, &["Patient.active"]),
    (r#""active":1"#, &["Patient.active"]),
    (r#""active":null"#, &["Patient.active"]),
    (r#""active":[true]"#, &["Patient.active"]),
    (r#""active":{"value":true}"#, &["Patient.active"]),
    (r#""gender":"""#, &["Patient.gender"]),
    (r#""gender":" male""#, &["Patient.gender"]),
    (r#""birthDate":19800101"#, &["Patient.birthDate"]),
    (r#""birthDate":"1980-02-30""#, &["Patient.birthDate"]),
    (r#""birthDate":"1980-01-01T00:00:00Z""#, &["Patient.birthDate"]),
    (r#""_birthDate":[{"id":"x"}]"#, &["Patient._birthDate"]),
    (r#""_birthDate":{}"#, &["Patient._birthDate"]),
    (r#""_birthDate":"x""#, &["Patient._birthDate"]),
    (r#""_birthDate":{"value":"x"}"#, &["Patient._birthDate.value"]),
    (r#""id":"a b""#, &["Patient.id"]),
    (r#""id":7"#, &["Patient.id"]),
    (r#""deceasedBoolean":true,"deceasedDateTime":"2020""#, &["Patient.deceasedDateTime"]),
    (r#""deceasedBoolean":true,"_deceasedDateTime":{"id":"x"}"#, &["Patient._deceasedDateTime"]),
    (r#""deceased":true"#, &["Patient.deceased"]),
    (r#""deceasedString":"x""#, &["Patient.deceasedString"]),
    (r#""multipleBirthInteger":2.0"#, &["Patient.multipleBirthInteger"]),
    (r#""multipleBirthInteger":3000000000"#, &["Patient.multipleBirthInteger"]),
    (r#""name":[{"given":["A",null]}]"#, &["Patient.name[0].given[1]"]),
    (r#""name":[{"given":[null],"_given":[null]}]"#, &["Patient.name[0].given[0]"]),
    (r#""name":[{"_given":[null]}]"#, &["Patient.name[0]._given[0]"]),
    (r#""name":[{"given":["A"],"_given":[null,{"id":"x"}]}]"#, &["Patient.name[0]._given"]),
    (r#""name":[{"given":["A"],"_given":{"id":"x"}}]"#, &["Patient.name[0]._given"]),
    (r#""name":[{"given":["A"],"_given":[]}]"#, &["Patient.name[0]._given"]),
    (r#""name":[{"given":[""]}]"#, &["Patient.name[0].given[0]"]),
    (r#""name":[{"given":"A"}]"#, &["Patient.name[0].given"]),
    (r#""text":{"status":"empty","div":"hello"}"#, &["Patient.text.div"]),
    (r#""text":{"status":"empty","div":{"p":1}}"#, &["Patient.text.div"]),
    (r#""text":{"div":"<div/>","_div":{"id":"x"}}"#, &["Patient.text._div"]),
    (r#""contained":[{"id":"o"}]"#, &["Patient.contained[0]"]),
    (r#""contained":[{"resourceType":"Person","nam":1}]"#, &["Patient.contained[0].nam"]),
    (r#""contained":[{"resourceType":"DomainResource"}]"#, &["Patient.contained[0].resourceType"]),
    (r#""contained":{"resourceType":"Person"}"#, &["Patient.contained"]),
    (
        r#""extension":[{"url":"x","valueInteger":1,"valueString":"x"}]"#,
        &["Patient.extension[0].valueString"],
    ),
    (r#""extension":[{"url":"x","valueFoo":1}]"#, &["Patient.extension[0].valueFoo"]),
    (r#""nom":1,"gender":2"#, &["Patient.nom", "Patient.gender"]),
];

/// Documents and the one place where they are wrong.
const WRONG_DOCUMENTS: &[(&str, &str)] = &[
    ("[]", ""),
    ("1", ""),
    ("{}", ""),
    (r#"{"resourceType":1}"#, ".resourceType"),
    (r#"{"resourceType":null}"#, ".resourceType"),
    (r#"{"resourceType":"Pat"}"#, "Pat.resourceType"),
    (r#"{"resourceType":"Resource"}"#, "Resource.resourceType"),
    (r#"{"resourceType":"HumanName"}"#, "HumanName.resourceType"),
    (
        r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"X"}}]}"#,
        "Bundle.entry[0].resource.resourceType",
    ),
    (r#"{"resourceType":"Bundle","entry":[{"resource":"X"}]}"#, "Bundle.entry[0].resource"),
];

#[test]
fn wrong_forms() {
    for (members, expected) in WRONG_MEMBERS {
        assert_eq!(patient(members), *expected, "{members}");
    }
    for (json, expected) in WRONG_DOCUMENTS {
        let expected = expected.strip_prefix('.').unwrap_or(expected);
        assert_eq!(places(json), [expected], "{json}");
    }
}

#[test]
fn issues_are_bounded() {
    let members: Vec<String> = (0..5_000).map(|n| format!("\"x{n}\":1")).collect();
    assert_eq!(patient(&members.join(",")).len(), 100);
    let items = vec!["1"; 5_000].join(",");
    assert_eq!(patient(&format!("\"name\":[{items}]")).len(), 100);
}

const LONGEST_ID: &str = "0123456789-123456789-123456789-123456789-123456789-123456789-123";
const TOO_LONG_ID: &str = "0123456789-123456789-123456789-123456789-123456789-123456789-1234";

/// A type, texts that are values of it, texts that are not.
type Formats = (Primitive, &'static [&'static str], &'static [&'static str]);

const FORMATS: &[Formats] = &[
    (Primitive::Boolean, &["true", "false"], &["True", "1", ""]),
    (
        Primitive::Integer,
        &["0", "1", "-1", "2147483647", "-2147483648"],
        &[
            "-0",
            "+1",
            "01",
            "1.0",
            "1e3",
            "2147483648",
            "-2147483649",
            "99999999999999999999",
            "",
            "-",
            "a",
        ],
    ),
    (Primitive::UnsignedInt, &["0", "2147483647"], &["-1", "-0", "2147483648", "00"]),
    (Primitive::PositiveInt, &["1"], &["0", "-1", "2147483648"]),
    (
        Primitive::Decimal,
        &["0", "-0", "1.50", "0.0", "-1.5E-10", "1e400", "12345678901234567890.123"],
        &["01", ".5", "5.", "1e", "+1", "NaN", "", "-", "1.5 "],
    ),
    (Primitive::String, &["a", " ", "a\r\n\tb", "é", "\u{1F600}"], &["", "a\u{0}", "\u{1b}"]),
    (Primitive::Markdown, &["# a\n\nb"], &["", "\u{1}"]),
    (Primitive::Code, &["a", "a b", "é"], &["", " a", "a ", "a  b", "a\t b", "\u{0}"]),
    (Primitive::Id, &["a", "A-1.b", LONGEST_ID], &["", "a_b", "a/b", "é", TOO_LONG_ID]),
    (Primitive::Uri, &["a", "http://x/y?z#w", "urn:oid:1.2", "é", "a\u{a0}b"], &["", "a b", "\n"]),
    (Primitive::Url, &["mailto:a@b"], &["", "a b"]),
    (Primitive::Canonical, &["http://x|1"], &["", "x |1"]),
    (
        Primitive::Oid,
        &["urn:oid:1.2.3", "urn:oid:2.0", "urn:oid:2.999.10"],
        &[
            "1.2.3",
            "urn:oid:3.1",
            "urn:oid:1",
            "urn:oid:1.",
            "urn:oid:1.02",
            "urn:oid:1..2",
            "urn:oid:1.a",
            "URN:OID:1.2",
        ],
    ),
    (
        Primitive::Uuid,
        &["urn:uuid:c757873d-ec9a-4326-a141-556f43239520"],
        &[
            "c757873d-ec9a-4326-a141-556f43239520",
            "urn:uuid:C757873D-EC9A-4326-A141-556F43239520",
            "urn:uuid:c757873d-ec9a-4326-a141-556f4323952",
            "urn:uuid:c757873dxec9a-4326-a141-556f43239520",
        ],
    ),
    (
        Primitive::Base64Binary,
        &["AAAA", "AA==", "AAA=", "AA AA\nBBBB", "+/+/"],
        &["", " ", "A", "AAA", "AAAAA", "A===", "AA=A", "A-_A", "====AAAA"],
    ),
    (
        Primitive::Date,
        &["2020", "2020-02", "2020-02-29", "0001-01-01", "9999-12-31", "2000-02-29"],
        &[
            "",
            "20",
            "0000",
            "2020-",
            "2020-13",
            "2020-00",
            "2020-02-30",
            "2019-02-29",
            "1900-02-29",
            "2020-1-1",
            "2020-01-00",
            "2020-04-31",
            "2020-01-01 ",
            "2020-01-01T",
            "2020-01-01T00:00:00Z",
            "20200101",
            "२०२०",
            "+2020",
        ],
    ),
    (
        Primitive::DateTime,
        &[
            "2020",
            "2020-02",
            "2020-02-29",
            "2020-02-29T23:59:60Z",
            "2020-02-29T00:00:00.123456789+14:00",
            "2020-02-29T00:00:00-13:59",
        ],
        &[
            "2020-02-29T10:00Z",
            "2020-02-29T10:00:00",
            "2020-02-29T24:00:00Z",
            "2020-02-29T10:60:00Z",
            "2020-02-29T10:00:61Z",
            "2020-02-29T10:00:00.Z",
            "2020-02-29T10:00:00+14:01",
            "2020-02-29T10:00:00+1:00",
            "2020-02-29T10:00:00+0100",
            "2020-02T10:00:00Z",
            "2020-02-29 10:00:00Z",
            "2020-02-29T10:00:00z",
            "2020-02-29t10:00:00Z",
            "2020-02-29T10:00:00ZZ",
        ],
    ),
    (
        Primitive::Instant,
        &["2020-02-29T10:00:00Z", "2020-02-29T10:00:00.1+01:00"],
        &["2020-02-29", "2020", "2020-02-29T10:00:00", ""],
    ),
    (
        Primitive::Time,
        &["00:00:00", "23:59:60", "12:30:00.5"],
        &["", "24:00:00", "12:30", "12:30:00.", "12:30:00Z", "1:30:00", "12:60:00", "12:30:61"],
    ),
];

#[test]
fn primitive_formats() {
    for (primitive, valid, invalid) in FORMATS {
        for text in *valid {
            assert!(primitive.accepts(text), "{primitive:?} must accept {text:?}");
        }
        for text in *invalid {
            assert!(!primitive.accepts(text), "{primitive:?} must refuse {text:?}");
        }
    }
}

proptest! {
    /// Whatever passes as a date can be read as one, and dates that are built right pass.
    #[test]
    fn dates_that_pass_can_be_read(text in "[0-9]{4}(-[0-9]{2}(-[0-3][0-9](T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,9})?(Z|[+-][01][0-9]:[0-5][0-9]))?)?)?") {
        if Primitive::DateTime.accepts(&text) {
            prop_assert!(fhir::PartialDate::parse(&text).is_some(), "{}", text);
        }
    }

    /// No JSON makes the check panic, and an issue's place is never empty below a known resource.
    #[test]
    fn no_member_makes_it_panic(name in "\\PC{0,8}|name|_name|given|_given|birthDate|_birthDate|contained|text", value in json_value()) {
        let name = serde_json::to_string(&name).unwrap();
        for place in patient(&format!("{name}:{value}")) {
            prop_assert!(place.starts_with("Patient"));
        }
    }
}

fn json_value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?[1-9][0-9]{0,3}",
        "[a-zA-Z0-9 :-]{0,12}".prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let name = "given|_given|family|id|extension|url|valueCode|resourceType|x";
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::btree_map(name, inner, 0..4).prop_map(|members| {
                let members: Vec<String> =
                    members.iter().map(|(n, v)| format!("\"{n}\":{v}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}
