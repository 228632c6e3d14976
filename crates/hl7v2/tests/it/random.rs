//! Bytes from anywhere never panic, and what is read lies inside them.

use hl7v2::{Delimiters, Message, Path, Timestamp, decode_escapes, encode_escapes, split_batch};
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
        if let Ok(message) = Message::parse(&bytes) {
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
    fn escaped_text_comes_back(text in "[ -~\\u{A0}-\\u{FF}]{0,40}") {
        let escaped = encode_escapes(&text, Delimiters::STANDARD);
        prop_assert!(!escaped.contains(['|', '^', '~', '&']));
        prop_assert_eq!(decode_escapes(&escaped, Delimiters::STANDARD), text);
    }
}
