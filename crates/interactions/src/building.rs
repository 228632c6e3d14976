//! Search parameters whose index is being built: what a search that uses one must say.
//! Spec: <https://hl7.org/fhir/R4/search.html#modifiers> says that a server tells of what it leaves out;
//! an OperationOutcome in the Bundle does so (`search.mode` `outcome`).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use ::search::{Expression, ParameterId, Predicate, Search, SortBy};
use fhir::{Issue, IssueCode, ResourceType, Severity};

use crate::app::App;
use crate::failure::{Category, Failure};

/// How far one parameter of a type is.
#[derive(Debug)]
struct Part {
    type_name: Box<str>,
    code: Box<str>,
    done: AtomicU64,
}

/// The parameters that are being built.
#[derive(Debug, Default)]
pub(crate) struct Building {
    /// Asked before the lock is taken, because there hardly ever are any.
    any: AtomicBool,
    parts: RwLock<Vec<Part>>,
}

impl Building {
    /// Sets which there are; those that were there keep how far they are.
    pub(crate) fn set<'n>(&self, names: impl Iterator<Item = (&'n str, &'n str)>) {
        let mut parts = self.parts.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::take(&mut *parts);
        for (type_name, code) in names {
            let is_it = |part: &&Part| *part.type_name == *type_name && *part.code == *code;
            let done =
                before.iter().find(is_it).map_or(0, |part| part.done.load(Ordering::Relaxed));
            let (type_name, code) = (type_name.into(), code.into());
            parts.push(Part { type_name, code, done: AtomicU64::new(done) });
        }
        self.any.store(!parts.is_empty(), Ordering::Release);
    }

    /// Notes how many resources of the type are done.
    pub(crate) fn progress(&self, type_name: &str, code: &str, done: u64) {
        let parts = self.parts.read().unwrap_or_else(PoisonError::into_inner);
        let is_it = |part: &&Part| *part.type_name == *type_name && *part.code == *code;
        if let Some(part) = parts.iter().find(is_it) {
            part.done.store(done, Ordering::Relaxed);
        }
    }

    fn any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// How many resources are done, if the parameter is being built.
    fn done(&self, type_name: &str, code: &str) -> Option<u64> {
        let parts = self.parts.read().unwrap_or_else(PoisonError::into_inner);
        let is_it = |part: &&Part| *part.type_name == *type_name && *part.code == *code;
        parts.iter().find(is_it).map(|part| part.done.load(Ordering::Relaxed))
    }
}

impl App {
    /// A condition decides what is written, so it must not miss what the index does not have yet.
    pub(crate) fn refuse_building(&self, search: &Search) -> Result<(), Failure> {
        if !self.building.any() {
            return Ok(());
        }
        let definitions = self.definitions();
        for (resource_type, id) in used(search) {
            let code = definitions.parameter(id.0).code;
            if self.building.done(resource_type.as_str(), code).is_some() {
                return Err(Failure::new(
                    Category::Unavailable,
                    IssueCode::Transient,
                    code,
                    format!(
                        "parameter {code} of {resource_type} is still being indexed, and a condition on it could miss what is there; try again when it is whole"
                    ),
                ));
            }
        }
        Ok(())
    }

    /// What a search must say of the parameters that it uses and that are still being built.
    pub(crate) async fn building_issues(&self, search: &Search) -> Vec<Issue> {
        if !self.building.any() {
            return Vec::new();
        }
        let definitions = self.definitions();
        let mut issues = Vec::new();
        let mut counts = None;
        for (resource_type, id) in used(search) {
            let code = definitions.parameter(id.0).code;
            let Some(done) = self.building.done(resource_type.as_str(), code) else { continue };
            if counts.is_none() {
                counts = self.store.type_counts().await.ok();
            }
            let of_type = counts.iter().flatten().find(|(of, _)| *of == resource_type);
            let total = of_type.map_or(0, |(_, count)| *count);
            issues.push(Issue {
                severity: Severity::Warning,
                code: IssueCode::Incomplete,
                message: words(resource_type.as_str(), code, done, total),
                expression: Some(code.to_owned()),
            });
        }
        issues
    }
}

fn words(type_name: &str, code: &str, done: u64, total: u64) -> String {
    let percent = done.saturating_mul(100).checked_div(total).unwrap_or(0).min(99);
    format!(
        "parameter {code} of {type_name} is {percent} % indexed: {} of {} resources; matches may be missing",
        grouped(done.min(total)),
        grouped(total)
    )
}

/// A number as people read it: `12,300`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The parameters that a search looks at, each once, with the types that it looks at them on.
fn used(search: &Search) -> Vec<(ResourceType, ParameterId)> {
    let mut used = Vec::new();
    for branch in &search.branches {
        in_expression(&branch.filter, branch.resource_type, &mut used);
        for key in &branch.sort {
            if let SortBy::Parameter(parameter) = &key.by {
                used.push((branch.resource_type, *parameter));
            }
        }
    }
    for include in &search.includes {
        used.extend(include.parameters.iter().map(|parameter| (include.source, *parameter)));
    }
    used.sort_unstable();
    used.dedup();
    used
}

fn in_expression(
    expression: &Expression,
    on: ResourceType,
    used: &mut Vec<(ResourceType, ParameterId)>,
) {
    match expression {
        Expression::And(inner) | Expression::Or(inner) => {
            for each in inner {
                in_expression(each, on, used);
            }
        }
        Expression::Not(inner) => in_expression(inner, on, used),
        Expression::Compare(comparison) => {
            used.push((on, comparison.parameter));
            if let Predicate::Hierarchy { parent, .. } = &comparison.predicate {
                used.push((on, *parent));
            }
        }
        Expression::Missing(parameter) => used.push((on, *parameter)),
        Expression::Chain { parameter, target, inner } => {
            used.push((on, *parameter));
            in_expression(inner, *target, used);
        }
        Expression::Has { source, parameter, inner } => {
            used.push((*source, *parameter));
            in_expression(inner, *source, used);
        }
        Expression::All
        | Expression::Never
        | Expression::Id(_)
        | Expression::LastUpdated(_)
        | Expression::FullText { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Building, grouped, words};

    #[test]
    fn in_words() {
        assert_eq!(
            words("Patient", "eye-colour", 12_300, 28_400),
            "parameter eye-colour of Patient is 43 % indexed: 12,300 of 28,400 resources; matches may be missing"
        );
        assert!(words("Patient", "x", 5, 5).contains("99 %"), "not all before the end");
        assert!(words("Patient", "x", 0, 0).contains("0 %"));
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn what_is_built_keeps_how_far_it_is() {
        let building = Building::default();
        assert!(!building.any());
        building.set([("Patient", "a"), ("Patient", "b")].into_iter());
        building.progress("Patient", "b", 7);
        building.set([("Patient", "b")].into_iter());
        assert_eq!(building.done("Patient", "b"), Some(7));
        assert_eq!(building.done("Patient", "a"), None);
        building.set(std::iter::empty());
        assert!(!building.any());
    }
}
