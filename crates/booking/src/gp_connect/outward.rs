//! What consumers are given: profiles and channels under GP Connect's names, nothing of ours.
//!
//! Our own extensions never leave: a hold, a reserve or a list of ODS codes is the practice's.

use fhir::{Element, Value};

use super::names;
use crate::model::element::{object, set, set_extension, simple, text};
use crate::model::{Appointment, Concept, Mode, Session, Slot, urls};
use crate::visibility::Opening;
use crate::zone;

/// A Slot for a consumer; `session` gives the channel where the slot has none.
pub fn outward_slot(slot: &Slot, session: &Session) -> Element {
    let mut out = slot.to_element();
    common(&mut out, names::SLOT_PROFILE, slot.mode.or(session.mode));
    for (name, at) in [("start", slot.start), ("end", slot.end)] {
        out.set(name, text(zone::local_text(at)));
    }
    // An expired hold counts as free, and nobody outside need know of it.
    out.set("status", text("free"));
    out.remove("specialty");
    out
}

/// A Schedule for a consumer.
pub fn outward_schedule(session: &Session) -> Element {
    let mut out = session.to_element();
    common(&mut out, names::SCHEDULE_PROFILE, None);
    out.remove("specialty");
    // Only these may be actors; a HealthcareService is R4's and ours.
    if let Some(Element::Array(actors)) = out.remove("actor") {
        let is_theirs = |actor: &Element| {
            let to = actor.get("reference").and_then(Element::as_str).unwrap_or("");
            ["Practitioner", "Location"]
                .iter()
                .any(|kind| crate::model::reference_id(to, kind).is_some())
        };
        out.set("actor", Element::Array(actors.into_iter().filter(is_theirs).collect()));
    }
    out
}

/// An Appointment for a consumer; `role` is its session's practitioner role.
///
/// The person's own reason is the practice's: GP Connect carries none.
pub fn outward_appointment(appointment: &Appointment, role: Option<&Concept>) -> Element {
    let mut out = appointment.to_element();
    common(&mut out, names::APPOINTMENT_PROFILE, appointment.mode);
    for ours in ["reasonCode", "reasonReference", "specialty", "priority", "requestedPeriod"] {
        out.remove(ours);
    }
    if let Some(Element::Array(mut identifiers)) = out.remove("identifier") {
        let is_ours = |item: &Element| {
            item.get("system").and_then(Element::as_str) == Some(urls::REQUEST_KEY)
        };
        identifiers.retain(|item| !is_ours(item));
        set(
            &mut out,
            "identifier",
            (!identifiers.is_empty()).then_some(Element::Array(identifiers)),
        );
    }
    if let Some(Element::Array(mut all)) = out.remove("participant") {
        let is_service = |item: &Element| {
            let to = item.get("actor").and_then(|actor| actor.get("reference"));
            let to = to.and_then(Element::as_str).unwrap_or("");
            crate::model::reference_id(to, "HealthcareService").is_some()
        };
        all.retain(|item| !is_service(item));
        out.set("participant", Element::Array(all));
    }
    if let Some(role) = role {
        let role = simple(urls::GPC_ROLE, "valueCodeableConcept", role.to_element());
        set_extension(&mut out, urls::GPC_ROLE, Some(role));
    }
    if let Some(reason) = &appointment.cancel_reason {
        // R4's element does not exist on STU3: the words go into the extension.
        out.remove("cancelationReason");
        let words = reason.words().unwrap_or("Cancelled");
        let reason = simple(urls::GPC_CANCEL_REASON, "valueString", text(words));
        set_extension(&mut out, urls::GPC_CANCEL_REASON, Some(reason));
    }
    out
}

fn common(out: &mut Element, profile: &str, mode: Option<Mode>) {
    let mut meta = out.remove("meta").unwrap_or_else(Element::object);
    meta.set("profile", Element::Array(vec![text(profile)]));
    out.set("meta", meta);
    Mode::write(None, out);
    if let Some(Element::Array(mut all)) = out.remove("extension") {
        let url = |item: &Element| item.get("url").and_then(Element::as_str).map(str::to_owned);
        all.retain(|item| url(item).is_none_or(|url| !url.starts_with(urls::OURS)));
        set(out, "extension", (!all.is_empty()).then_some(Element::Array(all)));
    }
    if let Some(mode) = mode {
        let channel = simple(urls::GPC_CHANNEL, "valueCode", text(mode.as_str()));
        set_extension(out, urls::GPC_CHANNEL, Some(channel));
    }
}

/// The searchset of a slot search: Slots, their Schedules once each, and what else was asked for
/// (`others`, read by the caller).
pub fn search_bundle(found: &[&Opening<'_>], others: &[Value<'_>]) -> Element {
    let entry = |resource: Element, mode: &str| {
        object([("resource", resource), ("search", object([("mode", text(mode))]))])
    };
    let mut entries: Vec<Element> = found
        .iter()
        .map(|opening| entry(outward_slot(opening.slot, opening.session), "match"))
        .collect();
    let mut told: Vec<&str> = Vec::new();
    for opening in found {
        if !told.contains(&opening.session.id.as_str()) {
            told.push(&opening.session.id);
            entries.push(entry(outward_schedule(opening.session), "include"));
        }
    }
    entries.extend(others.iter().map(|value| entry(Element::from(*value), "include")));
    let mut bundle = object([("resourceType", text("Bundle")), ("type", text("searchset"))]);
    bundle.set("total", crate::model::element::number(found.len() as i64));
    if !entries.is_empty() {
        bundle.set("entry", Element::Array(entries));
    }
    bundle
}
