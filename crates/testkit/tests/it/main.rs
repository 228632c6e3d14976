//! Tests of the generator at its edges: what it sends, and what it says is true.

#![expect(clippy::unwrap_used, reason = "helpers of tests, where a panic is the failure")]

mod broken;
mod codes;
mod csv_shape;
mod determinism;
mod fhir_shape;
mod heroes;
mod hl7_shape;
mod messiness;
mod truth;

use std::sync::OnceLock;

use testkit::{Area, AreaOptions};

/// An area that several tests look at.
fn area() -> &'static Area {
    static AREA: OnceLock<Area> = OnceLock::new();
    AREA.get_or_init(|| Area::generate(AreaOptions::new(20, 1_500, jiff::civil::date(2025, 11, 1))))
}
