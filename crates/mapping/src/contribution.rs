//! What mapping one item gives: contributions to resources, traces, issues, unread fields.

use std::sync::Arc;

use fhir::{Element, Issue, ResourceId, ResourceType, Severity};

use crate::fold::Fold;

/// Everything that one message, row or Bundle says.
#[derive(Clone, Debug, Default)]
pub struct Mapped {
    /// The person's local id in the feed: items of one subject are processed in order.
    pub subject: String,
    /// Further persons that the item changes: the record that a merge retires.
    pub other_subjects: Vec<String>,
    /// When it happened at the source, microseconds since 1970; `None` where the item says nothing.
    ///
    /// HL7 and CSV times have seconds; the microseconds within the second hold how long after the
    /// event it was recorded, so that a cancellation follows the event of the same time.
    pub event_time: Option<i64>,
    /// The sender's id for the item: MSH-10, `Bundle.identifier`, the row's key.
    pub control_id: String,
    /// What it is, in the format's words: `ADT^A01`, `Bundle`, `patients`.
    pub kind: String,
    /// The resources that it says something of.
    pub contributions: Vec<Contribution>,
    /// What is wrong or unclear. One error sets the whole item aside.
    pub issues: Vec<Issue>,
    /// Fields with content that no rule read.
    pub unread: Vec<SourceField>,
}

impl Mapped {
    /// Whether a person must look at the item before anything of it is stored.
    pub fn is_set_aside(&self) -> bool {
        self.issues.iter().any(|issue| issue.severity <= Severity::Error)
    }

    /// The sort key that puts items of a subject in the order of events, however they arrived.
    pub fn order_key(&self) -> (i64, &str) {
        (self.event_time.unwrap_or(i64::MAX), &self.control_id)
    }
}

/// What an item says of one resource.
#[derive(Clone, Debug)]
pub struct Contribution {
    /// The resource's type.
    pub resource_type: ResourceType,
    /// The resource's id, made from the system and the source's own key.
    pub id: ResourceId,
    /// The elements that the item gives, as a resource.
    pub element: Element,
    /// Where each value came from.
    pub traces: Vec<Trace>,
    /// How the elements join what is known already.
    pub fold: Fold,
}

/// Where one value of a resource came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The element, as a path from the resource without its type: `name[0].family`.
    pub path: String,
    /// The place in the words of the format: `PID-5.1`, `line 7, column surname`.
    pub locator: String,
    /// First byte in the item.
    pub start: u32,
    /// Just past the last byte.
    pub end: u32,
    /// The rule that read it: `uk-hl7v2@1#patient.name/XPN.family`.
    pub rule: Arc<str>,
}

/// A field of the source with content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceField {
    /// The place in the words of the format.
    pub locator: String,
    /// First byte in the item.
    pub start: u32,
    /// Just past the last byte.
    pub end: u32,
}

/// The logical id of the resource that `system` knows as `key`: the same on every replay.
///
/// ```
/// let first = mapping::resource_id("lvp-hospital", "Patient", "L1");
/// assert_eq!(first, mapping::resource_id("lvp-hospital", "Patient", "L1"));
/// assert_ne!(first, mapping::resource_id("lvp-gp", "Patient", "L1"));
/// ```
pub fn resource_id(system: &str, resource_type: &str, key: &str) -> ResourceId {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    for part in ["careloom", "|", system, "|", resource_type, "|", key] {
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    // Version 8 (custom) and the RFC 9562 variant.
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    ResourceId::from_uuid_bytes(bytes)
}
