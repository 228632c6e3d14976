//! From a contained resource's number to the resource that holds it.

use fhir::ResourceType;
use rusqlite::{Connection, OptionalExtension as _};
use store::StoreError;

use super::Reader;
use crate::connection::failed;

/// The type of a contained resource and its id in there.
type InContainer = (ResourceType, Box<str>);

impl Reader {
    /// The number of the container of a contained resource.
    pub(super) fn container_of(db: &Connection, rid: i64) -> Result<Option<i64>, StoreError> {
        db.prepare_cached("SELECT container FROM contained WHERE rid = ?1")
            .and_then(|mut statement| statement.query_row([rid], |row| row.get(0)).optional())
            .map_err(failed("read a contained resource"))
    }

    /// The number of the container, with the type and the id that it holds the resource by.
    pub(super) fn container(
        &self,
        db: &Connection,
        rid: i64,
    ) -> Result<Option<(i64, InContainer)>, StoreError> {
        let found: Option<(i64, i64, Box<str>)> = db
            .prepare_cached("SELECT container, t, local FROM contained WHERE rid = ?1")
            .and_then(|mut statement| {
                let columns = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
                statement.query_row([rid], columns).optional()
            })
            .map_err(failed("read a contained resource"))?;
        let Some((container, t, local)) = found else { return Ok(None) };
        Ok(Some((container, (self.numbers().type_named(t)?, local))))
    }
}
