//! Appointment: a booking, or a place on the waiting list (`status` `waitlist`).
//! Spec: <https://hl7.org/fhir/R4/appointment.html>, UKCore-Appointment, GPConnect-Appointment-1.

use fhir::{Element, Issue, IssueCode, Value};
use jiff::Timestamp;

use super::element::{
    Concept, bare, extension, fault, identity, instant, number, object, part_instant, period,
    reference, reference_of, reread, set, set_extension, set_extensions, set_first, simple, text,
    value_of,
};
use super::slot::{Mode, codes};
use super::{reference_id, urls};
use crate::waiting::{Offer, Wish};
use crate::zone;

codes! {
    /// `Appointment.status`.
    AppointmentStatus {
        /// Not agreed.
        Proposed = "proposed",
        /// Some have agreed.
        Pending = "pending",
        /// Agreed.
        Booked = "booked",
        /// The person is here.
        Arrived = "arrived",
        /// It took place.
        Fulfilled = "fulfilled",
        /// It was cancelled.
        Cancelled = "cancelled",
        /// The person did not come.
        NoShow = "noshow",
        /// A mistake.
        EnteredInError = "entered-in-error",
        /// The person is ready.
        CheckedIn = "checked-in",
        /// On the waiting list.
        Waitlist = "waitlist",
    }
}

/// Somebody or something that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Reference of the actor.
    pub actor: String,
    /// `accepted`, `declined`, `tentative`, `needs-action`.
    pub status: String,
}

impl Participant {
    /// One who has accepted.
    pub fn accepted(actor: &str) -> Participant {
        Participant { actor: actor.to_owned(), status: "accepted".to_owned() }
    }
}

/// An Appointment.
#[derive(Clone, Debug, PartialEq)]
pub struct Appointment {
    /// Logical id; empty where it has none yet.
    pub id: String,
    /// Status.
    pub status: AppointmentStatus,
    /// References of its slots, in order.
    pub slots: Vec<String>,
    /// First moment; none on the waiting list.
    pub start: Option<Timestamp>,
    /// First moment after it.
    pub end: Option<Timestamp>,
    /// When it was booked.
    pub created: Option<Timestamp>,
    /// What the practice sees in its book: no clinical detail.
    pub description: Option<String>,
    /// Anything else that the booker said.
    pub comment: Option<String>,
    /// The person's own reason (`reasonCode[0].text`).
    pub reason: Option<String>,
    /// Who takes part.
    pub participants: Vec<Participant>,
    /// `serviceType[0]`.
    pub service_type: Option<Concept>,
    /// How people meet.
    pub mode: Option<Mode>,
    /// Why it was cancelled.
    pub cancel_reason: Option<Concept>,
    /// Key of the request that booked it.
    pub request_key: Option<String>,
    /// Standing on the waiting list, on iCal's scale: 1 comes first, 9 last; 0 and none say nothing.
    pub priority: Option<u32>,
    /// On the waiting list: what the person can take.
    pub wish: Option<Wish>,
    /// On the waiting list: what is offered now.
    pub offer: Option<Offer>,
    /// On the waiting list: references of slots that were offered and not taken.
    pub passed: Vec<String>,
    pub(crate) source: Element,
}

impl Appointment {
    /// An appointment with a status and nothing else.
    pub fn new(id: &str, status: AppointmentStatus) -> Appointment {
        Appointment {
            id: id.to_owned(),
            status,
            slots: Vec::new(),
            start: None,
            end: None,
            created: None,
            description: None,
            comment: None,
            reason: None,
            participants: Vec::new(),
            service_type: None,
            mode: None,
            cancel_reason: None,
            request_key: None,
            priority: None,
            wish: None,
            offer: None,
            passed: Vec::new(),
            source: bare("Appointment", id),
        }
    }

    /// Reads an Appointment; `None` with errors where it has no status or its times are wrong.
    pub fn read(value: Value<'_>) -> (Option<Appointment>, Vec<Issue>) {
        let mut issues = Vec::new();
        let appointment = Appointment::read_into(value, &mut issues);
        (appointment, issues)
    }

    fn read_into(value: Value<'_>, issues: &mut Vec<Issue>) -> Option<Appointment> {
        let id = identity(value, "Appointment", issues)?;
        let status = value.text_of("status").and_then(AppointmentStatus::parse);
        if status.is_none() {
            let at = value.get("status").unwrap_or(value);
            issues.push(fault(at, IssueCode::Value, "status is missing or no appointment status"));
        }
        let before = issues.len();
        let start = value.get("start").and_then(|at| instant(at, issues));
        let end = value.get("end").and_then(|at| instant(at, issues));
        if issues.len() > before {
            return None;
        }
        if start.is_some() != end.is_some() || start.zip(end).is_some_and(|(s, e)| e <= s) {
            let words = "start and end come together, end after start";
            issues.push(fault(value, IssueCode::Invariant, words));
            return None;
        }
        let words = |name: &str| value.text_of(name).map(str::to_owned);
        Some(Appointment {
            id,
            status: status?,
            slots: value.all("slot").filter_map(reference_of).collect(),
            start,
            end,
            created: value.get("created").and_then(Value::as_str).and_then(zone::read_instant),
            description: words("description"),
            comment: words("comment"),
            reason: value
                .at("reasonCode[0]")
                .and_then(|reason| Concept::read(reason).words().map(str::to_owned)),
            participants: value.all("participant").filter_map(read_participant).collect(),
            service_type: value.all("serviceType").next().map(Concept::read),
            mode: Mode::read(value, issues),
            cancel_reason: read_cancel_reason(value),
            request_key: read_request_key(value),
            priority: value.get("priority").and_then(Value::as_number).and_then(|n| n.parse().ok()),
            wish: extension(value, urls::WISH).map(|wish| Wish::read(wish, issues)),
            offer: extension(value, urls::OFFER).and_then(|offer| {
                Some(Offer {
                    slot: value_of(extension(offer, "slot")?).and_then(reference_of)?,
                    until: part_instant(offer, "until", issues)?,
                })
            }),
            passed: value
                .all("extension")
                .filter(|extension| extension.text_of("url") == Some(urls::PASSED))
                .filter_map(|extension| value_of(extension).and_then(reference_of))
                .collect(),
            source: Element::from(value),
        })
    }

    /// Reference to this appointment.
    pub fn reference(&self) -> String {
        format!("Appointment/{}", self.id)
    }

    /// The reference of the first participant of a type.
    pub fn actor(&self, resource_type: &str) -> Option<&str> {
        self.participants
            .iter()
            .map(|participant| participant.actor.as_str())
            .find(|actor| reference_id(actor, resource_type).is_some())
    }

    /// Whether it takes up its slots.
    pub fn is_live(&self) -> bool {
        !matches!(
            self.status,
            AppointmentStatus::Cancelled
                | AppointmentStatus::EnteredInError
                | AppointmentStatus::Waitlist
                | AppointmentStatus::NoShow
        )
    }

    /// The resource, with only what changed since it was read written anew.
    pub fn to_element(&self) -> Element {
        let mut out = self.source.clone();
        let was = reread(&self.source, |value| Appointment::read(value).0);
        let is_new = was.is_none();
        let was = was.unwrap_or_else(|| Appointment::new(&self.id, self.status));
        out.set("id", text(self.id.as_str()));
        if self.id.is_empty() {
            out.remove("id");
        }
        if was.status != self.status || is_new {
            out.set("status", text(self.status.as_str()));
        }
        for (name, was, is) in [
            ("start", was.start, self.start),
            ("end", was.end, self.end),
            ("created", was.created, self.created),
        ] {
            if was != is {
                set(&mut out, name, is.map(|at| text(zone::local_text(at))));
            }
        }
        for (name, was, is) in [
            ("description", &was.description, &self.description),
            ("comment", &was.comment, &self.comment),
        ] {
            if was != is {
                set(&mut out, name, is.as_deref().map(text));
            }
        }
        if was.slots != self.slots {
            let slots = self.slots.iter().map(|slot| reference(slot)).collect::<Vec<_>>();
            set(&mut out, "slot", (!slots.is_empty()).then_some(Element::Array(slots)));
        }
        if was.priority != self.priority {
            set(&mut out, "priority", self.priority.map(|rank| number(rank.into())));
        }
        self.write_concepts(&was, &mut out);
        self.write_ours(&was, &mut out);
        out
    }

    fn write_concepts(&self, was: &Appointment, out: &mut Element) {
        if was.reason != self.reason {
            let reason = self.reason.clone().map(|reason| Concept::text(reason).to_element());
            set_first(out, "reasonCode", reason);
        }
        if was.service_type != self.service_type {
            set_first(out, "serviceType", self.service_type.as_ref().map(Concept::to_element));
        }
        if was.cancel_reason != self.cancel_reason {
            // R4 spells it with one l.
            let reason = self.cancel_reason.as_ref().map(Concept::to_element);
            set(out, "cancelationReason", reason);
            set_extension(out, urls::GPC_CANCEL_REASON, None);
        }
        if was.mode != self.mode {
            Mode::write(self.mode, out);
        }
        if was.participants != self.participants {
            write_participants(&was.participants, &self.participants, out);
        }
    }

    fn write_ours(&self, was: &Appointment, out: &mut Element) {
        if was.request_key != self.request_key {
            let mut identifiers = match out.remove("identifier") {
                Some(Element::Array(items)) => items,
                _ => Vec::new(),
            };
            let is_key = |item: &Element| {
                item.get("system").and_then(Element::as_str) == Some(urls::REQUEST_KEY)
            };
            identifiers.retain(|item| !is_key(item));
            if let Some(key) = &self.request_key {
                let system = ("system", text(urls::REQUEST_KEY));
                identifiers.push(object([system, ("value", text(key.as_str()))]));
            }
            if !identifiers.is_empty() {
                out.set("identifier", Element::Array(identifiers));
            }
        }
        if was.wish != self.wish {
            set_extension(out, urls::WISH, self.wish.as_ref().map(Wish::to_element));
            let period = self.wish.as_ref().and_then(Wish::requested_period);
            let period = period.map(|(start, end)| Element::Array(vec![self::period(start, end)]));
            set(out, "requestedPeriod", period);
        }
        if was.offer != self.offer {
            set_extension(out, urls::OFFER, self.offer.as_ref().map(Offer::to_element));
        }
        if was.passed != self.passed {
            let passed = |to: &String| simple(urls::PASSED, "valueReference", reference(to));
            set_extensions(out, urls::PASSED, self.passed.iter().map(passed).collect());
        }
    }
}

fn read_participant(value: Value<'_>) -> Option<Participant> {
    Some(Participant {
        actor: value.get("actor").and_then(reference_of)?,
        status: value.text_of("status").unwrap_or("needs-action").to_owned(),
    })
}

/// Those that stay keep everything that was said of them.
fn write_participants(was: &[Participant], is: &[Participant], out: &mut Element) {
    let old = match out.remove("participant") {
        Some(Element::Array(items)) => items,
        _ => Vec::new(),
    };
    let actor_of = |item: &Element| {
        item.get("actor")?.get("reference").and_then(Element::as_str).map(str::to_owned)
    };
    let mut all = Vec::new();
    for item in &old {
        let actor = actor_of(item);
        let known = was.iter().any(|w| Some(&w.actor) == actor.as_ref());
        match is.iter().find(|i| Some(&i.actor) == actor.as_ref()) {
            Some(stays) => {
                let mut item = item.clone();
                if item.get("status").and_then(Element::as_str) != Some(&stays.status) {
                    item.set("status", text(stays.status.as_str()));
                }
                all.push(item);
            }
            None if known => {}
            None => all.push(item.clone()),
        }
    }
    for new in is.iter().filter(|i| !was.iter().any(|w| w.actor == i.actor)) {
        let status = ("status", text(new.status.as_str()));
        all.push(object([("actor", reference(&new.actor)), status]));
    }
    if !all.is_empty() {
        out.set("participant", Element::Array(all));
    }
}

fn read_cancel_reason(value: Value<'_>) -> Option<Concept> {
    if let Some(reason) = value.get("cancelationReason") {
        return Some(Concept::read(reason));
    }
    let words = value_of(extension(value, urls::GPC_CANCEL_REASON)?)?.as_str()?;
    Some(Concept::text(words))
}

fn read_request_key(value: Value<'_>) -> Option<String> {
    value
        .all("identifier")
        .find(|identifier| identifier.text_of("system") == Some(urls::REQUEST_KEY))
        .and_then(|identifier| identifier.text_of("value"))
        .map(str::to_owned)
}
