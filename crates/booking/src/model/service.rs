//! HealthcareService: one kind of appointment that a practice offers, and its rules.
//! Spec: <https://hl7.org/fhir/R4/healthcareservice.html>, UKCore-HealthcareService.

use fhir::{Element, Issue, Value};

use super::element::{Concept, bare, identity, reference, reference_of, reread, set_first, text};
use super::policy::Policy;

/// A HealthcareService.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Logical id; empty where it has none yet.
    pub id: String,
    /// `active`; absent counts as active.
    pub is_active: bool,
    /// What people call it: `GP appointment`.
    pub name: String,
    /// The practice.
    pub provided_by: Option<String>,
    /// `type[0]`.
    pub service_type: Option<Concept>,
    /// The practice's phone number, from `telecom`.
    pub phone: Option<String>,
    /// Rules of booking.
    pub policy: Policy,
    pub(crate) source: Element,
}

impl Service {
    /// An active service with the cautious policy.
    pub fn new(id: &str, name: &str) -> Service {
        Service {
            id: id.to_owned(),
            is_active: true,
            name: name.to_owned(),
            provided_by: None,
            service_type: None,
            phone: None,
            policy: Policy::default(),
            source: bare("HealthcareService", id),
        }
    }

    /// Reads a HealthcareService.
    pub fn read(value: Value<'_>) -> (Option<Service>, Vec<Issue>) {
        let mut issues = Vec::new();
        let service = identity(value, "HealthcareService", &mut issues).map(|id| Service {
            id,
            is_active: value.get("active").and_then(Value::as_bool).unwrap_or(true),
            name: value.text_of("name").unwrap_or("Appointment").to_owned(),
            provided_by: value.get("providedBy").and_then(reference_of),
            service_type: value.all("type").next().map(Concept::read),
            phone: value
                .all("telecom")
                .find(|telecom| telecom.text_of("system") == Some("phone"))
                .and_then(|telecom| telecom.text_of("value"))
                .map(str::to_owned),
            policy: Policy::read(value, &mut issues),
            source: Element::from(value),
        });
        (service, issues)
    }

    /// Reference to this service.
    pub fn reference(&self) -> String {
        format!("HealthcareService/{}", self.id)
    }

    /// The resource, with only what changed since it was read written anew.
    pub fn to_element(&self) -> Element {
        let mut out = self.source.clone();
        let was = reread(&self.source, |value| Service::read(value).0);
        let is_new = self.source.get("name").is_none();
        let was = was.unwrap_or_else(|| Service::new(&self.id, &self.name));
        out.set("id", text(self.id.as_str()));
        if self.id.is_empty() {
            out.remove("id");
        }
        if was.is_active != self.is_active || is_new {
            out.set("active", Element::Bool(self.is_active));
        }
        if was.name != self.name || is_new {
            out.set("name", text(self.name.as_str()));
        }
        if was.provided_by != self.provided_by {
            let practice = self.provided_by.as_deref().map(reference);
            super::element::set(&mut out, "providedBy", practice);
        }
        if was.service_type != self.service_type {
            set_first(&mut out, "type", self.service_type.as_ref().map(Concept::to_element));
        }
        if was.phone != self.phone {
            write_phone(&mut out, self.phone.as_deref());
        }
        if was.policy != self.policy || is_new {
            self.policy.write(&mut out);
        }
        out
    }
}

/// Changes the first phone among the telecoms and leaves the others.
fn write_phone(out: &mut Element, phone: Option<&str>) {
    let mut telecoms = match out.remove("telecom") {
        Some(Element::Array(items)) => items,
        _ => Vec::new(),
    };
    let is_phone = |item: &Element| item.get("system").and_then(Element::as_str) == Some("phone");
    match (telecoms.iter().position(is_phone), phone) {
        (Some(at), Some(phone)) => telecoms[at].set("value", text(phone)),
        (Some(at), None) => drop(telecoms.remove(at)),
        (None, Some(phone)) => telecoms
            .push(super::element::object([("system", text("phone")), ("value", text(phone))])),
        (None, None) => {}
    }
    if !telecoms.is_empty() {
        out.set("telecom", Element::Array(telecoms));
    }
}
