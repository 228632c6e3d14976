//! Tests of FHIRPath at its boundary; one binary for all.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its data has failed")]

mod data;
mod definitions_compile;
mod environment;
mod errors;
mod limits;
mod narrative;
mod nodes;
mod properties;
mod semantics;
mod suite;
