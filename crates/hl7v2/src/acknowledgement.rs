//! ACK messages: accepted, in error, rejected. Spec: HL7 v2 §2.9 and §2.14.8 (MSA), §2.14.5 (ERR).
//!
//! To give more of a message's header back, add it to `Echo` and `write`.

use crate::builder::MessageBuilder;
use crate::charset::Charset;
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

/// Which acknowledgements the sender of a message wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Once the message is taken over.
    pub commit: bool,
    /// Once it is dealt with.
    pub application: bool,
}

impl Header<'_> {
    /// Which acknowledgements the sender wants of a message with this verdict.
    ///
    /// With MSH-15 and MSH-16 both empty (original mode) it is the application's, always. Where
    /// either is valued (enhanced mode) each follows HL7 table 0155: `AL` always, `ER` only errors
    /// and rejections, `SU` only success, `NE` or nothing never. A value that is not in the table
    /// counts as `AL`: an answer too many is passed over, one that is waited for blocks the sender.
    pub fn acknowledgements_wanted(self, code: Code) -> Wanted {
        let accept = self.accept_acknowledgement();
        let application = self.application_acknowledgement();
        let (accept, application) = (accept.trim(), application.trim());
        let is_wanted = |condition: &str| match condition {
            "" | "NE" => false,
            "ER" => code != Code::Accept,
            "SU" => code == Code::Accept,
            _ => true,
        };
        let is_original = accept.is_empty() && application.is_empty();
        Wanted { commit: is_wanted(accept), application: is_original || is_wanted(application) }
    }

    /// The one answer of a receiver that stores a message and answers at once: the commit
    /// acknowledgement where the sender wants it, else the application's, `None` where neither.
    ///
    /// Where the sender wants both, the application's is due in a message of its own later.
    pub fn stage_wanted(self, code: Code) -> Option<Stage> {
        let wanted = self.acknowledgements_wanted(code);
        match wanted {
            Wanted { commit: true, .. } => Some(Stage::Commit),
            Wanted { application: true, .. } => Some(Stage::Application),
            _ => None,
        }
    }
}

/// What an answer gives back of the message's header.
struct Echo<'e> {
    delimiters: Delimiters,
    charset: Charset,
    /// MSH-18, where it names the character set.
    charset_name: &'e str,
    /// MSH-3 to MSH-6.
    parties: [&'e [u8]; 4],
    trigger: &'e str,
    processing_id: &'e [u8],
    version: &'e str,
    control_id: &'e [u8],
    sequence_number: Option<i64>,
}

/// The answer to a message at the stage that [`Header::stage_wanted`] names (which also says
/// whether an answer is wanted at all); see [`acknowledge_at`].
pub fn acknowledge(message: &Message<'_>, answer: &Acknowledgement<'_>) -> Vec<u8> {
    let stage = message.header().stage_wanted(answer.code).unwrap_or(Stage::Application);
    acknowledge_at(message, answer, stage)
}

/// The answer to a message, in its delimiters, character set and version.
///
/// Sender and receiver change places, MSA-2 is MSH-10 byte for byte, and MSA-4 echoes a sequence
/// number (MSH-13). Characters that the character set lacks are written as `?`.
pub fn acknowledge_at(
    message: &Message<'_>,
    answer: &Acknowledgement<'_>,
    stage: Stage,
) -> Vec<u8> {
    let header = message.header();
    let (version, trigger) = (header.version(), header.trigger_event());
    let name = header.charset_name();
    let echo = Echo {
        delimiters: message.delimiters(),
        charset: message.charset(),
        charset_name: if header.charset().is_some() { &name } else { "" },
        parties: [3, 4, 5, 6].map(|number| header.raw(number)),
        trigger: &trigger,
        processing_id: header.raw(11),
        version: if version.is_empty() { DEFAULT_VERSION } else { &version },
        control_id: header.raw(10),
        sequence_number: header.sequence_number(),
    };
    write(&echo, answer, stage)
}

/// The version of an answer to a message that names none.
const DEFAULT_VERSION: &str = "2.4";

fn write(echo: &Echo<'_>, answer: &Acknowledgement<'_>, stage: Stage) -> Vec<u8> {
    let version = echo.version;
    let mut ack = MessageBuilder::with_charset(echo.delimiters, echo.charset);
    {
        let mut msh = ack.header();
        let [application, facility, to_application, to_facility] = echo.parties;
        msh.raw(3, to_application).raw(4, to_facility).raw(5, application).raw(6, facility);
        msh.text(7, answer.date_time);
        if echo.trigger.is_empty() {
            msh.text(9, "ACK");
        } else {
            msh.components(9, &["ACK", echo.trigger, if version >= "2.4" { "ACK" } else { "" }]);
        }
        msh.text(10, answer.control_id);
        msh.raw(11, echo.processing_id).text(12, version).text(18, echo.charset_name);
    }
    {
        let mut msa = ack.segment("MSA");
        msa.text(1, answer.code.as_str(stage)).raw(2, echo.control_id);
        if let Some(complaint) = answer.complaint.filter(|_| version < "2.5") {
            msa.text(3, complaint.text);
        }
        if let Some(number) = echo.sequence_number {
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

/// The longest that a field of an unreadable header is echoed; longer ones are left out.
const ECHO_MAX: usize = 250;

/// The answer to bytes that are no message: what can be made out of a header is given back, the
/// control id byte for byte, so that the sender can tell which of its messages it was.
pub fn acknowledge_unreadable(bytes: &[u8], answer: &Acknowledgement<'_>) -> Vec<u8> {
    let (delimiters, line) = guess_header(bytes).unwrap_or((Delimiters::STANDARD, b""));
    let fields: Vec<&[u8]> = line.split(|byte| *byte == delimiters.field).take(30).collect();
    // The name stands before MSH-1, so MSH-2 is the second part.
    let field = |number: usize| {
        let field = fields.get(number - 1).copied().unwrap_or_default();
        if field.len() > ECHO_MAX { &[] } else { field }
    };
    let first = |number: usize, delimiter: u8| {
        let part = field(number).split(|byte| *byte == delimiter && delimiter != 0).next();
        part.and_then(|part| std::str::from_utf8(part).ok()).unwrap_or_default().trim()
    };
    let version = first(12, delimiters.component);
    let is_version = version.len() <= 8
        && version.starts_with(|c: char| c.is_ascii_digit())
        && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let charset_name = first(18, delimiters.repetition);
    let charset = Charset::named(charset_name).ok();
    let echo = Echo {
        delimiters,
        charset: charset.unwrap_or(Charset::UTF_8),
        charset_name: if charset.is_some() { charset_name } else { "" },
        parties: [3, 4, 5, 6].map(field),
        trigger: "",
        processing_id: if field(11).is_empty() { b"P" } else { field(11) },
        version: if is_version { version } else { DEFAULT_VERSION },
        control_id: field(10),
        sequence_number: None,
    };
    let is_commit = matches!(first(15, 0), "AL" | "ER");
    write(&echo, answer, if is_commit { Stage::Commit } else { Stage::Application })
}

/// What looks like an MSH segment near the beginning, and the delimiters to answer in.
fn guess_header(bytes: &[u8]) -> Option<(Delimiters, &[u8])> {
    let start = bytes.windows(3).take(256).position(|window| window == b"MSH")?;
    let line = bytes[start..].split(|b| matches!(b, b'\r' | b'\n')).next()?;
    if let Some(delimiters) = Delimiters::read(line) {
        return Some((delimiters, line));
    }
    // MSH-2 is spoilt: the separator may still be one that goes with the usual characters.
    let field = *line.get(3)?;
    let is_usable = field.is_ascii_punctuation() && !b"^~\\&".contains(&field);
    is_usable.then_some((Delimiters { field, ..Delimiters::STANDARD }, line))
}
