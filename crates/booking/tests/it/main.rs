//! The crate at its boundary: tables of cases at the edges, as much wrong input as right, properties.

mod model;
mod template;
mod world;
