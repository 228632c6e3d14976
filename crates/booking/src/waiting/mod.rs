//! Waiting list: what people can take, who is next, and the offer of a slot that came free.
//!
//! A place on the list is an Appointment with status `waitlist`; the offer is on it and the slot is
//! held for the person, so that nobody else finds it free. The caller writes both in one
//! transaction. To add a wish, see [`Wish`]; to add a rule of order, see [`order`].

mod list;
mod offers;
mod wish;

pub use list::{Waiting, join, leave, order, place};
pub use offers::{Accepting, OfferRules, Offered, Passed, accept, offer, pass};
pub use wish::{Offer, Wish};
pub(crate) use wish::{day_code, day_of_code};
