//! What FHIR adds to a patch: identity, and that nothing empty stays.

use fhir::{Element, Tree};
use patch::resource::finish;

fn element(text: &str) -> Element {
    Element::from(&Tree::parse(text.as_bytes()).expect("json"))
}

#[test]
fn identity_stays() {
    let before = element(r#"{"resourceType":"Patient","id":"a","active":true}"#);
    let cases = [
        (r#"{"resourceType":"Patient","id":"a"}"#, None),
        (r#"{"id":"a","resourceType":"Patient"}"#, None),
        (r#"{"resourceType":"Patient","id":"b"}"#, Some("id")),
        (r#"{"resourceType":"Patient"}"#, Some("id")),
        (r#"{"resourceType":"Person","id":"a"}"#, Some("resourceType")),
        (r#"{"id":"a"}"#, Some("resourceType")),
        (r#"{"resourceType":["Patient"],"id":"a"}"#, Some("resourceType")),
    ];
    for (after, refused) in cases {
        let finished = finish(&before, element(after));
        let path = finished.err().and_then(|error| error.path);
        assert_eq!(path.as_deref(), refused, "{after}");
    }
    for after in ["[]", "null", "1", "\"Patient\""] {
        assert!(finish(&before, element(after)).is_err(), "{after}");
    }
}

#[test]
fn nothing_empty_stays() {
    let cases = [
        (r#"{"name":[]}"#, "{}"),
        (r#"{"name":[{}]}"#, "{}"),
        (r#"{"name":[{"period":{}},{"text":"x"}]}"#, r#"{"name":[{"text":"x"}]}"#),
        (r#"{"a":{"b":{"c":[[],{}]}}}"#, "{}"),
        // Beside primitives a place must stay.
        (
            r#"{"given":["a","b"],"_given":[{},{"id":"x"}]}"#,
            r#"{"given":["a","b"],"_given":[null,{"id":"x"}]}"#,
        ),
        (r#"{"given":["a"],"_given":[null,{}]}"#, r#"{"given":["a"]}"#),
        (r#"{"a":"","b":null,"c":false}"#, r#"{"a":"","b":null,"c":false}"#),
    ];
    for (text, expected) in cases {
        let finished = finish(&element("{}"), element(text)).expect("a resource");
        assert_eq!(String::from_utf8(finished.to_compact()).unwrap(), expected, "{text}");
    }
}
