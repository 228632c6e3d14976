//! Reading: paths, repetitions, nulls, escapes, line ends, delimiters, limits.

use hl7v2::{Charset, IssueKind, Limits, Message, ParseErrorKind as K, Path, Severity};

const MESSAGE: &str = "MSH|^~\\&|PAS|ZZL|CL|LVP|20260310||ADT^A01|7|P|2.4\r\
    PID|1||42^^^ZZL^MR~9990000018^^^NHS^NH||O\\T\\SHEA&VAN^Ann^\"\"||\"\"|F|||1 High St\\.br\\Flat 2^^LIVERPOOL\r\
    OBX|1|NM|a||5\rOBX|2|ST|b||x\\X41\\y \\Zq\\ \\H\\bold\\N\\\r\
    ZZZ|kept\r";

#[test]
fn paths() {
    let message = Message::parse(MESSAGE.as_bytes()).unwrap();
    let cases = [
        ("MSH-1", Some("|")),
        ("MSH-2", Some("^~\\&")),
        ("MSH-9.2", Some("A01")),
        ("PID-3", Some("42^^^ZZL^MR~9990000018^^^NHS^NH")),
        ("PID-3.1", Some("42")),
        ("PID-3[2].1", Some("9990000018")),
        ("PID-3[2].5", Some("NH")),
        ("PID-3[3].1", None),
        ("PID-5.1", Some("O&SHEA&VAN")),
        ("PID-5.1.1", Some("O&SHEA")),
        ("PID-5.1.2", Some("VAN")),
        ("PID-5.9", None),
        ("PID-11.1", Some("1 High St\nFlat 2")),
        ("PID-99", None),
        ("OBX-5", Some("5")),
        ("OBX(2)-5", Some("xAy \\Zq\\ bold")),
        ("OBX(3)-5", None),
        ("ZZZ-1", Some("kept")),
        ("PV1-1", None),
        ("not a path", None),
    ];
    for (path, expected) in cases {
        assert_eq!(message.text(path).as_deref(), expected, "{path}");
    }
}

#[test]
fn nulls_are_told_from_absence() {
    let message = Message::parse(MESSAGE.as_bytes()).unwrap();
    for (path, expected) in [
        ("PID-7", Some(true)),
        ("PID-5.3", Some(true)),
        ("PID-8", Some(false)),
        ("PID-6", Some(false)),
        ("PID-40", None),
    ] {
        assert_eq!(message.find(path).map(hl7v2::Part::is_null), expected, "{path}");
    }
    assert!(message.find("PID-6").unwrap().is_empty());
}

#[test]
fn the_text_of_a_null_is_no_value() {
    let message = Message::parse(MESSAGE.as_bytes()).unwrap();
    assert_eq!(message.text("PID-7"), None);
    assert_eq!(message.text("PID-5.3"), None);
    let null = message.find("PID-7").unwrap();
    assert_eq!((null.text().as_ref(), null.raw()), ("", &b"\"\""[..]));
    assert_eq!(message.find("PID-5").unwrap().component(3), "");
    // Whoever decodes a range gets what is written there.
    assert_eq!(message.decode(null.range()), "\"\"");
}

/// The segments' bytes, `|` between them, and the offsets of what is odd.
fn lines(text: &str) -> (String, Vec<(IssueKind, usize)>) {
    let message = Message::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text:?}: {e}"));
    let segments: Vec<&str> = message.segments().iter().map(|s| &text[s.range()]).collect();
    let issues = message.issues().iter().map(|issue| (issue.kind, issue.offset)).collect();
    (segments[1..].join("/"), issues)
}

#[test]
fn raw_line_breaks_stay_in_the_field() {
    type Case = (&'static str, &'static str, &'static str, &'static [(IssueKind, usize)]);
    use IssueKind::{BrokenLine, OddSegmentName};
    // Each text follows a header and its line end.
    let cases: [Case; 20] = [
        ("\r", "OBX|1||a\nb|F\rNTE|1\r", "OBX|1||a\nb|F/NTE|1", &[]),
        ("\r", "OBX|1||a\n\nb\rNTE|1\r", "OBX|1||a\n\nb/NTE|1", &[]),
        ("\r", "OBX|1\nNTE|1\r", "OBX|1/NTE|1", &[]),
        ("\r", "OBX|1\r\nNTE|1\r\n", "OBX|1/NTE|1", &[]),
        ("\r", "OBX|1\n\rNTE|1\n", "OBX|1/NTE|1", &[]),
        ("\r", "OBX|a\nTHE END\rNTE|1\r", "OBX|a\nTHE END/NTE|1", &[]),
        ("\r", "OBX|a\nThe|F\rNTE|1\r", "OBX|a\nThe|F/NTE|1", &[]),
        ("\r\n", "OBX|a\nb|F\r\nNTE|1\r\n", "OBX|a\nb|F/NTE|1", &[]),
        ("\r", "OBX|a\rlast line|F\rNTE|1\r", "OBX|a\rlast line|F/NTE|1", &[(BrokenLine, 17)]),
        ("\n", "OBX|a\n\nlast line|F\nNTE|1", "OBX|a\n\nlast line|F/NTE|1", &[(BrokenLine, 18)]),
        ("\r", "OBX|1\rZZ|1\rNTE|1\r", "OBX|1/NTE|1", &[(OddSegmentName, 17)]),
        ("\r", "OBX|1\rzab|1\rNTE|1\r", "OBX|1/NTE|1", &[(OddSegmentName, 17)]),
        ("\r", "OBX|1\rABCDE|1\rNTE|1\r", "OBX|1/NTE|1", &[(OddSegmentName, 17)]),
        ("\r", "OBX|1\r123|1\rNTE|1\r", "OBX|1/NTE|1", &[(OddSegmentName, 17)]),
        ("\r", "OBX|1\r  NTE|1\r", "OBX|1/NTE|1", &[]),
        ("\r", "PV1\rZZ1\rNTE|1\r", "PV1/ZZ1/NTE|1", &[]),
        ("\r", "OBX|a\rEND\rNTE|1\r", "OBX|a\rEND/NTE|1", &[(BrokenLine, 17)]),
        ("\r", "OBX|a\rpv1\rNTE|1\r", "OBX|a\rpv1/NTE|1", &[(BrokenLine, 17)]),
        ("\r", "ZA1|1\rNTE|1\r\x1C\r\0\x1A", "ZA1|1/NTE|1", &[]),
        ("\r", "", "", &[]),
    ];
    for (end, text, segments, issues) in cases {
        let text = format!("MSH|^~\\&|A{end}{text}");
        // The offsets are written for a header that ends in one character.
        let expected: Vec<_> = issues.to_vec();
        assert_eq!(lines(&text), (segments.to_owned(), expected), "{text:?}");
    }
}

#[test]
fn what_is_odd_is_told_with_its_place() {
    use IssueKind::{ControlCharacter, OpenEscape, Undecodable, UnknownCharset, UnknownEscape};
    const START: usize = "MSH|^~\\&|||||||ADT^A01|1|P|2.4||||||".len();
    type Case = (&'static str, &'static [u8], Option<(IssueKind, Severity, usize)>);
    let cases: [Case; 14] = [
        ("", b"plain", None),
        ("", "Zo\u{EB}".as_bytes(), None),
        ("", b"a\tb \\T\\ \\.br\\ \\Zab\\ \\C2842\\ \\X0D\\", None),
        ("", b"Zo\xEB", Some((Undecodable, Severity::Warning, 7))),
        ("ASCII", b"Zo\xEB", Some((Undecodable, Severity::Error, 7))),
        ("8859/1", b"Zo\xEB", None),
        ("KLINGON", b"x", Some((UnknownCharset, Severity::Error, 0))),
        ("", b"a\\Q\\", Some((UnknownEscape, Severity::Warning, 6))),
        ("", b"a\\X4\\", Some((UnknownEscape, Severity::Warning, 6))),
        ("", b"a\\", Some((OpenEscape, Severity::Warning, 6))),
        ("", b"a\\T^T\\", Some((OpenEscape, Severity::Warning, 6))),
        ("", b"\\T\\\\E", Some((OpenEscape, Severity::Warning, 8))),
        ("", b"a\0b", Some((ControlCharacter, Severity::Warning, 6))),
        ("", b"a\x1Cb", Some((ControlCharacter, Severity::Warning, 6))),
    ];
    for (charset, value, expected) in cases {
        let header = format!("MSH|^~\\&|||||||ADT^A01|1|P|2.4||||||{charset}\r");
        let bytes = [header.as_bytes(), b"NTE||", value, b"\r"].concat();
        let message = Message::parse(&bytes).unwrap();
        let found: Vec<_> = message
            .issues()
            .iter()
            .map(|issue| (issue.kind, issue.severity, issue.offset))
            .collect();
        // Offsets count from MSH-18 or from the segment.
        let base = if charset == "KLINGON" { START } else { header.len() };
        let expected: Vec<_> = expected.into_iter().map(|(k, s, at)| (k, s, base + at)).collect();
        assert_eq!(found, expected, "{charset} {:?}", String::from_utf8_lossy(value));
    }
}

#[test]
fn issues_are_bounded() {
    let text = format!("MSH|^~\\&|A\r{}", "ZZ|1\rNTE|\\Q\\|\\\r".repeat(1_000));
    let message = Message::parse(text.as_bytes()).unwrap();
    let issues = message.issues();
    assert_eq!(issues.len(), 100);
    assert!(issues.is_sorted_by_key(|issue| issue.offset));
}

#[test]
fn the_truncation_character_is_text() {
    let bytes = b"MSH|^~\\&#|A#B\rNTE|1||cut#|\\P\\\r";
    let message = Message::parse(bytes).unwrap();
    assert_eq!(message.delimiters().truncation, b'#');
    for (path, expected) in
        [("MSH-2", "^~\\&#"), ("MSH-3", "A#B"), ("NTE-3", "cut#"), ("NTE-4", "#")]
    {
        assert_eq!(message.text(path).as_deref(), Some(expected), "{path}");
    }
}

#[test]
fn path_texts() {
    for good in ["PID-5", "PID-5.1", "PID-3[2].4.1", "OBX(3)-5", "ZA1-1"] {
        assert_eq!(Path::parse(good).unwrap().to_string(), good);
    }
    for bad in [
        "",
        "PID",
        "PID-",
        "PID-0",
        "pid-5",
        "PID-5.",
        "PID-5.1.1.1",
        "PID-5[0]",
        "PID-5[",
        "PIDX-1",
        "PID(0)-1",
        "PID--1",
        "PID-+1",
        "PID-99999",
    ] {
        assert!(Path::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn line_ends_marks_and_white_space() {
    let texts = [
        "MSH|^~\\&|A\rPID|1\r",
        "MSH|^~\\&|A\nPID|1\n",
        "MSH|^~\\&|A\r\nPID|1\r\n",
        "MSH|^~\\&|A\rPID|1",
        "\u{FEFF}MSH|^~\\&|A\rPID|1",
        "\r\n  MSH|^~\\&|A\r\r\rPID|1\r\n\r\n",
    ];
    for text in texts {
        let message = Message::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text:?}: {e}"));
        let names: Vec<&str> = message.segments().iter().map(hl7v2::Segment::name).collect();
        assert_eq!(names, ["MSH", "PID"], "{text:?}");
        assert_eq!(message.text("MSH-3").as_deref(), Some("A"), "{text:?}");
    }
}

#[test]
fn what_is_no_message() {
    let small = Limits { bytes_max: 60, segments_max: 3, fields_max: 12, repetitions_max: 9 };
    let many_fields = format!("MSH|^~\\&|{}", "|".repeat(12));
    let long = format!("MSH|^~\\&|{}", "x".repeat(60));
    let cases: [(&[u8], K, usize); 19] = [
        (b"", K::Empty, 0),
        (b" \r\n", K::Empty, 3),
        (b"PID|1\r", K::NoHeader, 0),
        (b"hello", K::NoHeader, 0),
        (b"\xEF\xBB\xBFEVN|", K::NoHeader, 3),
        (b"MSH", K::BadDelimiters, 3),
        (b"MSH|", K::BadDelimiters, 3),
        (b"MSH||A", K::BadDelimiters, 3),
        (b"MSH|||||", K::BadDelimiters, 3),
        (b"MSH|^^\\&|A", K::BadDelimiters, 3),
        (b"MSHA^~\\&A", K::BadDelimiters, 3),
        (b"MSH|^~\\&|A\rpid|1\r", K::BadSegmentName, 11),
        (b"MSH|^~\\&|A\rPIDX|1\r", K::BadSegmentName, 11),
        (b"MSH|^~\\&|A\rMSH|^~\\&|A\r", K::SecondHeader, 11),
        (b"MSH|^~\\&|A\rPID|a~~~~~~~~~b\r", K::TooManyRepetitions(9), 11),
        (b"\xFF\xFEM\0S\0H\0", K::Utf16, 0),
        (many_fields.as_bytes(), K::TooManyFields(12), 0),
        (b"MSH|^~\\&|A\rAAA|\rBBB|\rCCC|\r", K::TooManySegments(3), 21),
        (long.as_bytes(), K::TooLong(60), 0),
    ];
    for (bytes, kind, offset) in cases {
        let error = Message::parse_with(bytes, small, Charset::UTF_8).unwrap_err();
        assert_eq!(
            (&error.kind, error.offset),
            (&kind, offset),
            "{:?}",
            String::from_utf8_lossy(bytes)
        );
    }
}

#[test]
fn character_sets() {
    let cases: [(&str, &[u8], &str); 9] = [
        ("8859/1", b"\\XEB\\", "\u{EB}"),
        ("", b"\\XC3\\\\XAB\\", "\u{EB}"),
        ("8859/15", b"5 \\XA4\\", "5 \u{20AC}"),
        ("", "Zo\u{EB}".as_bytes(), "Zo\u{EB}"),
        ("", b"Zo\xEB", "Zo\u{EB}"),
        ("8859/1", b"Zo\xEB", "Zo\u{EB}"),
        ("UNICODE UTF-8", "Zo\u{EB}".as_bytes(), "Zo\u{EB}"),
        ("8859/15", b"5 \xA4", "5 \u{20AC}"),
        ("no such set", "Zo\u{EB}".as_bytes(), "Zo\u{EB}"),
    ];
    for (charset, raw, expected) in cases {
        let mut bytes =
            format!("MSH|^~\\&|||||||ADT^A01|1|P|2.4||||||{charset}\rPID|1||||").into_bytes();
        bytes.extend_from_slice(raw);
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(message.text("PID-5").as_deref(), Some(expected), "{charset:?}");
    }
}
