//! Tests of triage at its boundary; one binary for all.

mod check;
mod content;
mod engine;
mod read;
mod shared;
mod walks;
