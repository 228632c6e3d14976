//! A whole search as statements: a page in the store's own order, a sorted list, a count.

use search::{Expression, Search, SortBy, SortKey, SortOrder};

use super::condition::{SERVED, Scope};
use super::text::{Dialect, Statement, Writer};
use super::{Numbering, table_of};
use crate::catalogue::ParameterKind;
use crate::error::StoreError;

/// Writes the statements of one search.
pub struct Query<'q> {
    dialect: &'q dyn Dialect,
    scope: Scope<'q>,
    parts: Vec<Expression>,
}

/// A page in the order of resource numbers.
pub type PagePlan = Statement;

/// All matches in the order asked for, bounded.
pub type SortedPlan = Statement;

impl<'q> Query<'q> {
    /// Prepares to write `search`; only its type and filter are looked at here.
    pub fn new(
        dialect: &'q dyn Dialect,
        numbering: &'q dyn Numbering,
        search: &Search,
    ) -> Result<Self, StoreError> {
        let [branch] = search.branches.as_slice() else {
            return Err(StoreError::unsupported("a search of several types"));
        };
        let scope = Scope { numbering, resource_type: branch.resource_type };
        Ok(Query { dialect, scope, parts: flatten(&branch.filter) })
    }

    /// The parts that could be the driver of the search, each as a statement that counts its
    /// matches up to `limit`; nothing where there is no choice.
    ///
    /// A backend runs them and hands the smallest to the other methods: the average that a
    /// database keeps of a column says nothing about this code or this person.
    pub fn candidates(&self, limit: u32) -> Result<Vec<(usize, Statement)>, StoreError> {
        let mut served: Vec<usize> = (0..self.parts.len())
            .filter(|index| self.scope.selectivity(&self.parts[*index]) >= SERVED)
            .collect();
        if served.len() < 2 {
            return Ok(Vec::new());
        }
        served.sort_by_key(|index| std::cmp::Reverse(self.scope.selectivity(&self.parts[*index])));
        let counted = |index: usize| {
            let mut writer = Writer::new(self.dialect);
            writer.text("SELECT count(*) FROM (");
            self.scope.set(&mut writer, &self.parts[index], "d")?;
            writer.text(&format!(" LIMIT {limit})"));
            Ok((index, writer.statement))
        };
        served.into_iter().map(counted).collect()
    }

    /// Up to `limit` numbers above `after`, ascending.
    pub fn page(
        &self,
        driver: Option<usize>,
        after: i64,
        limit: usize,
    ) -> Result<PagePlan, StoreError> {
        let mut writer = Writer::new(self.dialect);
        if self.is_ordered(driver) {
            self.matches(&mut writer, driver)?;
            writer.text(" AND d.rid > ");
            writer.integer(after);
            writer.text(" ORDER BY d.rid LIMIT ");
        } else {
            // The sums keep the planner from serving bound and order by an index of resources, where
            // it would read all of them, in place of the index of the values.
            writer.text("SELECT DISTINCT m.rid + 0 FROM (");
            self.matches(&mut writer, driver)?;
            writer.text(") AS m WHERE m.rid + 0 > ");
            writer.integer(after);
            writer.text(" ORDER BY 1 LIMIT ");
        }
        writer.integer(limit as i64);
        Ok(writer.statement)
    }

    /// How many resources match.
    pub fn count(&self, driver: Option<usize>) -> Result<Statement, StoreError> {
        let mut writer = Writer::new(self.dialect);
        let counted = if self.is_ordered(driver) { "count(*)" } else { "count(DISTINCT m.rid)" };
        writer.text(&format!("SELECT {counted} FROM ("));
        self.matches(&mut writer, driver)?;
        writer.text(") AS m");
        Ok(writer.statement)
    }

    /// Up to `limit` numbers in the order of `keys`; values that are missing come last, and the
    /// number breaks ties.
    pub fn sorted(
        &self,
        driver: Option<usize>,
        keys: &[SortKey],
        limit: usize,
    ) -> Result<SortedPlan, StoreError> {
        let mut writer = Writer::new(self.dialect);
        let values = keys.iter().map(|key| self.sort_value(*key)).collect::<Result<Vec<_>, _>>()?;
        // Each match once, then the values of tables without a way in by resource; grouped by
        // resource, a value meets its match, and those of other resources fall away.
        writer.text("SELECT u.rid FROM (SELECT m.rid, 1 AS hit");
        columns(&mut writer, &values, |_| "NULL");
        writer.text(" FROM (");
        self.matches(&mut writer, driver)?;
        writer.text(") AS m");
        for (index, value) in values.iter().enumerate() {
            if let SortValue::Joined { table, column, number, .. } = value {
                writer.text(" UNION ALL SELECT k.rid, 0");
                columns(&mut writer, &values, |each| if each == index { column } else { "NULL" });
                writer.text(&format!(" FROM {table} AS k WHERE k.p = "));
                writer.integer(*number);
            }
        }
        writer.text(") AS u GROUP BY u.rid HAVING max(u.hit) = 1 ORDER BY ");
        for (index, (key, value)) in keys.iter().zip(&values).enumerate() {
            match value {
                SortValue::OfResource(column) => writer
                    .text(&format!("(SELECT {column} FROM resource AS r WHERE r.rid = u.rid)")),
                SortValue::ByResource { table, value, number } => {
                    writer.text(&format!("(SELECT {value} FROM {table} AS k WHERE k.p = "));
                    writer.integer(*number);
                    writer.text(" AND k.rid = u.rid)");
                }
                SortValue::Joined { which, .. } => writer.text(&format!("{which}(u.v{index})")),
            }
            writer.text(match key.order {
                SortOrder::Ascending => " NULLS LAST, ",
                SortOrder::Descending => " DESC NULLS LAST, ",
            });
        }
        writer.text("u.rid LIMIT ");
        writer.integer(limit as i64);
        Ok(writer.statement)
    }

    /// The numbers that refer to `target` by one of the parameters numbered `parameters`.
    pub fn referring(
        dialect: &dyn Dialect,
        parameters: &[i64],
        target: i64,
        limit: usize,
    ) -> Statement {
        let mut writer = Writer::new(dialect);
        writer.text("SELECT DISTINCT rid FROM index_reference WHERE p IN (");
        writer.list(parameters, |writer, p| writer.integer(*p));
        writer.text(") AND target = ");
        writer.integer(target);
        writer.text(" ORDER BY rid LIMIT ");
        writer.integer(limit as i64);
        writer.statement
    }

    fn is_ordered(&self, driver: Option<usize>) -> bool {
        self.chosen(driver).is_none_or(|index| self.scope.is_ordered(&self.parts[index]))
    }

    fn chosen(&self, driver: Option<usize>) -> Option<usize> {
        driver.or_else(|| self.scope.driver(&self.parts))
    }

    fn matches(&self, writer: &mut Writer<'_>, driver: Option<usize>) -> Result<(), StoreError> {
        self.scope.set_of_all(writer, &self.parts, self.chosen(driver), "d")
    }

    /// The one value of a resource that it is sorted by: the least of several ascending, the
    /// greatest descending; of a range its low end ascending, its high end descending.
    fn sort_value(&self, key: SortKey) -> Result<SortValue, StoreError> {
        let parameter = match key.by {
            SortBy::LastUpdated => return Ok(SortValue::OfResource("r.updated".to_owned())),
            SortBy::Id => {
                let mut column = String::new();
                self.dialect.id_text("r.id", &mut column);
                return Ok(SortValue::OfResource(column));
            }
            SortBy::Parameter(parameter) => parameter,
        };
        let resource_type = self.scope.resource_type;
        let refused = || {
            StoreError::unsupported(format!("sorting {resource_type} by parameter {}", parameter.0))
        };
        let place = self.scope.numbering.parameter_number(resource_type, parameter);
        let (number, kind) = place.ok_or_else(refused)?;
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

/// What a resource is sorted by, and how it is come by.
enum SortValue {
    /// A column of the resource's own row `r`.
    OfResource(String),
    /// The least or greatest value of a table that is entered by parameter and resource.
    ByResource { table: &'static str, value: String, number: i64 },
    /// The least or greatest value of a table that has no such way in, read once.
    Joined { table: &'static str, column: &'static str, number: i64, which: &'static str },
}

/// Writes a column `v…` for each value that is joined.
fn columns<'c>(writer: &mut Writer<'_>, values: &[SortValue], column: impl Fn(usize) -> &'c str) {
    for (index, value) in values.iter().enumerate() {
        if let SortValue::Joined { .. } = value {
            writer.text(&format!(", {} AS v{index}", column(index)));
        }
    }
}

/// The conjunction's parts, nested conjunctions taken apart.
fn flatten(expression: &Expression) -> Vec<Expression> {
    match expression {
        Expression::And(parts) => parts.iter().flat_map(flatten).collect(),
        Expression::All => Vec::new(),
        other => vec![other.clone()],
    }
}
