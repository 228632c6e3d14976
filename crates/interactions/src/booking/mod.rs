//! Appointments: finding a time, keeping it while one decides, booking, changing, cancelling, waiting;
//! and what a practice does with its book.
//!
//! The rules are the crate `booking`'s. Here its values are read from the store, the rules are asked, and
//! what changes is committed with its AuditEvent in one batch, guarded by the versions that were read: of
//! two people who take one slot the second finds its version gone, reads again and is refused. What a
//! rule must see and the caller must not (other people's appointments) is read past the doors and never
//! answered. Spec: `docs/booking.md`; issue 4, "Appointments".
//!
//! To add a use case: a file with a function on [`App`], which opens a [`book::Book`], reads, asks a rule,
//! and commits; its refusal in words is the rule's, and its answer an [`Answer`].

mod bars;
mod book;
mod booked;
mod cancel;
mod gate;
mod hold;
mod mine;
mod openings;
mod practice;
mod queue;
mod seeker;
mod sessions;
mod views;
mod waiting;

/// The rules and their values, in whose words these use cases ask and answer.
pub use ::booking as rules;
pub use bars::{BarsAnswer, BarsReceiver, Delivered, PostMessage};
pub use booked::{BookRequest, BookedSlot};
pub use cancel::{CancelRequest, CancelledBooking, MovedBooking};
pub use hold::HeldSlots;
pub use mine::MyAppointments;
pub use openings::{OpenDay, OpenSlot, OpeningFilter, Openings};
pub use practice::{
    AskerExplanation, DayBook, DayBooking, DaySession, DaySlot, NotPassedOn, SlotExplanation,
};
pub use queue::QueueView;
pub use seeker::Booker;
pub use sessions::{PracticeTemplate, SessionPlan};
pub use views::{AppointmentView, Named, OfferView};
pub use waiting::{Tidied, WaitRequest};

pub(crate) use gate::Gates;

use ::booking::desk::Refusal;

use crate::failure::Failure;

/// What a use case of booking answers: what came of it, or why the practice's rules refuse it, in words
/// for the person; a [`Failure`] is for what went wrong or may not be asked at all.
pub type Answer<T> = Result<Result<T, Refusal>, Failure>;
