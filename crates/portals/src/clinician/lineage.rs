//! Lineage: one value, led back step by step to the bytes that it came from.

use crate::components::banner::PatientBanner;
use crate::components::evidence::Evidence;
use crate::components::moment::Moment;
use crate::components::source::Source;
use crate::components::tag::Tag;
use crate::layout::Layout;
use askama::Template;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "clinician/lineage.html")]
pub struct LineagePage {
    /// The frame.
    pub layout: Layout,
    /// Whose record it is; `None` for what is about nobody, as a ward.
    pub banner: Option<PatientBanner>,
    /// The value as it is shown in the record.
    pub value: String,
    /// The element, as `Patient.birthDate`.
    pub path: String,
    /// What the element is called in plain words, as `Date of birth`; may be the path again.
    pub name: String,
    /// The resource it stands in, as `Patient/123`, with the version number.
    pub resource: String,
    /// The address of the resource over FHIR.
    pub resource_href: String,
    /// The address where the entry is hidden from its person; empty where the reader does not do that.
    pub hide_href: String,
    /// The version of the resource.
    pub version: String,
    /// Each message that gave this value, newest first; an empty list means made here.
    pub origins: Vec<Origin>,
    /// How the record came to belong to this person.
    pub matched: Option<MatchDecision>,
    /// What the validator said of the resource; empty where nothing is wrong.
    pub findings: Vec<Finding>,
    /// The other elements of the same resource that have lineage.
    pub others: Vec<OtherElement>,
}

/// One message that gave a value.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The system.
    pub source: Source,
    /// The feed by name.
    pub feed: String,
    /// The page of the feed.
    pub feed_href: String,
    /// How the message came, as `HL7 v2 over MLLP`.
    pub protocol: String,
    /// The message in words, as `ADT^A01, control id 0042`.
    pub message: String,
    /// The page of the message in the ledger.
    pub message_href: String,
    /// When the bytes were stored.
    pub received: Moment,
    /// Where in the message: `PID-7, date/time of birth`, `line 12, column 4 (dob)`, a JSON path.
    pub place: String,
    /// First byte and the byte after the last.
    pub bytes: (usize, usize),
    /// The rule that read it.
    pub rule: String,
    /// The rule file.
    pub mapping: String,
    /// The version of the rule file.
    pub mapping_version: String,
    /// What the rule made of the text where it changed it, as `19570327 became 1957-03-27`.
    pub change: String,
    /// The bytes with the place highlighted.
    pub evidence: Evidence,
    /// The parts of the segment, row or object that the place stands in.
    pub fields: Vec<Field>,
}

/// One part of a segment or row.
#[derive(Clone, Debug)]
pub struct Field {
    /// Where it stands, as `PID-7`.
    pub position: String,
    /// What the standard or the header calls it.
    pub name: String,
    /// Its text as it stands.
    pub text: String,
    /// Whether the value came from it.
    pub marked: bool,
}

/// How a system's record came to belong to a person.
#[derive(Clone, Debug)]
pub struct MatchDecision {
    /// What was decided and by whom, as `Linked automatically`.
    pub words: String,
    /// When.
    pub at: Moment,
    /// The grounds, one sentence each.
    pub grounds: Vec<String>,
    /// The page where the link can be seen and undone.
    pub href: Option<String>,
}

/// What the validator said.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How bad it is.
    pub severity: Tag,
    /// Where.
    pub path: String,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Another element of the same resource.
#[derive(Clone, Debug)]
pub struct OtherElement {
    /// Its path.
    pub path: String,
    /// Its value.
    pub value: String,
    /// Its lineage.
    pub href: String,
    /// Whether it is the one shown.
    pub current: bool,
}
