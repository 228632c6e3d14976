//! A transaction: all entries in one commit, or nothing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use fhir::{Draft, IssueCode, Value, stamp};
use store::Stored;
use store::{
    Batch, Change, ChangeKind, CommitError, Committed, Expected, Guard, Method, ResourceKey,
};

use super::answer::EntryAnswer;
use super::batch::conditional_delete;
use super::identity::Identities;
use super::plan::{Action, Entry, Plan, Target};
use super::{BundleRequest, off_thread};
use crate::app::App;
use crate::conditional::Found;
use crate::failure::{Category, Failure};
use crate::write::{body_id, conditional_reference, version_conflict};

/// What an entry will do, once its conditions are resolved.
enum Resolved {
    Write {
        key: ResourceKey,
        method: Method,
        expected: Expected,
    },
    Delete {
        key: ResourceKey,
        expected: Expected,
    },
    /// A conditional create that found its resource.
    Exists(Box<Stored>),
    Get,
}

struct Resolution {
    entries: Vec<Resolved>,
    identities: Identities,
    guards: Vec<Guard>,
}

struct Prepared {
    batch: Batch,
    /// For each entry the index of its change.
    change_of: Vec<Option<usize>>,
    drafts: Vec<Option<Draft>>,
    resolved: Vec<Resolved>,
}

impl App {
    pub(super) async fn run_transaction(
        self: &Arc<Self>,
        request: &BundleRequest,
        plan: Plan,
    ) -> Result<Vec<EntryAnswer>, Failure> {
        let entries: Arc<Vec<Entry>> =
            Arc::new(plan.entries.into_iter().collect::<Result<_, _>>()?);
        let _writing = self.in_force();
        for _ in 0..=self.options.conflict_retries_max {
            let resolution = self.resolve(request, &entries).await?;
            let (app, owned, listed) = (Arc::clone(self), request.clone(), Arc::clone(&entries));
            let mut prepared = off_thread(request.tree.text().len(), move || {
                app.prepare(&owned, &listed, resolution)
            })
            .await?;
            let batch = std::mem::take(&mut prepared.batch);
            let keys: Vec<_> = batch.changes.iter().map(|change| change.key.clone()).collect();
            match self.store.commit(batch).await {
                Ok(committed) => {
                    self.note_written(&keys);
                    return self.answer(&entries, &prepared, &committed).await;
                }
                Err(CommitError::Guard(_)) => {}
                Err(CommitError::Expected(change, found)) => {
                    return Err(expected_failure(&prepared, change, found));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommitError::Guard(0).into())
    }

    async fn resolve(
        &self,
        request: &BundleRequest,
        entries: &[Entry],
    ) -> Result<Resolution, Failure> {
        let mut resolution = Resolution {
            entries: Vec::new(),
            identities: Identities::default(),
            guards: Vec::new(),
        };
        for (index, entry) in entries.iter().enumerate() {
            let resolved = self
                .resolve_entry(request, entry, &mut resolution.guards)
                .await
                .map_err(|failure| failure.inside(&format!("Bundle.entry[{index}]")))?;
            let key = match &resolved {
                Resolved::Write { key, .. } => Some(key),
                Resolved::Exists(stored) => Some(&stored.key),
                Resolved::Delete { .. } | Resolved::Get => None,
            };
            if let (Some(full_url), Some(key)) = (&entry.full_url, key)
                && !resolution.identities.insert(full_url, key)
            {
                return Err(twice(index, "two entries carry this fullUrl; give each its own"));
            }
            resolution.entries.push(resolved);
        }
        self.resolve_references(request, &mut resolution).await?;
        refuse_repeated_conditions(entries)?;
        refuse_dangling(request, entries, &resolution.identities)?;
        Ok(resolution)
    }

    async fn resolve_entry(
        &self,
        request: &BundleRequest,
        entry: &Entry,
        guards: &mut Vec<Guard>,
    ) -> Result<Resolved, Failure> {
        match &entry.action {
            Action::Get { .. } => Ok(Resolved::Get),
            Action::Delete { target: Target::Query(_), .. } => Err(conditional_delete()),
            Action::Delete { resource_type, target: Target::Id(id), if_match } => {
                let key = ResourceKey { resource_type: *resource_type, id: id.clone() };
                let expected = if_match.map_or(Expected::Any, Expected::Version);
                Ok(Resolved::Delete { key, expected })
            }
            Action::Create { resource_type, if_none_exist } => {
                if let Some(query) = if_none_exist {
                    let (found, guard) = self.find_one(*resource_type, query).await?;
                    guards.push(guard);
                    if let Found::One(stored) = found {
                        return Ok(Resolved::Exists(stored));
                    }
                }
                let key = ResourceKey { resource_type: *resource_type, id: self.ids.next() };
                Ok(Resolved::Write { key, method: Method::Post, expected: Expected::Absent })
            }
            Action::Update { resource_type, target, if_match } => {
                let (id, expected) = match target {
                    Target::Id(id) => (id.clone(), Expected::Any),
                    Target::Query(query) => {
                        let body_id = entry_value(request, entry).map_or(Ok(None), body_id)?;
                        let (id, guard, expected) =
                            self.conditional_target(*resource_type, query, body_id).await?;
                        guards.extend(guard);
                        (id, expected)
                    }
                };
                let expected = if_match.map_or(expected, Expected::Version);
                let key = ResourceKey { resource_type: *resource_type, id };
                Ok(Resolved::Write { key, method: Method::Put, expected })
            }
        }
    }

    /// Finds what the conditional references (`Patient?identifier=…`) of all entries mean.
    async fn resolve_references(
        &self,
        request: &BundleRequest,
        resolution: &mut Resolution,
    ) -> Result<(), Failure> {
        let texts = conditional_texts(&request.tree);
        for (text, expression) in texts {
            let Some((type_name, query)) = conditional_reference(text) else { continue };
            let resource_type = self.resource_type(type_name)?;
            let (found, guard) = self
                .find_one(resource_type, query)
                .await
                .map_err(|failure| failure.inside(&expression))?;
            let Found::One(stored) = found else {
                return Err(Failure::new(
                    Category::PreconditionFailed,
                    IssueCode::NotFound,
                    expression,
                    format!(
                        "the conditional reference finds no {resource_type}; create it first or in the same transaction with a fullUrl"
                    ),
                ));
            };
            resolution.identities.insert(text, &stored.key);
            resolution.guards.push(guard);
        }
        Ok(())
    }

    fn prepare(
        &self,
        request: &BundleRequest,
        entries: &[Entry],
        resolution: Resolution,
    ) -> Result<Prepared, Failure> {
        let Resolution { entries: resolved, identities, guards } = resolution;
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by_key(|index| entries[*index].action.rank());
        let mut batch = Batch { guards, ..Batch::default() };
        let mut change_of = vec![None; entries.len()];
        let mut drafts = vec![None; entries.len()];
        let mut seen = HashSet::with_capacity(entries.len());
        let in_force = self.in_force();
        for index in order {
            let (key, expected) = match &resolved[index] {
                Resolved::Write { key, expected, .. } | Resolved::Delete { key, expected } => {
                    (key, *expected)
                }
                Resolved::Exists(_) | Resolved::Get => continue,
            };
            let found_by_another = resolved
                .iter()
                .any(|other| matches!(other, Resolved::Exists(stored) if stored.key == *key));
            if found_by_another || !seen.insert(key.clone()) {
                return Err(twice(
                    index,
                    "the same resource is written or found twice in one transaction; keep one of the entries",
                ));
            }
            let kind = match &resolved[index] {
                Resolved::Write { method, .. } => {
                    let Some(value) = entry_value(request, &entries[index]) else { continue };
                    let draft = stamp(value, key.id.as_str(), &mut |v| identities.edit(v));
                    let resolve = |text: &str| identities.resolve(self, text);
                    let extracted = in_force.indexer.extract(value, &resolve);
                    if request.wants_representation {
                        drafts[index] = Some(draft.clone());
                    }
                    ChangeKind::Write { method: *method, draft, indexed: extracted }
                }
                _ => ChangeKind::Delete,
            };
            change_of[index] = Some(batch.changes.len());
            batch.changes.push(Change { key: key.clone(), expected, kind, lineage: None });
        }
        Ok(Prepared { batch, change_of, drafts, resolved })
    }

    async fn answer(
        &self,
        entries: &[Entry],
        prepared: &Prepared,
        committed: &[Committed],
    ) -> Result<Vec<EntryAnswer>, Failure> {
        let mut answers = Vec::with_capacity(entries.len());
        for (index, resolved) in prepared.resolved.iter().enumerate() {
            let change = prepared.change_of[index].map(|change| committed[change]);
            answers.push(match (resolved, change, &entries[index].action) {
                (Resolved::Exists(stored), ..) => EntryAnswer::Written {
                    key: stored.key.clone(),
                    status: 200,
                    version: stored.version,
                    last_updated: stored.last_updated,
                    body: stored.body.as_deref().map(<[u8]>::to_vec),
                },
                (Resolved::Write { key, .. }, Some(done), _) => {
                    let modified = fhir::format_instant(done.last_updated);
                    let draft = prepared.drafts[index].as_ref();
                    EntryAnswer::Written {
                        key: key.clone(),
                        status: if done.created { 201 } else { 200 },
                        version: done.version,
                        last_updated: done.last_updated,
                        body: draft.map(|draft| draft.fill(done.version.0, &modified)),
                    }
                }
                (Resolved::Delete { key, .. }, Some(done), _) => EntryAnswer::Written {
                    key: key.clone(),
                    status: 204,
                    version: done.version,
                    last_updated: done.last_updated,
                    body: None,
                },
                (_, _, Action::Get { url }) => match self.run_get(url).await {
                    Ok(answer) => answer,
                    Err(failure) => {
                        EntryAnswer::Failed(failure.inside(&format!("Bundle.entry[{index}]")))
                    }
                },
                _ => continue,
            });
        }
        Ok(answers)
    }
}

fn twice(index: usize, message: &str) -> Failure {
    let place = format!("Bundle.entry[{index}]");
    Failure::new(Category::Invalid, IssueCode::Duplicate, place, message)
}

/// Two entries with one condition would both create, since neither sees what the other does.
fn refuse_repeated_conditions(entries: &[Entry]) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    for (index, entry) in entries.iter().enumerate() {
        let condition = match &entry.action {
            Action::Create { resource_type, if_none_exist: Some(query) }
            | Action::Update { resource_type, target: Target::Query(query), .. } => {
                Some((*resource_type, query))
            }
            _ => None,
        };
        if condition.is_some_and(|condition| !seen.insert(condition)) {
            return Err(twice(index, "another entry has the same condition; keep one of them"));
        }
    }
    Ok(())
}

/// A `urn:uuid` or `urn:oid` reference must name an entry: stored as it is, it would lead nowhere.
fn refuse_dangling(
    request: &BundleRequest,
    entries: &[Entry],
    identities: &Identities,
) -> Result<(), Failure> {
    for entry in entries {
        let Some(resource) = entry_value(request, entry) else { continue };
        let inside = resource.index()..resource.subtree_end();
        let references = inside.filter_map(|index| request.tree.value(index));
        for value in references.filter(|value| value.name() == "reference") {
            let text = value.as_str().unwrap_or("");
            let is_urn = text.starts_with("urn:uuid:") || text.starts_with("urn:oid:");
            if is_urn && identities.get(text).is_none() {
                return Err(Failure::new(
                    Category::Invalid,
                    IssueCode::NotFound,
                    value.expression(),
                    "no entry of the transaction has this fullUrl; add the entry or refer to Type/id",
                ));
            }
        }
    }
    Ok(())
}

fn entry_value<'t>(request: &'t BundleRequest, entry: &Entry) -> Option<Value<'t>> {
    request.tree.value(entry.resource?)
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
        if conditional_reference(text).is_some() {
            texts.entry(text).or_insert_with(|| value.expression());
        }
    }
    texts
}

fn expected_failure(prepared: &Prepared, change: usize, found: Option<fhir::VersionId>) -> Failure {
    let entry = prepared.change_of.iter().position(|of| *of == Some(change));
    let Some(entry) = entry else { return CommitError::Expected(change, found).into() };
    let (Resolved::Write { key, expected, .. } | Resolved::Delete { key, expected }) =
        &prepared.resolved[entry]
    else {
        return CommitError::Expected(change, found).into();
    };
    let wanted = match expected {
        Expected::Version(version) => Some(*version),
        Expected::Any | Expected::Absent => None,
    };
    version_conflict(key, wanted, found).inside(&format!("Bundle.entry[{entry}].request"))
}
