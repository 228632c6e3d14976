//! Waiting list: what people can take, who is next, and the offer of a slot that came free.
//!
//! A place on the list is an Appointment with status `waitlist`; the offer is on it and the slot is
//! held, so that nobody else sees it free. To add a wish, see [`Wish`].

mod wish;

pub use wish::{Offer, Wish};
pub(crate) use wish::{day_code, day_of_code};
