//! Tests of the crate at its boundary, in one binary.

mod area;
mod names;
mod score;
mod scoring;
