//! The shape of answers, by version, mode and verdict.

use hl7v2::{
    Acknowledgement, Code, Complaint, Message, Stage, Wanted, acknowledge, acknowledge_at,
    acknowledge_unreadable,
};

const COMPLAINT: Complaint<'static> =
    Complaint { code: "101", location: "PID^1^3", text: "no identifier | send one" };

fn answer(code: Code) -> Acknowledgement<'static> {
    let complaint = (code != Code::Accept).then_some(COMPLAINT);
    Acknowledgement { code, control_id: "C1", date_time: "20260310101500+0000", complaint }
}

fn check(message: &str, code: Code, expected: &str) {
    let message = Message::parse(message.as_bytes()).unwrap();
    let text = String::from_utf8(acknowledge(&message, &answer(code))).unwrap();
    assert_eq!(text.replace('\r', "\n"), expected);
    Message::parse(text.as_bytes()).unwrap();
}

#[test]
fn by_version_and_verdict() {
    let message = |version: &str| {
        format!("MSH|^~\\&|PAS|ZZL|CL|LVP|20260310||ADT^A01^ADT_A01|42\\T\\7|T|{version}\rPID|1\r")
    };
    check(
        &message("2.3"),
        Code::Accept,
        "MSH|^~\\&|CL|LVP|PAS|ZZL|20260310101500+0000||ACK^A01|C1|T|2.3\nMSA|AA|42\\T\\7\n",
    );
    check(
        &message("2.4"),
        Code::Error,
        "MSH|^~\\&|CL|LVP|PAS|ZZL|20260310101500+0000||ACK^A01^ACK|C1|T|2.4\n\
         MSA|AE|42\\T\\7|no identifier \\F\\ send one\nERR|PID^1^3^101\n",
    );
    check(
        &message("2.5.1"),
        Code::Reject,
        "MSH|^~\\&|CL|LVP|PAS|ZZL|20260310101500+0000||ACK^A01^ACK|C1|T|2.5.1\n\
         MSA|AR|42\\T\\7\nERR||PID^1^3|101^^HL70357|E||||no identifier \\F\\ send one\n",
    );
    check(
        &message("2.8"),
        Code::Accept,
        "MSH|^~\\&|CL|LVP|PAS|ZZL|20260310101500+0000||ACK^A01^ACK|C1|T|2.8\nMSA|AA|42\\T\\7\n",
    );
    check(
        &message(""),
        Code::Accept,
        "MSH|^~\\&|CL|LVP|PAS|ZZL|20260310101500+0000||ACK^A01^ACK|C1|T|2.4\nMSA|AA|42\\T\\7\n",
    );
}

#[test]
fn delimiters_character_set_and_sequence_number_are_the_senders() {
    check(
        "MSH$%~\\&$A$B$C$D$2026$$ADT%A01$9$P$2.4$17$$$$$8859/1\r",
        Code::Accept,
        "MSH$%~\\&$C$D$A$B$20260310101500+0000$$ACK%A01%ACK$C1$P$2.4$$$$$$8859/1\nMSA$AA$9$$17\n",
    );
}

#[test]
fn which_answer_is_wanted() {
    use Stage::{Application, Commit};
    let cases = [
        ("", "", [Some(Application), Some(Application), Some(Application)]),
        ("AL", "", [Some(Commit), Some(Commit), Some(Commit)]),
        ("AL", "AL", [Some(Commit), Some(Commit), Some(Commit)]),
        ("NE", "AL", [Some(Application), Some(Application), Some(Application)]),
        ("NE", "NE", [None, None, None]),
        ("ER", "NE", [None, Some(Commit), Some(Commit)]),
        ("SU", "NE", [Some(Commit), None, None]),
        ("ER", "AL", [Some(Application), Some(Commit), Some(Commit)]),
        ("", "ER", [None, Some(Application), Some(Application)]),
        ("", "SU", [Some(Application), None, None]),
        ("\"\"", "\"\"", [Some(Application), Some(Application), Some(Application)]),
        (" NE ", "NE", [None, None, None]),
        ("odd", "NE", [Some(Commit), Some(Commit), Some(Commit)]),
    ];
    for (accept, application, expected) in cases {
        let text = format!("MSH|^~\\&|||||||ADT^A01|1|P|2.4|||{accept}|{application}\r");
        let message = Message::parse(text.as_bytes()).unwrap();
        let wanted = [Code::Accept, Code::Error, Code::Reject]
            .map(|code| message.header().stage_wanted(code));
        assert_eq!(wanted, expected, "MSH-15 {accept:?}, MSH-16 {application:?}");
    }
}

#[test]
fn both_answers_may_be_wanted() {
    let cases = [
        ("", "", Code::Accept, (false, true)),
        ("AL", "AL", Code::Accept, (true, true)),
        ("AL", "", Code::Accept, (true, false)),
        ("", "AL", Code::Error, (false, true)),
        ("NE", "NE", Code::Reject, (false, false)),
        ("AL", "ER", Code::Accept, (true, false)),
        ("AL", "ER", Code::Error, (true, true)),
        ("SU", "ER", Code::Reject, (false, true)),
        ("ER", "SU", Code::Accept, (false, true)),
    ];
    for (accept, application, code, (commit, applied)) in cases {
        let text = format!("MSH|^~\\&|||||||ADT^A01|1|P|2.4|||{accept}|{application}\r");
        let message = Message::parse(text.as_bytes()).unwrap();
        let wanted = message.header().acknowledgements_wanted(code);
        let expected = Wanted { commit, application: applied };
        assert_eq!(wanted, expected, "MSH-15 {accept:?}, MSH-16 {application:?}, {code:?}");
    }
    let message = Message::parse(b"MSH|^~\\&|||||||ADT^A01|1|P|2.4|||AL|AL\r").unwrap();
    for (stage, expected) in [(Stage::Commit, "CA"), (Stage::Application, "AA")] {
        let ack = acknowledge_at(&message, &answer(Code::Accept), stage);
        assert_eq!(Message::parse(&ack).unwrap().text("MSA-1").as_deref(), Some(expected));
    }
}

#[test]
fn the_answer_is_in_the_messages_character_set() {
    let complaint = Complaint { code: "101", location: "", text: "no Zo\u{EB} \u{20AC}" };
    let cases: [(&str, &[u8], &str); 4] = [
        ("UNICODE UTF-8", "no Zo\u{EB} \u{20AC}".as_bytes(), "UNICODE UTF-8"),
        ("8859/1", b"no Zo\xEB ?", "8859/1"),
        ("8859/15~UNICODE UTF-8", b"no Zo\xEB \xA4", "8859/15"),
        // An unknown name is not repeated: the answer is not in that character set.
        ("KLINGON", "no Zo\u{EB} \u{20AC}".as_bytes(), ""),
    ];
    for (name, expected, echoed) in cases {
        let text = format!("MSH|^~\\&|||||||ADT^A01|1|P|2.4||||||{name}\r");
        let answer = Acknowledgement { complaint: Some(complaint), ..answer(Code::Error) };
        for ack in [
            acknowledge(&Message::parse(text.as_bytes()).unwrap(), &answer),
            acknowledge_unreadable(text.as_bytes(), &answer),
        ] {
            let message = Message::parse(&ack).unwrap();
            assert_eq!(message.find("MSA-3").unwrap().raw(), expected, "{name}");
            assert_eq!(message.text("MSH-18").unwrap_or_default(), echoed, "{name}");
        }
    }
}

#[test]
fn the_truncation_character_is_the_senders() {
    let text = "MSH|^~\\&#|A|B|C|D|2026||ADT^A01|9#|P|2.7\r";
    check(
        text,
        Code::Error,
        "MSH|^~\\&#|C|D|A|B|20260310101500+0000||ACK^A01^ACK|C1|P|2.7\n\
         MSA|AE|9#\nERR||PID^1^3|101^^HL70357|E||||no identifier \\F\\ send one\n",
    );
}

#[test]
fn nothing_that_is_echoed_can_end_a_segment_or_a_block() {
    let message = Message::parse(b"MSH|^~\\&|A\x1C\x0B|||||ADT^A01|4\n2\x1C|7|P|2.4\r").unwrap();
    let ack = acknowledge(&message, &answer(Code::Accept));
    assert!(!ack.contains(&0x1C) && !ack.contains(&0x0B) && !ack.contains(&b'\n'));
    assert_eq!(Message::parse(&ack).unwrap().segments().len(), 2);
}

#[test]
fn unreadable_bytes_are_answered_with_what_can_be_made_out() {
    const START: &str = "MSH|^~\\&|";
    let cases: [(&[u8], String); 9] = [
        (b"", format!("{START}||||T||ACK|C1|P|2.4\nMSA|AE\n")),
        (b"\xFF\xFE garbage", format!("{START}||||T||ACK|C1|P|2.4\nMSA|AE\n")),
        (b"MSH", format!("{START}||||T||ACK|C1|P|2.4\nMSA|AE\n")),
        (
            b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|77|T|2.3",
            format!("{START}C|D|A|B|T||ACK|C1|T|2.3\nMSA|AE|77\n"),
        ),
        (
            b"MSH||A|B|C|D|2026||ADT^A01|78|P|2.4\rPID",
            format!("{START}C|D|A|B|T||ACK|C1|P|2.4\nMSA|AE|78\n"),
        ),
        (
            b"\xEF\xBB\xBF\r\nMSH|^~\\&|A|B|C|D|2026||ADT^A01|a\\T\\b\xE9^2",
            format!("{START}C|D|A|B|T||ACK|C1|P|2.4\nMSA|AE|a\\T\\b\u{E9}^2\n"),
        ),
        (
            b"MSH|^~\\&|A|B|C|D|2026||X|79|P|2.5|||AL|NE",
            format!("{START}C|D|A|B|T||ACK|C1|P|2.5\nMSA|CE|79\n"),
        ),
        (
            b"MSH|^~\\&|A|B|C|D|2026||X|80|P|nonsense",
            format!("{START}C|D|A|B|T||ACK|C1|P|2.4\nMSA|AE|80\n"),
        ),
        (
            b"junk MSH$%~\\&$A$B$C$D$2026$$X$8|1$P$2.4",
            "MSH$%~\\&$C$D$A$B$T$$ACK$C1$P$2.4\nMSA$AE$8|1\n".to_owned(),
        ),
    ];
    let answer = Acknowledgement { date_time: "T", complaint: None, ..answer(Code::Error) };
    for (bytes, expected) in cases {
        let ack = acknowledge_unreadable(bytes, &answer);
        // A letter for each byte, so that what is no UTF-8 can be compared.
        let text: String = ack.iter().map(|byte| char::from(*byte)).collect();
        assert_eq!(text.replace('\r', "\n"), expected, "{:?}", String::from_utf8_lossy(bytes));
        Message::parse(&ack).unwrap();
    }
    let ack =
        acknowledge_unreadable(b"MSH|", &Acknowledgement { complaint: Some(COMPLAINT), ..answer });
    assert_eq!(Message::parse(&ack).unwrap().text("ERR-1.4").as_deref(), Some("101"));
}
