//! Which bytes of a message the values of a booking came from.

use ::booking::bars::Received;
use fhir::{Element, Tree, Value};
use store::{ItemId, Lineage, LineageEntry};

/// Where the values of an Appointment stand in the message.
const OF_APPOINTMENT: [&str; 6] =
    ["start", "end", "description", "comment", "reasonCode", "serviceType"];

/// The origin of an Appointment that a message made or changed.
pub(super) fn of_appointment(message: &Tree, item: ItemId, at: i64) -> Option<Lineage> {
    let entry =
        entry_of(message, |resource| resource.text_of("resourceType") == Some("Appointment"))?;
    Some(lineage(entry, &OF_APPOINTMENT, (item, at), "bars/appointment@1"))
}

/// The origin of a Patient that a message brought.
pub(super) fn of_patient(
    message: &Tree,
    received: &Received,
    item: ItemId,
    at: i64,
) -> Option<Lineage> {
    let is_it = |resource: Value<'_>| {
        resource.text_of("resourceType") == Some("Patient")
            && Element::from(resource) == received.patient
    };
    let names = ["identifier", "name", "telecom", "gender", "birthDate", "address"];
    Some(lineage(entry_of(message, is_it)?, &names, (item, at), "bars/patient@1"))
}

fn entry_of<'t>(message: &'t Tree, is_it: impl Fn(Value<'t>) -> bool) -> Option<Value<'t>> {
    message.root().all("entry").filter_map(|entry| entry.get("resource")).find(|one| is_it(*one))
}

fn lineage(resource: Value<'_>, names: &[&str], (item, at): (ItemId, i64), rule: &str) -> Lineage {
    let entry = |(path, value): (String, Value<'_>)| {
        let span = value.span();
        Some(LineageEntry {
            path,
            item,
            start: u32::try_from(span.start).ok()?,
            end: u32::try_from(span.end).ok()?,
            locator: value.expression(),
            rule: format!("{rule}#{}", value.name()),
        })
    };
    let mut entries = Vec::new();
    for name in names {
        let Some(member) = resource.get(name) else { continue };
        let all: Vec<(String, Value<'_>)> = match member.kind() {
            fhir::Kind::Array => {
                let each = resource.all(name).enumerate();
                each.map(|(index, value)| (format!("{name}[{index}]"), value)).collect()
            }
            _ => vec![((*name).to_owned(), member)],
        };
        entries.extend(all.into_iter().filter_map(entry));
    }
    Lineage { item, event_time: at, entries }
}
