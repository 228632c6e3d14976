//! Conditional references of a transaction (`Patient?identifier=…`): what each means once the
//! transaction has written what it writes. Spec: <https://hl7.org/fhir/R4/http.html#trules>.
//!
//! The candidates are what the store finds, without what the transaction writes or deletes, and
//! what it writes itself, judged by its index entries. Those are compared for tokens, strings and
//! URIs, which is what identifies things; by anything else the store alone is asked.

use std::collections::HashMap;

use ::search::{
    Comparison, Expression, IndexEntry, IndexValue, Modifier, Predicate, Search, TokenCode,
    TokenSystem,
};
use fhir::{IssueCode, ResourceType};
use store::{ResourceKey, Stored};

use super::BundleRequest;
use super::plan::Entry;
use super::resolve::{Resolution, Resolved, conditional, entry_value};
use crate::app::App;
use crate::conditional::{Found, too_many};
use crate::failure::{Category, Failure};
use crate::write::guard_of;

/// Comparisons of a reference with an entry at the most, since each may meet each.
const COMPARISONS_MAX: usize = 10_000_000;

/// A resource that an entry writes, with what it is found by.
pub(super) struct Written<'r> {
    /// The entry's place.
    pub(super) entry: usize,
    pub(super) key: &'r ResourceKey,
    pub(super) found: Vec<IndexEntry>,
}

/// What a transaction writes and deletes.
struct Writes<'r> {
    by_type: HashMap<ResourceType, Vec<Written<'r>>>,
    /// Everything that it writes or deletes.
    touched: HashMap<ResourceType, Vec<&'r ResourceKey>>,
}

impl App {
    /// Finds what the conditional references of all entries mean, and notes it.
    pub(super) async fn resolve_references(
        &self,
        request: &BundleRequest,
        entries: &[Entry],
        resolution: &mut Resolution,
    ) -> Result<(), Failure> {
        let texts = conditional_texts(&request.tree);
        if texts.is_empty() {
            return Ok(());
        }
        let writes = self.writes(request, entries, &resolution.entries);
        let largest = writes.by_type.values().map(Vec::len).max().unwrap_or(0);
        if texts.len().saturating_mul(largest) > COMPARISONS_MAX {
            return Err(Failure::new(
                Category::TooLarge,
                IssueCode::TooCostly,
                "Bundle.entry",
                "too many conditional references for so many entries; refer by fullUrl or split it",
            ));
        }
        let mut found = Vec::with_capacity(texts.len());
        for (text, expression) in texts {
            let Some((type_name, query)) = conditional(text) else { continue };
            let one = async {
                let resource_type = self.resource_type(type_name)?;
                self.resolve_reference(resource_type, query, &writes).await
            };
            let (key, guard) = one.await.map_err(|failure| Failure {
                issues: failure
                    .issues
                    .into_iter()
                    .map(|issue| fhir::Issue { expression: Some(expression.clone()), ..issue })
                    .collect(),
                ..failure
            })?;
            found.push((text, key, guard));
        }
        for (text, key, guard) in found {
            resolution.identities.insert(text, &key);
            resolution.guards.extend(guard);
        }
        Ok(())
    }

    /// The one resource that a reference means, with the guard that keeps the store's part true.
    async fn resolve_reference(
        &self,
        resource_type: ResourceType,
        query: &str,
        writes: &Writes<'_>,
    ) -> Result<(ResourceKey, Option<store::Guard>), Failure> {
        let touched = writes.touched.get(&resource_type).map_or(&[][..], Vec::as_slice);
        // What is written here may fill the first page, and what counts is behind it.
        let search = self.condition(resource_type, query, touched.len().min(1_000) + 2)?;
        let page = self.store.search(&search, None).await?;
        let hits: Vec<Stored> = page.hits.into_iter().map(|hit| hit.resource).collect();
        let guard = match hits.as_slice() {
            [] => Some(guard_of(search.clone(), &Found::Nothing)),
            [one] => Some(guard_of(search.clone(), &Found::One(Box::new(one.clone())))),
            _ => None,
        };
        let stays = |stored: &&Stored| !touched.contains(&&stored.key);
        let mut candidates: Vec<ResourceKey> =
            hits.iter().filter(stays).map(|stored| stored.key.clone()).collect();
        candidates.extend(writes.matching(resource_type, &search));
        match candidates.len() {
            1 => Ok((candidates.remove(0), guard)),
            0 => Err(Failure::new(
                Category::PreconditionFailed,
                IssueCode::NotFound,
                "",
                format!(
                    "the conditional reference finds no {resource_type}; create it first or in the same transaction"
                ),
            )),
            _ => Err(too_many(resource_type, 1)),
        }
    }

    fn writes<'r>(
        &self,
        request: &BundleRequest,
        entries: &[Entry],
        resolved: &'r [Resolved],
    ) -> Writes<'r> {
        let mut touched: HashMap<ResourceType, Vec<&ResourceKey>> = HashMap::new();
        for key in resolved.iter().flat_map(Resolved::touched) {
            touched.entry(key.resource_type).or_default().push(key);
        }
        Writes { by_type: self.written(request, entries, resolved), touched }
    }

    /// What the entries write, by type, in their order.
    pub(super) fn written<'r>(
        &self,
        request: &BundleRequest,
        entries: &[Entry],
        resolved: &'r [Resolved],
    ) -> HashMap<ResourceType, Vec<Written<'r>>> {
        let in_force = self.in_force();
        let mut written: HashMap<ResourceType, Vec<Written<'r>>> = HashMap::new();
        for (index, (entry, one)) in entries.iter().zip(resolved).enumerate() {
            let Resolved::Write { key, patched, .. } = one else { continue };
            let value = patched
                .as_ref()
                .map_or_else(|| entry_value(request, entry), |tree| Some(tree.root()));
            let Some(value) = value else { continue };
            let found = in_force.indexer.extract(value, &|text| self.local_target(text)).entries;
            written.entry(key.resource_type).or_default().push(Written {
                entry: index,
                key,
                found,
            });
        }
        written
    }
}

impl Writes<'_> {
    fn matching(&self, resource_type: ResourceType, search: &Search) -> Vec<ResourceKey> {
        let Some(branch) = search.branches.first() else { return Vec::new() };
        let written = self.by_type.get(&resource_type).into_iter().flatten();
        written
            .filter(|one| holds(&branch.filter, one.key, &one.found) == Some(true))
            .map(|one| one.key.clone())
            .collect()
    }
}

/// Whether an expression holds of a resource by its index entries; `None` where they do not tell.
pub(super) fn holds(
    expression: &Expression,
    key: &ResourceKey,
    entries: &[IndexEntry],
) -> Option<bool> {
    match expression {
        Expression::All => Some(true),
        Expression::Never => Some(false),
        Expression::Id(ids) => Some(ids.contains(&key.id)),
        Expression::Not(inner) => holds(inner, key, entries).map(|held| !held),
        Expression::And(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| holds(part, key, entries)).collect();
            if parts.contains(&Some(false)) {
                return Some(false);
            }
            parts.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
        }
        Expression::Or(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| holds(part, key, entries)).collect();
            if parts.contains(&Some(true)) {
                return Some(true);
            }
            parts.into_iter().collect::<Option<Vec<_>>>().map(|_| false)
        }
        Expression::Missing(parameter) => {
            Some(entries.iter().all(|entry| entry.parameter != *parameter))
        }
        Expression::Compare(Comparison { parameter, predicate }) => {
            let own = entries.iter().filter(|entry| entry.parameter == *parameter);
            let mut held = Some(false);
            for entry in own {
                match is(predicate, &entry.value) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => held = None,
                }
            }
            held
        }
        _ => None,
    }
}

/// Whether one value fulfils a predicate.
fn is(predicate: &Predicate, value: &IndexValue) -> Option<bool> {
    match (predicate, value) {
        (
            Predicate::Token { system: wanted, code: wanted_code },
            IndexValue::Token { system, code },
        ) => {
            let in_system = match wanted {
                TokenSystem::Any => true,
                TokenSystem::None => system.is_none(),
                TokenSystem::Is(wanted) => system.as_ref() == Some(wanted),
            };
            let is_code = match wanted_code {
                TokenCode::Any => true,
                TokenCode::Is(wanted) => code.as_ref() == Some(wanted),
            };
            Some(in_system && is_code)
        }
        (
            Predicate::String { modifier, text: wanted, folded: wanted_folded },
            IndexValue::String { text, folded },
        ) => match modifier {
            Modifier::Plain => Some(folded.starts_with(&**wanted_folded)),
            Modifier::Exact => Some(text == wanted),
            Modifier::Contains => Some(folded.contains(&**wanted_folded)),
            _ => None,
        },
        _ => None,
    }
}

/// The conditional references of a Bundle, each once, with where it stands first.
fn conditional_texts(tree: &fhir::Tree) -> HashMap<&str, String> {
    let mut texts = HashMap::new();
    if !tree.text().contains('?') {
        return texts;
    }
    for index in 0..tree.len() as u32 {
        let Some(value) = tree.value(index) else { continue };
        if value.name() != "reference" {
            continue;
        }
        let Some(text) = value.as_str() else { continue };
        if conditional(text).is_some() {
            texts.entry(text).or_insert_with(|| value.expression());
        }
    }
    texts
}
