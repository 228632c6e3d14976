//! What a resource type is about, as far as access is concerned.
//!
//! Every type of FHIR R4 has a [`Kind`]; one that is not named here is [`Kind::Clinical`] where it is in
//! the patient compartment and [`Kind::Closed`] where it is not, so that a type nobody thought of is
//! rather hidden than shown.

use definitions::Definitions;
use fhir::ResourceType;

/// What a type is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Who offers care where: organisations, professionals, places, services. Known to everybody who
    /// has signed in.
    Directory,
    /// Facts that belong to nobody: terminology, definitions, medicines as products.
    Knowledge,
    /// Who people are.
    Identity,
    /// Appointments, messages, questionnaires answered before a visit.
    Appointments,
    /// Sessions and slots: seen through the rules of booking only.
    Slots,
    /// Medicines and allergies.
    Medicines,
    /// The rest of the clinical record.
    Clinical,
    /// Care plans, goals, flags, needs.
    Care,
    /// Written-out documents and free text: letters.
    Documents,
    /// Who looked at what.
    Audit,
    /// What people have agreed to.
    Consent,
    /// Nobody's business but the machine's.
    Closed,
}

const KINDS: &[(Kind, &[&str])] = &[
    (
        Kind::Directory,
        &[
            "Organization",
            "Practitioner",
            "PractitionerRole",
            "Location",
            "HealthcareService",
            "Endpoint",
            "OrganizationAffiliation",
            "InsurancePlan",
        ],
    ),
    (
        Kind::Knowledge,
        &[
            "ActivityDefinition",
            "CapabilityStatement",
            "ChargeItemDefinition",
            "CodeSystem",
            "CompartmentDefinition",
            "ConceptMap",
            "EffectEvidenceSynthesis",
            "EventDefinition",
            "Evidence",
            "EvidenceVariable",
            "ExampleScenario",
            "GraphDefinition",
            "ImplementationGuide",
            "Library",
            "Measure",
            "Medication",
            "MedicationKnowledge",
            "MessageDefinition",
            "NamingSystem",
            "ObservationDefinition",
            "OperationDefinition",
            "PlanDefinition",
            "Questionnaire",
            "ResearchDefinition",
            "ResearchElementDefinition",
            "RiskEvidenceSynthesis",
            "SearchParameter",
            "SpecimenDefinition",
            "StructureDefinition",
            "StructureMap",
            "Substance",
            "SubstanceSpecification",
            "TerminologyCapabilities",
            "TestScript",
            "ValueSet",
        ],
    ),
    (Kind::Identity, &["Patient", "Person", "RelatedPerson"]),
    (
        Kind::Appointments,
        &[
            "Appointment",
            "AppointmentResponse",
            "Communication",
            "CommunicationRequest",
            "QuestionnaireResponse",
        ],
    ),
    (Kind::Slots, &["Schedule", "Slot"]),
    (
        Kind::Medicines,
        &[
            "AllergyIntolerance",
            "MedicationAdministration",
            "MedicationDispense",
            "MedicationRequest",
            "MedicationStatement",
        ],
    ),
    (Kind::Care, &["CarePlan", "CareTeam", "Flag", "Goal", "NutritionOrder", "EpisodeOfCare"]),
    (Kind::Documents, &["Composition", "DocumentManifest", "DocumentReference", "Media"]),
    (Kind::Audit, &["AuditEvent", "Provenance"]),
    (Kind::Consent, &["Consent"]),
    (
        Kind::Closed,
        &["Binary", "Task", "Group", "List", "Basic", "Subscription", "Parameters", "Bundle"],
    ),
];

impl Kind {
    /// What the type is about.
    pub fn of(definitions: &Definitions, resource_type: ResourceType) -> Kind {
        let name = resource_type.as_str();
        let named = KINDS.iter().find(|(_, names)| names.contains(&name));
        match named {
            Some((kind, _)) => *kind,
            None if crate::filter::is_of_patients(definitions, resource_type) => Kind::Clinical,
            None => Kind::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{KINDS, Kind};

    #[test]
    fn each_name_is_a_type_and_stands_once() {
        let definitions = definitions::embedded();
        let mut seen = BTreeSet::new();
        for name in KINDS.iter().flat_map(|(_, names)| names.iter()) {
            assert!(definitions.resource_type(name).is_some(), "{name}");
            assert!(seen.insert(name), "{name} stands twice");
        }
        assert!(seen.len() > 60, "{}", seen.len());
    }

    /// What nobody named: a person's own where the compartment says so, else nobody's.
    #[test]
    fn what_nobody_named_is_shut_or_a_persons_own() {
        let definitions = definitions::embedded();
        let is_named = |name: &str| KINDS.iter().any(|(_, names)| names.contains(&name));
        let (mut clinical, mut closed) = (Vec::new(), Vec::new());
        for &resource_type in definitions.resource_types() {
            if is_named(resource_type.as_str()) {
                continue;
            }
            match Kind::of(definitions, resource_type) {
                Kind::Clinical => clinical.push(resource_type.as_str()),
                Kind::Closed => closed.push(resource_type.as_str()),
                other => panic!("{} is {other:?}", resource_type.as_str()),
            }
        }
        for own in ["Observation", "Condition", "ImagingStudy", "MolecularSequence", "Claim"] {
            assert!(clinical.contains(&own), "{own}: {clinical:?}");
        }
        for nobodys in ["MessageHeader", "OperationOutcome", "VerificationResult", "Linkage"] {
            assert!(closed.contains(&nobodys), "{nobodys}: {closed:?}");
        }
    }
}
