//! Tests of the crate at its edge: what resources are found by, and what queries mean.

mod coverage;
