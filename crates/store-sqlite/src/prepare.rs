//! What a caller's own thread does for a write, so that the writer's thread does less: numbers of
//! parameters, compression, order and limits.

use std::collections::HashSet;
use std::sync::Arc;

use fhir::{Draft, ResourceType, VersionId};
use foldhash::fast::RandomState;
use search::{ContainedEntries, IndexEntry, IndexValue, ParameterId};
use store::{
    Batch, Change, ChangeKind, Expected, Guard, ItemOutcome, Lineage, Method, NewItem,
    ParameterKind, Reindexed, ResourceKey, StoreError,
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
    pub(crate) found: PreparedFound,
    pub(crate) contained: Vec<PreparedContained>,
}

/// What a resource is found by, ready for the writer.
#[derive(Default)]
pub(crate) struct PreparedFound {
    pub(crate) entries: Vec<PreparedEntry>,
    /// The texts that go with the tokens of a parameter, as one text.
    pub(crate) texts: Vec<(i64, Box<str>)>,
}

/// What a contained resource is found by.
pub(crate) struct PreparedContained {
    pub(crate) t: i64,
    pub(crate) local: Box<str>,
    pub(crate) found: PreparedFound,
}

/// Parts the texts of a set; no folded text holds it.
pub(crate) const TEXTS_PARTED_BY: char = '\u{1F}';

/// A value with its parameter's number.
pub(crate) struct PreparedEntry {
    pub(crate) p: i64,
    pub(crate) kind: ParameterKind,
    pub(crate) value: IndexValue,
}

/// Numbers of parameters, shared by all resources that are reindexed together.
pub(crate) type ParameterNumbers = Arc<HashSet<i64, RandomState>>;

/// Rows of a resource for some parameters, ready for the writer.
pub(crate) struct PreparedReindex {
    pub(crate) key: ResourceKey,
    pub(crate) t: i64,
    pub(crate) version: VersionId,
    /// Numbers of the parameters whose rows are replaced.
    pub(crate) parameters: ParameterNumbers,
    pub(crate) found: PreparedFound,
    pub(crate) contained: Vec<PreparedContained>,
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
            let (form, body) = pack_draft(&draft);
            let found = found(numbers, resource_type, indexed.entries)?;
            let contained = contained(numbers, indexed.contained)?;
            let cut = draft.before.len() as i64;
            Some(PreparedWrite { method, form, cut, body, found, contained })
        }
        ChangeKind::Delete => None,
    };
    let lineage = change.lineage.as_ref().map(pack_lineage);
    Ok(PreparedChange { key: change.key, t, expected: change.expected, write, lineage })
}

/// Values with their parameters' numbers. Those of a parameter that was withdrawn while the resource
/// was on its way are left out.
fn found(
    numbers: &Numbers,
    resource_type: ResourceType,
    entries: Vec<IndexEntry>,
) -> Result<PreparedFound, StoreError> {
    let mut found = PreparedFound { entries: Vec::with_capacity(entries.len()), texts: Vec::new() };
    let mut texts: Vec<(i64, Box<str>)> = Vec::new();
    for IndexEntry { parameter, value } in entries {
        match (numbers.parameter_number(resource_type, parameter), value) {
            (Some((p, _)), IndexValue::TokenText(text)) => texts.push((p, text)),
            (Some((p, kind)), value) => found.entries.push(PreparedEntry { p, kind, value }),
            (None, _) if numbers.is_withdrawn(parameter) => {}
            (None, _) => {
                return Err(StoreError::unsupported(format!(
                    "an index entry of {resource_type} by the search parameter {}, which it does not have",
                    parameter.0
                )));
            }
        }
    }
    texts.sort_unstable();
    texts.dedup();
    for of_parameter in texts.chunk_by(|a, b| a.0 == b.0) {
        let members: Vec<&str> = of_parameter.iter().map(|(_, text)| &**text).collect();
        let members = members.join(TEXTS_PARTED_BY.encode_utf8(&mut [0; 4]));
        found.texts.push((of_parameter[0].0, members.into()));
    }
    Ok(found)
}

fn contained(
    numbers: &Numbers,
    contained: Vec<ContainedEntries>,
) -> Result<Vec<PreparedContained>, StoreError> {
    let mut prepared = Vec::with_capacity(contained.len());
    for each in contained {
        // What is of no known type is found by nothing.
        let Some(t) = numbers.type_number(each.resource_type) else { continue };
        let found = found(numbers, each.resource_type, each.entries)?;
        prepared.push(PreparedContained { t, local: each.local_id, found });
    }
    Ok(prepared)
}

/// Prepares rows to replace others.
pub(crate) fn reindex(
    numbers: &Numbers,
    rows: Vec<Reindexed>,
) -> Result<Vec<PreparedReindex>, StoreError> {
    let mut last: Option<(Vec<ParameterId>, ParameterNumbers)> = None;
    let mut prepared = Vec::with_capacity(rows.len());
    for row in rows {
        let resource_type = row.key.resource_type;
        let Some(t) = numbers.type_number(resource_type) else { continue };
        let parameters = match &last {
            Some((ids, known)) if *ids == row.parameters => known.clone(),
            _ => Arc::new(numbers.of_parameters(&row.parameters)),
        };
        last = Some((row.parameters, parameters.clone()));
        let found = found(numbers, resource_type, row.indexed.entries)?;
        let contained = contained(numbers, row.indexed.contained)?;
        let all = std::iter::once(&found).chain(contained.iter().map(|each| &each.found));
        let mut given = all.flat_map(|found| {
            found.entries.iter().map(|entry| entry.p).chain(found.texts.iter().map(|(p, _)| *p))
        });
        if let Some(other) = given.find(|number| !parameters.contains(number)) {
            return Err(StoreError::unsupported(format!(
                "a reindexed value of the parameter numbered {other}, which is not one of those reindexed"
            )));
        }
        drop(given);
        let (key, version) = (row.key, row.version);
        prepared.push(PreparedReindex { key, t, version, parameters, found, contained });
    }
    Ok(prepared)
}

/// The text is compressed without version and time, which only the writer knows; they are put in
/// at each reading, so that any version can be compressed here.
fn pack_draft(draft: &Draft) -> (Form, Vec<u8>) {
    let mut text = Vec::with_capacity(draft.before.len() + draft.after.len());
    text.extend_from_slice(&draft.before);
    text.extend_from_slice(&draft.after);
    Form::Fhir2.pack(&text)
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
