//! Between which of its dates a resource is of care: what `start` and `end` are compared with.
//! Spec: <https://hl7.org/fhir/R4/patient-operation-everything.html>: they relate to the dates of
//! care, not of records.
//!
//! To add a type, add its search parameters to [`CARE`].

use ::search::{Comparison, DateRange, Expression, ParameterId, Predicate, Prefix};
use definitions::{Definitions, ParameterKind};
use fhir::{PartialDate, ResourceType};

/// Types whose care has a beginning and an end of other names than `date`: what begins without an
/// end goes on. A type that is not here has its `date`, and without one is always of care.
const CARE: [(&str, &str, &str); 34] = [
    ("AdverseEvent", "date", "date"),
    ("AllergyIntolerance", "onset", ""),
    ("Basic", "created", "created"),
    ("Claim", "created", "created"),
    ("ClaimResponse", "created", "created"),
    ("Communication", "sent", "received"),
    ("CommunicationRequest", "authored", "authored"),
    ("Condition", "onset-date", "abatement-date"),
    ("CoverageEligibilityRequest", "created", "created"),
    ("CoverageEligibilityResponse", "created", "created"),
    ("DetectedIssue", "identified", "identified"),
    ("DeviceRequest", "authored-on", "authored-on"),
    ("DocumentManifest", "created", "created"),
    ("ExplanationOfBenefit", "created", "created"),
    ("Flag", "date", "date"),
    ("Goal", "start-date", "target-date"),
    ("ImagingStudy", "started", "started"),
    ("ImmunizationEvaluation", "date", "date"),
    ("Invoice", "date", "date"),
    ("MeasureReport", "period", "period"),
    ("Media", "created", "created"),
    ("MedicationAdministration", "effective-time", "effective-time"),
    ("MedicationDispense", "whenprepared", "whenhandedover"),
    ("MedicationRequest", "authoredon", "authoredon"),
    ("MedicationStatement", "effective", "effective"),
    ("MolecularSequence", "", ""),
    ("NutritionOrder", "datetime", "datetime"),
    ("Provenance", "recorded", "recorded"),
    ("QuestionnaireResponse", "authored", "authored"),
    ("ServiceRequest", "authored", "authored"),
    ("Specimen", "collected", "collected"),
    ("SupplyDelivery", "", ""),
    ("Task", "authored-on", "modified"),
    // A date of these is one of birth or of the record, not of care.
    ("Person", "", ""),
];

/// That a resource of a type is of care at some time from `start` to `end`.
pub(super) fn of_care(
    definitions: &Definitions,
    resource_type: ResourceType,
    start: Option<PartialDate>,
    end: Option<PartialDate>,
) -> Expression {
    let named = CARE.iter().find(|(name, ..)| *name == resource_type.as_str());
    let (begins, ends) = named.map_or(("date", "date"), |(_, begins, ends)| (*begins, *ends));
    // What has no such date is not outside.
    let not = |code: &str, prefix: Prefix, date: PartialDate| {
        let parameter = definitions.search_parameter(resource_type, code);
        let parameter = parameter.filter(|parameter| parameter.kind == ParameterKind::Date)?;
        let range = DateRange { prefix, low: date.low, high: date.high };
        let predicate = Predicate::Date(range);
        let comparison = Comparison { parameter: ParameterId(parameter.id), predicate };
        Some(Expression::Not(Box::new(Expression::Compare(comparison))))
    };
    let after_start = start.and_then(|start| not(ends, Prefix::Eb, start));
    let before_end = end.and_then(|end| not(begins, Prefix::Sa, end));
    Expression::And(after_start.into_iter().chain(before_end).collect())
}

#[cfg(test)]
mod tests {
    use definitions::ParameterKind;

    use super::CARE;

    #[test]
    fn each_type_and_parameter_is_known() {
        let definitions = definitions::embedded();
        for (name, begins, ends) in CARE {
            let resource_type = definitions.resource_type(name).expect(name);
            for code in [begins, ends].into_iter().filter(|code| !code.is_empty()) {
                let parameter = definitions.search_parameter(resource_type, code);
                let kind = parameter.map(|parameter| parameter.kind);
                assert_eq!(kind, Some(ParameterKind::Date), "{name} {code}");
            }
        }
    }
}
