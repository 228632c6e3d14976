//! create and update, plain and conditional. Spec: <https://hl7.org/fhir/R4/http.html#create>,
//! <https://hl7.org/fhir/R4/http.html#update>.

use std::sync::Arc;

use fhir::{Edit, EntityTags, Issue, IssueCode, ResourceId, ResourceType, Severity};
use fhir::{Tree, Value, VersionId, stamp};
use store::{Batch, Change, ChangeKind, CommitError, Expected, Guard, GuardExpects, Method};
use store::{ResourceKey, Stored};

use crate::app::App;
use crate::conditional::Found;
use crate::failure::{Category, Failure};
use crate::heavy::heavy;
use crate::in_force::InForce;
use crate::precondition::{Preconditions, not_matched};

/// What a write answers with (`Prefer: return=…`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Return {
    /// Headers alone.
    Minimal,
    /// The resource as stored.
    #[default]
    Representation,
    /// An OperationOutcome that says what was done.
    OperationOutcome,
}

/// Conditions of a write, from its headers, and what to answer with.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// What must hold of the version that is current.
    pub conditions: Preconditions,
    /// If-None-Exist: a search of the resource's type.
    pub if_none_exist: Option<String>,
    /// What the answer carries; only [`Return::Representation`] has the text made again.
    pub answer: Return,
}

/// What an update is aimed at.
#[derive(Clone, Debug)]
pub enum UpdateTarget {
    /// `PUT Type/id`
    Id(ResourceId),
    /// `PUT Type?query`
    Query(String),
}

/// A resource that was written, or that was there already.
#[derive(Clone, Debug)]
pub struct Written {
    /// The version that is now current; its body only where the answer is to carry it.
    pub stored: Stored,
    /// Whether it is new.
    pub created: bool,
    /// Whether anything was written: a conditional create that finds one writes nothing.
    pub changed: bool,
}

impl App {
    /// Creates a resource under a new id, unless `if_none_exist` finds one.
    pub async fn create(
        &self,
        resource_type: ResourceType,
        tree: &Tree,
        options: &WriteOptions,
    ) -> Result<Written, Failure> {
        heavy(tree.text().len(), || self.check_resource(tree.root(), resource_type))?;
        options.conditions.check_create()?;
        for _ in 0..=self.options.conflict_retries_max {
            let in_force = self.in_force();
            let mut guards = Vec::new();
            if let Some(query) = &options.if_none_exist {
                let (found, guard) = self.find_one(resource_type, query).await?;
                match found {
                    Found::Nothing => guards.push(guard),
                    Found::One(stored) => {
                        return Ok(Written { stored: *stored, created: false, changed: false });
                    }
                }
            }
            let key = ResourceKey { resource_type, id: self.ids.next() };
            let change = self.change(&in_force, &key, tree.root(), Method::Post, Expected::Absent);
            match self.commit_one(change, guards, options.answer).await {
                Err(CommitError::Guard(_)) => {}
                other => return other.map_err(Failure::from),
            }
        }
        Err(CommitError::Guard(0).into())
    }

    /// Updates a resource, or creates it under the id that the client chose.
    pub async fn update(
        &self,
        resource_type: ResourceType,
        target: &UpdateTarget,
        tree: &Tree,
        options: &WriteOptions,
    ) -> Result<Written, Failure> {
        heavy(tree.text().len(), || self.check_resource(tree.root(), resource_type))?;
        let body_id = body_id(tree.root())?;
        for _ in 0..=self.options.conflict_retries_max {
            let in_force = self.in_force();
            let (id, guard, found) = match target {
                UpdateTarget::Id(id) => {
                    require_same_id(id, body_id.as_ref())?;
                    (id.clone(), None, Expected::Any)
                }
                UpdateTarget::Query(query) => {
                    self.conditional_target(resource_type, query, body_id.clone()).await?
                }
            };
            let key = ResourceKey { resource_type, id };
            let expected = self.expected(&key, found, &options.conditions).await?;
            let change = self.change(&in_force, &key, tree.root(), Method::Put, expected);
            match self.commit_one(change, guard.into_iter().collect(), options.answer).await {
                Err(CommitError::Guard(_)) => {}
                Err(CommitError::Expected(..)) if options.conditions.may_try_again() => {}
                Err(CommitError::Expected(_, current)) => {
                    return Err(unmet(&key, expected, options.conditions.create_only(), current));
                }
                other => return other.map_err(Failure::from),
            }
        }
        Err(CommitError::Guard(0).into())
    }

    /// Which id a conditional update writes to, with the guard that keeps it true.
    pub(crate) async fn conditional_target(
        &self,
        resource_type: ResourceType,
        query: &str,
        body_id: Option<ResourceId>,
    ) -> Result<(ResourceId, Option<Guard>, Expected), Failure> {
        let (found, guard) = self.find_one(resource_type, query).await?;
        match (found, body_id) {
            (Found::Nothing, Some(id)) => Ok((id, Some(guard), Expected::Absent)),
            (Found::Nothing, None) => Ok((self.ids.next(), Some(guard), Expected::Absent)),
            (Found::One(stored), body_id) => {
                if body_id.is_some_and(|id| id != stored.key.id) {
                    return Err(Failure::new(
                        Category::Invalid,
                        IssueCode::Value,
                        "id",
                        "the condition finds a resource with another id; leave id out of the body or search for the right one",
                    ));
                }
                Ok((stored.key.id, Some(guard), Expected::Any))
            }
        }
    }

    /// The structural rules that every resource from outside must keep.
    pub(crate) fn check_resource(
        &self,
        resource: Value<'_>,
        resource_type: ResourceType,
    ) -> Result<(), Failure> {
        let found = resource.text_of("resourceType");
        if found != Some(resource_type.as_str()) {
            return Err(Failure::new(
                Category::Invalid,
                IssueCode::Invalid,
                "resourceType",
                format!("the body must be a {resource_type} resource, as the URL says"),
            ));
        }
        let mut issues: Vec<Issue> = self.definitions().check_structure(resource);
        issues.extend(self.check_parameter(resource, resource_type));
        let is_error = |issue: &Issue| matches!(issue.severity, Severity::Error | Severity::Fatal);
        if issues.iter().any(is_error) { Err(Failure::invalid(issues)) } else { Ok(()) }
    }

    /// The change that stores a resource; `in_force` is kept by the caller until it is committed.
    pub(crate) fn change(
        &self,
        in_force: &InForce,
        key: &ResourceKey,
        resource: Value<'_>,
        method: Method,
        expected: Expected,
    ) -> Change {
        heavy(resource.span().len(), || {
            let draft = stamp(resource, key.id.as_str(), &mut |_| Edit::Keep);
            let indexed = in_force.indexer.extract(resource, &|text| self.local_target(text));
            let kind = ChangeKind::Write { method, draft, indexed };
            Change { key: key.clone(), expected, kind, lineage: None }
        })
    }

    /// Commits one write; the text is made again only for an answer that carries it.
    pub(crate) async fn commit_one(
        &self,
        change: Change,
        guards: Vec<Guard>,
        answer: Return,
    ) -> Result<Written, CommitError> {
        let ChangeKind::Write { method, draft, .. } = &change.kind else {
            unreachable!("commit_one is called with writes only");
        };
        let draft = (answer == Return::Representation).then(|| draft.clone());
        let (method, key) = (*method, change.key.clone());
        let batch = Batch { guards, changes: vec![change], outcomes: Vec::new() };
        let committed = self.commit(batch).await?[0];
        let last_updated = fhir::format_instant(committed.last_updated);
        let body = draft.map(|draft| Arc::from(draft.fill(committed.version.0, &last_updated)));
        let stored = Stored {
            key,
            version: committed.version,
            last_updated: committed.last_updated,
            method,
            body,
        };
        Ok(Written { stored, created: committed.created, changed: true })
    }
}

/// The id in a body, where it has one.
pub(crate) fn body_id(resource: Value<'_>) -> Result<Option<ResourceId>, Failure> {
    let Some(id) = resource.get("id") else { return Ok(None) };
    id.as_str().and_then(ResourceId::parse).map(Some).ok_or_else(|| {
        Failure::new(
            Category::Invalid,
            IssueCode::Value,
            "id",
            "an id is 1 to 64 letters, digits, '-' or '.'",
        )
    })
}

pub(crate) fn require_same_id(
    url_id: &ResourceId,
    body_id: Option<&ResourceId>,
) -> Result<(), Failure> {
    if body_id == Some(url_id) {
        return Ok(());
    }
    let message = match body_id {
        None => "an update's body must carry the id that the URL names; add it",
        Some(_) => "the body's id differs from the id that the URL names; make them the same",
    };
    Err(Failure::new(Category::Invalid, IssueCode::Value, "id", message))
}

/// The failure for an expectation of the current version that did not hold.
pub(crate) fn unmet(
    key: &ResourceKey,
    expected: Expected,
    create_only: bool,
    current: Option<VersionId>,
) -> Failure {
    match expected {
        Expected::Version(wanted) => {
            let tags = EntityTags::Listed(vec![wanted.to_string().into()]);
            not_matched(key, &tags, current)
        }
        Expected::Absent if create_only => Failure::new(
            Category::PreconditionFailed,
            IssueCode::Conflict,
            "If-None-Match",
            format!("{key} exists already; leave If-None-Match out to write to it"),
        ),
        Expected::Absent => Failure::new(
            Category::Conflict,
            IssueCode::Conflict,
            key.to_string(),
            format!(
                "the condition finds nothing, but {key} exists; leave id out of the body, or update {key} itself"
            ),
        ),
        Expected::Any => CommitError::Expected(0, current).into(),
    }
}

/// What a guard of a conditional write expects, given what the search found.
pub(crate) fn guard_of(search: ::search::Search, found: &Found) -> Guard {
    let expects = match found {
        Found::Nothing => GuardExpects::None,
        Found::One(stored) => GuardExpects::Only(stored.key.clone()),
    };
    Guard { search, expects }
}
