//! Tests of the crate at its boundary, in one binary.

mod area;
mod names;
mod properties;
mod score;
mod scoring;
mod simulated;
mod traps;
