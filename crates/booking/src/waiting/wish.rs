//! What a person on the waiting list can take, and what is offered to them now.
//!
//! Kept on the Appointment as extensions; an empty list of a kind means that any will do.
//! To add a wish: a field, a part in `read` and `to_element`, a line in [`Wish::admits`].

use fhir::{Element, Issue, Value};
use jiff::Timestamp;
use jiff::civil::{Time, Weekday};

use crate::model::element::{
    complex, doubt, number, object, part_instant, part_number, parts, reference, reference_of,
    simple, text, value_of,
};
use crate::model::{Mode, Session, Slot, urls};
use crate::zone;

/// Days of the week as FHIR writes them.
const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "mon"),
    (Weekday::Tuesday, "tue"),
    (Weekday::Wednesday, "wed"),
    (Weekday::Thursday, "thu"),
    (Weekday::Friday, "fri"),
    (Weekday::Saturday, "sat"),
    (Weekday::Sunday, "sun"),
];

/// A day's code, <http://hl7.org/fhir/days-of-week>.
pub(crate) fn day_code(day: Weekday) -> &'static str {
    DAYS.iter().find(|(known, _)| *known == day).map_or("mon", |(_, code)| code)
}

/// The day with this code.
pub(crate) fn day_of_code(code: &str) -> Option<Weekday> {
    DAYS.iter().find(|(_, known)| *known == code).map(|(day, _)| *day)
}

/// What a person can take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// References of HealthcareServices.
    pub services: Vec<String>,
    /// How to meet.
    pub modes: Vec<Mode>,
    /// References of Practitioners.
    pub clinicians: Vec<String>,
    /// Days of the week.
    pub days: Vec<Weekday>,
    /// Times of day, from (inclusive) to (exclusive), in wall time.
    pub times: Vec<(Time, Time)>,
    /// Not before.
    pub earliest: Option<Timestamp>,
    /// Not after.
    pub latest: Option<Timestamp>,
    /// How long before the start the person must be told.
    pub notice_minutes: u32,
}

impl Wish {
    pub(crate) fn read(of: Value<'_>, issues: &mut Vec<Issue>) -> Wish {
        let references = |name: &str| {
            of.all("extension")
                .filter(|part| part.text_of("url") == Some(name))
                .filter_map(|part| value_of(part).and_then(reference_of))
                .collect()
        };
        let mut times = Vec::new();
        for part in of.all("extension").filter(|part| part.text_of("url") == Some("time")) {
            let time = |name| crate::model::element::part(part, name)?.parse::<Time>().ok();
            match (time("from"), time("to")) {
                (Some(from), Some(to)) if from < to => times.push((from, to)),
                _ => issues.push(doubt(part, "a time of day needs from and to, from before to")),
            }
        }
        Wish {
            services: references("service"),
            modes: parts(of, "mode").iter().filter_map(|code| Mode::parse(code)).collect(),
            clinicians: references("clinician"),
            days: parts(of, "day").iter().filter_map(|code| day_of_code(code)).collect(),
            times,
            earliest: part_instant(of, "earliest", issues),
            latest: part_instant(of, "latest", issues),
            notice_minutes: part_number(of, "noticeMinutes", issues).unwrap_or(0),
        }
    }

    pub(crate) fn to_element(&self) -> Element {
        let mut all = Vec::new();
        let links = [("service", &self.services), ("clinician", &self.clinicians)];
        for (name, references) in links {
            all.extend(references.iter().map(|to| simple(name, "valueReference", reference(to))));
        }
        all.extend(self.modes.iter().map(|m| simple("mode", "valueCode", text(m.as_str()))));
        all.extend(self.days.iter().map(|d| simple("day", "valueCode", text(day_code(*d)))));
        for (from, to) in &self.times {
            let time = |at: &Time| text(at.strftime("%H:%M:%S").to_string());
            let both =
                vec![simple("from", "valueTime", time(from)), simple("to", "valueTime", time(to))];
            all.push(complex("time", both));
        }
        for (name, at) in [("earliest", self.earliest), ("latest", self.latest)] {
            if let Some(at) = at {
                all.push(simple(name, "valueInstant", text(zone::local_text(at))));
            }
        }
        let notice = number(self.notice_minutes.into());
        all.push(simple("noticeMinutes", "valueUnsignedInt", notice));
        complex(urls::WISH, all)
    }

    /// Earliest and latest, where both are said: `Appointment.requestedPeriod`.
    pub(crate) fn requested_period(&self) -> Option<(Timestamp, Timestamp)> {
        self.earliest.zip(self.latest).filter(|(earliest, latest)| earliest < latest)
    }

    /// Whether the person can take this slot, told at `now`.
    pub fn admits(&self, slot: &Slot, session: &Session, now: Timestamp) -> bool {
        let among = |list: &[String], is: Option<&String>| {
            list.is_empty() || is.is_some_and(|is| list.contains(is))
        };
        let wall = zone::wall(slot.start);
        let mode = slot.mode.or(session.mode);
        among(&self.services, session.service.as_ref())
            && among(&self.clinicians, session.practitioner.as_ref())
            && (self.modes.is_empty() || mode.is_some_and(|mode| self.modes.contains(&mode)))
            && (self.days.is_empty() || self.days.contains(&wall.weekday()))
            && (self.times.is_empty()
                || self.times.iter().any(|(from, to)| (*from..*to).contains(&wall.time())))
            && self.earliest.is_none_or(|earliest| slot.start >= earliest)
            && self.latest.is_none_or(|latest| slot.end <= latest)
            && zone::plus_minutes(now, self.notice_minutes.into()) <= slot.start
    }
}

/// A slot that is offered to one person for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Reference of the slot.
    pub slot: String,
    /// First moment at which the offer is over.
    pub until: Timestamp,
}

impl Offer {
    pub(crate) fn to_element(&self) -> Element {
        let until = text(zone::local_text(self.until));
        let parts = vec![
            simple("slot", "valueReference", reference(&self.slot)),
            simple("until", "valueInstant", until),
        ];
        object([("url", text(urls::OFFER)), ("extension", Element::Array(parts))])
    }
}
