//! Composites: values of several parameters that belong together because one element holds them.
//! Spec: <https://hl7.org/fhir/R4/search.html#composite>.

use fhir::Value;

use super::program::Program;
use crate::entry::{IndexEntry, IndexValue};
use crate::kind::Values;
use crate::kind::reference::Targets;

/// Values of one element at the most, however many combinations its components have.
const VALUES_MAX: usize = 1_000;

/// What yields the values of a composite at an element.
#[derive(Debug)]
pub(crate) struct Composite {
    /// In the order of the components; at least one.
    pub(crate) parts: Vec<Part>,
}

/// What yields the values of one component.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) program: Program,
    /// Whether it begins at the resource (`%resource`), and not at the element.
    pub(crate) of_resource: bool,
}

impl Composite {
    /// Appends each combination of the components' values.
    pub(crate) fn run(&self, value: Value<'_>, targets: &Targets<'_>, out: &mut Values<'_>) {
        let mut found: Vec<Vec<IndexEntry>> = Vec::new();
        // The last component is the value, which an element lacks more often than its code.
        for part in self.parts.iter().rev() {
            let from = if part.of_resource { targets.resource } else { value };
            let mut entries = Vec::new();
            part.program.run(from, targets, true, &mut entries);
            if entries.is_empty() {
                return;
            }
            found.push(entries);
        }
        if found.iter().all(|entries| entries.len() == 1) {
            let parts = found.into_iter().rev().flatten().map(|entry| entry.value).collect();
            out.push(IndexValue::Composite(parts));
            return;
        }
        let count: usize =
            found.iter().fold(1, |count: usize, entries| count.saturating_mul(entries.len()));
        for mut number in 0..count.min(VALUES_MAX) {
            let mut parts: Vec<IndexValue> = Vec::with_capacity(found.len());
            for entries in &found {
                parts.push(entries[number % entries.len()].value.clone());
                number /= entries.len();
            }
            parts.reverse();
            out.push(IndexValue::Composite(parts.into()));
        }
    }
}
