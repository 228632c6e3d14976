//! Messages out: a booking, its change or its end; and the answer to one that came.
//!
//! Every resource travels under a `urn:uuid:` and references inside the message lead there; what
//! the message does not hold is not referred to, and nothing of ours (holds, reserves, policies)
//! leaves. Times are in UTC with an offset.

use fhir::{Element, Value};
use jiff::Timestamp;

use super::headers::is_uuid;
use super::names::{self, Reason};
use super::{Received, TargetIdentifier};
use crate::digest;
use crate::model::element::{object, reference, text};
use crate::model::{Appointment, Service, Session, Slot, urls};
use crate::zone;

/// One end of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The organisation's name.
    pub name: String,
    /// Its ODS code.
    pub ods_code: String,
    /// Its service.
    pub endpoint: TargetIdentifier,
}

/// A booking to send.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The MessageHeader's id, a fresh UUID: the same again only when the same message is sent
    /// again.
    pub header_id: &'a str,
    /// When it is sent.
    pub now: Timestamp,
    /// Why.
    pub reason: Reason,
    /// From.
    pub sender: &'a Party,
    /// To.
    pub receiver: &'a Party,
    /// The booking.
    pub appointment: &'a Appointment,
    /// Its slots.
    pub slots: &'a [Slot],
    /// Their session.
    pub session: &'a Session,
    /// The session's service.
    pub service: &'a Service,
    /// The Patient, and what else the receiver should have (Practitioner, Location).
    pub others: &'a [Value<'a>],
}

/// The Bundle of a booking request.
pub fn request(message: &Message<'_>) -> Element {
    let mut parcel = Parcel::new(message.header_id);
    parcel.add(message.appointment.to_element());
    for slot in message.slots {
        parcel.add(slot.to_element());
    }
    parcel.add(message.session.to_element());
    parcel.add(message.service.to_element());
    for other in message.others {
        parcel.add(Element::from(*other));
    }
    let header = header(message, &mut parcel);
    parcel.bundle(header, message.now)
}

fn header(message: &Message<'_>, parcel: &mut Parcel) -> Element {
    let sender = parcel.organisation(message.sender, "sender");
    let receiver = parcel.organisation(message.receiver, "receiver");
    let focus = parcel.urn("Appointment", &message.appointment.id);
    let mut header = header_of(
        message.header_id,
        names::BOOKING_REQUEST,
        message.reason,
        (&receiver, &message.receiver.endpoint),
        (&sender, message.sender),
    );
    header.set("focus", Element::Array(vec![reference(&focus)]));
    header.set("definition", text(names::REQUEST_DEFINITION));
    with_profile(&mut header, names::REQUEST_PROFILE);
    header
}

/// The Bundle that answers a message: accepted, with the booking as it stands here. `header_id` is
/// a fresh UUID; `own` is this end.
pub fn answer(
    received: &Received,
    appointment: &Appointment,
    header_id: &str,
    own: &Party,
    now: Timestamp,
) -> Element {
    let mut parcel = Parcel::new(header_id);
    parcel.add(appointment.to_element());
    let sender = parcel.organisation(own, "sender");
    let back = Party {
        name: received.sender_name.clone(),
        ods_code: received.sender_ods_code.clone().unwrap_or_default(),
        endpoint: received.source.clone(),
    };
    let receiver = parcel.organisation(&back, "receiver");
    let focus = parcel.urn("Appointment", &appointment.id);
    let mut header = header_of(
        header_id,
        names::BOOKING_RESPONSE,
        received.reason,
        (&receiver, &received.source),
        (&sender, own),
    );
    let response =
        object([("identifier", text(received.header_id.as_str())), ("code", text("ok"))]);
    header.set("response", response);
    header.set("focus", Element::Array(vec![reference(&focus)]));
    header.set("definition", text(names::RESPONSE_DEFINITION));
    with_profile(&mut header, names::RESPONSE_PROFILE);
    parcel.bundle(header, now)
}

fn header_of(
    id: &str,
    event: &str,
    reason: Reason,
    (receiver, endpoint): (&str, &TargetIdentifier),
    (sender, source): (&str, &Party),
) -> Element {
    let coding =
        |system: &str, code: &str| object([("system", text(system)), ("code", text(code))]);
    let destination =
        object([("endpoint", text(endpoint.endpoint())), ("receiver", reference(receiver))]);
    let reason = coding(names::REASONS, reason.as_str());
    object([
        ("resourceType", text("MessageHeader")),
        ("id", text(id)),
        ("eventCoding", coding(names::EVENTS, event)),
        ("destination", Element::Array(vec![destination])),
        ("sender", reference(sender)),
        (
            "source",
            object([
                ("name", text(source.name.as_str())),
                ("software", text("Careloom")),
                ("endpoint", text(source.endpoint.endpoint())),
            ]),
        ),
        ("reason", object([("coding", Element::Array(vec![reason]))])),
    ])
}

fn with_profile(header: &mut Element, profile: &str) {
    header.set("meta", object([("profile", Element::Array(vec![text(profile)]))]));
}

/// Resources on their way into a Bundle, with the URNs that they travel under.
struct Parcel {
    message: String,
    /// (`Type/id`, URN).
    names: Vec<(String, String)>,
    resources: Vec<(String, Element)>,
}

impl Parcel {
    fn new(message: &str) -> Parcel {
        Parcel { message: message.to_owned(), names: Vec::new(), resources: Vec::new() }
    }

    /// The URN of a resource: its id where that is a UUID, as receivers look for their slots so;
    /// otherwise one that is the same for the same message.
    fn urn(&self, resource_type: &str, id: &str) -> String {
        if is_uuid(id) {
            return format!("urn:uuid:{}", id.to_ascii_lowercase());
        }
        let parts = [self.message.as_str(), resource_type, id];
        format!("urn:uuid:{}", digest::id("booking message", &parts))
    }

    fn add(&mut self, resource: Element) {
        let part =
            |name: &str| resource.get(name).and_then(Element::as_str).unwrap_or("").to_owned();
        let (resource_type, id) = (part("resourceType"), part("id"));
        let urn = self.urn(&resource_type, &id);
        if self.resources.iter().any(|(known, _)| *known == urn) {
            return;
        }
        let resource = outward(resource);
        self.names.push((format!("{resource_type}/{id}"), urn.clone()));
        self.resources.push((urn, resource));
    }

    fn organisation(&mut self, party: &Party, role: &str) -> String {
        let id = digest::id("booking message party", &[&self.message, role]);
        let mut organisation = object([
            ("resourceType", text("Organization")),
            ("id", text(id.as_str())),
            ("name", text(party.name.as_str())),
        ]);
        if !party.ods_code.is_empty() {
            let code = ("value", text(party.ods_code.as_str()));
            let identifier = object([("system", text(urls::ODS)), code]);
            organisation.set("identifier", Element::Array(vec![identifier]));
        }
        let urn = format!("urn:uuid:{id}");
        self.resources.push((urn.clone(), organisation));
        urn
    }

    fn bundle(self, header: Element, now: Timestamp) -> Element {
        let Parcel { message, names, mut resources } = self;
        for (_, resource) in &mut resources {
            relink(resource, &names);
            prune(resource);
        }
        let mut entries = vec![(format!("urn:uuid:{message}"), header)];
        entries.append(&mut resources);
        let entries = entries
            .into_iter()
            .map(|(url, resource)| object([("fullUrl", text(url)), ("resource", resource)]))
            .collect();
        let profile = Element::Array(vec![text(names::BUNDLE_PROFILE)]);
        object([
            ("resourceType", text("Bundle")),
            ("id", text(digest::id("booking message bundle", &[&message]))),
            ("meta", object([("profile", profile)])),
            ("type", text("message")),
            ("timestamp", text(zone::utc_text(now))),
            ("entry", Element::Array(entries)),
        ])
    }
}

/// A resource as others are given it: nothing of ours, times in UTC.
pub fn outward(mut resource: Element) -> Element {
    strip_ours(&mut resource);
    in_utc(&mut resource);
    resource
}

/// Takes our own extensions and identifiers out.
fn strip_ours(resource: &mut Element) {
    let is_ours = |item: &Element, name: &str| {
        item.get(name).and_then(Element::as_str).is_some_and(|url| url.starts_with(urls::OURS))
    };
    for (list, name) in [("extension", "url"), ("identifier", "system")] {
        if let Some(Element::Array(mut items)) = resource.remove(list) {
            items.retain(|item| !is_ours(item, name));
            if !items.is_empty() {
                resource.set(list, Element::Array(items));
            }
        }
    }
}

/// BaRS wants times in UTC with an offset.
fn in_utc(resource: &mut Element) {
    for name in ["start", "end", "created"] {
        let at = resource.get(name).and_then(Element::as_str).and_then(zone::read_instant);
        if let Some(at) = at {
            resource.set(name, text(zone::utc_text(at)));
        }
    }
}

/// Turns references to resources of the message into their URNs.
fn relink(element: &mut Element, names: &[(String, String)]) {
    match element {
        Element::Object(members) => {
            for (name, value) in members {
                let urn = value.as_str().filter(|_| &**name == "reference").and_then(|to| {
                    names.iter().find(|(known, _)| known == to).map(|(_, urn)| urn.clone())
                });
                match urn {
                    Some(urn) => *value = text(urn),
                    None => relink(value, names),
                }
            }
        }
        Element::Array(items) => items.iter_mut().for_each(|item| relink(item, names)),
        _ => {}
    }
}

/// Takes out what still refers to a resource that is not in the message, with its participant.
fn prune(element: &mut Element) {
    match element {
        Element::Object(members) => {
            members.retain(|(_, value)| !leads_out(value));
            for (_, value) in members.iter_mut() {
                prune(value);
            }
            members.retain(|(_, value)| *value != Element::Array(Vec::new()));
        }
        Element::Array(items) => {
            items.retain(|item| !leads_out(item) && !item.get("actor").is_some_and(leads_out));
            items.iter_mut().for_each(prune);
        }
        _ => {}
    }
}

/// A reference to `Type/id`, which means nothing to another system.
fn leads_out(value: &Element) -> bool {
    value.get("reference").and_then(Element::as_str).is_some_and(|to| {
        matches!(fhir::Reference::parse(to).kind, fhir::ReferenceKind::Relative { .. })
    })
}
