//! The different values of a parameter, by one seek each.

use rusqlite::Connection;
use search::{IndexValue, ParameterId};
use store::{ParameterKind, StoreError};

use super::Reader;
use crate::connection::failed;

/// From the least number of a run to the next greater, without reading what is between.
const CODES: &str = "WITH RECURSIVE each (c) AS (\
     SELECT (SELECT min(c) FROM index_token WHERE p = ?1) UNION ALL \
     SELECT (SELECT min(c) FROM index_token WHERE p = ?1 AND c > each.c) FROM each \
     WHERE each.c IS NOT NULL) \
     SELECT u.uri, code.code FROM each JOIN code ON code.c = each.c \
     LEFT JOIN uri u ON u.u = code.u ORDER BY each.c LIMIT ?2";

const URIS: &str = "WITH RECURSIVE each (u) AS (\
     SELECT (SELECT min(u) FROM index_uri WHERE p = ?1) UNION ALL \
     SELECT (SELECT min(u) FROM index_uri WHERE p = ?1 AND u > each.u) FROM each \
     WHERE each.u IS NOT NULL) \
     SELECT uri.uri FROM each JOIN uri ON uri.u = each.u ORDER BY each.u LIMIT ?2";

impl Reader {
    /// The different values of a parameter.
    pub(crate) fn values(
        &self,
        db: &Connection,
        resource_type: fhir::ResourceType,
        parameter: ParameterId,
        limit: usize,
    ) -> Result<Vec<IndexValue>, StoreError> {
        let place = self.numbers().parameter_number(resource_type, parameter);
        let Some((number, kind)) = place else { return Ok(Vec::new()) };
        let wrong = failed("list the values of a parameter");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let text = |text: String| (!text.is_empty()).then(|| text.into());
        match kind {
            ParameterKind::Token => {
                let mut statement = db.prepare_cached(CODES).map_err(wrong)?;
                let rows = statement.query_map((number, limit), |row| {
                    let system: Option<String> = row.get(0)?;
                    let code: String = row.get(1)?;
                    Ok(IndexValue::Token { system: system.and_then(text), code: text(code) })
                });
                rows.and_then(Iterator::collect).map_err(wrong)
            }
            ParameterKind::Uri => {
                let mut statement = db.prepare_cached(URIS).map_err(wrong)?;
                let rows = statement.query_map((number, limit), |row| {
                    Ok(IndexValue::Uri(row.get::<_, String>(0)?.into()))
                });
                rows.and_then(Iterator::collect).map_err(wrong)
            }
            _ => Err(StoreError::unsupported("listing the values of such a parameter")),
        }
    }
}
