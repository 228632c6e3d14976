//! The crate at its boundary: tables of cases at the edges, as much wrong input as right, properties.

#![expect(clippy::unwrap_used, reason = "what fails in a test's own set-up fails the test")]

mod bars;
mod broken;
mod calendar;
mod desk;
mod gp_connect;
mod model;
mod release;
mod shapes;
mod template;
mod visibility;
mod waiting;
mod world;
