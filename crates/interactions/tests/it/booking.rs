//! Appointments on a real store: every use case with what is right and what is not, and the rush.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bars;
mod desk;
mod practice;
mod queue;
mod rush;
mod waiting;
pub(crate) mod world;
