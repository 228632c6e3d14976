//! Sets of times, numbers and quantities, served by the index of their low ends.
//!
//! Most of these values are points, or nearly: where none of a parameter is wide, "ends after x" is
//! "begins after x" but for a bounded breadth, which an index serves; the few wide ones have an index
//! of their own. And most resources have one value of a parameter, so that two conditions on it,
//! `date=ge2020&date=lt2021`, are conditions on one row; those with several are listed.

use search::{Comparison, Expression, Predicate};

use super::condition::{Place, Scope};
use super::source::{Source, sources};
use super::table_of;
use super::text::Writer;
use crate::catalogue::ParameterKind;
use crate::error::StoreError;

/// What is known of a parameter's values in the database as the search will see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Whether some value is wide: lasts longer than [`WIDE`], or is no point.
    pub wide: bool,
    /// Whether some resource has several.
    pub many: bool,
}

/// A time that lasts longer than this, in microseconds, is wide.
pub const WIDE: i64 = 86_400_000_000;

/// Conditions on one parameter that are asked of one row at the most: each may have two forms.
const TOGETHER_MAX: usize = 3;

/// The comparison, if it is one of a time, a number or a quantity.
pub(super) fn ranged(part: &Expression) -> Option<&Comparison> {
    match part {
        Expression::Compare(
            comparison @ Comparison {
                predicate: Predicate::Date(_) | Predicate::Number(_) | Predicate::Quantity { .. },
                ..
            },
        ) => Some(comparison),
        _ => None,
    }
}

/// The comparisons of a conjunction that [`gather`] made.
pub(super) fn gathered(part: &Expression) -> Option<Vec<&Comparison>> {
    let Expression::And(parts) = part else { return ranged(part).map(|only| vec![only]) };
    let all = parts.iter().map(ranged).collect::<Option<Vec<_>>>()?;
    let first = all.first()?.parameter;
    all.iter().all(|each| each.parameter == first).then_some(all)
}

/// Gathers the conditions on one ranged parameter into one conjunction each.
pub(super) fn gather(parts: Vec<Expression>) -> Vec<Expression> {
    let mut out: Vec<Expression> = Vec::with_capacity(parts.len());
    for part in parts {
        let parameter = ranged(&part).map(|comparison| comparison.parameter);
        let earlier = out.iter_mut().find(|earlier| {
            parameter.is_some()
                && gathered(earlier).is_some_and(|all| {
                    all.len() < TOGETHER_MAX && Some(all[0].parameter) == parameter
                })
        });
        match earlier {
            Some(Expression::And(all)) => all.push(part),
            Some(one) => {
                let first = std::mem::replace(one, Expression::All);
                *one = Expression::And(vec![first, part]);
            }
            None => out.push(part),
        }
    }
    out
}

impl Scope<'_> {
    /// Whether numbers of the set of an expression may come several times, as far as can be told.
    pub(super) fn repeats(self, expression: &Expression) -> bool {
        match expression {
            Expression::Id(_)
            | Expression::LastUpdated(_)
            | Expression::Has { .. }
            | Expression::FullText { .. } => false,
            // A union of several gives each once.
            Expression::Or(parts) => match parts.as_slice() {
                [one] => self.repeats(one),
                _ => false,
            },
            other => self.single_rows(other).is_none(),
        }
    }

    /// The place and the conditions of a part that is asked of single rows of a ranged parameter:
    /// no resource has two.
    pub(super) fn single_rows(self, part: &Expression) -> Option<(Place, Vec<&Comparison>)> {
        let conditions = gathered(part)?;
        let place = self.place(conditions.first()?.parameter).ok()?;
        let spread = self.numbering.spread(place.number, place.kind);
        (!spread.many).then_some((place, conditions))
    }

    /// Writes conditions on a row, all of which have to hold, each in any of its forms.
    pub(super) fn conditions_on_row(
        self,
        writer: &mut Writer<'_>,
        place: Place,
        conditions: &[&Comparison],
        row: &str,
        narrow: bool,
    ) -> Result<(), StoreError> {
        for (index, condition) in conditions.iter().enumerate() {
            writer.text(if index == 0 { "" } else { " AND " });
            let forms = sources(condition, place.kind)?;
            writer.text(if forms.len() > 1 { "(" } else { "" });
            for (index, form) in forms.iter().enumerate() {
                writer.text(if index == 0 { "" } else { " OR " });
                self.context().write_within(writer, row, &form.rows, narrow)?;
            }
            writer.text(if forms.len() > 1 { ")" } else { "" });
        }
        Ok(())
    }

    /// Writes the set of resources for which all comparisons, of one ranged parameter, hold.
    pub(super) fn set_of_ranges(
        self,
        writer: &mut Writer<'_>,
        place: Place,
        comparisons: &[&Comparison],
        d: &str,
    ) -> Result<(), StoreError> {
        let spread = self.numbering.spread(place.number, place.kind);
        let mut rows: Vec<Vec<Source<'_>>> = vec![Vec::new()];
        for comparison in comparisons {
            let forms = sources(comparison, place.kind)?;
            rows = forms
                .into_iter()
                .flat_map(|form| {
                    rows.iter().map(move |row| row.iter().copied().chain([form]).collect())
                })
                .collect();
        }
        let many = comparisons.len() > 1 && spread.many;
        let single = rows.len() == 1 && !spread.wide && !many;
        if !single {
            writer.text(&format!("SELECT {d}.rid FROM ("));
        }
        let mut selects = 0;
        for row in &rows {
            for wide in [false, true] {
                if wide && !spread.wide {
                    continue;
                }
                writer.text(if selects > 0 { " UNION " } else { "" });
                selects += 1;
                let inner = if single { d.to_owned() } else { writer.alias() };
                self.select_of_row(writer, place, row, &inner, wide)?;
            }
        }
        if many {
            let inner = writer.alias();
            writer.text(&format!(
                " UNION SELECT {inner}.rid FROM index_many AS {inner} WHERE {inner}.p = "
            ));
            writer.integer(place.number);
            for comparison in comparisons {
                writer.text(" AND ");
                self.test_comparison(writer, comparison, &format!("{inner}.rid"))?;
            }
        }
        if !single {
            writer.text(&format!(") AS {d} WHERE 1 = 1"));
        }
        Ok(())
    }

    /// Rows for which each of the conditions holds, narrow ones, or wide ones only.
    fn select_of_row(
        self,
        writer: &mut Writer<'_>,
        place: Place,
        conditions: &[Source<'_>],
        row: &str,
        wide: bool,
    ) -> Result<(), StoreError> {
        let table = table_of(place.kind).unwrap_or_default();
        writer.text(&format!("SELECT {row}.rid FROM {table} AS {row} WHERE {row}.p = "));
        writer.integer(place.number);
        if wide && place.kind == ParameterKind::Date {
            writer.text(&format!(" AND {row}.high - {row}.low > {WIDE}"));
        } else if wide {
            writer.text(&format!(" AND {row}.low < {row}.high"));
        }
        for condition in conditions {
            writer.text(" AND ");
            self.context().write_within(writer, row, &condition.rows, !wide)?;
        }
        Ok(())
    }
}
