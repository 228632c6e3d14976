//! Interaction ids and STU3 names, as data.

/// An interaction of Appointment Management.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interaction {
    /// What it does.
    pub name: &'static str,
    /// `Ssp-InteractionID`.
    pub id: &'static str,
    /// HTTP method.
    pub method: &'static str,
    /// Path under the base.
    pub path: &'static str,
}

/// The interactions that this module has rules for.
pub const INTERACTIONS: &[Interaction] = &[
    Interaction {
        name: "search for free slots",
        id: "urn:nhs:names:services:gpconnect:fhir:rest:search:slot-1",
        method: "GET",
        path: "Slot",
    },
    Interaction {
        name: "book an appointment",
        id: "urn:nhs:names:services:gpconnect:fhir:rest:create:appointment-1",
        method: "POST",
        path: "Appointment",
    },
    Interaction {
        name: "amend an appointment",
        id: "urn:nhs:names:services:gpconnect:fhir:rest:update:appointment-1",
        method: "PUT",
        path: "Appointment/{id}",
    },
    Interaction {
        name: "cancel an appointment",
        id: "urn:nhs:names:services:gpconnect:fhir:rest:cancel:appointment-1",
        method: "PUT",
        path: "Appointment/{id}",
    },
    Interaction {
        name: "read an appointment",
        id: "urn:nhs:names:services:gpconnect:fhir:rest:read:appointment-1",
        method: "GET",
        path: "Appointment/{id}",
    },
    Interaction {
        name: "retrieve a patient's appointments",
        id: "urn:nhs:names:services:gpconnect:fhir:rest:search:patient_appointments-1",
        method: "GET",
        path: "Patient/{id}/Appointment",
    },
];

pub(super) const SLOT_PROFILE: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Slot-1";
pub(super) const SCHEDULE_PROFILE: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Schedule-1";
pub(super) const APPOINTMENT_PROFILE: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Appointment-1";
pub(super) const OUTCOME_PROFILE: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-OperationOutcome-1";
pub(super) const ERROR_SYSTEM: &str =
    "https://fhir.nhs.uk/STU3/ValueSet/Spine-ErrorOrWarningCode-1";
