//! Which resource each entry of a transaction means: conditions searched, patches applied, new ids
//! given; and what an entry may not ask for together with another.

use std::collections::HashMap;

use fhir::{IssueCode, ReferenceKind, Tree, Value};
use store::{Expected, Guard, Method, ResourceKey, Stored};

use super::BundleRequest;
use super::action::{Action, Aim};
use super::identity::Identities;
use super::overlap::{refuse_overlaps, refuse_repeated_conditions, twice};
use super::plan::Entry;
use crate::app::App;
use crate::conditional::Found;
use crate::failure::{Category, Failure};
use crate::patch::PatchDocument;
use crate::write::{UpdateTarget, body_id};

/// What an entry will do, once its conditions are resolved.
#[derive(Debug)]
pub(super) enum Resolved {
    Write {
        key: ResourceKey,
        method: Method,
        expected: Expected,
        /// The resource, where a patch made it; else the entry's own.
        patched: Option<Tree>,
    },
    Delete {
        targets: Vec<(ResourceKey, Expected)>,
    },
    /// A conditional create that found its resource.
    Exists(Box<Stored>),
    Get,
}

impl Resolved {
    /// What it writes or deletes.
    pub(super) fn touched(&self) -> impl Iterator<Item = &ResourceKey> {
        let (written, deleted) = match self {
            Resolved::Write { key, .. } => (Some(key), [].as_slice()),
            Resolved::Delete { targets } => (None, targets.as_slice()),
            Resolved::Exists(_) | Resolved::Get => (None, [].as_slice()),
        };
        written.into_iter().chain(deleted.iter().map(|(key, _)| key))
    }
}

/// All entries resolved.
#[derive(Debug)]
pub(super) struct Resolution {
    pub(super) entries: Vec<Resolved>,
    pub(super) identities: Identities,
    pub(super) guards: Vec<Guard>,
}

impl App {
    pub(super) async fn resolve(
        &self,
        request: &BundleRequest,
        entries: &[Entry],
    ) -> Result<Resolution, Failure> {
        refuse_repeated_conditions(entries)?;
        let mut resolution = Resolution {
            entries: Vec::with_capacity(entries.len()),
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
        refuse_overlaps(&resolution.entries)?;
        self.refuse_met_conditions(request, entries, &resolution.entries)?;
        self.check_reads(request, entries, &resolution.entries).await?;
        self.resolve_references(request, entries, &mut resolution).await?;
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
            Action::Get(_) => Ok(Resolved::Get),
            Action::Delete { aim } => self.resolve_delete(aim, guards).await,
            Action::Patch { aim, document } => self.resolve_patch(aim, document, guards).await,
            Action::Create { resource_type, if_none_exist } => {
                if let Some(query) = if_none_exist {
                    let (found, guard) = self.find_one(*resource_type, query).await?;
                    guards.push(guard);
                    if let Found::One(stored) = found {
                        return Ok(Resolved::Exists(stored));
                    }
                }
                let key = ResourceKey { resource_type: *resource_type, id: self.ids.next() };
                let (method, expected) = (Method::Post, Expected::Absent);
                Ok(Resolved::Write { key, method, expected, patched: None })
            }
            Action::Update { aim } => {
                let (id, found) = match &aim.target {
                    UpdateTarget::Id(id) => (id.clone(), Expected::Any),
                    UpdateTarget::Query(query) => {
                        let body_id = entry_value(request, entry).map_or(Ok(None), body_id)?;
                        let (id, guard, expected) =
                            self.conditional_target(aim.resource_type, query, body_id).await?;
                        guards.extend(guard);
                        (id, expected)
                    }
                };
                let key = ResourceKey { resource_type: aim.resource_type, id };
                let expected = self.expected(&key, found, &aim.conditions).await?;
                Ok(Resolved::Write { key, method: Method::Put, expected, patched: None })
            }
        }
    }

    async fn resolve_delete(
        &self,
        aim: &Aim,
        guards: &mut Vec<Guard>,
    ) -> Result<Resolved, Failure> {
        let targets = match &aim.target {
            UpdateTarget::Id(id) => {
                let key = ResourceKey { resource_type: aim.resource_type, id: id.clone() };
                let expected = self.expected(&key, Expected::Any, &aim.conditions).await?;
                vec![(key, expected)]
            }
            UpdateTarget::Query(query) => {
                let (of, conditions) = (aim.resource_type, &aim.conditions);
                let deletion = self.find_to_delete(of, query, conditions).await?;
                guards.extend(deletion.guard);
                deletion.targets
            }
        };
        Ok(Resolved::Delete { targets })
    }

    async fn resolve_patch(
        &self,
        aim: &Aim,
        document: &PatchDocument,
        guards: &mut Vec<Guard>,
    ) -> Result<Resolved, Failure> {
        let (stored, guard) = self.patch_target(aim.resource_type, &aim.target).await?;
        guards.extend(guard);
        aim.conditions.check(&stored.key, Some((stored.version, stored.last_updated)))?;
        let patched = Some(self.apply_patch(&stored, document)?);
        let expected = Expected::Version(stored.version);
        Ok(Resolved::Write { key: stored.key, method: Method::Put, expected, patched })
    }

    /// A read that fails makes the transaction fail, so those that can be known to are tried before
    /// anything is written. What the transaction itself writes will be there to read.
    async fn check_reads(
        &self,
        request: &BundleRequest,
        entries: &[Entry],
        resolved: &[Resolved],
    ) -> Result<(), Failure> {
        let is_read = |entry: &Entry| matches!(entry.action, Action::Get(_));
        if !entries.iter().any(is_read) || entries.iter().all(is_read) {
            return Ok(());
        }
        let mut is_written: HashMap<&ResourceKey, bool> = HashMap::new();
        for one in resolved {
            let writes = matches!(one, Resolved::Write { .. });
            is_written.extend(one.touched().map(|key| (key, writes)));
        }
        for (index, entry) in entries.iter().enumerate() {
            let Action::Get(get) = &entry.action else { continue };
            let key = self.read_key(get);
            let checked = match key.as_ref().and_then(|key| is_written.get(key)) {
                Some(true) => Ok(()),
                Some(false) => Err(key.as_ref().map_or_else(unknown_read, Failure::gone)),
                None => self.run_get(get, request.handling).await.map(drop),
            };
            checked.map_err(|failure| failure.inside(&format!("Bundle.entry[{index}]")))?;
        }
        Ok(())
    }
}

fn unknown_read() -> Failure {
    Failure::plain(Category::NotFound, IssueCode::NotFound, "there is no such resource")
}

pub(super) fn entry_value<'t>(request: &'t BundleRequest, entry: &Entry) -> Option<Value<'t>> {
    request.tree.value(entry.resource?)
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

/// The type and query of a reference that is a search.
pub(super) fn conditional(text: &str) -> Option<(&str, &str)> {
    match fhir::Reference::parse(text).kind {
        ReferenceKind::Conditional { resource_type, query } => Some((resource_type, query)),
        _ => None,
    }
}
