//! Messages in: a Bundle taken apart and checked, before anything is decided.

use fhir::{Element, IssueCode, Reference, ReferenceKind, Value};

use super::TargetIdentifier;
use super::error::{BarsCode, BarsError, bad_request};
use super::headers::is_uuid;
use super::names::{self, Reason};
use crate::model::element::reference_of;
use crate::model::{Appointment, urls};

/// A booking request that was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// The MessageHeader's id: seen before means processed before.
    pub header_id: String,
    /// Why it was sent.
    pub reason: Reason,
    /// The service that it is for.
    pub destination: TargetIdentifier,
    /// The service that it comes from.
    pub source: TargetIdentifier,
    /// The sender's name.
    pub sender_name: String,
    /// The sender's ODS code.
    pub sender_ods_code: Option<String>,
    /// The Appointment as it was sent.
    pub appointment: Appointment,
    /// Ids of our slots, in the order of the Appointment.
    pub slot_ids: Vec<String>,
    /// The Patient as it was sent.
    pub patient: Element,
    /// The Patient's NHS number, unchecked: published examples hold ones that cannot be.
    pub nhs_number: Option<String>,
}

/// An answer to one of our messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The header that it answers; `None` where the answer does not say.
    pub answers: Option<String>,
    /// Whether it was accepted.
    pub is_ok: bool,
    /// The id that the booking has at the receiver: keep both.
    pub appointment_id: Option<String>,
}

/// Most entries of a Bundle.
const ENTRIES_MAX: usize = 200;

/// A message Bundle whose first entry is a MessageHeader.
struct Envelope<'t> {
    entries: Vec<(Option<&'t str>, Value<'t>)>,
    header: Value<'t>,
}

impl<'t> Envelope<'t> {
    fn open(bundle: Value<'t>) -> Result<Envelope<'t>, BarsError> {
        if bundle.text_of("resourceType") != Some("Bundle") {
            return Err(bad_request(IssueCode::Structure, "expected a Bundle"));
        }
        if bundle.text_of("type") != Some("message") {
            return Err(bad_request(IssueCode::Value, "Bundle.type: expected message"));
        }
        if bundle.all("entry").nth(ENTRIES_MAX).is_some() {
            return Err(bad_request(IssueCode::Invalid, "Bundle.entry: more than 200 entries"));
        }
        let entries: Vec<_> = bundle
            .all("entry")
            .filter_map(|entry| Some((entry.text_of("fullUrl"), entry.get("resource")?)))
            .collect();
        let Some((_, header)) = entries
            .first()
            .filter(|(_, first)| first.text_of("resourceType") == Some("MessageHeader"))
        else {
            let words = "Bundle.entry[0]: expected a MessageHeader";
            return Err(bad_request(IssueCode::Required, words));
        };
        Ok(Envelope { header: *header, entries })
    }

    /// The header's id, or the UUID that it travels under.
    fn header_id(&self) -> Result<String, BarsError> {
        let of_url = self.entries.first().and_then(|(url, _)| url.as_deref());
        let of_url = of_url.and_then(|url| url.strip_prefix("urn:uuid:"));
        match self.header.text_of("id").or(of_url).filter(|id| is_uuid(id)) {
            Some(id) => Ok(id.to_ascii_lowercase()),
            None => Err(bad_request(
                IssueCode::Required,
                "MessageHeader.id: missing or no UUID; it is needed to know a message again",
            )),
        }
    }

    /// What a reference leads to inside the Bundle.
    fn resolve(&self, reference: &str, resource_type: &str) -> Option<Value<'t>> {
        let is_it = |resource: &Value<'_>| resource.text_of("resourceType") == Some(resource_type);
        let by_url = self.entries.iter().find(|(url, _)| url.as_deref() == Some(reference));
        if let Some((_, resource)) = by_url {
            return Some(*resource).filter(is_it);
        }
        let id = crate::model::reference_id(reference, resource_type)?;
        let mut all = self.entries.iter().map(|(_, resource)| *resource);
        all.find(|resource| is_it(resource) && resource.text_of("id") == Some(id))
    }

    /// The event's code. Published examples carry other systems for it, so the code counts.
    fn event(&self) -> Option<&'t str> {
        self.header.get("eventCoding")?.text_of("code")
    }

    fn endpoint(&self, path: &str) -> Result<TargetIdentifier, BarsError> {
        let endpoint = self.header.at(path).and_then(Value::as_str);
        endpoint.and_then(TargetIdentifier::of_endpoint).ok_or_else(|| {
            let words = format!("MessageHeader.{path}: expected system|id of a service");
            bad_request(IssueCode::Value, words)
        })
    }

    fn focus(&self) -> Result<Value<'t>, BarsError> {
        let mut all = self.header.all("focus");
        let (first, second) = (all.next().and_then(reference_of), all.next());
        let found = first.and_then(|reference| self.resolve(&reference, "Appointment"));
        match (found, second) {
            (Some(found), None) => Ok(found),
            (_, Some(_)) => Err(bad_request(
                IssueCode::Invariant,
                "MessageHeader.focus: a booking message is about one Appointment",
            )),
            (None, None) => Err(bad_request(
                IssueCode::Required,
                "MessageHeader.focus: expected an Appointment of the Bundle",
            )),
        }
    }
}

/// Takes a booking request apart. `own` says whether a service is one of ours; `is_known` whether
/// a header's id was processed before.
pub fn receive(
    bundle: Value<'_>,
    own: impl Fn(&TargetIdentifier) -> bool,
    is_known: impl Fn(&str) -> bool,
) -> Result<Received, BarsError> {
    let envelope = Envelope::open(bundle)?;
    let header_id = envelope.header_id()?;
    if envelope.event() != Some(names::BOOKING_REQUEST) {
        let words = "MessageHeader.eventCoding: only booking-request is taken here";
        return Err(bad_request(IssueCode::NotSupported, words));
    }
    if is_known(&header_id) {
        return Err(BarsError::already_processed());
    }
    let reason = envelope
        .header
        .at("reason.coding[0].code")
        .and_then(Value::as_str)
        .and_then(Reason::parse)
        .ok_or_else(|| {
            bad_request(IssueCode::Value, "MessageHeader.reason: expected new, update or delete")
        })?;
    let destination = envelope.endpoint("destination[0].endpoint")?;
    if !own(&destination) {
        let words = "MessageHeader.destination: no such service here";
        return Err(BarsError::new(BarsCode::RecNotFound, IssueCode::NotFound, words));
    }
    let source = envelope.endpoint("source.endpoint")?;
    let focus = envelope.focus()?;
    let (appointment, issues) = Appointment::read(focus);
    let Some(appointment) = appointment else {
        let issue = issues.first();
        let words = issue.map_or_else(String::new, |issue| {
            format!("{}: {}", issue.expression.as_deref().unwrap_or(""), issue.message)
        });
        return Err(bad_request(issue.map_or(IssueCode::Invalid, |issue| issue.code), words));
    };
    let patient = patient(&envelope, &appointment)?;
    let sender = envelope.header.get("sender").and_then(reference_of);
    let sender = sender.and_then(|reference| envelope.resolve(&reference, "Organization"));
    let name = sender.and_then(|sender| sender.text_of("name"));
    let name = name.or_else(|| envelope.header.get("source")?.text_of("name"));
    Ok(Received {
        slot_ids: slot_ids(&envelope, &appointment)?,
        nhs_number: identifier(patient, urls::NHS_NUMBER),
        patient: Element::from(patient),
        sender_name: name.unwrap_or("").to_owned(),
        sender_ods_code: sender.and_then(|sender| identifier(sender, urls::ODS)),
        header_id,
        reason,
        destination,
        source,
        appointment,
    })
}

fn patient<'t>(envelope: &Envelope<'t>, appointment: &Appointment) -> Result<Value<'t>, BarsError> {
    let mut all = appointment
        .participants
        .iter()
        .filter_map(|participant| envelope.resolve(&participant.actor, "Patient"));
    // The published example refers to the Patient by an NHS number that no entry has as its id;
    // the Bundle's only Patient is then the one.
    let mut only = envelope
        .entries
        .iter()
        .map(|(_, resource)| *resource)
        .filter(|resource| resource.text_of("resourceType") == Some("Patient"));
    let found = match (all.next(), only.next(), only.next()) {
        (Some(named), ..) => Some(named),
        (None, Some(one), None) => Some(one),
        _ => None,
    };
    found.ok_or_else(|| {
        let words = "Appointment.participant: expected a Patient of the Bundle";
        bad_request(IssueCode::Required, words)
    })
}

/// Our slots by their ids: named directly, or through a Slot of the Bundle.
fn slot_ids(envelope: &Envelope<'_>, appointment: &Appointment) -> Result<Vec<String>, BarsError> {
    let id_of = |reference: &String| {
        if let Some(slot) = envelope.resolve(reference, "Slot") {
            // Published requests leave the Slot's id out and carry it in the URN alone.
            let of_urn = reference.strip_prefix("urn:uuid:");
            return slot.text_of("id").or(of_urn).map(str::to_owned);
        }
        match Reference::parse(reference).kind {
            ReferenceKind::Uri | ReferenceKind::Contained(_) => None,
            _ => crate::model::reference_id(reference, "Slot").map(str::to_owned),
        }
    };
    let ids: Option<Vec<String>> = appointment.slots.iter().map(id_of).collect();
    match ids {
        Some(ids) if !ids.is_empty() => Ok(ids),
        _ => Err(bad_request(
            IssueCode::Required,
            "Appointment.slot: expected slots of this service",
        )),
    }
}

/// An identifier's value; systems are compared without regard to case and scheme, and to the
/// spelling of organisation, as senders differ.
fn identifier(of: Value<'_>, system: &str) -> Option<String> {
    let bare = |system: &str| {
        let system = system.to_ascii_lowercase().replace("organisation", "organization");
        let rest = system.strip_prefix("https://").or_else(|| system.strip_prefix("http://"));
        rest.unwrap_or(&system).to_owned()
    };
    let value = of
        .all("identifier")
        .find(|identifier| identifier.text_of("system").map(bare) == Some(bare(system)))
        .and_then(|identifier| identifier.text_of("value"))?;
    let value: String = value.chars().filter(|letter| !letter.is_whitespace()).collect();
    (!value.is_empty()).then_some(value)
}

/// Reads the answer to one of our messages. An answer without `response` is taken as acceptance,
/// as the published example of a synchronous answer has none.
pub fn response(bundle: Value<'_>) -> Result<Response, BarsError> {
    let envelope = Envelope::open(bundle)?;
    if !matches!(envelope.event(), Some(names::BOOKING_RESPONSE | names::BOOKING_REQUEST)) {
        let words = "MessageHeader.eventCoding: expected booking-response";
        return Err(bad_request(IssueCode::NotSupported, words));
    }
    let answer = envelope.header.get("response");
    let is_ok = match answer {
        None => true,
        Some(answer) => match answer.text_of("code") {
            Some("ok") => true,
            Some("transient-error" | "fatal-error") => false,
            _ => {
                let words = "MessageHeader.response.code: expected ok or an error";
                return Err(bad_request(IssueCode::Value, words));
            }
        },
    };
    let focus = envelope.focus().ok();
    Ok(Response {
        answers: answer
            .and_then(|answer| answer.text_of("identifier"))
            .map(str::to_ascii_lowercase),
        is_ok,
        appointment_id: focus.and_then(|focus| focus.text_of("id")).map(str::to_owned),
    })
}
