//! The shape of answers, by version, mode and verdict.

use hl7v2::{
    Acknowledgement, Code, Complaint, Message, Stage, acknowledge, acknowledge_unreadable,
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
fn unreadable_bytes_are_answered_with_what_can_be_made_out() {
    let cases: [(&[u8], &str); 6] = [
        (b"", ""),
        (b"\xFF\xFE garbage", ""),
        (b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|77|P|2.4", "77"),
        (b"MSH||A|B|C|D|2026||ADT^A01|78|P|2.4\rPID", "78"),
        (b"\xEF\xBB\xBF\r\nMSH|^~\\&|A|B|C|D|2026||ADT^A01|79", "79"),
        (b"MSH", ""),
    ];
    for (bytes, control_id) in cases {
        let text = acknowledge_unreadable(bytes, &answer(Code::Error));
        let message = Message::parse(&text).unwrap();
        assert_eq!(message.text("MSA-1").as_deref(), Some("AE"));
        assert_eq!(message.text("MSA-2").unwrap_or_default(), control_id);
        assert_eq!(message.text("ERR-1.4").as_deref(), Some("101"));
    }
}
