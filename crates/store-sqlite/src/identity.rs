//! Logical ids to and from their stored form.

use fhir::ResourceId;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use store::{CompactId, StoreError, compact_id};

/// A logical id as a bound value: 16 bytes for a UUID, else a text.
pub(crate) struct StoredId<'i>(pub(crate) &'i ResourceId);

impl rusqlite::ToSql for StoredId<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match compact_id(self.0) {
            CompactId::Uuid(bytes) => ToSqlOutput::Owned(bytes.to_vec().into()),
            CompactId::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

/// A logical id as it stands in a column.
pub(crate) fn stored(id: &ResourceId) -> Value {
    match compact_id(id) {
        CompactId::Uuid(bytes) => Value::Blob(bytes.to_vec()),
        CompactId::Text(text) => Value::Text(text.to_owned()),
    }
}

/// The id in a column.
pub(crate) fn restore(value: ValueRef<'_>, rid: i64) -> Result<ResourceId, StoreError> {
    let id = match value {
        ValueRef::Blob(bytes) => bytes.try_into().ok().map(ResourceId::from_uuid_bytes),
        ValueRef::Text(text) => std::str::from_utf8(text).ok().and_then(ResourceId::parse),
        _ => None,
    };
    id.ok_or_else(|| StoreError::inconsistent("resource", "id", rid))
}
