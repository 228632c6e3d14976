//! The schema's steps, applied in order and never undone; `user_version` counts those applied.
//!
//! To change the schema: add `migrations/NNNN_name.sql` and a line to [`STEPS`]; never edit a step
//! that was released, and keep each one safe while the version before it still runs.

use rusqlite::Connection;
use store::StoreError;

/// Marks a database file as Careloom's ("Care" in ASCII).
const APPLICATION_ID: i32 = 0x4361_7265;

const STEPS: [&str; 6] = [
    include_str!("../migrations/0001_start.sql"),
    include_str!("../migrations/0002_whole_search.sql"),
    include_str!("../migrations/0003_index_log.sql"),
    include_str!("../migrations/0004_speed.sql"),
    include_str!("../migrations/0005_ranges.sql"),
    include_str!("../migrations/0006_kept.sql"),
];

/// Brings the database to the present schema, or refuses one that it does not know.
pub(crate) fn apply(connection: &mut Connection) -> Result<(), StoreError> {
    let failed = |error| StoreError::backend("bring the schema up to date", error);
    let number = |connection: &Connection, name: &str| {
        connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0)).map_err(failed)
    };
    let applied = number(connection, "user_version")?;
    let application = number(connection, "application_id")?;
    let foreign = application != APPLICATION_ID && (applied != 0 || application != 0);
    if foreign || applied < 0 || applied as usize > STEPS.len() {
        return Err(StoreError::backend(
            "open the database",
            "it was written by another program or a newer version; use another file or upgrade",
        ));
    }
    for (index, step) in STEPS.iter().enumerate().skip(applied as usize) {
        let transaction = connection.transaction().map_err(failed)?;
        transaction.execute_batch(step).map_err(failed)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
        transaction.pragma_update(None, "user_version", index as i32 + 1).map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    Ok(())
}
