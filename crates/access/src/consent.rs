//! What people have agreed to, as far as access goes: Consent resources read into values.
//!
//! A Consent of Careloom's has one category of [`SYSTEM`]; those of other kinds are kept, and change
//! nothing here. Only active ones count. To add a kind: a variant of [`Agreed`], its code in [`read`],
//! its writer beside it, its row in `docs/security.md`. Spec: <https://hl7.org/fhir/R4/consent.html>.

use definitions::Definitions;
use fhir::{Element, ResourceId, ResourceType, Tree, Value};

use crate::caller::RecordLevel;
use crate::filter::PATIENT;

/// The system of the categories.
pub const SYSTEM: &str = "urn:careloom:consent";
/// The system of record levels.
pub const LEVELS: &str = "urn:careloom:record-level";
/// The system of what a proxy may do besides reading.
pub const ACTIONS: &str = "urn:careloom:proxy-action";
/// The extension that holds why an entry is hidden.
const REASON: &str = "urn:careloom:reason";
/// Resources that one Consent may hide.
pub const HIDDEN_MAX: usize = 1_000;

/// One Consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The patient whose record it is about.
    pub patient: ResourceId,
    /// The day that it was agreed on, `2026-01-31`; empty where it does not say.
    pub on: String,
    /// What was agreed.
    pub agreed: Agreed,
}

/// What was agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreed {
    /// The source of this patient's record shows the person so much of it.
    Level(RecordLevel),
    /// Somebody acts for the person.
    Proxy(Proxy),
    /// Organisations other than those that made a part of the record do not see it.
    NoSharing,
    /// The record serves the person's care only, neither research nor planning.
    NoResearch,
    /// These are not shown to the person, nor to who acts for them.
    Hidden(Vec<HiddenEntry>),
}

/// An entry that is hidden from its person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiddenEntry {
    /// Its type.
    pub resource_type: ResourceType,
    /// Its id.
    pub id: ResourceId,
    /// Why, for staff: its person does not read it.
    pub reason: String,
}

/// Somebody who acts for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// One of their own Patient resources: a Consent cannot name a Person.
    pub delegate: ResourceId,
    /// How much of the record they see.
    pub level: RecordLevel,
    /// Whether they book and cancel appointments.
    pub may_book: bool,
    /// The last day, `2026-12-31`; empty where it goes on.
    pub until: String,
}

impl Agreed {
    /// The code of its category.
    pub fn code(&self) -> &'static str {
        match self {
            Agreed::Level(_) => "record-level",
            Agreed::Proxy(_) => "proxy",
            Agreed::NoSharing => "no-sharing",
            Agreed::NoResearch => "no-research",
            Agreed::Hidden(_) => "hidden",
        }
    }
}

/// What a Consent agrees; nothing where it is not active, or of a kind that changes nothing here.
pub fn read(definitions: &Definitions, consent: &Tree) -> Option<Agreement> {
    let root = consent.root();
    if root.text_of("resourceType") != Some("Consent") || root.text_of("status") != Some("active") {
        return None;
    }
    let categories = root.all("category").flat_map(|category| category.all("coding"));
    let codes: Vec<&str> = categories
        .filter(|coding| coding.text_of("system") == Some(SYSTEM))
        .filter_map(|coding| coding.text_of("code"))
        .collect();
    // One that says two things at once is nothing that this program wrote.
    let [code] = codes.as_slice() else { return None };
    let provision = root.get("provision");
    let agreed = match *code {
        "record-level" => Agreed::Level(level(provision?)?),
        "proxy" => Agreed::Proxy(proxy(provision?)?),
        "no-sharing" => Agreed::NoSharing,
        "no-research" => Agreed::NoResearch,
        "hidden" => Agreed::Hidden(hidden(definitions, provision?)),
        _ => return None,
    };
    let on = root.text_of("dateTime").unwrap_or("");
    Some(Agreement {
        patient: reference(root.at("patient.reference")?, PATIENT)?,
        on: on.get(..10).unwrap_or("").to_owned(),
        agreed,
    })
}

fn level(provision: Value<'_>) -> Option<RecordLevel> {
    let mut codings = provision.all("code").flat_map(|code| code.all("coding"));
    let coding = codings.find(|coding| coding.text_of("system") == Some(LEVELS))?;
    RecordLevel::parse(coding.text_of("code")?)
}

fn proxy(provision: Value<'_>) -> Option<Proxy> {
    let mut actions = provision.all("action").flat_map(|action| action.all("coding"));
    Some(Proxy {
        delegate: reference(provision.at("actor[0].reference.reference")?, PATIENT)?,
        level: level(provision)?,
        may_book: actions.any(|coding| {
            coding.text_of("system") == Some(ACTIONS) && coding.text_of("code") == Some("book")
        }),
        until: provision.at("period.end").and_then(Value::as_str).unwrap_or("").to_owned(),
    })
}

fn hidden(definitions: &Definitions, provision: Value<'_>) -> Vec<HiddenEntry> {
    let data = provision.all("data").filter_map(|data| {
        let (name, id) = data.at("reference.reference")?.as_str()?.split_once('/')?;
        let mut extensions = data.all("extension");
        let reason = extensions.find(|extension| extension.text_of("url") == Some(REASON));
        Some(HiddenEntry {
            resource_type: definitions.resource_type(name)?,
            id: ResourceId::parse(id)?,
            reason: reason.and_then(|r| r.text_of("valueString")).unwrap_or("").to_owned(),
        })
    });
    data.take(HIDDEN_MAX).collect()
}

fn reference(value: Value<'_>, resource_type: ResourceType) -> Option<ResourceId> {
    let (name, id) = value.as_str()?.split_once('/')?;
    (name == resource_type.as_str()).then(|| ResourceId::parse(id)).flatten()
}

/// A Consent that says this, active since a moment (a FHIR instant); `by` is who wrote it down.
pub fn written(id: &ResourceId, agreement: &Agreement, at: &str, by: &str) -> Element {
    let permits = matches!(agreement.agreed, Agreed::Level(_) | Agreed::Proxy(_));
    let scope = concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy");
    let rule = if permits { "OPTIN" } else { "OPTOUT" };
    object(vec![
        ("resourceType", Element::string("Consent")),
        ("id", Element::string(id.as_str())),
        ("status", Element::string("active")),
        ("scope", scope),
        ("category", Element::Array(vec![concept(SYSTEM, agreement.agreed.code())])),
        ("patient", refers(PATIENT, &agreement.patient)),
        ("dateTime", Element::string(at)),
        ("performer", Element::Array(vec![object(vec![("display", Element::string(by))])])),
        ("policyRule", concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", rule)),
        ("provision", provision(&agreement.agreed, permits)),
    ])
}

fn provision(agreed: &Agreed, permits: bool) -> Element {
    let mut members = vec![("type", Element::string(if permits { "permit" } else { "deny" }))];
    match agreed {
        Agreed::Level(level) => members.push(("code", level_code(*level))),
        Agreed::Proxy(proxy) => {
            if !proxy.until.is_empty() {
                let end = Element::string(proxy.until.as_str());
                members.push(("period", object(vec![("end", end)])));
            }
            let role = concept("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "DELEGATEE");
            let actor =
                object(vec![("role", role), ("reference", refers(PATIENT, &proxy.delegate))]);
            members.push(("actor", Element::Array(vec![actor])));
            if proxy.may_book {
                members.push(("action", Element::Array(vec![concept(ACTIONS, "book")])));
            }
            members.push(("code", level_code(proxy.level)));
        }
        Agreed::NoSharing | Agreed::NoResearch => {}
        Agreed::Hidden(resources) if resources.is_empty() => {}
        Agreed::Hidden(resources) => {
            let data = resources.iter().map(|entry| {
                let reference = refers(entry.resource_type, &entry.id);
                let meaning = Element::string("instance");
                let mut members = Vec::new();
                if !entry.reason.is_empty() {
                    let reason = object(vec![
                        ("url", Element::string(REASON)),
                        ("valueString", Element::string(entry.reason.as_str())),
                    ]);
                    members.push(("extension", Element::Array(vec![reason])));
                }
                members.extend([("meaning", meaning), ("reference", reference)]);
                object(members)
            });
            members.push(("data", Element::Array(data.collect())));
        }
    }
    object(members)
}

fn level_code(level: RecordLevel) -> Element {
    Element::Array(vec![concept(LEVELS, level.as_str())])
}

fn concept(system: &str, code: &str) -> Element {
    let coding = object(vec![("system", Element::string(system)), ("code", Element::string(code))]);
    object(vec![("coding", Element::Array(vec![coding]))])
}

fn refers(resource_type: ResourceType, id: &ResourceId) -> Element {
    object(vec![("reference", Element::string(format!("{resource_type}/{id}")))])
}

fn object(members: Vec<(&str, Element)>) -> Element {
    Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}
