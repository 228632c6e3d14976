//! An AuditEvent from a request. Spec: <https://hl7.org/fhir/R4/auditevent.html>.

use std::collections::BTreeSet;

use access::{Caller, Who};
use fhir::{Element, ResourceId, format_instant};

use super::Look;
use crate::linking::CARELOOM_SYSTEM;

/// People that one event names; a request that showed more has several pages, each an event.
const PATIENTS_MAX: usize = 1_000;
const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const PURPOSE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const ENTITY_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
/// The extension that says for whose record, where the one who looks acts for another.
const NETWORK_IP: &str = "2";

pub(super) fn of(
    caller: &Caller,
    look: &Look,
    patients: &BTreeSet<ResourceId>,
    id: &str,
    now: i64,
) -> Element {
    let outcome = match look.status {
        ..400 => "0",
        400..500 => "4",
        _ => "8",
    };
    let mut event = vec![
        ("resourceType", Element::string("AuditEvent")),
        ("id", Element::string(id)),
        ("type", coding(EVENT_TYPE, "rest")),
        ("subtype", Element::Array(vec![coding(INTERACTION, &look.interaction)])),
        ("action", Element::string(look.action.to_string())),
        ("recorded", Element::string(format_instant(now))),
        ("outcome", Element::string(outcome)),
    ];
    if let Some(reason) = &look.reason {
        event.push(("outcomeDesc", Element::string(reason.clone())));
    }
    let purpose = object(vec![("coding", Element::Array(vec![coding(PURPOSE, caller.purpose)]))]);
    event.push(("purposeOfEvent", Element::Array(vec![purpose])));
    event.push(("agent", Element::Array(agents(caller, look))));
    let observer = object(vec![("display", Element::string("Careloom"))]);
    event.push(("source", object(vec![("observer", observer)])));
    event.push(("entity", Element::Array(entities(look, patients))));
    object(event)
}

/// Who asked, and the app that asked for them.
fn agents(caller: &Caller, look: &Look) -> Vec<Element> {
    let mut agent = Vec::new();
    match &caller.who {
        Who::Staff(staff) => {
            let role = coding(CARELOOM_SYSTEM, staff.role.as_str());
            let role = vec![
                ("coding", Element::Array(vec![role])),
                (
                    "text",
                    Element::string(format!("{}, {}", staff.role.card().words, staff.organisation)),
                ),
            ];
            agent.push(("role", Element::Array(vec![object(role)])));
            let who = format!("Practitioner/{}", staff.practitioner);
            agent.push((
                "who",
                object(vec![
                    ("reference", Element::string(who)),
                    ("display", Element::string(staff.name.to_string())),
                ]),
            ));
            agent.push(("altId", Element::string(staff.account.to_string())));
            agent.push(("name", Element::string(staff.name.to_string())));
        }
        Who::Citizen(citizen) => {
            // A Person, since whichever Patient stood here would make it a look at that record.
            let who = format!("Person/{}", citizen.person);
            agent.push((
                "who",
                object(vec![(
                    "identifier",
                    object(vec![
                        ("system", Element::string("urn:careloom:person")),
                        ("value", Element::string(who)),
                    ]),
                )]),
            ));
            agent.push(("altId", Element::string(citizen.account.to_string())));
            let is_own = citizen.person == citizen.subject;
            let name = if is_own { "the person themselves" } else { "a carer or trusted person" };
            agent.push(("name", Element::string(name)));
        }
        Who::Service { client } => agent.push(("name", Element::string(client.to_string()))),
        Who::Operator => agent.push(("name", Element::string("the operator of the server"))),
        Who::Careloom => agent.push(("name", Element::string("Careloom"))),
        Who::Nobody => agent.push(("name", Element::string("nobody who has signed in"))),
    }
    agent.push(("requestor", Element::Bool(true)));
    if let Some(from) = &look.from {
        agent.push((
            "network",
            object(vec![
                ("address", Element::string(from.clone())),
                ("type", Element::string(NETWORK_IP)),
            ]),
        ));
    }
    let mut agents = vec![object(agent)];
    if let Some(app) = &caller.app {
        agents.push(object(vec![
            ("altId", Element::string(app.client.to_string())),
            ("name", Element::string(app.client.to_string())),
            ("requestor", Element::Bool(false)),
        ]));
    }
    agents
}

/// Whose records, and the address that was asked.
fn entities(look: &Look, patients: &BTreeSet<ResourceId>) -> Vec<Element> {
    let patient = |id: &ResourceId| {
        let reference = Element::string(format!("Patient/{id}"));
        object(vec![
            ("what", object(vec![("reference", reference)])),
            ("type", coding(ENTITY_TYPE, "1")),
            ("role", coding(ENTITY_ROLE, "1")),
        ])
    };
    let mut entities: Vec<Element> = patients.iter().take(PATIENTS_MAX).map(patient).collect();
    entities.push(object(vec![
        ("type", coding(ENTITY_TYPE, "2")),
        ("name", Element::string(look.address.clone())),
    ]));
    entities
}

pub(super) fn coding(system: &str, code: &str) -> Element {
    object(vec![("system", Element::string(system)), ("code", Element::string(code))])
}

pub(super) fn object(members: Vec<(&str, Element)>) -> Element {
    Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}
