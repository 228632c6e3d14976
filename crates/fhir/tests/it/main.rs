//! Tests of FHIR values at their boundary; one binary for all.

mod json;
