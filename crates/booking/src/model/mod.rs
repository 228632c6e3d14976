//! Slot, Schedule, Appointment and HealthcareService as values: read tolerantly, written so that
//! what is not ours stays as it came.
//!
//! Each value keeps the resource that it was read from; writing changes only the elements whose
//! meaning changed. Spec: <https://hl7.org/fhir/R4/slot.html> and its neighbours, UK Core 2.
//! To add a field: read it, compare it in `to_element`, and list it in `docs/booking.md`.

mod appointment;
pub(crate) mod element;
mod policy;
mod schedule;
mod service;
mod slot;
pub mod urls;

pub use appointment::{Appointment, AppointmentStatus, Participant};
pub use element::{Concept, reference_id};
pub use policy::{OrganisationCap, Policy, ReasonRule};
pub use schedule::{Session, TemplateMark};
pub use service::Service;
pub(crate) use slot::codes;
pub use slot::{
    Audience, GpConnectAccess, Hold, Mode, Reserve, ReservedFor, Sex, Slot, SlotStatus,
};
