//! A whole search as statements: a page in the store's own order, a sorted list, a count.

use search::{Expression, Search, SortBy, SortKey, SortOrder};

use super::condition::Scope;
use super::text::{Bind, Dialect, Statement, Writer};
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
    pub fn new(dialect: &'q dyn Dialect, numbering: &'q dyn Numbering, search: &Search) -> Self {
        let scope = Scope { numbering, resource_type: search.resource_type };
        Query { dialect, scope, parts: flatten(&search.filter) }
    }

    /// The parts that could be the driver of the search, each as a statement that counts its
    /// matches up to `limit`; nothing where there is no choice.
    ///
    /// A backend runs them and hands the smallest to the other methods: the average that a
    /// database keeps of a column says nothing about this code or this person.
    pub fn candidates(&self, limit: u32) -> Result<Vec<(usize, Statement)>, StoreError> {
        let mut served: Vec<usize> = (0..self.parts.len())
            .filter(|index| self.scope.selectivity(&self.parts[*index]) > 0)
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
            writer.text("SELECT DISTINCT m.rid FROM (");
            self.matches(&mut writer, driver)?;
            writer.text(") AS m WHERE m.rid > ");
            writer.integer(after);
            writer.text(" ORDER BY m.rid LIMIT ");
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
        writer.text("SELECT s.rid FROM (SELECT m.rid");
        for (index, key) in keys.iter().enumerate() {
            writer.text(", ");
            self.sort_value(&mut writer, *key)?;
            writer.text(&format!(" AS v{index}"));
        }
        writer.text(" FROM (");
        if !self.is_ordered(driver) {
            writer.text("SELECT DISTINCT rid FROM (");
        }
        self.matches(&mut writer, driver)?;
        writer.text(if self.is_ordered(driver) { ") AS m) AS s" } else { ") AS n) AS m) AS s" });
        writer.text(" ORDER BY ");
        for (index, key) in keys.iter().enumerate() {
            let order = match key.order {
                SortOrder::Ascending => "",
                SortOrder::Descending => " DESC",
            };
            writer.text(&format!("s.v{index} IS NULL, s.v{index}{order}, "));
        }
        writer.text("s.rid LIMIT ");
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

    /// Writes the one value of a resource that it is sorted by: the least of several ascending,
    /// the greatest descending; of a range its low end ascending, its high end descending.
    fn sort_value(&self, writer: &mut Writer<'_>, key: SortKey) -> Result<(), StoreError> {
        let parameter = match key.by {
            SortBy::Parameter(parameter) => parameter,
            SortBy::LastUpdated => {
                writer.text("(SELECT r.updated FROM resource AS r WHERE r.rid = m.rid)");
                return Ok(());
            }
            SortBy::Id => {
                writer.text("(SELECT ");
                self.dialect.id_text("r.id", &mut writer.statement.sql);
                writer.text(" FROM resource AS r WHERE r.rid = m.rid)");
                return Ok(());
            }
        };
        let resource_type = self.scope.resource_type;
        let place = self.scope.numbering.parameter_number(resource_type, parameter);
        let refused = || {
            StoreError::unsupported(format!("sorting {resource_type} by parameter {}", parameter.0))
        };
        let (number, kind) = place.ok_or_else(refused)?;
        let table = table_of(kind).ok_or_else(refused)?;
        let (which, end) = match key.order {
            SortOrder::Ascending => ("min", "low"),
            SortOrder::Descending => ("max", "high"),
        };
        let (column, joined) = match kind {
            ParameterKind::Date | ParameterKind::Number | ParameterKind::Quantity => {
                (format!("k.{end}"), "")
            }
            ParameterKind::String => ("k.folded".to_owned(), ""),
            ParameterKind::Identifier => ("k.value".to_owned(), ""),
            ParameterKind::Token => ("c.code".to_owned(), " JOIN code AS c ON c.c = k.c"),
            ParameterKind::Uri => ("u.uri".to_owned(), " JOIN uri AS u ON u.u = k.u"),
            ParameterKind::Reference => ("k.target".to_owned(), ""),
            ParameterKind::Other => return Err(refused()),
        };
        let by_resource = matches!(
            kind,
            ParameterKind::Date
                | ParameterKind::Number
                | ParameterKind::Quantity
                | ParameterKind::String
        );
        if by_resource {
            writer.text(&format!("(SELECT {which}({column}) FROM {table} AS k WHERE k.p = "));
            writer.integer(number);
            writer.text(" AND k.rid = m.rid)");
        } else {
            // Tables without a way in by resource are read once, grouped, and looked up.
            let group = writer.alias();
            writer.text(&format!(
                "(SELECT {group}.v FROM (SELECT k.rid, {which}({column}) AS v FROM {table} AS k{joined} WHERE k.p = "
            ));
            writer.bind(Bind::Integer(number));
            writer.text(&format!(" GROUP BY k.rid) AS {group} WHERE {group}.rid = m.rid)"));
        }
        Ok(())
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
