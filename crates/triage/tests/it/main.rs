//! Tests of triage at its boundary; one binary for all.

mod cases;
mod check;
mod content;
mod directory;
mod engine;
mod opening;
mod read;
mod resource;
mod shared;
mod walks;
