//! FHIRPath Patch: the public cases, and what they leave out.

use fhir::{Element, Tree, xml};
use patch::{ErrorKind, Limits};
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::suite;

/// One case of the suite: what stands inside of its elements.
#[derive(Debug, Default)]
struct Case {
    name: String,
    input: String,
    diff: String,
    output: Option<String>,
    error: bool,
}

fn cases(text: &str) -> Vec<Case> {
    let mut reader = Reader::from_str(text);
    let mut cases: Vec<Case> = Vec::new();
    loop {
        let event = reader.read_event().expect("xml");
        let (start, has_content) = match event {
            Event::Eof => return cases,
            Event::Start(start) => (start, true),
            Event::Empty(start) => (start, false),
            _ => continue,
        };
        let name = start.name().into_inner().to_owned();
        if name == "case" {
            let name = start.try_get_attribute("name").expect("attributes").expect("a name");
            cases.push(Case { name: name.value.into_owned(), ..Case::default() });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        let inside = if has_content {
            reader.read_text(start.name()).expect("xml").to_string()
        } else {
            String::new()
        };
        match name.as_str() {
            "input" => case.input = inside,
            "diff" => case.diff = inside,
            "output" => case.output = Some(inside),
            "error" => case.error = true,
            _ => panic!("{name}"),
        }
    }
}

fn resource(text: &str) -> Tree {
    xml::read(text.trim().as_bytes(), definitions::embedded())
        .unwrap_or_else(|issues| panic!("{issues:?}: {text}"))
}

/// The resource with its narrative as an XML reader would see it. One case replaces a narrative by
/// text that says the same with other ends of lines and without an entity.
fn same_xhtml(resource: &Tree) -> Tree {
    let text = resource.text().replace(r"\r\n", r"\n").replace("&quot;", r#"\""#);
    Tree::parse(text.as_bytes()).expect("json")
}

fn patched(target: &Tree, patch: &Tree, limits: Limits) -> Result<Tree, patch::PatchError> {
    let done = patch::fhirpath::apply(target, patch.root(), definitions::embedded(), limits)?;
    let done = patch::resource::finish(&Element::from(target), done)?;
    Ok(Tree::parse(&done.to_compact()).expect("json"))
}

#[test]
fn public_cases() {
    let Some(text) = suite::file("fhir-patch-tests.xml") else { return };
    let cases = cases(&text);
    assert_eq!(cases.len(), 33);
    for case in cases {
        let (input, diff) = (resource(&case.input), resource(&case.diff));
        let done = patched(&input, &diff, Limits::STANDARD);
        match (&case.output, done) {
            (Some(expected), Ok(done)) => {
                let (done, expected) = (same_xhtml(&done), same_xhtml(&resource(expected)));
                assert_eq!(done.root(), expected.root(), "{}:\n{}", case.name, done.text());
                let issues = definitions::embedded().check_structure(done.root());
                assert!(issues.is_empty(), "{}: {issues:?}", case.name);
            }
            (None, Err(error)) => {
                assert!(case.error, "{}", case.name);
                assert_eq!(error.operation, Some(0), "{}", case.name);
            }
            (_, done) => panic!("{}: {done:?}", case.name),
        }
    }
}

const OBSERVATION: &str = r#"{"resourceType":"Observation","id":"o","contained":[{"resourceType":"Patient","id":"p","name":[{"given":["A","B","C"],"_given":[null,{"id":"b"},null]}]}],"status":"final","code":{"text":"x"},"valueString":"s","_valueString":{"id":"v"},"component":[{"code":{"text":"1"},"valueQuantity":{"value":1.50}},{"code":{"text":"2"}}]}"#;

/// An operation from its parts, in the short form `name=json`.
fn operation(parts: &str) -> String {
    let part = |text: &str| {
        let (name, value) = text.split_once('=').expect("name=value");
        let value = match name {
            "type" => format!(r#""valueCode":"{value}""#),
            "path" | "name" => format!(r#""valueString":"{value}""#),
            "index" | "source" | "destination" => format!(r#""valueInteger":{value}"#),
            _ => value.to_owned(),
        };
        format!(r#"{{"name":"{name}",{value}}}"#)
    };
    let parts: Vec<String> = parts.split('|').map(part).collect();
    format!(r#"{{"name":"operation","part":[{}]}}"#, parts.join(","))
}

fn apply(operations: &[&str]) -> Result<Tree, patch::PatchError> {
    let limits = Limits { operations_max: 4, growth_bytes_max: 4_000, depth_max: 20 };
    let operations: Vec<String> = operations.iter().map(|parts| operation(parts)).collect();
    let patch =
        format!(r#"{{"resourceType":"Parameters","parameter":[{}]}}"#, operations.join(","));
    let patch = Tree::parse(patch.as_bytes()).expect("a patch in json");
    patched(&Tree::parse(OBSERVATION.as_bytes()).expect("json"), &patch, limits)
}

/// Operations, and what stands at places of the result afterwards (`-`: nothing).
type Done = (&'static [&'static str], &'static [(&'static str, &'static str)]);

const DONE: &[Done] = &[
    (
        &["type=replace|path=Observation.status|value=\"valueCode\":\"amended\""],
        &[("status", r#""amended""#)],
    ),
    // A choice changes its type, and its id goes with the old value.
    (
        &["type=replace|path=Observation.value|value=\"valueQuantity\":{\"value\":2.0}"],
        &[("valueQuantity", r#"{"value":2.0}"#), ("valueString", "-"), ("_valueString", "-")],
    ),
    (
        &[
            "type=replace|path=Observation.value|value=\"valueString\":\"t\",\"_valueString\":{\"id\":\"w\"}",
        ],
        &[("valueString", r#""t""#), ("_valueString", r#"{"id":"w"}"#)],
    ),
    (&["type=delete|path=Observation.value"], &[("valueString", "-"), ("_valueString", "-")]),
    (&["type=delete|path=Observation.issued"], &[("valueString", r#""s""#)]),
    (
        &[
            "type=delete|path=Observation.value",
            "type=add|path=Observation|name=value|value=\"valueBoolean\":true",
        ],
        &[("valueBoolean", "true")],
    ),
    (
        &[
            "type=add|path=Observation.component.where(code.text='2')|name=value|value=\"valueInteger\":7",
        ],
        &[("component[1].valueInteger", "7"), ("component[0].valueQuantity", r#"{"value":1.50}"#)],
    ),
    // Both halves of a list of primitives move together.
    (
        &["type=delete|path=Observation.contained[0].name[0].given[0]"],
        &[
            ("contained[0].name[0].given", r#"["B","C"]"#),
            ("contained[0].name[0]._given", r#"[{"id":"b"},null]"#),
        ],
    ),
    (
        &["type=delete|path=Observation.contained[0].name[0].given[1]"],
        &[("contained[0].name[0].given", r#"["A","C"]"#), ("contained[0].name[0]._given", "-")],
    ),
    (
        &[
            "type=insert|path=Observation.contained[0].name[0].given|index=1|value=\"valueString\":\"X\"",
        ],
        &[
            ("contained[0].name[0].given", r#"["A","X","B","C"]"#),
            ("contained[0].name[0]._given", r#"[null,null,{"id":"b"},null]"#),
        ],
    ),
    (
        &[
            "type=insert|path=Observation.contained[0].name[0].given|index=3|value=\"_valueString\":{\"id\":\"d\"}",
        ],
        &[
            ("contained[0].name[0].given", r#"["A","B","C",null]"#),
            ("contained[0].name[0]._given", r#"[null,{"id":"b"},null,{"id":"d"}]"#),
        ],
    ),
    (
        &["type=move|path=Observation.contained[0].name[0].given|source=1|destination=2"],
        &[
            ("contained[0].name[0].given", r#"["A","C","B"]"#),
            ("contained[0].name[0]._given", r#"[null,null,{"id":"b"}]"#),
        ],
    ),
    (
        &[
            "type=replace|path=Observation.contained[0].name[0].given[1]|value=\"valueString\":\"Y\"",
        ],
        &[("contained[0].name[0].given", r#"["A","Y","C"]"#), ("contained[0].name[0]._given", "-")],
    ),
    // Extensions of primitives.
    (
        &[
            "type=add|path=Observation.status|name=extension|value=\"valueExtension\":{\"url\":\"urn:x\",\"valueCode\":\"y\"}",
        ],
        &[("_status.extension[0].url", r#""urn:x""#), ("status", r#""final""#)],
    ),
    (
        &[
            "type=add|path=Observation.contained[0].name[0].given[2]|name=extension|value=\"valueExtension\":{\"url\":\"urn:x\"}",
        ],
        &[("contained[0].name[0]._given[2].extension[0].url", r#""urn:x""#)],
    ),
    (
        &["type=add|path=Observation|name=extension|value=\"valueExtension\":{\"url\":\"urn:x\"}"],
        &[("extension[0].url", r#""urn:x""#)],
    ),
    // Parts for what has no type name, and resources.
    (
        &[
            "type=add|path=Observation|name=component|value=\"part\":[{\"name\":\"code\",\"valueCodeableConcept\":{\"text\":\"3\"}},{\"name\":\"value\",\"valueString\":\"z\"},{\"name\":\"interpretation\",\"valueCodeableConcept\":{\"text\":\"i\"}}]",
        ],
        &[
            ("component[2].code.text", r#""3""#),
            ("component[2].valueString", r#""z""#),
            ("component[2].interpretation", r#"[{"text":"i"}]"#),
        ],
    ),
    (
        &[
            "type=add|path=Observation|name=contained|value=\"resource\":{\"resourceType\":\"Group\",\"id\":\"g\"}",
        ],
        &[("contained[1].resourceType", r#""Group""#)],
    ),
    // What empties an object takes it out.
    (&["type=delete|path=Observation.code.text"], &[("code", "-")]),
];

#[test]
fn what_is_done() {
    for (operations, places) in DONE {
        let done = apply(operations).unwrap_or_else(|error| panic!("{operations:?}: {error}"));
        for (place, expected) in *places {
            let found = done.root().at(place).map_or("-", fhir::Value::raw);
            assert_eq!(found, *expected, "{operations:?} {place}: {}", done.text());
        }
    }
}

#[test]
fn what_is_refused() {
    use ErrorKind::{Inapplicable, Malformed, TooCostly};
    let value = r#"value="valueString":"x""#;
    let long = format!(
        r#"type=add|path=Observation|name=issued|value="valueString":"{}""#,
        "x".repeat(5_000)
    );
    let cases: &[(String, ErrorKind)] = &[
        (format!("type=put|path=Observation.status|{value}"), Malformed),
        ("path=Observation.status".to_owned(), Malformed),
        ("type=delete".to_owned(), Malformed),
        ("type=delete|type=delete|path=Observation.status".to_owned(), Malformed),
        ("type=delete|path=Observation.status|extra=\"valueString\":\"x\"".to_owned(), Malformed),
        ("type=replace|path=Observation.status".to_owned(), Malformed),
        (format!("type=add|path=Observation|{value}"), Malformed),
        (format!("type=insert|path=Observation.component|{value}"), Malformed),
        (format!("type=insert|path=Observation.component|index=-1|{value}"), Malformed),
        ("type=move|path=Observation.component|source=0".to_owned(), Malformed),
        ("type=delete|path=Observation.(".to_owned(), Malformed),
        ("type=delete|path=Observation.status.nosuch()".to_owned(), Malformed),
        ("type=delete|path=1 + 1".to_owned(), Malformed),
        ("type=add|path=Observation|name=component|value=\"other\":1".to_owned(), Malformed),
        ("type=delete|path=Observation.component".to_owned(), Inapplicable),
        ("type=delete|path=Observation".to_owned(), Inapplicable),
        ("type=delete|path=Observation.id".to_owned(), Inapplicable),
        (format!("type=replace|path=Observation.issued|{value}"), Inapplicable),
        (format!("type=replace|path=Observation.component|{value}"), Inapplicable),
        (format!("type=replace|path=Observation|{value}"), Inapplicable),
        (format!("type=add|path=Observation.issued|name=extension|{value}"), Inapplicable),
        (format!("type=add|path=Observation|name=nosuch|{value}"), Inapplicable),
        (format!("type=add|path=Observation|name=status|{value}"), Inapplicable),
        (format!("type=add|path=Observation|name=value|{value}"), Inapplicable),
        (
            "type=add|path=Observation|name=value|value=\"valueBoolean\":true".to_owned(),
            Inapplicable,
        ),
        (
            "type=add|path=Observation|name=value|value=\"valueHumanName\":{}".to_owned(),
            Inapplicable,
        ),
        ("type=add|path=Observation|name=status|value=\"resource\":{}".to_owned(), Inapplicable),
        (format!("type=insert|path=Observation.component|index=3|{value}"), Inapplicable),
        (format!("type=insert|path=Observation.component[0]|index=0|{value}"), Inapplicable),
        (format!("type=insert|path=Observation.note|index=0|{value}"), Inapplicable),
        (format!("type=insert|path=Observation.status|index=0|{value}"), Inapplicable),
        ("type=move|path=Observation.component|source=2|destination=0".to_owned(), Inapplicable),
        ("type=move|path=Observation.component|source=0|destination=2".to_owned(), Inapplicable),
        (
            "type=move|path=Observation.descendants()|source=0|destination=1".to_owned(),
            Inapplicable,
        ),
        (long, TooCostly),
    ];
    for (parts, kind) in cases {
        let error = apply(&[parts]).expect_err(parts);
        assert_eq!(error.kind, *kind, "{parts}: {error}");
    }
    let many = ["type=delete|path=Observation.issued"; 5];
    assert_eq!(apply(&many).expect_err("too many").kind, TooCostly);
    let second = ["type=delete|path=Observation.issued", "type=delete|path=Observation.component"];
    let error = apply(&second).expect_err("an error");
    assert_eq!((error.operation, error.path.as_deref()), (Some(1), Some("Observation.component")));
}
