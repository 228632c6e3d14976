//! delete, plain and conditional. Spec: <https://hl7.org/fhir/R4/http.html#delete>,
//! <https://hl7.org/fhir/R4/http.html#cdelete>.

use fhir::{EntityTags, IssueCode, ResourceType};
use store::{Batch, Change, ChangeKind, CommitError, Committed, Expected, Guard, ResourceKey};

use crate::app::App;
use crate::failure::{Category, Failure};
use crate::precondition::Preconditions;
use crate::write::unmet;

/// What a conditional delete did.
#[derive(Clone, Debug, Default)]
pub struct Deleted {
    /// What is deleted now, with the version that says so.
    pub resources: Vec<(ResourceKey, Committed)>,
}

/// What a conditional delete will do, and what must still hold when it does.
#[derive(Debug)]
pub(crate) struct Deletion {
    /// What to delete, each with what must be current.
    pub(crate) targets: Vec<(ResourceKey, Expected)>,
    /// What keeps the condition's answer true; a delete of several goes by their versions.
    pub(crate) guard: Option<Guard>,
}

impl App {
    /// Deletes a resource. Deleting what is not there, or is deleted already, is no failure.
    pub async fn delete(
        &self,
        key: &ResourceKey,
        conditions: &Preconditions,
    ) -> Result<Committed, Failure> {
        for _ in 0..=self.options.conflict_retries_max {
            let expected = self.expected(key, Expected::Any, conditions).await?;
            let kind = ChangeKind::Delete;
            let change = Change { key: key.clone(), expected, kind, lineage: None };
            let batch = Batch { guards: Vec::new(), changes: vec![change], outcomes: Vec::new() };
            match self.commit(batch).await {
                Ok(committed) => return Ok(committed[0]),
                Err(CommitError::Expected(..)) if conditions.may_try_again() => {}
                Err(CommitError::Expected(_, found)) => {
                    return Err(unmet(key, expected, conditions.create_only(), found));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommitError::Guard(0).into())
    }

    /// Deletes what a search finds: one, or as many as the option `conditional_delete_max` allows.
    pub async fn conditional_delete(
        &self,
        resource_type: ResourceType,
        query: &str,
        conditions: &Preconditions,
    ) -> Result<Deleted, Failure> {
        for _ in 0..=self.options.conflict_retries_max {
            let deletion = self.find_to_delete(resource_type, query, conditions).await?;
            let keys: Vec<ResourceKey> = deletion.targets.iter().map(|(k, _)| k.clone()).collect();
            let changes = deletion.targets.into_iter().map(|(key, expected)| Change {
                key,
                expected,
                kind: ChangeKind::Delete,
                lineage: None,
            });
            let batch = Batch {
                guards: deletion.guard.into_iter().collect(),
                changes: changes.collect(),
                outcomes: Vec::new(),
            };
            if batch.changes.is_empty() {
                return Ok(Deleted::default());
            }
            match self.commit(batch).await {
                Ok(committed) => {
                    return Ok(Deleted { resources: keys.into_iter().zip(committed).collect() });
                }
                Err(CommitError::Guard(_) | CommitError::Expected(..)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommitError::Guard(0).into())
    }

    /// What a conditional delete is aimed at; more than the option allows is a failure.
    pub(crate) async fn find_to_delete(
        &self,
        resource_type: ResourceType,
        query: &str,
        conditions: &Preconditions,
    ) -> Result<Deletion, Failure> {
        let max = self.options.conditional_delete_max.max(1);
        let (found, guard) = self.find_up_to(resource_type, query, max).await?;
        let is_one = match &conditions.if_match {
            None => true,
            Some(EntityTags::Any) => !found.is_empty(),
            Some(EntityTags::Listed(_)) => found.len() == 1,
        };
        if !is_one {
            return Err(not_one(resource_type, found.len()));
        }
        conditions.decided()?;
        for one in &found {
            conditions.check(&one.key, Some((one.version, one.last_updated)))?;
        }
        let expected = |stored: store::Stored| (stored.key, Expected::Version(stored.version));
        let targets = found.into_iter().map(expected).collect();
        Ok(Deletion { targets, guard })
    }
}

/// The failure for an If-Match of a delete that finds nothing, or several: it names one version.
fn not_one(resource_type: ResourceType, count: usize) -> Failure {
    Failure::new(
        Category::PreconditionFailed,
        IssueCode::Conflict,
        "If-Match",
        format!(
            "the condition finds {count} {resource_type} resources; If-Match names a version of one"
        ),
    )
}
