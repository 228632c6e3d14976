//! The first of a sorted search read off an index of what it is sorted by, each resource tested on the
//! way: for searches that match so many that sorting them all would take longer.

use search::{Comparison, Expression, SortBy, SortKey, SortOrder};

use super::condition::Place;
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
    /// `None` where no index has that order. The part `known` is left to the caller to test.
    pub fn walk(
        &self,
        keys: &[SortKey],
        limit: i64,
        known: Option<usize>,
    ) -> Result<Option<Walk>, StoreError> {
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
                self.tests(&mut writer, known)?;
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
                let spread = self.scope.numbering.spread(number, ParameterKind::Date);
                if descending {
                    // Those that end within a day of their beginning, by that; and the others.
                    ways.push(self.dates((number, spread.many), Way::DESCENDING, limit, known)?);
                    if spread.wide {
                        ways.push(self.dates((number, spread.many), Way::WIDE, limit, known)?);
                    }
                } else {
                    ways.push(self.dates((number, spread.many), Way::ASCENDING, limit, known)?);
                }
            }
        }
        Ok(Some(Walk { ways, descending }))
    }

    /// The conditions on the time itself are asked of the row where each resource has but one: then
    /// they bound what is read of the index.
    fn dates(
        &self,
        (number, many): (i64, bool),
        way: Way,
        limit: i64,
        known: Option<usize>,
    ) -> Result<Statement, StoreError> {
        let Way { by, slack, end, order, which } = way;
        let mut writer = Writer::new(self.dialect);
        writer.text(&format!("SELECT k.rid, {by} + {slack}, CASE WHEN 1 = 1"));
        for (index, part) in self.parts.iter().enumerate() {
            if Some(index) != known && self.on_row(part, number).is_none() {
                writer.text(" AND ");
                self.scope.test(&mut writer, part, "k.rid")?;
            }
        }
        if many {
            let function = if order == "DESC" { "max" } else { "min" };
            writer.text(&format!(
                " THEN (SELECT {function}(x.{end}) FROM index_date AS x \
                 WHERE x.p = k.p AND x.rid = k.rid)"
            ));
        } else {
            writer.text(&format!(" THEN k.{end}"));
        }
        writer.text(" END FROM index_date AS k WHERE k.p = ");
        writer.integer(number);
        writer.text(which);
        for (place, conditions) in self.parts.iter().filter_map(|part| self.on_row(part, number)) {
            writer.text(" AND ");
            let narrow = by == "k.low" && order == "DESC";
            self.scope.conditions_on_row(&mut writer, place, &conditions, "k", narrow)?;
        }
        writer.text(&format!(" ORDER BY {by} {order} LIMIT "));
        writer.integer(limit);
        Ok(writer.statement)
    }

    /// Up to `limit` numbers that a part matches, as they are found; some perhaps several times.
    pub fn set_of_part(&self, part: usize, limit: usize) -> Result<Statement, StoreError> {
        let mut writer = Writer::new(self.dialect);
        self.scope.set(&mut writer, &self.parts[part], "d")?;
        writer.text(" LIMIT ");
        writer.integer(limit as i64);
        Ok(writer.statement)
    }

    /// The conditions of a part that are asked of the row that is looked at.
    fn on_row<'e>(
        &self,
        part: &'e Expression,
        number: i64,
    ) -> Option<(Place, Vec<&'e Comparison>)> {
        self.scope.single_rows(part).filter(|(place, _)| place.number == number)
    }

    fn tests(&self, writer: &mut Writer<'_>, known: Option<usize>) -> Result<(), StoreError> {
        writer.text("1 = 1");
        for (index, part) in self.parts.iter().enumerate() {
            if Some(index) != known {
                writer.text(" AND ");
                self.scope.test(writer, part, "k.rid")?;
            }
        }
        Ok(())
    }
}

/// A way through the index of times.
#[derive(Clone, Copy)]
struct Way {
    /// The column that it is ordered by.
    by: &'static str,
    /// How far beyond it the end that is sorted by may lie.
    slack: i64,
    /// The end that is sorted by.
    end: &'static str,
    order: &'static str,
    /// Which rows are on the way.
    which: &'static str,
}

impl Way {
    const ASCENDING: Way = Way { by: "k.low", slack: 0, end: "low", order: "ASC", which: "" };

    /// What ends within a day of its beginning; wider ones are seen too, and then again.
    const DESCENDING: Way = Way { by: "k.low", slack: WIDE, end: "high", order: "DESC", which: "" };

    /// As the index of wide times says it, whose width is [`WIDE`].
    const WIDE: Way = Way {
        by: "k.high",
        slack: 0,
        end: "high",
        order: "DESC",
        which: " AND k.high - k.low > 86400000000",
    };
}
