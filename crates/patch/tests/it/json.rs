//! JSON Patch: the public cases, and what they leave out.

use fhir::{Element, Tree};
use patch::{ErrorKind, Limits};
use proptest::prelude::*;

use crate::suite;

fn apply(document: &str, patch: &str) -> Result<String, patch::PatchError> {
    let limits = Limits { operations_max: 8, growth_bytes_max: 400, depth_max: 6 };
    let document = Element::from(&Tree::parse(document.as_bytes()).expect("a document"));
    let patch = Tree::parse(patch.as_bytes()).expect("a patch in json");
    let patched = patch::json::apply(&document, patch.root(), limits)?;
    Ok(String::from_utf8(patched.to_compact()).expect("utf-8"))
}

#[test]
fn public_cases() {
    let Some(text) = suite::file("json-patch-tests.json") else { return };
    let tree = Tree::parse(text.as_bytes()).expect("json");
    let mut count = 0;
    for case in tree.root().items() {
        count += 1;
        let name = case.text_of("comment").unwrap_or("");
        let document = Element::from(case.get("doc").expect("a doc"));
        let patch = case.get("patch").expect("a patch");
        let patched = patch::json::apply(&document, patch, Limits::STANDARD);
        if let Some(expected) = case.get("expected") {
            let patched = patched.unwrap_or_else(|error| panic!("{name}: {error}"));
            let patched = Tree::parse(&patched.to_compact()).expect("json");
            assert_eq!(patched.root(), expected, "{name}");
        } else {
            assert!(case.get("error").is_some(), "{name}");
            assert_eq!(patched.expect_err(name).operation, Some(0), "{name}");
        }
    }
    assert_eq!(count, 16);
}

#[test]
fn what_is_done() {
    let cases = [
        // Digits stay as they are written.
        (
            r#"{"a":1.50}"#,
            r#"[{"op":"add","path":"/b","value":2.00e0}]"#,
            r#"{"a":1.50,"b":2.00e0}"#,
        ),
        // An empty patch changes nothing.
        (r#"{"a":1}"#, "[]", r#"{"a":1}"#),
        // An add onto a member replaces it, where it stands.
        (r#"{"a":1,"b":2}"#, r#"[{"op":"add","path":"/a","value":3}]"#, r#"{"a":3,"b":2}"#),
        // The whole document.
        (r#"{"a":1}"#, r#"[{"op":"replace","path":"","value":{"b":1}}]"#, r#"{"b":1}"#),
        (r#"{"a":1}"#, r#"[{"op":"add","path":"","value":[]}]"#, "[]"),
        // Escapes, the empty member, null.
        (
            r#"{"":1,"a/b":2,"m~n":3}"#,
            r#"[{"op":"remove","path":"/"},{"op":"remove","path":"/a~1b"},{"op":"remove","path":"/m~0n"}]"#,
            "{}",
        ),
        (r#"{"a":null}"#, r#"[{"op":"test","path":"/a","value":null}]"#, r#"{"a":null}"#),
        // Places of an array.
        (
            r#"{"a":[]}"#,
            r#"[{"op":"add","path":"/a/0","value":1},{"op":"add","path":"/a/1","value":2},{"op":"add","path":"/a/-","value":3}]"#,
            r#"{"a":[1,2,3]}"#,
        ),
        (r#"{"a":[1,2,3]}"#, r#"[{"op":"move","from":"/a/0","path":"/a/2"}]"#, r#"{"a":[2,3,1]}"#),
        (r#"{"a":[1,2,3]}"#, r#"[{"op":"move","from":"/a/2","path":"/a/2"}]"#, r#"{"a":[1,2,3]}"#),
        (
            r#"{"a":{"b":1}}"#,
            r#"[{"op":"copy","from":"/a","path":"/a/c"}]"#,
            r#"{"a":{"b":1,"c":{"b":1}}}"#,
        ),
        (r#"{"a":{"b":1}}"#, r#"[{"op":"move","from":"/a/b","path":"/a"}]"#, r#"{"a":1}"#),
        // A test compares values: numbers whatever their digits, members in any order.
        (
            r#"{"a":{"x":1.0,"y":[true]}}"#,
            r#"[{"op":"test","path":"/a","value":{"y":[true],"x":1}}]"#,
            r#"{"a":{"x":1.0,"y":[true]}}"#,
        ),
        (r#"{"a":"1"}"#, r#"[{"op":"test","path":"","value":{"a":"1"}}]"#, r#"{"a":"1"}"#),
        // A later operation sees what an earlier one did.
        (
            r#"{"a":1}"#,
            r#"[{"op":"add","path":"/b","value":{}},{"op":"add","path":"/b/c","value":1}]"#,
            r#"{"a":1,"b":{"c":1}}"#,
        ),
    ];
    for (document, patch, expected) in cases {
        assert_eq!(apply(document, patch).as_deref(), Ok(expected), "{patch}");
    }
}

#[test]
fn what_is_refused() {
    use ErrorKind::{Inapplicable, Malformed, TestFailed, TooCostly};
    let long = format!(r#"[{{"op":"add","path":"/s","value":"{}"}}]"#, "x".repeat(400));
    let doubling = r#"[{"op":"copy","from":"/a","path":"/a/-"},{"op":"copy","from":"/a","path":"/a/-"},{"op":"copy","from":"/a","path":"/a/-"},{"op":"copy","from":"/a","path":"/a/-"},{"op":"copy","from":"/a","path":"/a/-"}]"#;
    let many = format!("[{}]", [r#"{"op":"test","path":"/b","value":{}}"#; 9].join(","));
    let cases = [
        (r#"{"op":"add"}"#, Malformed, None),
        (r#"["add"]"#, Malformed, Some(0)),
        (r#"[{"path":"/a"}]"#, Malformed, Some(0)),
        (r#"[{"op":"test","path":"/b","value":{}},{"op":"put","path":"/a"}]"#, Malformed, Some(1)),
        (r#"[{"op":"Add","path":"/a","value":1}]"#, Malformed, Some(0)),
        (r#"[{"op":"add","value":1}]"#, Malformed, Some(0)),
        (r#"[{"op":"add","path":7,"value":1}]"#, Malformed, Some(0)),
        (r#"[{"op":"add","path":"a","value":1}]"#, Malformed, Some(0)),
        (r#"[{"op":"add","path":"/a~2","value":1}]"#, Malformed, Some(0)),
        (r#"[{"op":"add","path":"/a~","value":1}]"#, Malformed, Some(0)),
        (r#"[{"op":"add","path":"/c"}]"#, Malformed, Some(0)),
        (r#"[{"op":"replace","path":"/b"}]"#, Malformed, Some(0)),
        (r#"[{"op":"test","path":"/b"}]"#, Malformed, Some(0)),
        (r#"[{"op":"move","path":"/c"}]"#, Malformed, Some(0)),
        (r#"[{"op":"copy","from":"b","path":"/c"}]"#, Malformed, Some(0)),
        (r#"[{"op":"move","from":"/b","path":"/b/c"}]"#, Malformed, Some(0)),
        (r#"[{"op":"remove","path":"/c"}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"replace","path":"/c","value":1}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"remove","path":""}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"remove","path":"/a/3"}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"remove","path":"/a/-"}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"remove","path":"/a/01"}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"remove","path":"/a/-1"}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"remove","path":"/a/1e0"}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"remove","path":"/a/99999999999999999999999"}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"add","path":"/a/4","value":1}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"add","path":"/a/x","value":1}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"add","path":"/c/d","value":1}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"add","path":"/a/0/x","value":1}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"move","from":"/c","path":"/d"}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"move","from":"/c","path":"/c"}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"copy","from":"/c","path":"/d"}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"test","path":"/c","value":1}]"#, Inapplicable, Some(0)),
        (r#"[{"op":"test","path":"/a","value":[1,2]}]"#, TestFailed, Some(0)),
        (r#"[{"op":"test","path":"/a/0","value":"1"}]"#, TestFailed, Some(0)),
        (r#"[{"op":"test","path":"/b","value":{"x":1}}]"#, TestFailed, Some(0)),
        (r#"[{"op":"test","path":"/b","value":null}]"#, TestFailed, Some(0)),
        (r#"[{"op":"add","path":"/c","value":[[[[[[1]]]]]]}]"#, TooCostly, Some(0)),
        (&long, TooCostly, Some(0)),
        (doubling, TooCostly, Some(4)),
        (&many, TooCostly, None),
    ];
    let document = r#"{"a":[1,2,3],"b":{},"s":"0123456789"}"#;
    for (patch, kind, operation) in cases {
        let error = apply(document, patch).expect_err(patch);
        assert_eq!((error.kind, error.operation), (kind, operation), "{patch}: {error}");
        assert!(!error.message.contains("0123456789"), "no value of the resource: {error}");
    }
}

#[test]
fn an_error_names_operation_path_and_expectation() {
    let patch = r#"[{"op":"test","path":"/a","value":1},{"op":"add","path":"/b/c~1d","value":1}]"#;
    let error = apply(r#"{"a":1}"#, patch).expect_err("an error");
    assert_eq!(error.path.as_deref(), Some("/b/c~1d"));
    assert_eq!(error.to_string(), r#"operation 1 at "/b/c~1d": there is no member "b""#);
    let error =
        apply(r#"{"a":1}"#, r#"[{"op":"move","from":"/x","path":"/b"}]"#).expect_err("an error");
    assert_eq!(error.path.as_deref(), Some("/x"), "the place that is missing, not the aim");
}

proptest! {
    #[test]
    fn any_text_is_a_pointer_or_an_error(text in "[/~01a-]{0,12}") {
        if let Ok(pointer) = patch::json::Pointer::parse(&text) {
            prop_assert_eq!(pointer.to_string(), text);
        }
    }

    /// What an add puts in, a test finds and a remove takes out again.
    #[test]
    fn add_and_remove_undo_each_other(items in proptest::collection::vec(0..9_u8, 0..6), at in 0..6_usize, value in 0..9_u8) {
        let at = at.min(items.len());
        let document = format!("{items:?}");
        let patch = format!(
            r#"[{{"op":"add","path":"/{at}","value":{value}}},{{"op":"test","path":"/{at}","value":{value}}},{{"op":"remove","path":"/{at}"}}]"#
        );
        prop_assert_eq!(apply(&document, &patch), apply(&document, "[]"));
    }

    /// A move is its remove and add.
    #[test]
    fn a_move_is_remove_and_add(items in proptest::collection::vec(0..99_u8, 2..8), from in 0..8_usize, to in 0..8_usize) {
        let (from, to) = (from % items.len(), to % items.len());
        let mut expected = items.clone();
        let item = expected.remove(from);
        expected.insert(to, item);
        let patch = format!(r#"[{{"op":"move","from":"/{from}","path":"/{to}"}}]"#);
        prop_assert_eq!(apply(&format!("{items:?}"), &patch), apply(&format!("{expected:?}"), "[]"));
    }
}
