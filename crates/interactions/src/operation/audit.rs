//! The trail that an erasure leaves: an AuditEvent that says what went, when and how many, and nothing
//! of what it said.
//! Spec: <https://hl7.org/fhir/R4/auditevent.html>.
//!
//! It is written before anything is erased and completed afterwards, so that an erasure that was cut
//! short has left its trail too.

use fhir::{Element, Tree, format_instant};
use store::{Erased, ResourceKey};

use super::table::Operation;
use crate::app::App;
use crate::failure::Failure;
use crate::write::{UpdateTarget, WriteOptions};

/// An erasure that has begun.
pub(super) struct Trail {
    key: ResourceKey,
    operation: &'static Operation,
    what: String,
    recorded: String,
}

impl Trail {
    /// Notes that `what` is about to be erased: `Patient/1`, `Observation`, `everything`.
    pub(super) async fn begin(
        app: &App,
        operation: &'static Operation,
        what: String,
    ) -> Result<Trail, Failure> {
        let resource_type = app.resource_type("AuditEvent")?;
        let key = ResourceKey { resource_type, id: app.ids.next() };
        let recorded = format_instant(app.clock.now());
        let trail = Trail { key, operation, what, recorded };
        trail.write(app, None).await?;
        Ok(trail)
    }

    /// Notes what was erased.
    pub(super) async fn complete(self, app: &App, erased: Erased) -> Result<(), Failure> {
        self.write(app, Some(erased)).await
    }

    async fn write(&self, app: &App, erased: Option<Erased>) -> Result<(), Failure> {
        let body = self.event(erased).to_compact();
        let tree = Tree::parse(&body).map_err(|error| {
            let message = format!("the trail of an erasure could not be written: {error}");
            Failure::plain(crate::Category::Fault, fhir::IssueCode::Exception, message)
        })?;
        let target = UpdateTarget::Id(self.key.id.clone());
        let options = WriteOptions::default();
        app.update(self.key.resource_type, &target, &tree, &options).await.map(|_| ())
    }

    /// What is erased is named, not referred to, so that the trail is in nobody's compartment.
    fn event(&self, erased: Option<Erased>) -> Element {
        let (outcome, words) = match erased {
            Some(_) => ("0", "erased"),
            None => ("4", "the erasure has begun; this stays so if it was cut short"),
        };
        let mut entity = vec![
            (
                "lifecycle",
                coding("http://terminology.hl7.org/CodeSystem/dicom-audit-lifecycle", "14"),
            ),
            ("name", Element::string(self.what.clone())),
        ];
        if let Some(erased) = erased {
            let detail = |name: &str, count: u64| {
                object(vec![
                    ("type", Element::string(name)),
                    ("valueString", Element::string(count.to_string())),
                ])
            };
            let details = vec![
                detail("resources", erased.resources),
                detail("versions", erased.versions),
                detail("items", erased.items),
            ];
            entity.push(("detail", Element::Array(details)));
        }
        let observer = object(vec![("display", Element::string("Careloom"))]);
        let agent = object(vec![
            ("name", Element::string("a client that is not signed in")),
            ("requestor", Element::Bool(true)),
        ]);
        object(vec![
            ("resourceType", Element::string("AuditEvent")),
            ("id", Element::string(self.key.id.as_str())),
            ("type", coding("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest")),
            (
                "subtype",
                Element::Array(vec![coding(
                    "http://hl7.org/fhir/restful-interaction",
                    "operation",
                )]),
            ),
            ("action", Element::string("D")),
            ("recorded", Element::string(self.recorded.clone())),
            ("outcome", Element::string(outcome)),
            ("outcomeDesc", Element::string(format!("{}: {words}", self.operation.code))),
            ("agent", Element::Array(vec![agent])),
            ("source", object(vec![("observer", observer)])),
            ("entity", Element::Array(vec![object(entity)])),
        ])
    }
}

fn coding(system: &str, code: &str) -> Element {
    object(vec![("system", Element::string(system)), ("code", Element::string(code))])
}

fn object(members: Vec<(&str, Element)>) -> Element {
    Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}
