//! One HL7 v2 message → what it says. Spec: HL7 v2 §2; rules in `rules/hl7v2*.map`.

use fhir::{Issue, IssueCode};

use crate::Mappings;
use crate::contribution::Mapped;
use crate::language::program::Message as Section;
use crate::profile::FeedProfile;
use crate::run::Run;
use crate::source::{MessageSource, Source};

/// Maps one message.
///
/// ```
/// let bytes = b"MSH|^~\\&|PAS|ZZL|||20260310||ADT^A28|7|P|2.4\rPID|1||42^^^ZZL^MR||SHAH^Amina\r";
/// let message = hl7v2::Message::parse(bytes).unwrap();
/// let profile = mapping::FeedProfile::new("lvp-hospital");
/// let mapped = mapping::map_hl7(mapping::Mappings::embedded(), &profile, &message);
/// let patient = &mapped.contributions[0];
/// let family = patient.traces.iter().find(|trace| trace.path == "name[0].family").unwrap();
/// assert_eq!(family.locator, "PID-5.1");
/// assert_eq!(&bytes[family.start as usize..family.end as usize], b"SHAH");
/// ```
pub fn map_hl7(mappings: &Mappings, profile: &FeedProfile, message: &hl7v2::Message<'_>) -> Mapped {
    let mut mapped = read(mappings, profile, message, Wanted::All);
    mapped.issues.extend(message.issues().iter().map(|issue| oddity(message, issue)));
    mapped
}

/// What is odd about the message as such; it was read in spite of it, so this is a warning.
fn oddity(message: &hl7v2::Message<'_>, issue: &hl7v2::Issue) -> Issue {
    let at = message.segments().iter().rfind(|segment| segment.range().start <= issue.offset);
    let place = at.map_or("message", hl7v2::Segment::name);
    Issue::warning(IssueCode::Structure, place, issue.to_string())
}

/// What a message is, whom it is about and when it happened, as [`map_hl7`] gives them, without
/// the resources: cheap enough to be asked before the message is acknowledged.
///
/// ```
/// let bytes = b"MSH|^~\\&|PAS|ZZL|||20260310||ADT^A28|7|P|2.4\rPID|1||42^^^ZZL^MR||SHAH^Amina\r";
/// let message = hl7v2::Message::parse(bytes).unwrap();
/// let profile = mapping::FeedProfile::new("lvp-hospital");
/// let heading = mapping::heading_of_hl7(mapping::Mappings::embedded(), &profile, &message);
/// assert_eq!((heading.subject.as_str(), heading.contributions.len()), ("42", 0));
/// ```
pub fn heading_of_hl7(
    mappings: &Mappings,
    profile: &FeedProfile,
    message: &hl7v2::Message<'_>,
) -> Mapped {
    read(mappings, profile, message, Wanted::Heading)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    All,
    Heading,
}

fn read(
    mappings: &Mappings,
    profile: &FeedProfile,
    message: &hl7v2::Message<'_>,
    wanted: Wanted,
) -> Mapped {
    let mut mapped = Mapped::default();
    let source = MessageSource::new(message);
    let header = |field, component| {
        let node = source.repetition(0, field, 1)?;
        let node = source.child(node, component)?;
        source.text(node).map(|(text, _)| text.into_owned())
    };
    let type_code = header(9, 1).unwrap_or_default();
    let event = header(9, 2).or_else(|| event_of_segment(&source)).unwrap_or_default();
    mapped.kind = format!("{type_code}^{event}");
    mapped.control_id = header(10, 1).unwrap_or_default();
    let facility = header(4, 1).unwrap_or_default();
    if message.segments().len() > usize::from(u16::MAX) {
        let text = "the message has more than 65,535 segments: split it at the source";
        mapped.issues.push(Issue::error(IssueCode::TooCostly, "message", text));
        return mapped;
    }
    let Some(section) = section_of(mappings, &type_code, &event) else {
        let message = "no rule file has a `message` section for this type: add one or filter it";
        mapped.issues.push(Issue::error(IssueCode::NotSupported, "MSH-9", message));
        return mapped;
    };
    let source = Source::Message(source);
    let mut run = Run::new(&mappings.program, profile, &source);
    run.prepare(&mapped.kind, &facility);
    run.give_text("event", &event);
    run.give_text("type", &type_code);
    run.give_text("control", &mapped.control_id);
    if wanted == Wanted::Heading {
        run.only_heading();
    }
    run.section(&section.body);
    let Source::Message(message) = &source else { return mapped };
    if wanted == Wanted::All {
        mapped.unread = run.unread(message.leaves().into_iter());
    }
    run.finish(&mut mapped);
    mapped
}

/// EVN-1, where MSH-9 names no event.
fn event_of_segment(source: &MessageSource<'_>) -> Option<String> {
    let at = source.segments().iter().position(|segment| segment.name == *b"EVN")?;
    let node = source.repetition(at as u16, 1, 1)?;
    source.text(node).map(|(text, _)| text.into_owned())
}

/// The section for a type: `ADT^A01`, else `ADT`, else `*`.
fn section_of<'m>(mappings: &'m Mappings, type_code: &str, event: &str) -> Option<&'m Section> {
    if type_code.is_empty() {
        return None;
    }
    let exact = format!("{type_code}^{event}");
    let named = |name: &str| {
        mappings.program.messages.iter().find(|section| section.types.iter().any(|t| t == name))
    };
    named(&exact).or_else(|| named(type_code)).or_else(|| named("*"))
}
