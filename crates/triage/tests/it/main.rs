//! Tests of triage at its boundary; one binary for all.

mod engine;
mod read;
mod shared;
