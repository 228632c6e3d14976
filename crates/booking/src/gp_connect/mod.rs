//! GP Connect Appointment Management, provider side: slot search, book, amend, cancel, retrieve.
//!
//! The rules of specification 1.2.7 (on STU3), with resources in R4's shape: extension and profile
//! URLs keep their STU3 names, which are data in [`names`]; elements are R4's. Every refusal is a
//! [`SpineError`] with the catalogue's HTTP status and codes.
//! To add an interaction: a file, its id in [`names`], its rows in `docs/booking.md`.

mod amend;
mod appointment;
mod book;
mod error;
mod names;
mod outward;
mod retrieve;
mod search;

pub use amend::{Changed, amend, cancel};
pub use book::{Booked, BookingOrganisation, book};
pub use error::{SpineCode, SpineError};
pub use names::{INTERACTIONS, Interaction};
pub use outward::{outward_appointment, outward_schedule, outward_slot, search_bundle};
pub use retrieve::{Retrieval, retrieval};
pub use search::{SlotSearch, slot_search};

/// Longest `description`.
pub const DESCRIPTION_LENGTH_MAX: usize = 100;
/// Longest `comment`.
pub const COMMENT_LENGTH_MAX: usize = 500;
/// Longest window of a slot search in days.
pub const WINDOW_DAYS_MAX: i64 = 14;
