//! `$purge`: a patient and all that is known of them, with history, lineage and the bytes that it came
//! from, gone for good.
//! Spec: <https://build.fhir.org/patient-operation-purge.html>; R4 has no such operation.

use std::collections::{BTreeMap, BTreeSet};

use fhir::{Issue, IssueCode, ResourceType, Severity, Tree, VersionId, operation_outcome};
use store::{Erased, Erasure, ResourceKey, ScanPart, Stored};

use super::audit::Trail;
use super::compartment::{Owners, branches, can_belong, owners_of};
use super::table::Operation;
use super::{OperationTarget, not_here};
use crate::app::App;
use crate::failure::Failure;
use crate::scan::search_of;

/// Resources that are read at once.
const AT_ONCE: usize = 500;
/// How often what was written meanwhile is looked for.
const ROUNDS_MAX: usize = 5;

/// What an erasure never takes: it is the trail of what was done.
const KEPT: &str = "AuditEvent";

pub(super) async fn purge(
    app: &App,
    operation: &'static Operation,
    target: &OperationTarget,
) -> Result<Vec<u8>, Failure> {
    let OperationTarget::Instance(patient) = target else { return Err(not_here(target)) };
    if app.store.read(patient).await?.is_none() {
        return Err(Failure::not_found(patient));
    }
    let trail = Trail::begin(app, operation, patient.to_string()).await?;
    let mut erased = Erased::default();
    let mut shared = BTreeMap::new();
    let mut types = BTreeSet::from([patient.resource_type]);
    for _ in 0..ROUNDS_MAX {
        let found = belongings(app, patient, &mut shared).await?;
        if found.is_empty() {
            break;
        }
        types.extend(found.iter().map(|key| key.resource_type));
        add(&mut erased, app.store.erase(Erasure::Resources(found)).await?);
    }
    // The patient goes last, so that what broke off can be begun again; what jobs keep of all this
    // goes before, and again behind it, for what began in between.
    let forgotten = app.forget_copies(&types).await?;
    add(&mut erased, app.store.erase(Erasure::Resources(vec![patient.clone()])).await?);
    app.note_written([patient]);
    let forgotten = forgotten + app.forget_copies(&types).await?;
    trail.complete(app, erased).await?;
    let mut issues = issues(patient, erased, &shared);
    issues.extend(told_of_copies(forgotten));
    Ok(operation_outcome(&issues))
}

/// What is said of jobs whose results went along.
fn told_of_copies(forgotten: usize) -> Option<Issue> {
    (forgotten > 0).then(|| Issue {
        severity: Severity::Information,
        code: IssueCode::Informational,
        message: format!(
            "the results of {forgotten} exports and answers given later may have held some of it, and are gone too"
        ),
        expression: None,
    })
}

pub(super) fn add(sum: &mut Erased, part: Erased) {
    sum.resources += part.resources;
    sum.versions += part.versions;
    sum.items += part.items;
}

fn issues(
    patient: &ResourceKey,
    erased: Erased,
    shared: &BTreeMap<ResourceType, usize>,
) -> Vec<Issue> {
    let message = format!(
        "erased {patient} and what belonged to it: {} resources, {} versions, the bytes of {} items",
        erased.resources, erased.versions, erased.items
    );
    let mut issues = vec![Issue {
        severity: Severity::Information,
        code: IssueCode::Informational,
        message,
        expression: None,
    }];
    for (resource_type, count) in shared {
        issues.push(Issue::warning(
            IssueCode::Incomplete,
            resource_type.as_str(),
            format!(
                "{count} {resource_type} resources belong to other patients too and stay; take the \
                 patient out of them"
            ),
        ));
    }
    issues
}

/// What belongs to the patient alone, deleted or not, but the patient; what others share is counted.
async fn belongings(
    app: &App,
    patient: &ResourceKey,
    shared: &mut BTreeMap<ResourceType, usize>,
) -> Result<Vec<ResourceKey>, Failure> {
    shared.clear();
    let mut found = Vec::new();
    let mut take = |stored: &Stored, key: &ResourceKey| {
        if *key == *patient || key.resource_type.as_str() == KEPT {
            return;
        }
        let in_force = app.in_force();
        let tree = Tree::parse(stored.body.as_deref().unwrap_or_default());
        let owners = tree.map(|tree| {
            let around = patient.resource_type;
            owners_of(app, &in_force, around, key.resource_type, tree.root())
        });
        let owners = owners.unwrap_or_default();
        if !owners.contains(&patient.id) {
            return;
        }
        if owners.len() == 1 {
            found.push(key.clone());
        } else {
            *shared.entry(key.resource_type).or_insert(0) += 1;
        }
    };
    let owners = Owners::Some(vec![patient.id.clone()]);
    let mut search = search_of(patient.resource_type, ::search::Expression::Never, AT_ONCE);
    search.branches = branches(app.definitions(), patient.resource_type, &owners);
    let mut cursor = None;
    loop {
        let page = app.store.search(&search, cursor.as_ref()).await?;
        for hit in &page.hits {
            take(&hit.resource, &hit.resource.key);
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    for resource_type in app.definitions().resource_types() {
        if can_belong(app.definitions(), patient.resource_type, *resource_type) {
            each_deleted(app, *resource_type, &mut take).await?;
        }
    }
    Ok(found)
}

/// Calls `take` with each deleted resource of a type, as it was before it was deleted.
async fn each_deleted(
    app: &App,
    resource_type: ResourceType,
    take: &mut impl FnMut(&Stored, &ResourceKey),
) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let part = ScanPart { resource_type, after, since: None, limit: AT_ONCE };
        let scanned = app.store.scan_deleted(part).await?;
        for deleted in &scanned.resources {
            // Deleted more than once in a row, or with its versions erased, it says nothing.
            let mut version = deleted.version.0.saturating_sub(1);
            while version > 0 {
                let before = app.store.read_version(&deleted.key, VersionId(version)).await?;
                let Some(before) = before else { break };
                if before.body.is_some() {
                    take(&before, &deleted.key);
                    break;
                }
                version -= 1;
            }
        }
        after = scanned.next;
        if after.is_none() {
            return Ok(());
        }
    }
}
