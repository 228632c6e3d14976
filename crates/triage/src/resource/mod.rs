//! Triage as FHIR resources: the questions, the answers, and what is handed over with a booking.
//!
//! - [`questionnaire`]: a version of a topic as a Questionnaire.
//! - [`response`] and [`read_response`]: a session as a QuestionnaireResponse, and back again, so
//!   that what is stored replays.
//! - [`summary`], [`facts`], [`window`]: text, codes and time for a booking or referral, so that
//!   nobody asks twice.
//!
//! Spec: <https://hl7.org/fhir/R4/questionnaire.html>, <https://hl7.org/fhir/R4/questionnaireresponse.html>;
//! BaRS carries the codes in `CarePlan.activity.outcomeCodeableConcept`. To add a fact, add it to
//! `handover`.

mod handover;
mod questionnaire;
mod response;
mod response_read;

use fhir::Element;

pub use handover::{facts, summary, window};
pub use questionnaire::{questionnaire, questionnaire_url};
pub use response::response;
pub use response_read::read_response;

/// Code systems of dispositions: of Pathways, and ours for codes that are ours alone.
pub(crate) const DX_SYSTEMS: [&str; 2] =
    ["https://fhir.nhs.uk/CodeSystem/pathways-dx-codes", "urn:careloom:triage:disposition"];
const SG_SYSTEMS: [&str; 2] =
    ["https://fhir.nhs.uk/CodeSystem/pathways-sg-codes", "urn:careloom:triage:symptom-group"];
const SD_SYSTEMS: [&str; 2] = [
    "https://fhir.nhs.uk/CodeSystem/pathways-sd-codes",
    "urn:careloom:triage:symptom-discriminator",
];
/// The session behind a QuestionnaireResponse: person, versions, answers taken back.
const SESSION: &str = "urn:careloom:triage:session";
/// Code system of a topic's answers; the topic's id follows.
const ANSWERS: &str = "urn:careloom:triage:answer:";

pub(crate) fn object<const N: usize>(members: [(&str, Element); N]) -> Element {
    Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

pub(crate) fn array(items: impl IntoIterator<Item = Element>) -> Element {
    Element::Array(items.into_iter().collect())
}

pub(crate) fn coding(system: &str, code: &str, display: Option<&str>) -> Element {
    let mut made = object([("system", Element::string(system)), ("code", Element::string(code))]);
    if let Some(display) = display {
        made.set("display", Element::string(display));
    }
    made
}

pub(crate) fn concept<const N: usize>(codings: [Element; N], text: Option<&str>) -> Element {
    let mut made = object([("coding", array(codings))]);
    if let Some(text) = text {
        made.set("text", Element::string(text));
    }
    made
}

/// A code in the system of Pathways where it has its form, else in ours.
fn in_system(systems: [&'static str; 2], prefix: &str, code: &str) -> &'static str {
    let digits = code.strip_prefix(prefix).unwrap_or("");
    let is_theirs = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    systems[usize::from(!is_theirs)]
}

pub(crate) fn dx_coding(code: &str) -> Element {
    coding(in_system(DX_SYSTEMS, "Dx", code), code, None)
}
