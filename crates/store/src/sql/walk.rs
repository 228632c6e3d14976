//! The first of a sorted search read off an index of what it is sorted by, each resource tested on the
//! way: for searches that match so many that sorting them all would take longer.

use search::{SortBy, SortKey, SortOrder};

use super::query::{Query, Which};
use super::spread::WIDE;
use super::text::{Statement, Writer};
use crate::catalogue::ParameterKind;
use crate::error::StoreError;

/// How the first of a sorted search are read.
///
/// Each statement gives, in the order of the index: the number; a bound, beyond which no later row's
/// value lies; and the value that the resource is sorted by, `NULL` if it does not match.
pub struct Walk {
    /// The ways, of which all have to be gone.
    pub ways: Vec<Statement>,
    /// Whether the greatest come first.
    pub descending: bool,
}

impl Query<'_> {
    /// How to read the first in the order of `keys`, looking at up to `limit` rows of each index;
    /// `None` where no index has that order.
    pub fn walk(&self, keys: &[SortKey], limit: i64) -> Result<Option<Walk>, StoreError> {
        let [key] = keys else { return Ok(None) };
        if self.which != Which::Resources {
            return Ok(None);
        }
        let descending = key.order == SortOrder::Descending;
        let mut ways = Vec::new();
        match key.by {
            SortBy::Id => return Ok(None),
            SortBy::LastUpdated => {
                let order = if descending { "DESC" } else { "ASC" };
                let mut writer = Writer::new(self.dialect);
                writer.text("SELECT k.rid, k.updated, CASE WHEN ");
                self.tests(&mut writer)?;
                writer.text(" THEN k.updated END FROM resource AS k WHERE k.live = 1 AND k.t = ");
                writer.integer(self.scope.type_number());
                writer.text(&format!(" ORDER BY k.updated {order} LIMIT "));
                writer.integer(limit);
                ways.push(writer.statement);
            }
            SortBy::Parameter(parameter) => {
                let of = self.scope.resource_type;
                let place = self.scope.numbering.parameter_number(of, parameter);
                let Some((number, ParameterKind::Date)) = place else { return Ok(None) };
                if descending {
                    // Those that end within a day of their beginning, by that; and the others.
                    ways.push(self.dates(number, "k.low", WIDE, "max(x.high)", "", limit)?);
                    let wide = format!(" AND k.high - k.low > {WIDE}");
                    ways.push(self.dates(number, "k.high", 0, "max(x.high)", &wide, limit)?);
                } else {
                    ways.push(self.dates(number, "k.low", 0, "min(x.low)", "", limit)?);
                }
            }
        }
        Ok(Some(Walk { ways, descending }))
    }

    fn dates(
        &self,
        number: i64,
        by: &str,
        slack: i64,
        value: &str,
        which: &str,
        limit: i64,
    ) -> Result<Statement, StoreError> {
        let order = if value.starts_with("max") { "DESC" } else { "ASC" };
        let mut writer = Writer::new(self.dialect);
        writer.text(&format!("SELECT k.rid, {by} + {slack}, CASE WHEN "));
        self.tests(&mut writer)?;
        writer.text(&format!(
            " THEN (SELECT {value} FROM index_date AS x WHERE x.p = k.p AND x.rid = k.rid) END \
             FROM index_date AS k WHERE k.p = "
        ));
        writer.integer(number);
        writer.text(&format!("{which} ORDER BY {by} {order} LIMIT "));
        writer.integer(limit);
        Ok(writer.statement)
    }

    fn tests(&self, writer: &mut Writer<'_>) -> Result<(), StoreError> {
        writer.text("1 = 1");
        for part in &self.parts {
            writer.text(" AND ");
            self.scope.test(writer, part, "k.rid")?;
        }
        Ok(())
    }
}
