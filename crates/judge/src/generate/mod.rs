//! Random worlds and random searches of them, the same for the same seed.
//!
//! A world is small and its values are few, so that they collide; a search takes its values from the
//! world and then changes some, so that it finds something about as often as it just misses.
//!
//! To add a type: a function that makes its members, its arm in [`resource`], and a row in
//! `vocabulary::TYPES`.

mod care;
mod feature;
mod filter;
mod knowledge;
mod operand;
mod people;
mod prng;
mod search;
mod value;
mod vocabulary;

use fhir::Element;

use crate::world::Key;

pub use feature::{Feature, Features};
pub use prng::Prng;
pub use search::search;

/// A random key of one of the types.
pub fn key(prng: &mut Prng) -> Key {
    let total = vocabulary::TYPES.iter().map(|(_, weight)| weight).sum();
    let mut left = prng.below(total);
    let mut name = vocabulary::TYPES[0].0;
    for (each, weight) in vocabulary::TYPES {
        name = each;
        if left < weight {
            break;
        }
        left -= weight;
    }
    (vocabulary::resource_type(name), prng.id().to_owned())
}

/// A random resource with this key.
pub fn resource(prng: &mut Prng, key: &Key) -> Element {
    let name = key.0.as_str();
    let make = match name {
        "Patient" => people::patient,
        "Practitioner" => people::practitioner,
        "PractitionerRole" => people::practitioner_role,
        "Organization" => people::organization,
        "Location" => people::location,
        "Group" => people::group,
        "Encounter" => care::encounter,
        "Condition" => care::condition,
        "Observation" => care::observation,
        "DiagnosticReport" => care::diagnostic_report,
        "Medication" => care::medication,
        "MedicationRequest" => care::medication_request,
        "ServiceRequest" => care::service_request,
        "RiskAssessment" => care::risk_assessment,
        "Appointment" => care::appointment,
        "ChargeItem" => care::charge_item,
        "List" => knowledge::list,
        "Questionnaire" => knowledge::questionnaire,
        "QuestionnaireResponse" => knowledge::questionnaire_response,
        _ => knowledge::value_set,
    };
    let mut members = vec![
        ("resourceType", Some(value::text(name))),
        ("id", Some(value::text(&key.1))),
        ("meta", prng.maybe(40, Prng::meta)),
        ("text", prng.maybe(30, Prng::narrative)),
    ];
    members.extend(make(prng));
    value::object(members)
}
