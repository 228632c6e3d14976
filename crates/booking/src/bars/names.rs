//! Systems, profiles and codes of BaRS, as data.

pub(super) const EVENTS: &str = "https://fhir.nhs.uk/CodeSystem/message-events-bars";
pub(super) const REASONS: &str = "https://fhir.nhs.uk/CodeSystem/message-reason-bars";
pub(super) const BUNDLE_PROFILE: &str = "https://fhir.nhs.uk/StructureDefinition/BARSBundleMessage";
pub(super) const REQUEST_PROFILE: &str =
    "https://fhir.nhs.uk/StructureDefinition/BARSMessageHeader-booking-request";
pub(super) const RESPONSE_PROFILE: &str =
    "https://fhir.nhs.uk/StructureDefinition/BARSMessageHeader-booking-response";
/// The MessageDefinition of a booking request.
pub const REQUEST_DEFINITION: &str =
    "https://fhir.nhs.uk/MessageDefinition/bars-message-booking-request";
pub(super) const RESPONSE_DEFINITION: &str =
    "https://fhir.nhs.uk/MessageDefinition/bars-message-booking-response";
/// The specification writes it with a small s in the middle.
pub(super) const ERRORS: &str = "https://fhir.nhs.uk/Codesystem/http-error-codes";

pub(super) const BOOKING_REQUEST: &str = "booking-request";
pub(super) const BOOKING_RESPONSE: &str = "booking-response";

crate::model::codes! {
    /// `MessageHeader.reason`.
    Reason {
        /// A new booking.
        New = "new",
        /// A change of one; with a cancelled Appointment it cancels.
        Update = "update",
        /// The end of one.
        Delete = "delete",
    }
}
