//! The crate at its boundary: tables of cases at the edges, as much wrong input as right, properties.

#![expect(clippy::unwrap_used, reason = "what fails in a test's own set-up fails the test")]

mod desk;
mod model;
mod template;
mod visibility;
mod world;
