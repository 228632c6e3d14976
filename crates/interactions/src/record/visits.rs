//! Encounter and Appointment → where and with whom.

use fhir::Value;

use super::words::{Context, first_when, join, said, status_of, when};
use super::{Detail, Said, When};
use crate::record::entry::Draft;

/// One place within a stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Ward, room and bed.
    pub name: Said,
    /// Since when.
    pub from: Option<When>,
    /// Until when.
    pub to: Option<When>,
    /// Whether the person is there now.
    pub current: bool,
}

/// The words for the classes of HL7 v3 `ActCode`.
fn class_words(code: &str) -> Option<&'static str> {
    Some(match code {
        "IMP" | "ACUTE" | "NONAC" => "Inpatient stay",
        "EMER" => "Emergency attendance",
        "AMB" => "Visit",
        "HH" => "Home visit",
        "VR" => "Phone or video contact",
        "OBSENC" => "Observation stay",
        "PRENC" => "Planned admission",
        "SS" => "Day case",
        "FLD" => "Visit outside",
        _ => return None,
    })
}

pub(super) fn encounter(context: &Context, root: Value<'_>) -> Draft {
    let class = root.get("class").and_then(|class| {
        let words = class.text_of("code").and_then(class_words).map(|words| said(words, "class"));
        words.or_else(|| context.coding(class, "class"))
    });
    let kind = context.first_concept(root, "type");
    let service = context.first_concept(root, "serviceType");
    let mut title = kind.or(class).unwrap_or_else(|| said("Stay or visit", ""));
    if let Some(service) = &service {
        title.text = format!("{}, {}", title.text, service.text);
    }
    let mut facts = Vec::new();
    let mut fact = |name, said: Option<Said>| facts.extend(said.map(|said| (name, said)));
    fact("Reason", context.first_concept(root, "reasonCode"));
    fact("With", context.first_reference(root, "participant", "individual"));
    fact("Provider", context.first_reference(root, "serviceProvider", ""));
    if let Some(stay) = root.get("hospitalization") {
        let concept = |name: &str| context.concept(stay.get(name)?, &join("hospitalization", name));
        fact("Admitted from", concept("admitSource"));
        fact("Discharged to", concept("dischargeDisposition"));
    }
    Draft {
        title: Some(title),
        when: first_when(root, &["period.start", "period.end"]),
        until: when(root, "period.end"),
        status: status_of(root, "status").into_iter().collect(),
        facts,
        ..Draft::new(Detail::Encounter(places(context, root)))
    }
}

fn places(context: &Context, root: Value<'_>) -> Vec<Place> {
    let finished =
        matches!(root.text_of("status"), Some("finished" | "cancelled" | "entered-in-error"));
    let mut places: Vec<Place> = root
        .all("location")
        .enumerate()
        .filter_map(|(index, place)| {
            let path = format!("location[{index}]");
            let (start, end) = (format!("{path}.period.start"), format!("{path}.period.end"));
            let to = when(root, &end);
            let left = place.text_of("status") == Some("completed") || to.is_some();
            Some(Place {
                name: context.reference(place.get("location")?, &join(&path, "location"))?,
                from: when(root, &start),
                current: !finished && !left,
                to,
            })
        })
        .collect();
    places.sort_by_key(|place| place.from.as_ref().and_then(|from| from.at));
    places
}

pub(super) fn appointment(context: &Context, root: Value<'_>) -> Draft {
    let title = root
        .text_of("description")
        .map(|text| said(text, "description"))
        .or_else(|| context.first_concept(root, "serviceType"))
        .or_else(|| context.first_concept(root, "appointmentType"))
        .or_else(|| context.first_concept(root, "specialty"));
    let mut facts = Vec::new();
    for (index, participant) in root.all("participant").enumerate() {
        let Some(actor) = participant.get("actor") else { continue };
        let target = actor.text_of("reference").unwrap_or("");
        let name = match target.split('/').next() {
            Some("Patient") => continue,
            Some("Location" | "HealthcareService") => "Where",
            _ => "With",
        };
        facts.extend(
            context
                .reference(actor, &format!("participant[{index}].actor"))
                .map(|said| (name, said)),
        );
    }
    facts.extend(context.first_concept(root, "specialty").map(|said| ("Specialty", said)));
    facts.extend(context.first_concept(root, "reasonCode").map(|said| ("Reason", said)));
    facts.extend(
        context.first_concept(root, "cancelationReason").map(|said| ("Cancelled because", said)),
    );
    let status = root.text_of("status").unwrap_or("");
    let booked = matches!(
        status,
        "booked" | "pending" | "proposed" | "arrived" | "checked-in" | "waitlist" | ""
    );
    Draft {
        title,
        when: when(root, "start"),
        until: when(root, "end"),
        status: status_of(root, "status").into_iter().collect(),
        facts,
        notes: root.text_of("comment").map(str::to_owned).into_iter().collect(),
        ..Draft::new(Detail::Appointment { booked })
    }
}
