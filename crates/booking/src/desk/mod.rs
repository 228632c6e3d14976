//! Holding, booking, amending, moving and cancelling: what must hold, and what then changes.
//!
//! Each function takes what was read and gives the changed values or a [`Refusal`]. The caller
//! writes all of them in one transaction, guarded by the versions that it read: of two bookings of
//! one slot the second finds the version gone, reads again, and is refused here.
//! To add an act: a file with one function, its refusals in `refusal.rs`, a row in `docs/booking.md`.

mod book;
mod cancel;
mod hold;
mod reason;
mod refusal;
mod row;

pub use book::{Booked, Moved, Moving, Request, appointment_id, book, rebook};
pub(crate) use book::{not_theirs, taken};
pub use cancel::{CancelReason, Cancelled, Cancelling, amend_reason, cancel};
pub(crate) use cancel::{check_own, freed};
pub use hold::{extend, hold, is_held_with, lapsed, let_go};
pub use refusal::{Refusal, RefusalCode};
pub(crate) use row::check_row;
