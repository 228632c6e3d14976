//! The first matches in the order of numbers, where the driver's set comes in another order.
//!
//! Few matches are read and sorted. Of many, the first are soon met when resources are looked at one
//! after the other, each tested. A backend tries the one, then the other.

use search::Expression;

use super::predicate::Order;
use super::query::{Query, Which};
use super::table_of;
use super::text::{Statement, Writer};
use crate::error::StoreError;

/// What it takes to read a resource's keys, against a look at one reference.
const KEYS: f64 = 3.5;

impl Query<'_> {
    /// Whether a page has to be sorted out of all matches that the driver finds.
    pub fn is_unordered(&self, driver: Option<usize>) -> bool {
        self.which == Which::Resources && self.order(driver) == Order::None
    }

    /// Whether the set of a driver that is a `_has` takes longer to come by than `wanted` matches
    /// take to be met.
    ///
    /// To read the keys of n referring resources takes n times [`KEYS`]; to meet matches takes a look
    /// at `wanted / n` of all that refer.
    pub fn begins_slowly(&self, driver: Option<usize>, wanted: usize) -> Result<bool, StoreError> {
        let part = self.chosen(driver).map(|index| &self.parts[index]);
        let Some(Expression::Has { source, inner, .. }) = part else { return Ok(false) };
        let all = self.scope.numbering.count(&self.scope.at(*source).of_type(self.dialect));
        let few = (wanted as f64 * all as f64 / KEYS).sqrt() as i64;
        let found = self.scope.at(*source).count_up_to(self.dialect, inner, few + 1)?;
        Ok(found > few)
    }

    /// Up to `limit` matches above `after` as they are found, one perhaps several times.
    pub fn unordered(
        &self,
        driver: Option<usize>,
        after: i64,
        limit: usize,
    ) -> Result<Statement, StoreError> {
        let mut writer = Writer::new(self.dialect);
        writer.text("SELECT m.rid FROM (");
        self.matches(&mut writer, driver)?;
        writer.text(") AS m WHERE m.rid + 0 > ");
        writer.integer(after);
        writer.text(" LIMIT ");
        writer.integer(limit as i64);
        Ok(writer.statement)
    }

    /// Up to `limit` matches above `after` and up to `last`, ascending, found by looking at each
    /// resource.
    pub fn in_order(&self, after: i64, last: i64, limit: usize) -> Result<Statement, StoreError> {
        let mut writer = Writer::new(self.dialect);
        let rows = self.parts.iter().enumerate().find_map(|(index, part)| {
            self.scope.single_rows(part).map(|(place, conditions)| (index, place, conditions))
        });
        let base = rows.as_ref().map(|(index, ..)| *index);
        if let Some((_, place, conditions)) = rows {
            // Each has one row, which stands by parameter and resource. The sign keeps the planner
            // to that order.
            let table = table_of(place.kind).unwrap_or_default();
            writer.text(&format!("SELECT d.rid FROM {table} AS d WHERE d.p = "));
            writer.integer(place.number);
            writer.text(" AND ");
            self.scope.conditions_on_row(&mut writer, place, &conditions, "+d", false)?;
        } else {
            self.scope.resources(&mut writer, "d");
        }
        for (index, part) in self.parts.iter().enumerate() {
            if Some(index) != base {
                writer.text(" AND ");
                self.scope.test(&mut writer, part, "d.rid")?;
            }
        }
        writer.text(" AND d.rid > ");
        writer.integer(after);
        writer.text(" AND d.rid <= ");
        writer.integer(last);
        writer.text(" ORDER BY d.rid LIMIT ");
        writer.integer(limit as i64);
        Ok(writer.statement)
    }
}
