//! Schedule: one session of one clinician on one day.
//! Spec: <https://hl7.org/fhir/R4/schedule.html>, UKCore-Schedule, GPConnect-Schedule-1.

use fhir::{Element, Issue, Value};
use jiff::Timestamp;
use jiff::civil::Date;

use super::element::{
    Concept, bare, complex, extension, identity, instant, part, period, reference, reference_of,
    reread, set_extension, set_first, simple, text, value_of,
};
use super::slot::Mode;
use super::{reference_id, urls};
use crate::zone;

/// The template and the day that a session was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateMark {
    /// The template's key.
    pub template: String,
    /// The civil day.
    pub date: Date,
}

/// A Schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Logical id; empty where it has none yet.
    pub id: String,
    /// `active`: whether it is published. Absent counts as published, as FHIR has no default.
    pub is_published: bool,
    /// The HealthcareService among the actors.
    pub service: Option<String>,
    /// The Practitioner among the actors.
    pub practitioner: Option<String>,
    /// The Location among the actors.
    pub location: Option<String>,
    /// The practitioner's role (GP Connect).
    pub role: Option<Concept>,
    /// How people meet.
    pub mode: Option<Mode>,
    /// `serviceCategory[0]`: the session's name.
    pub category: Option<Concept>,
    /// `planningHorizon`.
    pub horizon: Option<(Timestamp, Timestamp)>,
    /// What it was made from.
    pub made_from: Option<TemplateMark>,
    pub(crate) source: Element,
}

impl Session {
    /// A published session without actors.
    pub fn new(id: &str) -> Session {
        Session {
            id: id.to_owned(),
            is_published: true,
            service: None,
            practitioner: None,
            location: None,
            role: None,
            mode: None,
            category: None,
            horizon: None,
            made_from: None,
            source: bare("Schedule", id),
        }
    }

    /// Reads a Schedule.
    pub fn read(value: Value<'_>) -> (Option<Session>, Vec<Issue>) {
        let mut issues = Vec::new();
        let session = Session::read_into(value, &mut issues);
        (session, issues)
    }

    fn read_into(value: Value<'_>, issues: &mut Vec<Issue>) -> Option<Session> {
        let id = identity(value, "Schedule", issues)?;
        let actor = |resource_type: &str| {
            value
                .all("actor")
                .filter_map(reference_of)
                .find(|reference| reference_id(reference, resource_type).is_some())
        };
        let horizon = value.get("planningHorizon").and_then(|period| {
            let start = instant(period.get("start")?, issues)?;
            let end = instant(period.get("end")?, issues)?;
            (start <= end).then_some((start, end))
        });
        Some(Session {
            id,
            is_published: value.get("active").and_then(Value::as_bool).unwrap_or(true),
            service: actor("HealthcareService"),
            practitioner: actor("Practitioner"),
            location: actor("Location"),
            role: extension(value, urls::GPC_ROLE).and_then(value_of).map(Concept::read),
            mode: Mode::read(value, issues),
            // STU3 has one, R4 a list: `all` takes both.
            category: value.all("serviceCategory").next().map(Concept::read),
            horizon,
            made_from: extension(value, urls::TEMPLATE_MARK).and_then(|mark| {
                Some(TemplateMark {
                    template: part(mark, "template")?.to_owned(),
                    date: zone::read_date(part(mark, "date")?)?,
                })
            }),
            source: Element::from(value),
        })
    }

    /// Reference to this session.
    pub fn reference(&self) -> String {
        format!("Schedule/{}", self.id)
    }

    /// The resource, with only what changed since it was read written anew.
    pub fn to_element(&self) -> Element {
        let mut out = self.source.clone();
        let is_new = self.source.get("actor").is_none();
        let was = reread(&self.source, |value| Session::read(value).0);
        let was = was.unwrap_or_else(|| Session::new(&self.id));
        out.set("id", text(self.id.as_str()));
        if self.id.is_empty() {
            out.remove("id");
        }
        if was.is_published != self.is_published || is_new {
            out.set("active", Element::Bool(self.is_published));
        }
        self.write_actors(&was, &mut out);
        if was.role != self.role {
            let role = self.role.as_ref().map(Concept::to_element);
            let role = role.map(|role| simple(urls::GPC_ROLE, "valueCodeableConcept", role));
            set_extension(&mut out, urls::GPC_ROLE, role);
        }
        if was.mode != self.mode {
            Mode::write(self.mode, &mut out);
        }
        if was.category != self.category {
            let category = self.category.as_ref().map(Concept::to_element);
            set_first(&mut out, "serviceCategory", category);
        }
        if was.horizon != self.horizon {
            let horizon = self.horizon.map(|(start, end)| period(start, end));
            super::element::set(&mut out, "planningHorizon", horizon);
        }
        if was.made_from != self.made_from {
            let mark = self.made_from.as_ref().map(|mark| {
                let parts = vec![
                    simple("template", "valueString", text(mark.template.as_str())),
                    simple("date", "valueDate", text(mark.date.to_string())),
                ];
                complex(urls::TEMPLATE_MARK, parts)
            });
            set_extension(&mut out, urls::TEMPLATE_MARK, mark);
        }
        out
    }

    fn write_actors(&self, was: &Session, out: &mut Element) {
        let ours = [
            (&was.service, &self.service),
            (&was.practitioner, &self.practitioner),
            (&was.location, &self.location),
        ];
        if ours.iter().all(|(was, is)| was == is) {
            return;
        }
        let mut actors = match out.remove("actor") {
            Some(Element::Array(items)) => items,
            _ => Vec::new(),
        };
        for (was, is) in ours {
            if was == is {
                continue;
            }
            let old = was.as_deref();
            let at = actors.iter().position(|actor| {
                old.is_some() && actor.get("reference").and_then(Element::as_str) == old
            });
            match (at, is) {
                (Some(at), Some(is)) => actors[at] = reference(is),
                (Some(at), None) => drop(actors.remove(at)),
                (None, Some(is)) => actors.push(reference(is)),
                (None, None) => {}
            }
        }
        out.set("actor", Element::Array(actors));
    }
}
