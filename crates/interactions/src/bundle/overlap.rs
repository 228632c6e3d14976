//! What entries of a transaction may not ask for together.
//! Spec: <https://hl7.org/fhir/R4/http.html#trules>: identities that overlap make it fail.

use std::collections::{HashMap, HashSet};

use ::search::{Comparison, Expression, IndexValue, ParameterId, Predicate, Search, TokenCode};
use fhir::{IssueCode, ResourceType};
use store::ResourceKey;

use super::BundleRequest;
use super::action::Action;
use super::plan::Entry;
use super::reference::{Written, holds};
use super::resolve::Resolved;
use crate::app::App;
use crate::failure::{Category, Failure};

/// Comparisons of conditions with what is written at the most.
const COMPARISONS_MAX: usize = 10_000_000;

pub(super) fn twice(index: usize, message: &str) -> Failure {
    let place = format!("Bundle.entry[{index}]");
    Failure::new(Category::Invalid, IssueCode::Duplicate, place, message)
}

/// No resource is written twice, nor written by one entry and found by another.
pub(super) fn refuse_overlaps(resolved: &[Resolved]) -> Result<(), Failure> {
    let found: HashSet<&ResourceKey> = resolved
        .iter()
        .filter_map(|one| match one {
            Resolved::Exists(stored) => Some(&stored.key),
            _ => None,
        })
        .collect();
    let mut seen = HashSet::with_capacity(resolved.len());
    for (index, one) in resolved.iter().enumerate() {
        for key in one.touched() {
            if found.contains(key) || !seen.insert(key) {
                return Err(twice(
                    index,
                    "the same resource is written or found twice in one transaction; keep one of the entries",
                ));
            }
        }
    }
    Ok(())
}

/// Two entries with one condition would both create, since neither sees what the other does.
pub(super) fn refuse_repeated_conditions(entries: &[Entry]) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    for (index, entry) in entries.iter().enumerate() {
        let condition = entry.action.condition();
        if condition.is_some_and(|condition| !seen.insert(condition)) {
            return Err(twice(index, "another entry has the same condition; keep one of them"));
        }
    }
    Ok(())
}

/// When the specification has an entry processed: creates before updates and patches. Deletes come
/// before both, and see nothing of what is written.
fn turn(action: &Action) -> Option<u8> {
    match action {
        Action::Create { .. } => Some(1),
        Action::Update { .. } | Action::Patch { .. } => Some(2),
        Action::Delete { .. } | Action::Get(_) => None,
    }
}

impl App {
    /// The condition of an entry must find nothing that another entry writes by then: the store that
    /// was asked does not have it yet.
    pub(super) fn refuse_met_conditions(
        &self,
        request: &BundleRequest,
        entries: &[Entry],
        resolved: &[Resolved],
    ) -> Result<(), Failure> {
        let conditions: Vec<(usize, u8, ResourceType, &str)> = entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| {
                let (resource_type, query) = entry.action.condition()?;
                Some((index, turn(&entry.action)?, resource_type, query))
            })
            .collect();
        let writers = resolved.iter().filter(|one| matches!(one, Resolved::Write { .. })).count();
        if conditions.is_empty() || writers < 2 {
            return Ok(());
        }
        let written = self.written(request, entries, resolved);
        let by_code: HashMap<ResourceType, ByCode<'_>> =
            written.iter().map(|(of, written)| (*of, ByCode::of(written))).collect();
        let mut comparisons = 0usize;
        for (index, turn_here, resource_type, query) in conditions {
            let Some(all) = written.get(&resource_type) else { continue };
            let search = self.condition(resource_type, query, 2)?;
            let Some(filter) = filter_of(&search) else { continue };
            let candidates = by_code.get(&resource_type).and_then(|codes| codes.candidates(filter));
            let candidates = candidates.unwrap_or_else(|| (0..all.len()).collect());
            comparisons = comparisons.saturating_add(candidates.len());
            if comparisons > COMPARISONS_MAX {
                return Err(Failure::new(
                    Category::TooLarge,
                    IssueCode::TooCostly,
                    "Bundle.entry",
                    "too many conditions for so many entries; split the transaction",
                ));
            }
            let met = candidates.into_iter().map(|at| &all[at]).find(|other| {
                other.entry != index
                    && turn(&entries[other.entry].action).is_some_and(|turn| turn <= turn_here)
                    && holds(filter, other.key, &other.found) == Some(true)
            });
            if let Some(other) = met {
                let message = format!(
                    "its condition also finds what Bundle.entry[{}] writes; keep one of them",
                    other.entry
                );
                return Err(twice(index, &message));
            }
        }
        Ok(())
    }
}

fn filter_of(search: &Search) -> Option<&Expression> {
    search.branches.first().map(|branch| &branch.filter)
}

/// Which of the written resources have a code, by parameter: conditions mostly ask for identifiers.
struct ByCode<'w> {
    places: HashMap<(ParameterId, &'w str), Vec<usize>>,
}

impl<'w> ByCode<'w> {
    fn of(written: &'w [Written<'_>]) -> ByCode<'w> {
        let mut places: HashMap<(ParameterId, &'w str), Vec<usize>> = HashMap::new();
        for (at, one) in written.iter().enumerate() {
            for entry in &one.found {
                if let IndexValue::Token { code: Some(code), .. } = &entry.value {
                    places.entry((entry.parameter, code)).or_default().push(at);
                }
            }
        }
        ByCode { places }
    }

    /// The places of all that an expression may hold of; `None` where it asks for no one code.
    fn candidates(&self, filter: &Expression) -> Option<Vec<usize>> {
        match filter {
            Expression::And(parts) => parts.iter().find_map(|part| self.candidates(part)),
            Expression::Compare(Comparison {
                parameter,
                predicate: Predicate::Token { code: TokenCode::Is(code), .. },
            }) => Some(self.places.get(&(*parameter, &**code)).cloned().unwrap_or_default()),
            _ => None,
        }
    }
}
