//! Slot search in BaRS: `start` twice, statuses in a list, includes that are not known left out of
//! the self link, so that the sender sees what was understood.

use fhir::{Element, IssueCode};
use jiff::Timestamp;

use super::error::{BarsError, bad_request};
use super::send::outward;
use crate::model::element::{number, object, text};
use crate::model::{SlotStatus, reference_id};
use crate::visibility::{Asker, Opening, decide};
use crate::zone;

/// Includes that are answered.
const INCLUDES: [&str; 2] = ["Slot:schedule", "Schedule:actor:HealthcareService"];

/// A search that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotSearch {
    /// Slots begin at this moment or later.
    pub from: Timestamp,
    /// Slots begin at this moment or before.
    pub to: Timestamp,
    /// Whether free slots are asked for.
    pub wants_free: bool,
    /// Whether booked slots are asked for.
    pub wants_busy: bool,
    /// Id of the HealthcareService.
    pub service: String,
    /// The includes that are answered.
    pub includes: Vec<&'static str>,
}

/// Reads the parameters of `GET /Slot`, names and values decoded. Unknown ones are passed over.
pub fn slot_search(parameters: &[(String, String)]) -> Result<SlotSearch, BarsError> {
    let values = |name: &'static str| {
        parameters.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    };
    let bounds: Vec<&str> = values("start").collect();
    let [first, second] = bounds.as_slice() else {
        return Err(required("start: expected twice, once with ge and once with le"));
    };
    let bound = |prefix: &str| {
        let text = first.strip_prefix(prefix).or_else(|| second.strip_prefix(prefix));
        let text = text.ok_or_else(|| required("start: expected one with ge and one with le"))?;
        // A plus that was not encoded arrives as a blank.
        zone::read_instant(&text.replace(' ', "+"))
            .ok_or_else(|| bad_request(IssueCode::Value, "start: expected a time with an offset"))
    };
    let (from, to) = (bound("ge")?, bound("le")?);
    if to < from {
        return Err(bad_request(IssueCode::Value, "start: le comes before ge"));
    }
    let (mut wants_free, mut wants_busy) = (false, false);
    for status in values("status").flat_map(|list| list.split(',')) {
        match SlotStatus::parse(status) {
            Some(SlotStatus::Free) => wants_free = true,
            Some(SlotStatus::Busy) => wants_busy = true,
            // Known, and none of them is ever told.
            Some(_) => {}
            None => {
                return Err(bad_request(IssueCode::Value, "status: no status of a slot"));
            }
        }
    }
    if values("status").next().is_none() {
        return Err(required("status: missing; expected free, or free,busy"));
    }
    let service = values("Schedule.actor:HealthcareService").next().unwrap_or("");
    let service = reference_id(service, "HealthcareService").unwrap_or(service);
    if service.is_empty() {
        return Err(required("Schedule.actor:HealthcareService: missing; it is needed"));
    }
    let asked = |include: &&str| values("_include").any(|value| value == *include);
    Ok(SlotSearch {
        from,
        to,
        wants_free,
        wants_busy,
        service: service.to_owned(),
        includes: INCLUDES.into_iter().filter(asked).collect(),
    })
}

fn required(words: &str) -> BarsError {
    bad_request(IssueCode::Required, words)
}

impl SlotSearch {
    /// The openings that a sender is given, in the order of time: free ones that `asker` can book,
    /// and booked ones to come where they were asked for.
    pub fn select<'a, 'o>(
        &self,
        openings: &'o [Opening<'a>],
        asker: &Asker,
        now: Timestamp,
    ) -> Vec<&'o Opening<'a>> {
        let is_told = |opening: &&Opening<'_>| {
            let slot = opening.slot;
            let is_free = self.wants_free && decide(opening, asker, now).is_bookable();
            let is_busy = self.wants_busy
                && slot.status == SlotStatus::Busy
                && opening.session.is_published
                && slot.start > now;
            is_free || is_busy
        };
        let mut found: Vec<&Opening<'_>> = openings
            .iter()
            .filter(|opening| opening.service.id == self.service)
            .filter(|opening| (self.from..=self.to).contains(&opening.slot.start))
            .filter(is_told)
            .collect();
        found.sort_by(|a, b| (a.slot.start, &a.slot.id).cmp(&(b.slot.start, &b.slot.id)));
        found
    }

    /// The query of `Bundle.link[self]`: only what was understood, values not yet encoded.
    pub fn self_parameters(&self) -> Vec<(&'static str, String)> {
        let statuses = [(self.wants_free, "free"), (self.wants_busy, "busy")];
        let statuses: Vec<&str> =
            statuses.into_iter().filter_map(|(is, name)| is.then_some(name)).collect();
        let mut all = vec![
            ("status", statuses.join(",")),
            ("start", format!("ge{}", zone::utc_text(self.from))),
            ("start", format!("le{}", zone::utc_text(self.to))),
            ("Schedule.actor:HealthcareService", self.service.clone()),
        ];
        all.extend(self.includes.iter().map(|include| ("_include", (*include).to_owned())));
        all
    }

    /// The searchset, with `self_link` made of [`SlotSearch::self_parameters`] by the caller.
    pub fn bundle(&self, found: &[&Opening<'_>], self_link: &str) -> Element {
        let mut entries: Vec<Element> = Vec::new();
        let mut add = |resource: Element, mode: &str| {
            let entry = object([
                ("resource", outward(resource)),
                ("search", object([("mode", text(mode))])),
            ]);
            if !entries.contains(&entry) {
                entries.push(entry);
            }
        };
        for opening in found {
            let mut slot = opening.slot.clone();
            // A hold that ran out counts as free.
            if slot.status == SlotStatus::Tentative {
                slot.status = SlotStatus::Free;
            }
            slot.mode = slot.mode.or(opening.session.mode);
            add(slot.to_element(), "match");
        }
        for opening in found {
            if self.includes.contains(&"Slot:schedule") {
                add(opening.session.to_element(), "include");
            }
            if self.includes.contains(&"Schedule:actor:HealthcareService") {
                add(opening.service.to_element(), "include");
            }
        }
        let link = object([("relation", text("self")), ("url", text(self_link))]);
        let mut bundle = object([
            ("resourceType", text("Bundle")),
            ("type", text("searchset")),
            ("total", number(found.len() as i64)),
            ("link", Element::Array(vec![link])),
        ]);
        if !entries.is_empty() {
            bundle.set("entry", Element::Array(entries));
        }
        bundle
    }
}
