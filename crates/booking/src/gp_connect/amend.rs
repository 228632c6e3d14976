//! Amend and cancel: what may differ between what stands and what is sent.
//!
//! What stands is compared as the consumer was given it ([`super::outward_appointment`]), so that
//! what never left cannot be missing.

use fhir::{Element, Value, VersionId};
use jiff::Timestamp;

use super::appointment::check_texts;
use super::error::{SpineCode, SpineError, bad_request, invalid_resource};
use super::outward::outward_appointment;
use crate::desk::freed;
use crate::model::element::{extension, set_extension, value_of};
use crate::model::{Appointment, AppointmentStatus, Concept, Slot, urls};

/// An appointment that was changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The appointment.
    pub appointment: Appointment,
    /// The slots that come free.
    pub slots: Vec<Slot>,
}

/// Changes `description` and `comment`, and nothing else.
pub fn amend(
    current: (&Appointment, VersionId),
    role: Option<&Concept>,
    sent: Value<'_>,
    if_match: Option<&str>,
    now: Timestamp,
) -> Result<Changed, SpineError> {
    let appointment = current.0;
    check_current(current, if_match, now)?;
    if sent.text_of("status") != Some("booked") {
        return invalid_resource("Appointment.status: an amendment leaves it booked");
    }
    check_texts(sent)?;
    check_same(&outward_appointment(appointment, role), sent, &["description", "comment"])?;
    let mut changed = appointment.clone();
    changed.description = sent.text_of("description").map(str::to_owned);
    changed.comment = sent.text_of("comment").map(str::to_owned);
    Ok(Changed { appointment: changed, slots: Vec::new() })
}

/// Cancels, for a reason that is given, for good.
pub fn cancel(
    current: (&Appointment, VersionId),
    role: Option<&Concept>,
    slots: &[Slot],
    sent: Value<'_>,
    if_match: Option<&str>,
    now: Timestamp,
) -> Result<Changed, SpineError> {
    let appointment = current.0;
    check_current(current, if_match, now)?;
    if sent.text_of("status") != Some("cancelled") {
        return invalid_resource("Appointment.status: a cancellation sets it to cancelled");
    }
    let reason = extension(sent, urls::GPC_CANCEL_REASON)
        .and_then(value_of)
        .and_then(Value::as_str)
        .filter(|reason| !reason.trim().is_empty());
    let Some(reason) = reason else {
        return invalid_resource("Appointment.extension: the cancellation reason is missing");
    };
    check_same(&outward_appointment(appointment, role), sent, &["status"])?;
    let mut changed = appointment.clone();
    changed.status = AppointmentStatus::Cancelled;
    changed.cancel_reason = Some(Concept::text(reason));
    Ok(Changed { slots: freed(appointment, slots, now), appointment: changed })
}

fn check_current(
    (appointment, version): (&Appointment, VersionId),
    if_match: Option<&str>,
    now: Timestamp,
) -> Result<(), SpineError> {
    let Some(if_match) = if_match else {
        return bad_request("If-Match: missing; send the ETag that the appointment was read with");
    };
    let Some(tags) = fhir::EntityTags::parse(if_match) else {
        return bad_request("If-Match: expected an entity tag such as W/\"1\"");
    };
    if !tags.name(version) {
        let words = "If-Match: the appointment has changed since it was read; read it again";
        return Err(SpineError::new(SpineCode::VersionConflict, words));
    }
    if appointment.status == AppointmentStatus::Cancelled {
        return invalid_resource("Appointment.status: it is cancelled, which is for good");
    }
    if appointment.status != AppointmentStatus::Booked {
        return invalid_resource("Appointment.status: it is no longer booked");
    }
    if appointment.start.is_none_or(|start| start <= now) {
        return invalid_resource("Appointment.start: it has begun or is over");
    }
    Ok(())
}

/// Members that a consumer need not send back as they were.
const NOT_COMPARED: [&str; 4] = ["meta", "text", "implicitRules", "language"];

fn check_same(stands: &Element, sent: Value<'_>, may_differ: &[&str]) -> Result<(), SpineError> {
    let comparable = |mut element: Element| {
        for name in NOT_COMPARED.iter().chain(may_differ) {
            element.remove(name);
        }
        // It is what a cancellation adds; on a booked appointment there is none to compare.
        set_extension(&mut element, urls::GPC_CANCEL_REASON, None);
        element
    };
    let (stands, sent) = (comparable(stands.clone()), comparable(Element::from(sent)));
    let (Element::Object(a), Element::Object(b)) = (&stands, &sent) else {
        return bad_request("expected an Appointment");
    };
    let names = a.iter().chain(b).map(|(name, _)| name);
    for name in names {
        let is_same = match (stands.get(name), sent.get(name)) {
            (Some(a), Some(b)) => same(name, a, b),
            (a, b) => a == b,
        };
        if !is_same {
            return invalid_resource(format!("Appointment.{name}: must not change"));
        }
    }
    Ok(())
}

/// Equal as JSON; times may be written with another offset, extensions stand in another order.
fn same(name: &str, a: &Element, b: &Element) -> bool {
    let instant = |element: &Element| element.as_str().and_then(crate::zone::read_instant);
    if matches!(name, "start" | "end" | "created") {
        return instant(a).is_some() && instant(a) == instant(b);
    }
    let tree = |element: &Element| fhir::Tree::parse(&element.to_compact()).ok();
    let (Some(a), Some(b)) = (tree(a), tree(b)) else { return false };
    if name == "extension" {
        let (a, b) = (a.root(), b.root());
        return a.items().count() == b.items().count()
            && a.items().all(|item| b.items().any(|other| other == item));
    }
    a.root() == b.root()
}
