//! XML Patch: the public cases, and what they leave out.

use fhir::xml;
use patch::{ErrorKind, Limits};
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::suite;
use crate::xml_canonical::canonical;

/// One case of the suite: what stands inside of its elements.
#[derive(Debug, Default)]
struct Case {
    name: String,
    target: String,
    patch: String,
    patched: Option<String>,
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
        let head = format!("<{}>", &*start);
        let inside = if has_content {
            reader.read_text(start.name()).expect("xml").to_string()
        } else {
            String::new()
        };
        match name.as_str() {
            "target" => case.target = inside,
            "patch" => case.patch = format!("{head}{inside}</patch>"),
            "patched" => case.patched = Some(inside),
            "error" => case.error = true,
            _ => panic!("{name}"),
        }
    }
}

#[test]
fn public_cases() {
    let Some(text) = suite::file("xml-patch-tests.xml") else { return };
    let cases = cases(&text);
    assert_eq!(cases.len(), 29);
    for case in cases {
        let done = patch::xml::apply(&case.target, &case.patch, Limits::STANDARD);
        match (case.patched, done) {
            (Some(expected), Ok(done)) => {
                assert!(!case.error, "{}", case.name);
                assert_eq!(canonical(&done), canonical(&expected), "{}", case.name);
            }
            (None, Err(_)) => assert!(case.error, "{}", case.name),
            (_, done) => panic!("{}: {done:?}", case.name),
        }
    }
}

const PATIENT: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Patient xmlns="http://hl7.org/fhir"><id value="a"/><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p>Asha <b>Shah</b></p></div></text><identifier><system value="urn:s"/><value value="1"/></identifier><identifier><system value="urn:t"/><value value="2"/></identifier><active value="true"/><name><family value="Shah"/><given value="Asha"/></name></Patient>"#;

fn apply(operation: &str) -> Result<String, patch::PatchError> {
    let limits = Limits { operations_max: 3, growth_bytes_max: 500, depth_max: 12 };
    patch::xml::apply(PATIENT, &format!("<diff>{operation}</diff>"), limits)
}

/// An operation, what stands in the resource, and what stands there afterwards.
const DONE: &[(&str, &str, &str)] = &[
    (
        r#"<replace sel="f:Patient/f:active/@value">false</replace>"#,
        r#"<active value="true"/>"#,
        r#"<active value="false"/>"#,
    ),
    (
        r#"<replace sel="/f:Patient/f:active/@value">a&lt;b &amp; "c"</replace>"#,
        r#"<active value="true"/>"#,
        r#"<active value="a&lt;b &amp; &quot;c&quot;"/>"#,
    ),
    (
        r#"<replace sel="Patient/active/@value">false</replace>"#,
        r#"<active value="true"/>"#,
        r#"<active value="false"/>"#,
    ),
    (r#"<remove sel="*/f:active"/>"#, r#"<active value="true"/>"#, ""),
    (
        r#"<remove sel="f:Patient/f:identifier[f:system/@value='urn:s']"/>"#,
        r#"<identifier><system value="urn:s"/><value value="1"/></identifier>"#,
        "",
    ),
    (
        r#"<replace sel='f:Patient/f:identifier[f:system/@value="urn:t"][1]/f:value/@value'>3</replace>"#,
        r#"<value value="2"/>"#,
        r#"<value value="3"/>"#,
    ),
    (
        r#"<add sel="f:Patient/f:identifier[2]"><period><start value="2020"/></period></add>"#,
        r#"<value value="2"/>"#,
        r#"<value value="2"/><period><start value="2020"/></period>"#,
    ),
    (
        r#"<add sel="f:Patient/f:name" pos="before"><x:language xmlns:x="http://hl7.org/fhir" value="en"/></add>"#,
        "<name>",
        r#"<x:language xmlns:x="http://hl7.org/fhir" value="en"/><name>"#,
    ),
    (
        r#"<add sel="f:Patient/f:name" pos="prepend"><use value="usual"/></add>"#,
        "<name>",
        r#"<name><use value="usual"/>"#,
    ),
    (
        r#"<add sel="f:Patient/f:name/f:family" pos="after"><given value="B"/></add>"#,
        r#"<family value="Shah"/>"#,
        r#"<family value="Shah"/><given value="B"/>"#,
    ),
    (
        r#"<add sel="f:Patient/f:name/f:family" type="@id">n1</add>"#,
        r#"<family value="Shah"/>"#,
        r#"<family value="Shah" id="n1"/>"#,
    ),
    (
        r#"<replace sel="f:Patient/f:text/h:div/h:p/h:b/text()">S&lt;</replace>"#,
        "<b>Shah</b>",
        "<b>S&lt;</b>",
    ),
    (
        r#"<replace sel="f:Patient/f:text/h:div/h:p[h:b='Shah']"><p xmlns="http://www.w3.org/1999/xhtml">x</p></replace>"#,
        "<p>Asha <b>Shah</b></p>",
        "<p>x</p>",
    ),
    (r#"<add sel="f:Patient/f:text/h:div"><h:i>x</h:i></add>"#, "</p></div>", "</p><i>x</i></div>"),
    (r#"<remove sel="f:Patient/f:text/h:div/h:p/h:b[.='Shah']"/>"#, "<b>Shah</b>", ""),
];

#[test]
fn what_is_done() {
    for (operation, old, new) in DONE {
        assert!(PATIENT.contains(old), "{old}");
        let expected = PATIENT.replacen(old, new, 1);
        let done = apply(operation).unwrap_or_else(|error| panic!("{operation}: {error}"));
        assert_eq!(canonical(&done), canonical(&expected), "{operation}");
        if !operation.contains(r#""c""#) {
            let read = xml::read(done.as_bytes(), definitions::embedded());
            assert!(read.is_ok(), "{operation}: {read:?}\n{done}");
        }
    }
}

#[test]
fn a_later_operation_sees_what_an_earlier_one_did() {
    let done = apply(
        r#"<add sel="f:Patient"><gender value="male"/></add><replace sel="f:Patient/f:gender/@value">female</replace>"#,
    );
    assert!(done.is_ok_and(|done| done.contains(r#"<gender value="female"/>"#)));
}

#[test]
fn what_is_refused() {
    use ErrorKind::{Inapplicable, Malformed, TooCostly};
    let long = format!(r#"<add sel="f:Patient"><x value="{}"/></add>"#, "x".repeat(600));
    let deep = format!(r#"<add sel="f:Patient">{}{}</add>"#, "<a>".repeat(20), "</a>".repeat(20));
    let steps = format!(r#"<remove sel="{}f:x"/>"#, "f:x/".repeat(70));
    let many = r#"<remove sel="f:x"/>"#.repeat(4);
    let cases = [
        ("", Malformed, None),
        ("text", Malformed, None),
        ("<add", Malformed, None),
        (r#"<append sel="f:Patient"/>"#, Malformed, Some(0)),
        ("<remove/>", Malformed, Some(0)),
        (r#"<remove sel=""/>"#, Malformed, Some(0)),
        (r#"<remove sel="//f:name"/>"#, Malformed, Some(0)),
        (r#"<remove sel="f:Patient/"/>"#, Malformed, Some(0)),
        (r#"<remove sel="f:Patient/f:name[0]"/>"#, Malformed, Some(0)),
        (r#"<remove sel="f:Patient/f:name[last()]"/>"#, Malformed, Some(0)),
        (r#"<remove sel="f:Patient/f:name[position()=1]"/>"#, Malformed, Some(0)),
        (r#"<remove sel="f:Patient/f:name[@id='x]"/>"#, Malformed, Some(0)),
        (r#"<remove sel="f:Patient/f:name[@id]"/>"#, Malformed, Some(0)),
        (r#"<remove sel="f:Patient/f:name[1"/>"#, Malformed, Some(0)),
        (r#"<remove sel="f:Patient/child::f:name"/>"#, Malformed, Some(0)),
        (r#"<remove sel="f:Patient/@id/f:x"/>"#, Malformed, Some(0)),
        (r#"<remove sel="f:Patient/text()[.='x']"/>"#, Malformed, Some(0)),
        (r#"<remove sel="g:Patient"/>"#, Malformed, Some(0)),
        (r#"<remove sel="f:Patient/é f"/>"#, Malformed, Some(0)),
        (r#"<remove sel="f:Patient/f:name" ws="around"/>"#, Malformed, Some(0)),
        (r#"<add sel="f:Patient" pos="inside"><a/></add>"#, Malformed, Some(0)),
        (r#"<add sel="f:Patient" type="element"><a/></add>"#, Malformed, Some(0)),
        (r#"<add sel="f:Patient" type="@id"><a/></add>"#, Malformed, Some(0)),
        (r#"<add sel="f:Patient" type="@id" pos="before">x</add>"#, Malformed, Some(0)),
        (r#"<remove sel="f:Patient/f:birthDate"/>"#, Inapplicable, Some(0)),
        (r#"<remove sel="f:Patient/f:name[2]"/>"#, Inapplicable, Some(0)),
        (r#"<remove sel="f:Patient/f:identifier"/>"#, Inapplicable, Some(0)),
        (r#"<remove sel="f:Patient/*"/>"#, Inapplicable, Some(0)),
        (r#"<remove sel="h:Patient"/>"#, Inapplicable, Some(0)),
        (r#"<remove sel="f:Patient"/>"#, Inapplicable, Some(0)),
        (r#"<remove sel="f:Patient/f:name" ws="before"/>"#, Inapplicable, Some(0)),
        (r#"<remove sel="id('nowhere')"/>"#, Inapplicable, Some(0)),
        (r#"<add sel="f:Patient/f:active/@value"><a/></add>"#, Inapplicable, Some(0)),
        (r#"<add sel="f:Patient/f:active" type="@value">false</add>"#, Inapplicable, Some(0)),
        (r#"<add sel="f:Patient" pos="after"><Patient/></add>"#, Inapplicable, Some(0)),
        (r#"<replace sel="f:Patient/f:name">text</replace>"#, Inapplicable, Some(0)),
        (r#"<replace sel="f:Patient/f:name"><a/><b/></replace>"#, Inapplicable, Some(0)),
        (r#"<replace sel="f:Patient/f:name"/>"#, Inapplicable, Some(0)),
        (r#"<replace sel="f:Patient/f:active/@value"><a/></replace>"#, Malformed, Some(0)),
        (&long, TooCostly, None),
        (&deep, Malformed, None),
        (&steps, Malformed, Some(0)),
        (&many, TooCostly, None),
    ];
    for (operation, kind, index) in cases {
        let error = apply(operation).expect_err(operation);
        assert_eq!((error.kind, error.operation), (kind, index), "{operation}: {error}");
    }
    let second = r#"<remove sel="f:Patient/f:active"/><remove sel="f:Patient/f:active"/>"#;
    let error = apply(second).expect_err("gone already");
    assert_eq!((error.operation, error.path.as_deref()), (Some(1), Some("f:Patient/f:active")));
}

#[test]
fn a_document_type_is_refused() {
    let patch = r#"<!DOCTYPE d [<!ENTITY a "aaaa">]><diff><add sel="f:Patient">&a;</add></diff>"#;
    assert!(patch::xml::apply(PATIENT, patch, Limits::STANDARD).is_err());
}
