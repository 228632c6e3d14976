//! What a caller's own thread does for a write, so that the writer's thread does less: numbers of
//! parameters, compression, order and limits.

use std::collections::HashSet;

use fhir::Draft;
use foldhash::fast::RandomState;
use search::{IndexEntry, IndexValue};
use store::{
    Batch, Change, ChangeKind, Expected, Guard, ItemOutcome, Lineage, Method, NewItem,
    ParameterKind, ResourceKey, StoreError,
};

use crate::form::Form;
use crate::lineage;
use crate::numbers::Numbers;

/// A batch ready for the writer.
pub(crate) struct PreparedBatch {
    pub(crate) guards: Vec<Guard>,
    pub(crate) changes: Vec<PreparedChange>,
    pub(crate) outcomes: Vec<ItemOutcome>,
}

/// A change ready for the writer.
pub(crate) struct PreparedChange {
    pub(crate) key: ResourceKey,
    pub(crate) t: i64,
    pub(crate) expected: Expected,
    /// `None` deletes.
    pub(crate) write: Option<PreparedWrite>,
    pub(crate) lineage: Option<PreparedLineage>,
}

/// A new version ready for the writer.
pub(crate) struct PreparedWrite {
    pub(crate) method: Method,
    pub(crate) form: Form,
    /// Where version and time go: the length of the draft's first part.
    pub(crate) cut: i64,
    pub(crate) body: Vec<u8>,
    pub(crate) entries: Vec<PreparedEntry>,
}

/// A value with its parameter's number.
pub(crate) struct PreparedEntry {
    pub(crate) p: i64,
    pub(crate) kind: ParameterKind,
    pub(crate) value: IndexValue,
}

/// A lineage ready for the writer.
pub(crate) struct PreparedLineage {
    pub(crate) item: i64,
    pub(crate) form: Form,
    pub(crate) body: Vec<u8>,
}

/// An item ready for the writer.
pub(crate) struct PreparedItem {
    pub(crate) item: NewItem,
    pub(crate) form: Form,
    pub(crate) body: Vec<u8>,
}

/// Prepares a batch.
pub(crate) fn batch(numbers: &Numbers, batch: Batch) -> Result<PreparedBatch, StoreError> {
    let mut keys = HashSet::with_capacity_and_hasher(batch.changes.len(), RandomState::default());
    if !batch.changes.iter().all(|change| keys.insert(&change.key)) {
        return Err(misuse("a resource stands twice in one batch; write it once"));
    }
    drop(keys);
    let changes =
        batch.changes.into_iter().map(|each| change(numbers, each)).collect::<Result<_, _>>()?;
    Ok(PreparedBatch { guards: batch.guards, changes, outcomes: batch.outcomes })
}

fn change(numbers: &Numbers, change: Change) -> Result<PreparedChange, StoreError> {
    let resource_type = change.key.resource_type;
    let t = numbers.type_number(resource_type);
    let t =
        t.ok_or_else(|| StoreError::unsupported(format!("the resource type {resource_type}")))?;
    let write = match change.kind {
        ChangeKind::Write { method, draft, indexed } => {
            let entries = indexed.entries;
            let (form, body) = pack_draft(&draft);
            let entries = entries
                .into_iter()
                .map(|each| entry(numbers, &change.key, each))
                .collect::<Result<_, _>>()?;
            Some(PreparedWrite { method, form, cut: draft.before.len() as i64, body, entries })
        }
        ChangeKind::Delete => None,
    };
    let lineage = change.lineage.as_ref().map(pack_lineage);
    Ok(PreparedChange { key: change.key, t, expected: change.expected, write, lineage })
}

fn entry(
    numbers: &Numbers,
    key: &ResourceKey,
    entry: IndexEntry,
) -> Result<PreparedEntry, StoreError> {
    let resource_type = key.resource_type;
    let (p, kind) = numbers.parameter_number(resource_type, entry.parameter).ok_or_else(|| {
        StoreError::unsupported(format!(
            "an index entry of {resource_type} by the search parameter {}, which it does not have",
            entry.parameter.0
        ))
    })?;
    Ok(PreparedEntry { p, kind, value: entry.value })
}

/// The text is compressed without version and time, which only the writer knows; they are put in
/// at each reading, so that any version can be compressed here.
fn pack_draft(draft: &Draft) -> (Form, Vec<u8>) {
    let mut text = Vec::with_capacity(draft.before.len() + draft.after.len());
    text.extend_from_slice(&draft.before);
    text.extend_from_slice(&draft.after);
    Form::Fhir1.pack(&text)
}

fn pack_lineage(lineage: &Lineage) -> PreparedLineage {
    let (form, body) = Form::Lineage1.pack(&lineage::pack(lineage));
    PreparedLineage { item: lineage.item.0 as i64, form, body }
}

/// Prepares an item.
pub(crate) fn item(item: NewItem) -> PreparedItem {
    let (form, body) = Form::Feed1.pack(&item.bytes);
    PreparedItem { item, form, body }
}

/// A mistake of the caller.
pub(crate) fn misuse(text: &'static str) -> StoreError {
    StoreError::backend("write a batch", text)
}
