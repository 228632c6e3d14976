//! MLLP: the same frames come out however the bytes are cut into packets.

use hl7v2::mllp::{Decoder, Frame, GARBAGE_KEPT_MAX, Garbage, encode};
use proptest::prelude::*;

/// The frames of bytes pushed in these packets, with what the end of the connection gives.
fn frames(limit: usize, packets: &[&[u8]]) -> Vec<Frame> {
    let mut decoder = Decoder::new(limit);
    let mut frames = Vec::new();
    for packet in packets {
        decoder.push(packet, &mut frames);
    }
    decoder.finish_into(&mut frames);
    frames
}

fn message(text: &str) -> Frame {
    Frame::Message(text.into())
}

fn cut(text: &str) -> Frame {
    Frame::Truncated(text.into())
}

fn long(text: &str) -> Frame {
    Frame::TooLong(text.into())
}

fn garbage(start: &str, length: usize) -> Frame {
    Frame::Garbage(Garbage { start: start.into(), length })
}

#[test]
fn streams_of_bytes() {
    let cases: &[(&str, Vec<Frame>)] = &[
        ("", vec![]),
        ("\x0Ba\x1C\r", vec![message("a")]),
        ("\x0Ba\x1C\r\x0Bb\x1C\r", vec![message("a"), message("b")]),
        ("\x0Ba\x1C\x0Bb\x1C", vec![message("a"), message("b")]),
        ("\x0Ba\x1C\x1C\r\x0Bb\x1C\n", vec![message("a"), message("b")]),
        ("\r\n\x0Ba\x1C\r\n\r\n\x0Bb\x1C\r", vec![message("a"), message("b")]),
        ("\x0B\x1C\r", vec![message("")]),
        ("xy\x0Ba\x1C\r", vec![garbage("xy", 2), message("a")]),
        ("\r\nx\ry\x0Ba\x1C\r", vec![garbage("x\ry", 2), message("a")]),
        ("\x0Ba\x1C\rxy", vec![message("a"), garbage("xy", 2)]),
        ("MSH|^~\\&\r\x1C\r", vec![garbage("MSH|^~\\&\r\x1C\r", 8)]),
        ("\x0Bab", vec![cut("ab")]),
        ("\x0B", vec![]),
        ("\x0Bab\x0BMSH1\x1C\r", vec![cut("ab"), message("MSH1")]),
        ("\x0Bab\x0BBHS1\x1C\r", vec![cut("ab"), message("BHS1")]),
        ("\x0Bab\x0BFHS1\x1C\r", vec![cut("ab"), message("FHS1")]),
        ("\x0Bab\x0Bcd\x1C\r", vec![message("ab\x0Bcd")]),
        ("\x0Bab\x0BMSx\x1C\r", vec![message("ab\x0BMSx")]),
        ("\x0Ba\x0BM\x0BMSH\x1C\r", vec![cut("a\x0BM"), message("MSH")]),
        ("\x0Bab\x0BMS\x1C\r", vec![message("ab\x0BMS")]),
        ("\x0Bab\x0BMS", vec![cut("ab\x0BMS")]),
        ("\x0B\x0BMSH\x1C\r", vec![message("MSH")]),
        ("\x0B12345678\x1C\r", vec![message("12345678")]),
        ("\x0B123456789\x1C\r\x0Bb\x1C\r", vec![long("12345678"), message("b")]),
        ("\x0B1234567890\x0BMSH\x1C\r", vec![long("12345678"), message("MSH")]),
        ("\x0B1234567890\x0Bb\x1C\r", vec![long("12345678")]),
        ("\x0B123456\x0BMSx\x1C\r", vec![long("123456\x0BM")]),
        ("\x0B1234567890", vec![long("12345678")]),
    ];
    for (text, expected) in cases {
        let bytes = text.as_bytes();
        let whole = frames(8, &[bytes]);
        assert_eq!(whole, *expected, "{text:?}");
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(frames(8, &single), whole, "byte by byte: {text:?}");
        for at in 0..=bytes.len() {
            let (left, right) = bytes.split_at(at);
            assert_eq!(frames(8, &[left, right]), whole, "cut at {at}: {text:?}");
        }
    }
}

#[test]
fn an_end_character_alone_ends_a_block_only_at_the_end_of_a_packet() {
    let cases: &[(&[&str], Vec<Frame>)] = &[
        (&["\x0Ba\x1Cb\x1C\r"], vec![message("a\x1Cb")]),
        (&["\x0B123456789\x1Cb\x1C\r\x0Bc\x1C\r"], vec![long("12345678"), message("c")]),
        (&["\x0Ba\x1C", "\x0Bb\x1C"], vec![message("a"), message("b")]),
        (&["\x0Ba\x1C", "b\x1C\r"], vec![message("a"), garbage("b\x1C\r", 1)]),
    ];
    for (packets, expected) in cases {
        let packets: Vec<&[u8]> = packets.iter().map(|packet| packet.as_bytes()).collect();
        assert_eq!(frames(8, &packets), *expected);
    }
}

#[test]
fn an_answer_is_not_kept_waiting_for_the_next_packet() {
    let mut decoder = Decoder::new(100);
    let mut frames = Vec::new();
    decoder.push(b"\x0BMSH|1\x1C", &mut frames);
    assert_eq!(frames, [message("MSH|1")]);
    assert!(!decoder.is_inside());
}

#[test]
fn garbage_is_kept_up_to_a_limit_and_counted_beyond() {
    let flood = vec![b'x'; GARBAGE_KEPT_MAX + 5];
    let all = frames(8, &[&flood, b"yz", b"\x0Ba\x1C\r"]);
    let expected = Garbage { start: flood[..GARBAGE_KEPT_MAX].to_vec(), length: flood.len() + 2 };
    assert_eq!(all, [Frame::Garbage(expected), message("a")]);
}

#[test]
fn what_a_connection_leaves_behind() {
    for (bytes, rest, count) in [
        (&b"\x0Bab"[..], Some(&b"ab"[..]), 0),
        (b"\x0Ba\x1C\rxyz", None, 3),
        (b"\x0Ba\x1C\r", None, 0),
    ] {
        let mut decoder = Decoder::new(100);
        decoder.push(bytes, &mut Vec::new());
        assert_eq!(decoder.garbage(), count);
        assert_eq!(decoder.finish().as_deref(), rest);
    }
}

/// Bytes in which block characters and headers are frequent.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => Just(b"\x0B".to_vec()),
        3 => Just(b"\x1C\r".to_vec()),
        2 => Just(b"\r".to_vec()),
        2 => Just(b"MSH|".to_vec()),
        1 => Just(b"\x0BMS".to_vec()),
        // An end character alone is left out: its meaning hangs on the packet's end.
        6 => any::<u8>().prop_filter("FS", |byte| *byte != 0x1C).prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(piece, 0..150).prop_map(|pieces| pieces.concat())
}

fn packets<'b>(bytes: &'b [u8], lengths: &[usize]) -> Vec<&'b [u8]> {
    let mut packets = Vec::new();
    let mut rest = bytes;
    for length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (packet, after) = rest.split_at((*length).min(rest.len()));
        packets.push(packet);
        rest = after;
    }
    packets
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1_usize..20, 1..100)
}

proptest! {
    #[test]
    fn any_cutting_gives_the_same_frames(
        bytes in stream(), lengths in lengths(), limit in 0_usize..40,
    ) {
        prop_assert_eq!(frames(limit, &packets(&bytes, &lengths)), frames(limit, &[&bytes]));
    }

    #[test]
    fn what_is_encoded_comes_back(
        messages in prop::collection::vec(prop::collection::vec(0x20_u8..=0xFF, 0..50), 0..10),
        lengths in lengths(),
    ) {
        let stream: Vec<u8> = messages.iter().flat_map(|message| encode(message)).collect();
        let expected: Vec<Frame> = messages.into_iter().map(Frame::Message).collect();
        prop_assert_eq!(frames(50, &packets(&stream, &lengths)), expected);
    }

    #[test]
    fn every_byte_is_in_a_frame_once_or_belongs_to_the_framing(
        bytes in prop::collection::vec(
            prop_oneof![2 => Just(0x0B), 2 => Just(0x1C), 1 => Just(b'\r'), 6 => any::<u8>()], 0..200,
        ),
        lengths in lengths(),
    ) {
        let is_framing = |byte: &&u8| !matches!(**byte, 0x0B | 0x1C | b'\r' | b'\n');
        let expected: Vec<u8> = bytes.iter().filter(is_framing).copied().collect();
        let mut kept = Vec::new();
        for frame in frames(1_000, &packets(&bytes, &lengths)) {
            let (Frame::Message(part) | Frame::Truncated(part) | Frame::TooLong(part)
                | Frame::Garbage(Garbage { start: part, .. })) = frame;
            kept.extend(part.iter().filter(is_framing).copied());
        }
        prop_assert_eq!(kept, expected);
    }

    #[test]
    fn no_frame_is_beyond_the_limit(bytes in stream(), limit in 0_usize..40) {
        for frame in frames(limit, &[&bytes]) {
            if let Frame::Message(part) | Frame::Truncated(part) | Frame::TooLong(part) = frame {
                prop_assert!(part.len() <= limit);
            }
        }
    }
}
