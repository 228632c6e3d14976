//! Services as HealthcareService and Location resources (FHIR R4), read and written.
//!
//! FHIR has elements for names, hours, notices, places and telephones. Dispositions are
//! `characteristic` codings of the Pathways code system (ours of our own system). What FHIR has no
//! element for, and a directory needs, stands in extensions under `urn:careloom:triage:`.
//! Spec: <https://hl7.org/fhir/R4/healthcareservice.html>, <https://hl7.org/fhir/R4/location.html>.
//!
//! To add a field, add it to `read`, `write` and the round trip in `tests/it/directory_resource.rs`.

mod read;
mod write;

pub use read::read;
pub use write::write;

/// Identifiers of the directory of services.
const DOS_ID: &str = "https://fhir.nhs.uk/Id/dos-service-id";
/// The code system of kinds of service: our table.
pub const KIND: &str = "urn:careloom:triage:service-type";
/// A symptom group, with a discriminator or without.
const SYMPTOM: &str = "urn:careloom:triage:symptom";
/// The youngest and the oldest, in days.
const AGE_DAYS: &str = "urn:careloom:triage:age-days";
/// A sex that is seen; none means all.
const SEX: &str = "urn:careloom:triage:sex";
/// The room.
const CAPACITY: &str = "urn:careloom:triage:capacity";
/// A way to come to the service.
const CONTACT: &str = "urn:careloom:triage:contact";
/// A session on bank holidays, or `asWeekday`.
const BANK_HOLIDAY: &str = "urn:careloom:triage:bank-holiday";
/// A named date and its session, if it has one.
const DATE: &str = "urn:careloom:triage:date";
/// Open day and night, every day, bank holidays too.
const ALWAYS: &str = "urn:careloom:triage:always-open";
