//! `$expunge`: deleted resources and previous versions, gone for good.
//!
//! No specification has it; names and parameters are those that HAPI FHIR made common. What is to go
//! must be named, so that a call without parameters erases nothing.

use std::collections::BTreeSet;

use fhir::{IssueCode, ResourceType};
use store::{Erased, Erasure, ResourceKey, ScanPart};

use super::audit::Trail;
use super::input::Inputs;
use super::purge::add;
use super::table::Operation;
use super::{OperationTarget, not_here};
use crate::app::App;
use crate::failure::{Category, Failure};

/// Versions that one call erases where it does not say.
const LIMIT_DEFAULT: usize = 1_000;
/// Versions that one call erases at the most.
const LIMIT_MAX: usize = 100_000;
/// Resources that are looked at or erased at once.
const AT_ONCE: usize = 500;

pub(super) async fn expunge(
    app: &App,
    operation: &'static Operation,
    target: &OperationTarget,
    inputs: &Inputs,
) -> Result<Vec<u8>, Failure> {
    let deleted = inputs.is_true("expungeDeletedResources");
    let previous = inputs.is_true("expungePreviousVersions");
    if !deleted && !previous {
        return Err(Failure::new(
            Category::Invalid,
            IssueCode::Required,
            operation.code,
            "say what is to go for good: expungeDeletedResources or expungePreviousVersions, as true",
        ));
    }
    let limit = inputs.number("limit").unwrap_or(LIMIT_DEFAULT).min(LIMIT_MAX) as u64;
    let mut work = Work { app, limit, erased: Erased::default(), types: BTreeSet::new() };
    let erased = match target {
        OperationTarget::Instance(key) => {
            if app.store.read(key).await?.is_none() {
                return Err(Failure::not_found(key));
            }
            let trail = Trail::begin(app, operation, key.to_string()).await?;
            if deleted {
                work.erase(Erasure::Deleted(vec![key.clone()])).await?;
            }
            if previous {
                work.erase(Erasure::OldVersions(vec![key.clone()])).await?;
            }
            work.complete(trail).await?
        }
        OperationTarget::Type(resource_type) => {
            let trail = Trail::begin(app, operation, resource_type.to_string()).await?;
            work.of_types(&[*resource_type], deleted, previous).await?;
            work.complete(trail).await?
        }
        OperationTarget::System => {
            let trail = Trail::begin(app, operation, "all types".to_owned()).await?;
            work.of_types(app.definitions().resource_types(), deleted, previous).await?;
            work.complete(trail).await?
        }
        OperationTarget::Version(..) => return Err(not_here(target)),
    };
    let count = erased.versions;
    let parameters = format!(
        r#"{{"resourceType":"Parameters","parameter":[{{"name":"count","valueInteger":{count}}}]}}"#
    );
    Ok(parameters.into_bytes())
}

struct Work<'a> {
    app: &'a App,
    limit: u64,
    erased: Erased,
    /// The types that something was erased of.
    types: BTreeSet<ResourceType>,
}

impl Work<'_> {
    fn is_done(&self) -> bool {
        self.erased.versions >= self.limit
    }

    async fn erase(&mut self, what: Erasure) -> Result<(), Failure> {
        let of = match &what {
            Erasure::Resources(keys) | Erasure::OldVersions(keys) | Erasure::Deleted(keys) => {
                keys.first().map(|key| key.resource_type)
            }
        };
        // What jobs keep of it goes first, since nobody could tell afterwards what broke off.
        if let Some(of) = of.filter(|of| self.types.insert(*of)) {
            self.app.forget_copies(&BTreeSet::from([of])).await?;
        }
        let erased = self.app.store.erase(what).await?;
        add(&mut self.erased, erased);
        Ok(())
    }

    /// Takes away what jobs have come to keep meanwhile, and closes the trail.
    async fn complete(self, trail: Trail) -> Result<Erased, Failure> {
        self.app.forget_copies(&self.types).await?;
        trail.complete(self.app, self.erased).await?;
        Ok(self.erased)
    }

    async fn of_types(
        &mut self,
        types: &[ResourceType],
        deleted: bool,
        previous: bool,
    ) -> Result<(), Failure> {
        for resource_type in types {
            if deleted {
                self.deleted_of(*resource_type).await?;
            }
            if previous {
                self.previous_of(*resource_type).await?;
            }
        }
        Ok(())
    }

    /// Resources have one version at least, so no more of them are taken than versions are left.
    fn part(&self, resource_type: ResourceType, after: Option<u64>) -> ScanPart {
        let left = self.limit.saturating_sub(self.erased.versions).max(1);
        let limit = usize::try_from(left).unwrap_or(AT_ONCE).min(AT_ONCE);
        ScanPart { resource_type, after, since: None, limit }
    }

    async fn deleted_of(&mut self, resource_type: ResourceType) -> Result<(), Failure> {
        let mut after = None;
        while !self.is_done() {
            let scanned = self.app.store.scan_deleted(self.part(resource_type, after)).await?;
            let keys: Vec<ResourceKey> =
                scanned.resources.into_iter().map(|each| each.key).collect();
            if !keys.is_empty() {
                self.erase(Erasure::Deleted(keys)).await?;
            }
            after = scanned.next;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn previous_of(&mut self, resource_type: ResourceType) -> Result<(), Failure> {
        let mut after = None;
        while !self.is_done() {
            let part = ScanPart { limit: AT_ONCE, ..self.part(resource_type, after) };
            let scanned = self.app.store.scan(part).await?;
            let has_more = |each: &store::Stored| each.version.0 > 1;
            let keys: Vec<ResourceKey> =
                scanned.resources.into_iter().filter(has_more).map(|each| each.key).collect();
            let left = self.limit.saturating_sub(self.erased.versions).max(1);
            for chunk in keys.chunks(usize::try_from(left).unwrap_or(AT_ONCE).min(AT_ONCE)) {
                if self.is_done() {
                    break;
                }
                self.erase(Erasure::OldVersions(chunk.to_vec())).await?;
            }
            after = scanned.next;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }
}
