//! Every URL that this crate reads or writes, in one place.
//!
//! Our own extensions stand under [`OURS`]; `docs/booking.md` says what each holds.
//! Sources: GP Connect 1.2.7, UK Core, BaRS 1.

/// What all our own extension URLs begin with.
pub const OURS: &str = "urn:careloom:booking:";

/// Slot: when it is released to be booked (`valueInstant`).
pub const RELEASE: &str = "urn:careloom:booking:release";
/// Slot: for whom it is kept, and when that ends.
pub const RESERVE: &str = "urn:careloom:booking:reserve";
/// Slot: ages and sex that it is for.
pub const AUDIENCE: &str = "urn:careloom:booking:audience";
/// Slot: a person is deciding.
pub const HOLD: &str = "urn:careloom:booking:hold";
/// Slot: taken out of the book because its template changed (`valueBoolean`).
pub const WITHDRAWN: &str = "urn:careloom:booking:withdrawn";
/// Slot: whether GP Connect consumers may book it, and which.
pub const GP_CONNECT: &str = "urn:careloom:booking:gp-connect";
/// Schedule: the template and the day that it was made from.
pub const TEMPLATE_MARK: &str = "urn:careloom:booking:made-from";
/// HealthcareService: rules of booking.
pub const POLICY: &str = "urn:careloom:booking:policy";
/// HealthcareService: a weekly template.
pub const TEMPLATE: &str = "urn:careloom:booking:template";
/// Appointment on the waiting list: what the person can take.
pub const WISH: &str = "urn:careloom:booking:wish";
/// Appointment on the waiting list: the slot that is offered now.
pub const OFFER: &str = "urn:careloom:booking:offer";
/// Appointment on the waiting list: a slot that was offered and not taken (`valueReference`).
pub const PASSED: &str = "urn:careloom:booking:passed";
/// Appointment.identifier.system of a booking request's key.
pub const REQUEST_KEY: &str = "urn:careloom:booking:request";
/// CodeSystem of reasons for cancelling.
pub const CANCEL_REASON: &str = "urn:careloom:booking:cancel-reason";

/// How the appointment is held, UK Core (`valueCodeableConcept`).
pub const UKCORE_CHANNEL: &str =
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeliveryChannel";
/// Code system of [`UKCORE_CHANNEL`].
pub const UKCORE_CHANNEL_SYSTEM: &str = "https://fhir.hl7.org.uk/CodeSystem/UKCore-DeliveryChannel";
/// Who booked, UK Core (`valueReference`).
pub const UKCORE_BOOKING_ORGANISATION: &str =
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-BookingOrganization";
/// How the appointment is held, GP Connect on STU3 (`valueCode`).
pub const GPC_CHANNEL: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-DeliveryChannel-2";
/// An older number of [`GPC_CHANNEL`].
pub const GPC_CHANNEL_1: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-DeliveryChannel-1";
/// The practitioner's role, GP Connect (`valueCodeableConcept`).
pub const GPC_ROLE: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-PractitionerRole-1";
/// Who booked, GP Connect.
pub const GPC_BOOKING_ORGANISATION: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-BookingOrganisation-1";
/// Why it was cancelled, GP Connect (`valueString`).
pub const GPC_CANCEL_REASON: &str = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-AppointmentCancellationReason-1";
/// Organisation types of GP Connect.
pub const GPC_ORGANISATION_TYPE: &str =
    "https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-OrganisationType-1";
/// Job roles of the Spine.
pub const SDS_ROLE: &str = "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-SDSJobRoleName-1";
/// ODS codes of organisations.
pub const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";
/// NHS numbers.
pub const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
/// Services of the directory of services.
pub const DOS_SERVICE: &str = "https://fhir.nhs.uk/Id/dos-service-id";
