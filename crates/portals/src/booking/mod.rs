//! Appointments: a person's own, and a practice's book.
//!
//! One page a file of `templates/booking`; its values are here, in plain words already. The words follow the
//! NHS service manual: one question a page, a reading age of 9 to 11.

pub mod mine;
pub mod practice;
