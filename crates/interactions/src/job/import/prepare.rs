//! Lines → changes: read, check, stamp, extract; what is wrong with a line is told with its number.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use fhir::{Edit, Issue, IssueCode, Limits, ResourceId, ResourceType, Severity, Tree, stamp};
use sha2::{Digest as _, Sha256};
use store::{Change, ChangeKind, Expected, Method, ResourceKey};

use super::lines::Chunk;
use crate::app::App;
use crate::failure::Failure;
use crate::in_force::InForce;

/// How deep a resource may nest.
const DEPTH_MAX: usize = 64;

/// What an import's lines have in common.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// The job and the input, for the ids of resources without one.
    pub(super) name: Arc<str>,
    /// What the input is called in errors.
    pub(super) url: Arc<str>,
    /// The type that each resource must have, where the request says so.
    pub(super) type_name: Option<Arc<str>>,
    /// Bytes of a line at the most.
    pub(super) line_bytes_max: usize,
}

/// A chunk that can be committed.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// The changes in the order of the lines; no batch has a resource twice.
    pub(super) batches: Vec<Vec<Change>>,
    /// An OperationOutcome for each line with errors.
    pub(super) errors: Vec<Vec<u8>>,
    /// Resources by type.
    pub(super) counts: BTreeMap<&'static str, u64>,
    /// Lines.
    pub(super) lines: u64,
    /// The offset just past the last line.
    pub(super) end: u64,
    /// The number of the last line.
    pub(super) last: u64,
}

/// Prepares a chunk.
pub(super) fn prepare(app: &App, in_force: &InForce, source: &Source, chunk: Chunk) -> Prepared {
    let mut prepared = Prepared {
        lines: chunk.lines.len() as u64,
        end: chunk.end,
        last: chunk.last,
        ..Prepared::default()
    };
    let mut batch: Vec<Change> = Vec::with_capacity(chunk.lines.len());
    let mut keys: HashSet<ResourceKey> = HashSet::with_capacity(chunk.lines.len());
    for line in chunk.lines {
        let read = match &line.bytes {
            Some(bytes) => change(app, in_force, source, line.number, bytes),
            None => Err(vec![Issue::error(
                IssueCode::TooLong,
                "",
                format!("longer than {} bytes", source.line_bytes_max),
            )]),
        };
        match read {
            Ok(change) => {
                *prepared.counts.entry(change.key.resource_type.as_str()).or_default() += 1;
                if !keys.insert(change.key.clone()) {
                    prepared.batches.push(std::mem::take(&mut batch));
                    keys.clear();
                    keys.insert(change.key.clone());
                }
                batch.push(change);
            }
            Err(issues) => prepared.errors.push(outcome(source, line.number, issues)),
        }
    }
    if !batch.is_empty() {
        prepared.batches.push(batch);
    }
    prepared
}

fn change(
    app: &App,
    in_force: &InForce,
    source: &Source,
    number: u64,
    line: &[u8],
) -> Result<Change, Vec<Issue>> {
    let limits = Limits { bytes_max: source.line_bytes_max, depth_max: DEPTH_MAX };
    let tree = Tree::parse_with(line, limits)
        .map_err(|error| vec![Issue::error(IssueCode::Structure, "", error.to_string())])?;
    let resource_type = type_of(in_force, source, &tree).map_err(|issue| vec![issue])?;
    app.check_resource(tree.root(), resource_type).map_err(|failure: Failure| failure.issues)?;
    let id = match tree.root().get("id").map(|id| id.as_str().and_then(ResourceId::parse)) {
        Some(Some(id)) => id,
        Some(None) => {
            let message = "an id is 1 to 64 letters, digits, '-' or '.'";
            return Err(vec![Issue::error(IssueCode::Value, "id", message)]);
        }
        None => made_id(source, number),
    };
    let draft = stamp(tree.root(), id.as_str(), &mut |_| Edit::Keep);
    let indexed = in_force.indexer.extract(tree.root(), &|text| app.local_target(text));
    Ok(Change {
        key: ResourceKey { resource_type, id },
        expected: Expected::Any,
        kind: ChangeKind::Write { method: Method::Put, draft, indexed },
        lineage: None,
    })
}

fn type_of(in_force: &InForce, source: &Source, tree: &Tree) -> Result<ResourceType, Issue> {
    let known = tree.resource_type().and_then(|name| in_force.definitions.resource_type(name));
    let Some(known) = known else {
        let message = "a line is a resource of FHIR R4 with its resourceType";
        return Err(Issue::error(IssueCode::Invalid, "resourceType", message));
    };
    match &source.type_name {
        Some(wanted) if **wanted != *known.as_str() => {
            let message = format!("the input is said to hold {wanted}, and this is {known}");
            Err(Issue::error(IssueCode::Invalid, "resourceType", message))
        }
        _ => Ok(known),
    }
}

/// The id of a resource that has none: always the same for this line of this job.
fn made_id(source: &Source, number: u64) -> ResourceId {
    let mut hash = Sha256::new();
    hash.update(b"careloom import|");
    hash.update(source.name.as_bytes());
    hash.update(number.to_le_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    // A version 8 UUID: made by a rule of our own (RFC 9562 §5.8).
    bytes[6] = (bytes[6] & 0x0F) | 0x80;
    bytes[8] = (bytes[8] & 0x3F) | 0x80;
    ResourceId::from_uuid_bytes(bytes)
}

fn outcome(source: &Source, number: u64, issues: Vec<Issue>) -> Vec<u8> {
    let placed: Vec<Issue> = issues
        .into_iter()
        .filter(|issue| issue.severity <= Severity::Error)
        .map(|issue| Issue {
            message: format!("{} line {number}: {}", source.url, issue.message),
            expression: issue.expression.filter(|expression| !expression.is_empty()),
            ..issue
        })
        .collect();
    fhir::operation_outcome(&placed)
}
