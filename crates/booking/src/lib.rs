//! Appointments: sessions and slots, who may see and book them, release, queue, waiting list, messages and calendar files.
//!
//! Schedule, Slot, Appointment and HealthcareService are the only record. This crate reads them
//! into values ([`model`]), holds the rules, and gives the changed values; the caller writes them
//! in one transaction guarded by the versions that it read, which decides every race.

pub mod desk;
pub mod gp_connect;
pub mod model;
pub mod release;
pub mod template;
pub mod visibility;
pub mod waiting;
pub mod zone;

mod digest;
mod next_step;

pub use next_step::NextStep;
