//! JSON in and out: what is taken, what is refused and why, and agreement with serde_json.

use fhir::{Element, Kind, Limits, ParseErrorKind, Tree, Value};
use proptest::prelude::*;

/// Documents and their compact form.
const VALID: &[(&str, &str)] = &[
    ("{}", "{}"),
    (" [ ] ", "[]"),
    ("\u{FEFF}null", "null"),
    ("\t{\n\"a\" :\r[ 1 , 2.50 , -0 , 1e400, 1E-2 ] }", r#"{"a":[1,2.50,-0,1e400,1E-2]}"#),
    (r#""""#, r#""""#),
    (r#""\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t""#, r#""\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t""#),
    (r#"{"":1,"_":2,"é":3}"#, r#"{"":1,"_":2,"é":3}"#),
    (r#"{"\u0061":1,"b":2}"#, r#"{"a":1,"b":2}"#),
    ("\"\u{7f}\u{2028}\"", "\"\u{7f}\u{2028}\""),
    (
        "123456789012345678901234567890.12345678901234567890",
        "123456789012345678901234567890.12345678901234567890",
    ),
    ("true", "true"),
];

#[test]
fn valid_documents() {
    for (text, compact) in VALID {
        let tree = Tree::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(String::from_utf8(tree.to_compact()).unwrap(), *compact);
        let again = Tree::parse(&tree.to_compact()).unwrap();
        assert_eq!(again.root(), tree.root(), "{text}");
    }
}

/// Documents, what is wrong, and the byte where.
fn invalid() -> Vec<(&'static [u8], ParseErrorKind, usize)> {
    use ParseErrorKind as K;
    let value = || K::Unexpected("a value");
    vec![
        (b"", K::UnexpectedEnd, 0),
        (b"  ", K::UnexpectedEnd, 2),
        (b"{", K::UnexpectedEnd, 1),
        (b"[1", K::UnexpectedEnd, 2),
        (b"[1,", K::UnexpectedEnd, 3),
        (b"\"abc", K::UnexpectedEnd, 4),
        (b"\"abcdefghijk", K::UnexpectedEnd, 12),
        (b"\"a\\", K::UnexpectedEnd, 2),
        (b"{\"a\"", K::UnexpectedEnd, 4),
        (b"{\"a\":", K::UnexpectedEnd, 5),
        (b"-", K::UnexpectedEnd, 1),
        (b"[1,]", value(), 3),
        (b"[,1]", value(), 1),
        (b"nul", value(), 0),
        (b"True", value(), 0),
        (b"'a'", value(), 0),
        (b"+1", value(), 0),
        (b".5", value(), 0),
        (b"NaN", value(), 0),
        (b"// x\n1", value(), 0),
        (b"\xEF\xBB\xBF\xEF\xBB\xBF1", value(), 3),
        (b"{1:2}", K::Unexpected("a member name in quotes"), 1),
        (b"{\"a\":1,}", K::Unexpected("a member name in quotes"), 7),
        (b"{\"a\" 1}", K::Unexpected("':' after a member name"), 5),
        (b"{\"a\":1 \"b\":2}", K::Unexpected("',' or '}'"), 7),
        (b"[1 2]", K::Unexpected("',' or ']'"), 3),
        (b"[1}", K::Unexpected("',' or ']'"), 2),
        (b"01", K::BadNumber, 2),
        (b"-01", K::BadNumber, 3),
        (b"1.", K::BadNumber, 2),
        (b"1.e5", K::BadNumber, 2),
        (b"1e", K::BadNumber, 2),
        (b"1e+", K::BadNumber, 3),
        (b"-a", K::BadNumber, 1),
        (b"1 2", K::TrailingText, 2),
        (b"{}}", K::TrailingText, 2),
        (b"1x", K::TrailingText, 1),
        (b"\"\\x\"", K::BadEscape, 4),
        (b"\"\\u12\"", K::BadEscape, 6),
        (b"\"\\ud800\"", K::BadEscape, 8),
        (b"\"\\udc00\"", K::BadEscape, 8),
        (b"\"\\ud800\\u0041\"", K::BadEscape, 14),
        (b"\"a\nb\"", K::ControlCharacter, 2),
        (b"\"a\0\"", K::ControlCharacter, 2),
        (b"\"1234567890\x1f\"", K::ControlCharacter, 11),
        (b"\"\xFF\"", K::NotUtf8, 1),
        (b"\"\xC3\"", K::NotUtf8, 1),
        (b"\"\xED\xA0\x80\"", K::NotUtf8, 1),
        (b"{\"a\":1,\"a\":2}", K::DuplicateMember("a".into()), 8),
        (b"{\"a\":1,\"\\u0061\":2}", K::DuplicateMember("a".into()), 8),
        (b"{\"x\":{\"\":1,\"\":2}}", K::DuplicateMember(String::new()), 12),
    ]
}

#[test]
fn invalid_documents() {
    for (text, kind, offset) in invalid() {
        let shown = String::from_utf8_lossy(text).into_owned();
        let error = Tree::parse(text).expect_err(&shown);
        let mark = if text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        assert_eq!((&error.kind, error.offset + mark), (&kind, offset), "{shown}");
    }
}

#[test]
fn duplicates_among_many_members_are_found() {
    let members = |names: &mut dyn Iterator<Item = String>| {
        let members: Vec<String> = names.map(|name| format!("\"{name}\":1")).collect();
        format!("{{{}}}", members.join(","))
    };
    let names = || (0..20_000).map(|n| format!("\\u006d{n}"));
    assert!(Tree::parse(members(&mut names()).as_bytes()).is_ok());
    let twice = members(&mut names().chain(["m7".to_owned()]));
    let error = Tree::parse(twice.as_bytes()).unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::DuplicateMember("m7".into()));
}

#[test]
fn limits_hold() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Tree::parse(nested(64).as_bytes()).is_ok());
    let error = Tree::parse(nested(65).as_bytes()).unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::TooDeep(64));
    let no_limit = Limits { bytes_max: usize::MAX, depth_max: usize::MAX };
    assert!(Tree::parse_with("[{\"a\":".repeat(1_000_000).as_bytes(), no_limit).is_err());
    assert!(Tree::parse_with(nested(1_000).as_bytes(), no_limit).is_ok());
    let short = Limits { bytes_max: 3, depth_max: 64 };
    assert!(Tree::parse_with(b"[1]", short).is_ok());
    assert_eq!(Tree::parse_with(b"[ 1]", short).unwrap_err().kind, ParseErrorKind::TooLong(3));
    let tiny = format!("[{}0]", "0,".repeat(9 << 20));
    let error = Tree::parse(tiny.as_bytes()).unwrap_err();
    assert!(matches!(error.kind, ParseErrorKind::TooManyValues(_)));
}

#[test]
fn errors_name_line_and_column() {
    let error = Tree::parse("{\n \"é\": x}".as_bytes()).unwrap_err();
    assert_eq!((error.line, error.column), (2, 7));
    assert_eq!(error.to_string(), "expected a value at line 2 column 7");
}

#[test]
fn places_and_paths() {
    let text = br#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","name":[{"given":["A","B"]}]}}]}"#;
    let tree = Tree::parse(text).unwrap();
    let found = tree.root().at("entry[0].resource.name[0].given[1]").unwrap();
    assert_eq!(found.as_str(), Some("B"));
    assert_eq!(found.expression(), "Bundle.entry[0].resource.name[0].given[1]");
    assert_eq!(tree.root().at("Bundle.entry[0].resource.name[1]"), None);
    assert_eq!(&text[found.span()], b"\"B\"");
}

/// Any JSON text, with the white space and escapes that writers differ in.
fn document() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        (-1e9..1e9).prop_map(|n: f64| serde_json::json!(n)),
        any::<String>().prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..30)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

fn equal(ours: Value<'_>, theirs: &serde_json::Value) -> bool {
    match (ours.kind(), theirs) {
        (Kind::Null, serde_json::Value::Null) => true,
        (Kind::Bool, serde_json::Value::Bool(b)) => ours.as_bool() == Some(*b),
        (Kind::Number, serde_json::Value::Number(n)) => {
            ours.as_number() == Some(n.to_string().as_str())
        }
        (Kind::String, serde_json::Value::String(s)) => ours.as_str() == Some(s),
        (Kind::Array, serde_json::Value::Array(items)) => {
            ours.items().count() == items.len() && ours.items().zip(items).all(|(a, b)| equal(a, b))
        }
        (Kind::Object, serde_json::Value::Object(members)) => {
            ours.members().count() == members.len()
                && ours.members().zip(members).all(|(a, (name, b))| a.name() == name && equal(a, b))
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn agrees_with_serde_json(document in document(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) };
        let tree = Tree::parse(text.unwrap().as_bytes()).unwrap();
        prop_assert!(equal(tree.root(), &document));
        // What is written says the same, by both writers and through the owned form.
        let compact = tree.to_compact();
        prop_assert_eq!(&serde_json::from_slice::<serde_json::Value>(&compact).unwrap(), &document);
        let owned = Element::from(&tree).to_compact();
        prop_assert_eq!(&serde_json::from_slice::<serde_json::Value>(&owned).unwrap(), &document);
        let mut indented = Vec::new();
        tree.root().write_pretty(&mut indented);
        let again = Tree::parse(&indented).unwrap();
        prop_assert_eq!(again.root(), tree.root());
        prop_assert_eq!(tree.root().subtree_end() as usize, tree.len());
    }

    /// Whatever the bytes: no panic, and nothing is taken that serde_json refuses.
    #[test]
    fn takes_no_more_than_serde_json(text in "[\\[\\]{}:,\"\\\\u0-9a-f.eE+ \n\u{1}é-]{0,24}") {
        if let Ok(tree) = Tree::parse(text.as_bytes()) {
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            prop_assert!(theirs.is_ok(), "{:?}", tree.text());
        } else if serde_json::from_str::<serde_json::Value>(&text).is_ok() {
            // The one thing that we refuse beyond serde_json.
            let kind = Tree::parse(text.as_bytes()).unwrap_err().kind;
            prop_assert!(matches!(kind, ParseErrorKind::DuplicateMember(_)), "{:?}", kind);
        }
    }

    /// Long strings of every length, with a special byte at every place: the fast path's edges.
    #[test]
    fn strings_end_where_they_end(before in "[a-zé]{0,20}", special in "[\"\\\\\u{1}\u{7f}\u{80}ÿ]", after in "[a-z]{0,20}") {
        let raw = format!("{before}{special}{after}");
        let text = serde_json::to_string(&raw).unwrap();
        let tree = Tree::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(tree.root().as_str(), Some(raw.as_str()));
        let unescaped = format!("\"{raw}\"");
        let theirs = serde_json::from_str::<String>(&unescaped).ok();
        let ours = Tree::parse(unescaped.as_bytes()).ok();
        prop_assert_eq!(ours.as_ref().and_then(|tree| tree.root().as_str()), theirs.as_deref());
    }
}
