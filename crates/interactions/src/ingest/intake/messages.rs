//! HL7 v2 messages: judged by their header and by whether they name a person, stored, answered.
//! Spec: HL7 v2 §2.9 (acknowledgement), §2.14.9 (MSH).

use std::sync::Arc;

use fhir::{IssueCode, Severity};
use hl7v2::{Acknowledgement, Charset, Code, Complaint, Message, ParseErrorKind};
use store::{ItemState, NewItem};

use super::{CONTROL_ID_MAX, KIND_MAX, Received, aside, aside_for, blank, clipped};
use crate::app::App;
use crate::failure::Failure;
use crate::ingest::Feed;

/// What a connection hands over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// The bytes of a whole block.
    Message(Arc<[u8]>),
    /// The beginning of a block that never ended. It is kept and not answered.
    Truncated(Arc<[u8]>),
    /// The beginning of a block that is longer than the feed allows.
    TooLong(Arc<[u8]>),
}

/// An item and what is answered to it.
struct Assessed {
    item: NewItem,
    /// Whether the ledger keeps it: everything but an empty block.
    is_kept: bool,
}

/// What is wrong with a message, and how it is answered.
struct Verdict {
    code: Code,
    cause: &'static str,
    error_code: &'static str,
    location: &'static str,
    text: String,
}

impl App {
    /// Takes what came on a connection into the ledger, all in one durable write, and gives the
    /// answers in the same order.
    ///
    /// On a failure nothing was stored; [`App::refuse_message`] makes the answer that has the
    /// sender try again.
    pub async fn receive_messages(
        self: &Arc<Self>,
        feed: &Feed,
        origin: &str,
        incoming: Vec<Incoming>,
    ) -> Result<Vec<Received>, Failure> {
        let _serving = self.serving();
        let length = incoming.iter().map(|incoming| incoming.bytes().len()).sum();
        let (app, owned, from) = (Arc::clone(self), feed.clone(), origin.to_owned());
        let assessed = self
            .off_thread(length, move || {
                Ok(incoming
                    .into_iter()
                    .map(|one| assess(&app, &owned, &from, one))
                    .collect::<Vec<_>>())
            })
            .await?;
        let mut items = Vec::with_capacity(assessed.len());
        let mut received = Vec::with_capacity(assessed.len());
        let mut places = Vec::with_capacity(assessed.len());
        for one in assessed {
            received.push(received_of(&one.item));
            if one.is_kept {
                places.push(received.len() - 1);
                items.push(one.item);
            }
        }
        self.filter_repeats(&mut items).await?;
        for (place, item) in places.iter().zip(&items) {
            received[*place] = received_of(item);
        }
        let ids = self.take_in(items).await?;
        for (place, id) in places.into_iter().zip(ids) {
            received[place].id = Some(id);
        }
        Ok(received)
    }

    /// The answer to a message that cannot be stored just now: rejected, so it is sent again.
    pub fn refuse_message(&self, feed: &Feed, bytes: &[u8], reason: &str) -> Vec<u8> {
        let verdict = Verdict {
            code: Code::Reject,
            cause: "",
            error_code: "207",
            location: "",
            text: reason.to_owned(),
        };
        match Message::parse_with(bytes, feed.limits, feed.charset) {
            Ok(message) => answer(self, &message, Some(&verdict)),
            Err(_) => answer_unreadable(self, bytes, &verdict),
        }
    }
}

impl Incoming {
    /// The bytes, whole or not.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Incoming::Message(bytes) | Incoming::Truncated(bytes) | Incoming::TooLong(bytes) => {
                bytes
            }
        }
    }
}

fn received_of(item: &NewItem) -> Received {
    Received {
        id: None,
        state: item.state,
        cause: item.cause.clone(),
        note: item.note.clone(),
        issues: Vec::new(),
        acknowledgement: item.acknowledgement.clone(),
    }
}

fn assess(app: &App, feed: &Feed, origin: &str, incoming: Incoming) -> Assessed {
    let (bytes, is_truncated, is_too_long) = match incoming {
        Incoming::Message(bytes) => (bytes, false, false),
        Incoming::Truncated(bytes) => (bytes, true, false),
        Incoming::TooLong(bytes) => (bytes, false, true),
    };
    let mut item = blank(app, feed, origin, Arc::clone(&bytes));
    "unreadable".clone_into(&mut item.kind);
    if is_truncated {
        aside(&mut item, "truncated", "the message ended before its end block; send it again");
        return Assessed { item, is_kept: true };
    }
    if is_too_long {
        let text = format!("the message is longer than {} bytes", feed.limits.bytes_max);
        let verdict = Verdict::error("too-long", "207", "", text);
        settle_unreadable(app, &mut item, &bytes, &verdict);
        return Assessed { item, is_kept: true };
    }
    match Message::parse_with(&bytes, feed.limits, feed.charset) {
        Err(error) => {
            let (cause, error_code, location) = match error.kind {
                ParseErrorKind::Empty | ParseErrorKind::NoHeader => ("no-header", "100", "MSH"),
                ParseErrorKind::BadDelimiters => ("bad-delimiters", "102", "MSH^1^2"),
                ParseErrorKind::BadSegmentName | ParseErrorKind::SecondHeader => {
                    ("bad-segment", "100", "")
                }
                ParseErrorKind::Utf16 => ("unknown-charset", "102", "MSH^1^18"),
                _ => ("too-long", "207", ""),
            };
            let verdict = Verdict::error(cause, error_code, location, error.to_string());
            settle_unreadable(app, &mut item, &bytes, &verdict);
            Assessed { item, is_kept: error.kind != ParseErrorKind::Empty }
        }
        Ok(message) => {
            let verdict = judge(app, feed, &message, &mut item);
            if let Some(verdict) = &verdict
                && item.state == ItemState::Waiting
            {
                aside(&mut item, verdict.cause, &verdict.text);
            }
            item.acknowledgement = answer(app, &message, verdict.as_ref());
            Assessed { item, is_kept: true }
        }
    }
}

fn settle_unreadable(app: &App, item: &mut NewItem, bytes: &[u8], verdict: &Verdict) {
    aside(item, verdict.cause, &verdict.text);
    item.acknowledgement = answer_unreadable(app, bytes, verdict);
}

impl Verdict {
    fn error(
        cause: &'static str,
        error_code: &'static str,
        location: &'static str,
        text: impl Into<String>,
    ) -> Verdict {
        Verdict { code: Code::Error, cause, error_code, location, text: text.into() }
    }

    fn reject(
        cause: &'static str,
        error_code: &'static str,
        location: &'static str,
        text: impl Into<String>,
    ) -> Verdict {
        Verdict { code: Code::Reject, ..Verdict::error(cause, error_code, location, text) }
    }
}

/// Fills the item's heading from a message that can be read; what is wrong with it, if anything.
fn judge(app: &App, feed: &Feed, message: &Message<'_>, item: &mut NewItem) -> Option<Verdict> {
    let header = message.header();
    item.kind = clipped(&header.kind(), KIND_MAX);
    item.control_id = clipped(&header.control_id(), CONTROL_ID_MAX);
    if let Some(verdict) = judge_header(message) {
        return Some(verdict);
    }
    // A panic is a fault of a rule or of ours: the message waits, and the processor that meets the
    // fault again sets it aside with that cause.
    let heading = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        mapping::heading_of_hl7(app.mappings, &feed.profile, message)
    }))
    .ok()?;
    item.subject = heading.subject;
    item.event_time = heading.event_time.unwrap_or(item.received);
    let error = heading.issues.iter().find(|issue| issue.severity <= Severity::Error)?;
    aside_for(item, std::slice::from_ref(error));
    Some(if error.code == IssueCode::NotSupported {
        Verdict::reject("unsupported-type", "200", "MSH^1^9", error.message.clone())
    } else {
        Verdict::error("invalid", "101", "", error.message.clone())
    })
}

fn judge_header(message: &Message<'_>) -> Option<Verdict> {
    let header = message.header();
    if !header.is_version_known() {
        let text = "the version in MSH-12 is not one of 2.1 to 2.9";
        return Some(Verdict::reject("unsupported-version", "203", "MSH^1^12", text));
    }
    if !matches!(header.processing_id().trim(), "" | "P" | "T" | "D") {
        let text = "the processing id in MSH-11 is not P, T or D";
        return Some(Verdict::reject("unsupported-processing-id", "202", "MSH^1^11", text));
    }
    if header.message_code().trim().is_empty() {
        let text = "MSH-9 does not say what kind of message it is";
        return Some(Verdict::reject("unsupported-type", "200", "MSH^1^9", text));
    }
    if header.control_id().trim().is_empty() {
        let text = "MSH-10 is empty, so the message has no control id";
        return Some(Verdict::error("no-control-id", "101", "MSH^1^10", text));
    }
    let named = message.text("MSH-18[1]").unwrap_or_default();
    if !named.trim().is_empty() && Charset::named(&named).is_err() {
        let text = "the character set in MSH-18 is not known";
        return Some(Verdict::error("unknown-charset", "103", "MSH^1^18", text));
    }
    None
}

/// The answer to a message; empty where its sender wants none.
fn answer(app: &App, message: &Message<'_>, verdict: Option<&Verdict>) -> Vec<u8> {
    let code = verdict.map_or(Code::Accept, |verdict| verdict.code);
    if message.header().stage_wanted(code).is_none() {
        return Vec::new();
    }
    with_acknowledgement(app, verdict, |answer| hl7v2::acknowledge(message, answer))
}

fn answer_unreadable(app: &App, bytes: &[u8], verdict: &Verdict) -> Vec<u8> {
    with_acknowledgement(app, Some(verdict), |answer| hl7v2::acknowledge_unreadable(bytes, answer))
}

fn with_acknowledgement(
    app: &App,
    verdict: Option<&Verdict>,
    make: impl FnOnce(&Acknowledgement<'_>) -> Vec<u8>,
) -> Vec<u8> {
    let now = app.clock.now();
    // 20 characters at the most, which is what MSH-10 holds up to version 2.6.
    let number = app.arrivals.next_acknowledgement() & 0xFF_FFFF;
    let control_id = format!("{:014X}{number:06X}", now & 0xFF_FFFF_FFFF_FFFF);
    let complaint = verdict.map(|verdict| Complaint {
        code: verdict.error_code,
        location: verdict.location,
        text: &verdict.text,
    });
    make(&Acknowledgement {
        code: verdict.map_or(Code::Accept, |verdict| verdict.code),
        control_id: &control_id,
        date_time: &date_time(now),
        complaint,
    })
}

/// `yyyymmddhhmmss+0000`.
fn date_time(microseconds: i64) -> String {
    let text = fhir::format_instant(microseconds);
    let digits: String = text.chars().take(19).filter(char::is_ascii_digit).collect();
    format!("{digits}+0000")
}
