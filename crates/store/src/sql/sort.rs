//! Sorted lists of a branch: all matches, each with what it is sorted by.
//! Spec: <https://hl7.org/fhir/R4/search.html#sort>.
//!
//! A resource is sorted by one value: the least of several ascending, the greatest descending; of a
//! range by its low end ascending, its high end descending. Values that are missing come last, and
//! the number breaks ties.

use search::{SortBy, SortKey, SortOrder};

use super::predicate::Order;
use super::query::{Query, SortedPlan, Which};
use super::text::Writer;
use super::{derived, table_of};
use crate::catalogue::ParameterKind;
use crate::error::StoreError;

/// What a resource is sorted by, and how it is come by.
enum SortValue {
    /// A column of the resource's own row `r`.
    OfResource(String),
    /// The least or greatest value of a table that is entered by parameter and resource.
    ByResource { table: &'static str, value: String, number: i64 },
    /// The least or greatest value of a table that has no such way in, read once.
    Joined { table: &'static str, column: &'static str, number: i64, which: &'static str },
    /// None has any.
    Missing,
}

impl Query<'_> {
    /// Up to `limit` matches in the order of `keys`.
    pub fn sorted(
        &self,
        driver: Option<usize>,
        keys: &[SortKey],
        limit: usize,
    ) -> Result<SortedPlan, StoreError> {
        if let Some(statement) = self.sorted_by_row(driver, keys, limit)? {
            return Ok(statement);
        }
        let mut writer = Writer::new(self.dialect);
        let values = keys.iter().map(|key| self.sort_value(*key)).collect::<Result<Vec<_>, _>>()?;
        writer.text("SELECT u.rid");
        for (index, value) in values.iter().enumerate() {
            writer.text(", ");
            self.write_value(&mut writer, value, index);
            writer.text(&format!(" AS s{index}"));
        }
        let joins = values.iter().any(|value| matches!(value, SortValue::Joined { .. }));
        writer.text(" FROM (");
        if joins {
            self.joined(&mut writer, driver, &values)?;
            writer.text(") AS u GROUP BY u.rid HAVING max(u.hit) = 1");
        } else {
            let once = self.order(driver) == Order::Once;
            writer.text(if once { "SELECT m.rid FROM (" } else { "SELECT DISTINCT m.rid FROM (" });
            self.matches(&mut writer, driver)?;
            writer.text(") AS m) AS u");
        }
        writer.text(" ORDER BY ");
        for (index, key) in keys.iter().enumerate() {
            writer.text(&format!("s{index}"));
            writer.text(match key.order {
                SortOrder::Ascending => " NULLS LAST, ",
                SortOrder::Descending => " DESC NULLS LAST, ",
            });
        }
        writer.text("u.rid LIMIT ");
        writer.integer(limit as i64);
        Ok(writer.statement)
    }

    /// Where the only key is a parameter of which each resource has one row, and a condition is asked
    /// of it too: both are read from that row at once.
    fn sorted_by_row(
        &self,
        driver: Option<usize>,
        keys: &[SortKey],
        limit: usize,
    ) -> Result<Option<SortedPlan>, StoreError> {
        let [SortKey { by: SortBy::Parameter(parameter), order }] = keys else { return Ok(None) };
        let driver = self.chosen(driver);
        let asked = self.parts.iter().enumerate().find_map(|(index, part)| {
            let (place, conditions) = self.scope.single_rows(part)?;
            (conditions[0].parameter == *parameter).then_some((index, place, conditions))
        });
        let Some((asked, place, conditions)) = asked.filter(|(asked, ..)| Some(*asked) != driver)
        else {
            return Ok(None);
        };
        if self.which != Which::Resources || driver.is_none() {
            return Ok(None);
        }
        let distinct = if self.repeats(driver) { "DISTINCT " } else { "" };
        let mut others = self.parts.clone();
        others.remove(asked);
        let driver = driver.map(|driver| driver - usize::from(driver > asked));
        let (end, direction) = match order {
            SortOrder::Ascending => ("low", ""),
            SortOrder::Descending => ("high", " DESC"),
        };
        let table = table_of(place.kind).unwrap_or_default();
        let mut writer = Writer::new(self.dialect);
        writer.text(&format!("SELECT {distinct}m.rid, k.{end} AS s0 FROM ("));
        self.scope.set_of_all(&mut writer, &others, driver, "d")?;
        writer.text(&format!(") AS m CROSS JOIN {table} AS k WHERE k.p = "));
        writer.integer(place.number);
        writer.text(" AND k.rid = m.rid AND ");
        self.scope.conditions_on_row(&mut writer, place, &conditions, "+k", false)?;
        writer.text(&format!(" ORDER BY s0{direction}, m.rid LIMIT "));
        writer.integer(limit as i64);
        Ok(Some(writer.statement))
    }

    /// Each match once, then the values of tables without a way in by resource; grouped by resource,
    /// a value meets its match, and those of other resources fall away.
    fn joined(
        &self,
        writer: &mut Writer<'_>,
        driver: Option<usize>,
        values: &[SortValue],
    ) -> Result<(), StoreError> {
        writer.text("SELECT m.rid, 1 AS hit");
        columns(writer, values, |_| "NULL");
        writer.text(" FROM (");
        self.matches(writer, driver)?;
        writer.text(") AS m");
        for (index, value) in values.iter().enumerate() {
            if let SortValue::Joined { table, column, number, .. } = value {
                writer.text(" UNION ALL SELECT k.rid, 0");
                columns(writer, values, |each| if each == index { column } else { "NULL" });
                writer.text(&format!(" FROM {table} AS k WHERE k.p = "));
                writer.integer(*number);
            }
        }
        Ok(())
    }

    fn write_value(&self, writer: &mut Writer<'_>, value: &SortValue, index: usize) {
        match value {
            SortValue::OfResource(column) => {
                let table = if self.scope.contained { "contained" } else { "resource" };
                writer.text(&format!("(SELECT {column} FROM {table} AS r WHERE r.rid = u.rid)"));
            }
            SortValue::ByResource { table, value, number } => {
                writer.text(&format!("(SELECT {value} FROM {table} AS k WHERE k.p = "));
                writer.integer(*number);
                writer.text(" AND k.rid = u.rid)");
            }
            SortValue::Joined { which, .. } => writer.text(&format!("{which}(u.v{index})")),
            SortValue::Missing => writer.text("NULL"),
        }
    }

    fn sort_value(&self, key: SortKey) -> Result<SortValue, StoreError> {
        let contained = self.scope.contained;
        let parameter = match key.by {
            // What is contained has no time of its own.
            SortBy::LastUpdated if contained => return Ok(SortValue::Missing),
            SortBy::LastUpdated => return Ok(SortValue::OfResource("r.updated".to_owned())),
            SortBy::Id if contained => return Ok(SortValue::OfResource("r.local".to_owned())),
            SortBy::Id => {
                let mut column = String::new();
                self.dialect.id_text("r.id", &mut column);
                return Ok(SortValue::OfResource(column));
            }
            SortBy::Parameter(parameter) => parameter,
        };
        let resource_type = self.scope.resource_type;
        let refused = || {
            let code = self.scope.numbering.parameter_code(parameter);
            StoreError::unsupported(format!("sorting {resource_type} by {code}"))
        };
        let place = self.scope.numbering.parameter_number(resource_type, parameter);
        let (number, kind) = place.ok_or_else(refused)?;
        let number = if contained { number + derived::CONTAINED } else { number };
        let table = table_of(kind).ok_or_else(refused)?;
        let (which, end) = match key.order {
            SortOrder::Ascending => ("min", "low"),
            SortOrder::Descending => ("max", "high"),
        };
        let joined = |column| SortValue::Joined { table, column, number, which };
        Ok(match kind {
            ParameterKind::Date | ParameterKind::Number | ParameterKind::Quantity => {
                SortValue::ByResource { table, value: format!("{which}(k.{end})"), number }
            }
            ParameterKind::String => {
                SortValue::ByResource { table, value: format!("{which}(k.folded)"), number }
            }
            ParameterKind::Identifier => joined("k.value"),
            ParameterKind::Token => joined("(SELECT code FROM code WHERE c = k.c)"),
            ParameterKind::Uri => joined("(SELECT uri FROM uri WHERE u = k.u)"),
            ParameterKind::Reference => joined("k.target"),
            ParameterKind::Composite | ParameterKind::Position | ParameterKind::Other => {
                return Err(refused());
            }
        })
    }
}

/// Writes a column `v…` for each value that is joined.
fn columns<'c>(writer: &mut Writer<'_>, values: &[SortValue], column: impl Fn(usize) -> &'c str) {
    for (index, value) in values.iter().enumerate() {
        if let SortValue::Joined { .. } = value {
            writer.text(&format!(", {} AS v{index}", column(index)));
        }
    }
}
