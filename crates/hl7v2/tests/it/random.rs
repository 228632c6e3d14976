//! Bytes from anywhere never panic, and what is read lies inside them.

use hl7v2::{
    Acknowledgement, Charset, Code, Delimiters, Message, MessageBuilder, Path, Timestamp,
    acknowledge, acknowledge_unreadable, decode_escapes, encode_escapes, read_batch, split_batch,
};
use proptest::prelude::*;

/// Bytes that look like HL7 often enough to get past the header.
fn likely() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\r".to_vec()),
        Just(b"PID|1||".to_vec()),
        Just(b"OBX|".to_vec()),
        Just(b"|".to_vec()),
        Just(b"^~\\&".to_vec()),
        Just(b"\\X4\\".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\x0BMSH|^~\\&|".to_vec()),
        Just(b"ZZ|".to_vec()),
        Just(b"\"\"".to_vec()),
        prop::collection::vec(any::<u8>(), 0..8),
    ];
    let start = prop::sample::select(vec![&b"MSH|^~\\&|"[..], b"MSH|^|", b"MSH", b""]);
    (start, prop::collection::vec(piece, 0..40))
        .prop_map(|(start, pieces)| [start.to_vec(), pieces.concat()].concat())
}

proptest! {
    #[test]
    fn reading_never_panics(bytes in likely(), path in "[A-Z]{3}(\\([0-9]\\))?-[0-9](\\[[0-9]\\])?(\\.[0-9]){0,2}") {
        for range in split_batch(&bytes) {
            prop_assert!(range.end <= bytes.len() && bytes[range].starts_with(b"MSH"));
        }
        let answer =
            Acknowledgement { code: Code::Error, control_id: "1", date_time: "2026", complaint: None };
        let nak = acknowledge_unreadable(&bytes, &answer);
        prop_assert!(Message::parse(&nak).is_ok());
        prop_assert!(read_batch(&bytes).issues.iter().all(|issue| issue.offset <= bytes.len()));
        if let Ok(message) = Message::parse(&bytes) {
            prop_assert!(message.issues().iter().all(|issue| issue.offset < bytes.len()));
            let ack = acknowledge(&message, &answer);
            prop_assert!(Message::parse(&ack).is_ok(), "{:?}", String::from_utf8_lossy(&ack));
            let header = message.header();
            let _ = (header.kind(), header.control_id(), header.charset(), header.sequence_number());
            for segment in message.segments() {
                for (_, field) in message.fields(segment) {
                    prop_assert!(field.range().end <= bytes.len());
                    for repetition in field.repetitions() {
                        for component in repetition.components() {
                            let _ = component.text();
                        }
                    }
                }
            }
            if let Some(part) = message.find(&path) {
                prop_assert!(part.range().end <= bytes.len());
            }
        }
    }

    #[test]
    fn text_never_panics(text in "\\PC{0,40}") {
        let _ = Timestamp::parse(&text);
        let _ = Path::parse(&text);
        let _ = decode_escapes(&text, Delimiters::STANDARD);
    }

    #[test]
    fn escaped_text_comes_back(text in any::<String>()) {
        let escaped = encode_escapes(&text, Delimiters::STANDARD);
        prop_assert!(!escaped.contains(['|', '^', '~', '&', '\r', '\n']));
        prop_assert_eq!(decode_escapes(&escaped, Delimiters::STANDARD), text);
    }

    #[test]
    fn what_is_built_is_read_back(
        values in prop::collection::vec("\\PC{0,20}|[\r\n|^~&\\\\#]{0,5}", 1..8),
        parts in prop::collection::vec("[ -~\u{A0}-\u{FF}]{1,10}", 1..5),
        latin in any::<bool>(),
        truncation in prop_oneof![Just(0), Just(b'#')],
    ) {
        let charset = Charset::named(if latin { "8859/1" } else { "UNICODE UTF-8" }).unwrap();
        let delimiters = Delimiters { truncation, ..Delimiters::STANDARD };
        let mut builder = MessageBuilder::with_charset(delimiters, charset);
        builder.header().text(9, "ORU").text(18, charset.name());
        for (value, number) in values.iter().zip(1..) {
            builder.segment("ZZ1").text(number, value);
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        builder.segment("ZZ2").components(2, &parts);
        let bytes = builder.finish();
        let message = Message::parse(&bytes).unwrap();
        prop_assert_eq!(message.delimiters(), delimiters);
        prop_assert_eq!(message.segments().len(), values.len() + 2);
        for (value, number) in values.iter().zip(1_usize..) {
            let fits = |c: char| !latin || c.is_ascii() || ('\u{A0}'..='\u{FF}').contains(&c);
            let expected: String = value.chars().map(|c| if fits(c) { c } else { '?' }).collect();
            let found = message.text(&format!("ZZ1({number})-{number}")).unwrap_or_default();
            // Two quotation marks are HL7's null and cannot be sent as text.
            prop_assert_eq!(found, if expected == "\"\"" { "" } else { &expected });
        }
        for (part, number) in parts.iter().zip(1..) {
            let found = message.find("ZZ2-2").unwrap().component(number);
            prop_assert_eq!(found, if *part == "\"\"" { "" } else { part });
        }
    }
}
