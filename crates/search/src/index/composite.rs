//! Composites: values of several parameters that belong together because one element holds them.
//! Spec: <https://hl7.org/fhir/R4/search.html#composite>.
//!
//! All composites of one element are read together: each distinct component once, in one walk of the
//! element, whose entries bear the component's number in place of a parameter's.

use fhir::Value;

use super::program::Program;
use crate::entry::{IndexEntry, IndexValue, ParameterId};
use crate::kind::Values;
use crate::kind::reference::Targets;

/// Values of one composite at one element at the most, however many combinations there are.
const VALUES_MAX: usize = 1_000;

/// The composites of an element.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// What yields the components that stand in the element.
    pub(crate) program: Program,
    /// What yields those that begin at the resource (`%resource`), where there are any.
    pub(crate) of_resource: Option<Program>,
    /// Each with its components, in order; at least one.
    pub(crate) composites: Vec<(ParameterId, Box<[u32]>)>,
}

impl Group {
    /// Appends each combination of the components' values, of each composite.
    pub(crate) fn run(&self, value: Value<'_>, targets: &Targets<'_>, out: &mut Values<'_>) {
        let mut found = Vec::new();
        self.program.run(value, targets, true, &mut found);
        if let Some(program) = self.of_resource.as_ref().filter(|_| !found.is_empty()) {
            program.run(targets.resource, targets, true, &mut found);
        }
        for (parameter, parts) in &self.composites {
            let has = |part: &u32| found.iter().any(|entry| entry.parameter.0 == *part);
            if parts.iter().rev().all(has) {
                out.parameter = *parameter;
                combine(parts, &found, out);
            }
        }
    }
}

/// Appends each combination; each part has a value.
fn combine(parts: &[u32], found: &[IndexEntry], out: &mut Values<'_>) {
    let of = |part: u32| found.iter().filter(move |entry| entry.parameter.0 == part);
    let counts: Vec<usize> = parts.iter().map(|part| of(*part).count()).collect();
    let all = counts.iter().fold(1, |all: usize, count| all.saturating_mul(*count));
    for mut number in 0..all.min(VALUES_MAX) {
        let mut values: Vec<IndexValue> = Vec::with_capacity(parts.len());
        for (part, count) in parts.iter().zip(&counts) {
            values.extend(of(*part).nth(number % count).map(|entry| entry.value.clone()));
            number /= count;
        }
        out.push(IndexValue::Composite(values.into()));
    }
}
