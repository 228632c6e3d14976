//! One branch of a search as statements: a page in the store's own order, a count, the parts that
//! may drive it. Sorted lists are in [`super::sort`].

use search::{Branch, Expression};

use super::Numbering;
use super::condition::{SERVED, Scope};
use super::predicate::Order;
use super::spread::gather;
use super::text::{Dialect, Statement, Writer};
use crate::error::StoreError;

/// Which numbers a query gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those of resources.
    Resources,
    /// Those of resources contained in others.
    Contained,
    /// Those of resources that contain a match.
    Containers,
}

/// Writes the statements of one branch.
pub struct Query<'q> {
    pub(super) dialect: &'q dyn Dialect,
    pub(super) scope: Scope<'q>,
    pub(super) parts: Vec<Expression>,
    pub(super) which: Which,
    /// What was given before: containers among it are not given again.
    before: Vec<(Scope<'q>, Vec<Expression>)>,
}

/// A page in the order of numbers.
pub type PagePlan = Statement;

/// All matches in the order asked for, bounded: the number, then what it is sorted by. Of
/// [`Which::Containers`] the numbers are those of what is contained.
pub type SortedPlan = Statement;

impl<'q> Query<'q> {
    /// Prepares to write a branch.
    pub fn new(
        dialect: &'q dyn Dialect,
        numbering: &'q dyn Numbering,
        branch: &Branch,
        which: Which,
    ) -> Query<'q> {
        let (scope, parts) = scoped(numbering, branch, which);
        Query { dialect, scope, parts, which, before: Vec::new() }
    }

    /// The same, where the resources of these branches are given before: of containers, those among
    /// them are left out.
    #[must_use]
    pub fn after(mut self, before: &[(&Branch, Which)]) -> Query<'q> {
        if self.which == Which::Containers {
            let numbering = self.scope.numbering;
            self.before =
                before.iter().map(|(branch, which)| scoped(numbering, branch, *which)).collect();
        }
        self
    }

    /// The parts of the branch's conjunction.
    pub fn parts(&self) -> &[Expression] {
        &self.parts
    }

    /// The parts that could be the driver of the search, each as a statement that counts its
    /// matches up to `limit`, or reads their number where it is kept; nothing where there is no choice.
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
            if let Some((p, c)) = self.scope.single_code(&self.parts[index]) {
                kept_count_of_code(&mut writer, p, c);
                return Ok((index, writer.statement));
            }
            writer.text("SELECT count(*) FROM (");
            self.scope.set(&mut writer, &self.parts[index], "d")?;
            writer.text(&format!(" LIMIT {limit})"));
            Ok((index, writer.statement))
        };
        served.into_iter().map(counted).collect()
    }

    /// The statement that reads how many resources of the type there are.
    pub fn of_type(&self) -> Statement {
        self.scope.of_type(self.dialect)
    }

    /// The statement that reads how many matches there are where that is kept: of a type, of a code.
    pub fn kept_count(&self) -> Option<Statement> {
        match self.parts.as_slice() {
            [] if self.which == Which::Resources => Some(self.of_type()),
            [part] if self.which != Which::Containers => {
                let (p, c) = self.scope.single_code(part)?;
                let mut writer = Writer::new(self.dialect);
                kept_count_of_code(&mut writer, p, c);
                Some(writer.statement)
            }
            _ => None,
        }
    }

    /// Up to `limit` numbers above `after`, ascending.
    pub fn page(
        &self,
        driver: Option<usize>,
        after: i64,
        limit: usize,
    ) -> Result<PagePlan, StoreError> {
        let mut writer = Writer::new(self.dialect);
        match (self.which, self.order(driver)) {
            (Which::Containers, _) => {
                writer.text("SELECT DISTINCT c.container FROM (");
                self.matches(&mut writer, driver)?;
                writer.text(
                    ") AS m CROSS JOIN contained AS c WHERE c.rid = m.rid AND c.container + 0 > ",
                );
                writer.integer(after);
                writer.text(" ORDER BY 1 LIMIT ");
            }
            (_, Order::Once) => {
                self.matches(&mut writer, driver)?;
                writer.text(" AND d.rid > ");
                writer.integer(after);
                writer.text(" ORDER BY d.rid LIMIT ");
            }
            (_, Order::Repeating) => {
                writer.text("SELECT DISTINCT m.rid FROM (");
                self.matches(&mut writer, driver)?;
                writer.text(") AS m WHERE m.rid > ");
                writer.integer(after);
                writer.text(" ORDER BY m.rid LIMIT ");
            }
            (_, Order::None) => {
                let distinct = if self.repeats(driver) { "DISTINCT " } else { "" };
                // The sums keep the planner from serving bound and order by an index of resources,
                // where it would read all of them, in place of the index of the values.
                writer.text(&format!("SELECT {distinct}m.rid + 0 FROM ("));
                self.matches(&mut writer, driver)?;
                writer.text(") AS m WHERE m.rid + 0 > ");
                writer.integer(after);
                writer.text(" ORDER BY 1 LIMIT ");
            }
        }
        writer.integer(limit as i64);
        Ok(writer.statement)
    }

    /// How many numbers there are.
    pub fn count(&self, driver: Option<usize>) -> Result<Statement, StoreError> {
        let mut writer = Writer::new(self.dialect);
        if self.which == Which::Containers {
            writer.text("SELECT count(DISTINCT c.container) FROM (");
            self.matches(&mut writer, driver)?;
            writer.text(") AS m CROSS JOIN contained AS c WHERE c.rid = m.rid");
            return Ok(writer.statement);
        }
        let once = self.order(driver) == Order::Once || !self.repeats(driver);
        let counted = if once { "count(*)" } else { "count(DISTINCT m.rid)" };
        writer.text(&format!("SELECT {counted} FROM ("));
        self.matches(&mut writer, driver)?;
        writer.text(") AS m");
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

    /// Whether a match may come several times.
    pub(super) fn repeats(&self, driver: Option<usize>) -> bool {
        self.chosen(driver).is_some_and(|index| self.scope.repeats(&self.parts[index]))
    }

    pub(super) fn order(&self, driver: Option<usize>) -> Order {
        self.chosen(driver).map_or(Order::Once, |index| self.scope.order(&self.parts[index]))
    }

    /// The part that drives the search: the one given, else that of the rule of thumb.
    pub fn chosen(&self, driver: Option<usize>) -> Option<usize> {
        driver.or_else(|| self.scope.driver(&self.parts))
    }

    /// Writes the set of matches, of the branch's type or contained; more may be added with `AND`.
    pub(super) fn matches(
        &self,
        writer: &mut Writer<'_>,
        driver: Option<usize>,
    ) -> Result<(), StoreError> {
        self.scope.set_of_all(writer, &self.parts, self.chosen(driver), "d")?;
        for (scope, parts) in &self.before {
            // y is the container itself, or what it contains too.
            let (x, y) = (writer.alias(), writer.alias());
            let among = if scope.contained {
                format!("contained AS {y} WHERE {x}.rid = d.rid AND {y}.container = {x}.container")
            } else {
                format!("resource AS {y} WHERE {x}.rid = d.rid AND {y}.rid = {x}.container")
            };
            writer.text(&format!(
                " AND NOT EXISTS (SELECT 1 FROM contained AS {x} CROSS JOIN {among} AND {y}.t = "
            ));
            writer.integer(scope.type_number());
            for part in parts {
                writer.text(" AND ");
                scope.test(writer, part, &format!("{y}.rid"))?;
            }
            writer.text(")");
        }
        Ok(())
    }
}

pub(super) fn kept_count_of_code(writer: &mut Writer<'_>, p: i64, c: i64) {
    writer.text("SELECT coalesce((SELECT n FROM token_count WHERE p = ");
    writer.integer(p);
    writer.text(" AND c = ");
    writer.integer(c);
    writer.text("), 0)");
}

fn scoped<'n>(
    numbering: &'n dyn Numbering,
    branch: &Branch,
    which: Which,
) -> (Scope<'n>, Vec<Expression>) {
    let contained = which != Which::Resources;
    let scope = Scope { numbering, resource_type: branch.resource_type, contained };
    (scope, gather(flatten(&branch.filter)))
}

/// The conjunction's parts, nested conjunctions taken apart.
fn flatten(expression: &Expression) -> Vec<Expression> {
    match expression {
        Expression::And(parts) => parts.iter().flat_map(flatten).collect(),
        Expression::All => Vec::new(),
        other => vec![other.clone()],
    }
}
