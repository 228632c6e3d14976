//! ACK messages: accepted, in error, rejected. Spec: HL7 v2 §2.9 and §2.14.8 (MSA), §2.14.5 (ERR).

use crate::builder::MessageBuilder;
use crate::header::Header;
use crate::message::{Delimiters, Message};

/// MSA-1: HL7 table 0008.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Accepted.
    Accept,
    /// In error: sending it again unchanged will not help.
    Error,
    /// Rejected: the type, version or processing id is not taken here, or the receiver is not ready.
    Reject,
}

/// What is wrong with the message, for ERR.
#[derive(Clone, Copy, Debug)]
pub struct Complaint<'c> {
    /// HL7 table 0357: `100` segment sequence, `101` required field, `102` data type, `103` table
    /// value, `200` unsupported message type, `201` event, `202` processing id, `203` version,
    /// `207` application error.
    pub code: &'c str,
    /// The place, as ERR-2 writes it: `PID^1^3`; may be empty.
    pub location: &'c str,
    /// A sentence without patient data.
    pub text: &'c str,
}

/// What an acknowledgement is made of, besides the message.
#[derive(Clone, Copy, Debug)]
pub struct Acknowledgement<'a> {
    /// The verdict.
    pub code: Code,
    /// Own control id (MSH-10 of the answer).
    pub control_id: &'a str,
    /// Own time as `yyyymmddhhmmss+zzzz` (MSH-7 of the answer).
    pub date_time: &'a str,
    /// What is wrong, where something is.
    pub complaint: Option<Complaint<'a>>,
}

/// Which of its two acknowledgements an answer is (HL7 v2 §2.9.2 and §2.9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The message is taken over: `CA`, `CE`, `CR`.
    Commit,
    /// The message is dealt with; in original mode the only answer: `AA`, `AE`, `AR`.
    Application,
}

impl Code {
    /// The code in HL7 table 0008.
    pub fn as_str(self, stage: Stage) -> &'static str {
        match (self, stage) {
            (Code::Accept, Stage::Application) => "AA",
            (Code::Error, Stage::Application) => "AE",
            (Code::Reject, Stage::Application) => "AR",
            (Code::Accept, Stage::Commit) => "CA",
            (Code::Error, Stage::Commit) => "CE",
            (Code::Reject, Stage::Commit) => "CR",
        }
    }
}

impl Header<'_> {
    /// Which answer the sender wants to a message with this verdict; `None` where it wants none.
    ///
    /// With MSH-15 and MSH-16 empty (original mode) it is the application's. Otherwise MSH-15 is
    /// asked first and MSH-16 where it wants nothing, by HL7 table 0155: `AL` always, `NE` never,
    /// `ER` only errors and rejections, `SU` only success.
    pub fn stage_wanted(self, code: Code) -> Option<Stage> {
        let (accept, application) =
            (self.accept_acknowledgement(), self.application_acknowledgement());
        let (accept, application) = (accept.trim(), application.trim());
        if accept.is_empty() && application.is_empty() {
            return Some(Stage::Application);
        }
        let is_wanted = |condition: &str| match condition {
            "AL" => true,
            "ER" => code != Code::Accept,
            "SU" => code == Code::Accept,
            _ => false,
        };
        if is_wanted(accept) {
            Some(Stage::Commit)
        } else {
            is_wanted(application).then_some(Stage::Application)
        }
    }
}

/// The answer to a message, in its delimiters, character set and version.
///
/// Sender and receiver change places, MSA-2 is MSH-10 byte for byte, and MSA-4 echoes a sequence
/// number (MSH-13). Whether the sender wants the answer says [`Header::stage_wanted`].
pub fn acknowledge(message: &Message<'_>, answer: &Acknowledgement<'_>) -> Vec<u8> {
    let header = message.header();
    let version = header.version();
    let version = if version.is_empty() { "2.4" } else { &version };
    let stage = header.stage_wanted(answer.code).unwrap_or(Stage::Application);
    let mut ack = MessageBuilder::new(message.delimiters());
    {
        let mut msh = ack.header();
        msh.raw(3, header.raw(5)).raw(4, header.raw(6)).raw(5, header.raw(3)).raw(6, header.raw(4));
        msh.text(7, answer.date_time);
        let trigger = header.trigger_event();
        if trigger.is_empty() {
            msh.text(9, "ACK");
        } else {
            msh.components(9, &["ACK", &trigger, if version >= "2.4" { "ACK" } else { "" }]);
        }
        msh.text(10, answer.control_id);
        msh.raw(11, header.raw(11)).text(12, version).raw(18, header.raw(18));
    }
    {
        let mut msa = ack.segment("MSA");
        msa.text(1, answer.code.as_str(stage)).raw(2, header.raw(10));
        if let Some(complaint) = answer.complaint.filter(|_| version < "2.5") {
            msa.text(3, complaint.text);
        }
        if let Some(number) = header.sequence_number() {
            msa.text(4, &number.to_string());
        }
    }
    if let Some(complaint) = answer.complaint {
        add_error(&mut ack, &complaint, version);
    }
    ack.finish()
}

/// ERR as the version has it: up to 2.4 one composite field, from 2.5 on a field each.
fn add_error(ack: &mut MessageBuilder, complaint: &Complaint<'_>, version: &str) {
    let location: Vec<&str> = complaint.location.split('^').collect();
    let mut err = ack.segment("ERR");
    if version < "2.5" {
        let mut place = location.clone();
        place.resize(3, "");
        err.components(1, &[place[0], place[1], place[2], complaint.code]);
    } else {
        err.components(2, &location);
        err.components(3, &[complaint.code, "", "HL70357"]);
        err.text(4, "E").text(8, complaint.text);
    }
}

/// The answer to bytes whose MSH cannot be read: AE, with what can be made out of the control id.
pub fn acknowledge_unreadable(bytes: &[u8], answer: &Acknowledgement<'_>) -> Vec<u8> {
    let mut ack = MessageBuilder::new(Delimiters::STANDARD);
    ack.header()
        .text(7, answer.date_time)
        .text(9, "ACK")
        .text(10, answer.control_id)
        .text(11, "P")
        .text(12, "2.4");
    let control_id = guess_control_id(bytes);
    let mut msa = ack.segment("MSA");
    msa.text(1, answer.code.as_str(Stage::Application)).text(2, &control_id);
    if let Some(complaint) = answer.complaint {
        msa.text(3, complaint.text);
        add_error(&mut ack, &complaint, "2.4");
    }
    ack.finish()
}

/// The tenth field of what looks like a header, so that the sender can tell which message it was.
fn guess_control_id(bytes: &[u8]) -> String {
    let Some(start) = bytes.windows(3).take(256).position(|w| w == b"MSH") else {
        return String::new();
    };
    let line = bytes[start..].split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or_default();
    let Some(separator) = line.get(3) else { return String::new() };
    let field = line.split(|b| b == separator).nth(9).unwrap_or_default();
    String::from_utf8_lossy(&field[..field.len().min(199)]).into_owned()
}
