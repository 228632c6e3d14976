//! An expression as a set of resource numbers, or as a test of one.
//!
//! Invariant: a set holds only current resources of its type, because index rows exist only for
//! those; so a test never needs to ask for the type again.

use std::cmp::Reverse;

use fhir::ResourceType;
use search::{Comparison, DateRange, Expression, ParameterId, Predicate, Prefix};

use super::predicate::{Context, Order};
use super::source::{Rows, Source, presence, sources};
use super::spread::gathered;
use super::text::{Bind, Writer};
use super::{Numbering, derived, table_of};
use crate::catalogue::ParameterKind;
use crate::error::StoreError;

/// The least selectivity of a set that is a run of an index, so that counting its first few matches
/// reads little else.
pub(super) const SERVED: u8 = 3;

/// Kinds whose values have a low and a high end.
const RANGED: [ParameterKind; 3] =
    [ParameterKind::Date, ParameterKind::Number, ParameterKind::Quantity];

/// Writes expressions on one resource type.
#[derive(Clone, Copy)]
pub(super) struct Scope<'n> {
    pub(super) numbering: &'n dyn Numbering,
    pub(super) resource_type: ResourceType,
    /// Whether resources contained in others are meant.
    pub(super) contained: bool,
}

/// Where a parameter's values are.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) number: i64,
    pub(super) kind: ParameterKind,
}

impl<'n> Scope<'n> {
    /// The scope of another type's own resources.
    pub(super) fn at(self, resource_type: ResourceType) -> Scope<'n> {
        Scope { resource_type, contained: false, ..self }
    }

    /// The scope of another type's contained resources.
    pub(super) fn inside(self, resource_type: ResourceType) -> Scope<'n> {
        Scope { resource_type, contained: true, ..self }
    }

    pub(super) fn context(self) -> Context<'n> {
        Context { numbering: self.numbering }
    }

    /// Number 0 is no type's, so that a type which nothing can be stored of matches nothing.
    pub(super) fn type_number(self) -> i64 {
        self.numbering.type_number(self.resource_type).unwrap_or(0)
    }

    pub(super) fn place(self, parameter: ParameterId) -> Result<Place, StoreError> {
        let place = self.numbering.parameter_number(self.resource_type, parameter);
        let Some((number, kind)) = place.filter(|(_, kind)| table_of(*kind).is_some()) else {
            return Err(StoreError::unsupported(format!(
                "search parameter {} of {} is not indexed",
                parameter.0, self.resource_type
            )));
        };
        let contained = if self.contained { derived::CONTAINED } else { 0 };
        Ok(Place { number: number + contained, kind })
    }

    /// The parameter's number and the code's, where an expression asks for one known code.
    pub(super) fn single_code(self, expression: &Expression) -> Option<(i64, i64)> {
        let Expression::Compare(comparison) = expression else { return None };
        let place = self.place(comparison.parameter).ok()?;
        let Predicate::Token { system, code: search::TokenCode::Is(code) } = &comparison.predicate
        else {
            return None;
        };
        match self.numbering.codes(system, code)?.as_slice() {
            [code] if place.kind == ParameterKind::Token => Some((place.number, *code)),
            _ => None,
        }
    }

    /// How the numbers of [`Scope::set`] come.
    pub(super) fn order(self, expression: &Expression) -> Order {
        match expression {
            Expression::Compare(comparison) => {
                let Ok(place) = self.place(comparison.parameter) else { return Order::None };
                match sources(comparison, place.kind).as_deref() {
                    Ok([source]) => self.context().order(&source.rows),
                    _ => Order::None,
                }
            }
            Expression::All
            | Expression::Not(_)
            | Expression::Missing(_)
            | Expression::Never
            | Expression::FullText { .. } => Order::Once,
            Expression::And(_) if gathered(expression).is_some() => Order::None,
            Expression::And(parts) => {
                self.driver(parts).map_or(Order::Once, |index| self.order(&parts[index]))
            }
            Expression::Id(_)
            | Expression::LastUpdated(_)
            | Expression::Or(_)
            | Expression::Chain { .. }
            | Expression::Has { .. } => Order::None,
        }
    }

    /// Writes `SELECT rid …`; the table that gives `rid` is named `d`, so more tests can follow
    /// its `WHERE`.
    pub(super) fn set(
        self,
        writer: &mut Writer<'_>,
        expression: &Expression,
        d: &str,
    ) -> Result<(), StoreError> {
        match expression {
            Expression::Compare(comparison) => self.set_of_comparison(writer, comparison, d),
            Expression::Id(ids) => {
                self.resources(writer, d);
                writer.text(" AND ");
                self.ids(writer, ids, d);
                Ok(())
            }
            Expression::LastUpdated(range) if !self.contained => {
                self.resources(writer, d);
                writer.text(" AND ");
                updated(writer, d, *range);
                Ok(())
            }
            Expression::And(parts) => match gathered(expression) {
                Some(ranges) => {
                    let place = self.place(ranges[0].parameter)?;
                    self.set_of_ranges(writer, place, &ranges, d)
                }
                None => self.set_of_all(writer, parts, self.driver(parts), d),
            },
            Expression::Or(parts) if parts.len() > ALTERNATIVES_MAX => {
                self.set(writer, &in_groups(parts), d)
            }
            Expression::Or(parts) if !parts.is_empty() => {
                writer.text(&format!("SELECT {d}.rid FROM ("));
                for (index, part) in parts.iter().enumerate() {
                    writer.text(if index == 0 { "" } else { " UNION " });
                    let inner = writer.alias();
                    self.set(writer, part, &inner)?;
                }
                writer.text(&format!(") AS {d} WHERE 1 = 1"));
                Ok(())
            }
            Expression::Chain { parameter, target, inner } => {
                self.set_of_chain(writer, *parameter, *target, inner, d)
            }
            Expression::Has { source, parameter, inner } if !self.contained => {
                self.set_of_referred(writer, self.at(*source), *parameter, inner, d)
            }
            Expression::FullText { part, query } if !self.contained => {
                self.set_of_words(writer, *part, query, d);
                Ok(())
            }
            // Nothing refers to what is contained, it has no time of its own, and its words are its
            // container's; the tests say so.
            Expression::All
            | Expression::Never
            | Expression::Or(_)
            | Expression::Not(_)
            | Expression::Missing(_)
            | Expression::LastUpdated(_)
            | Expression::FullText { .. }
            | Expression::Has { .. } => {
                self.resources(writer, d);
                writer.text(" AND ");
                self.test(writer, expression, &format!("{d}.rid"))
            }
        }
    }

    /// Writes a conjunction as the set of the part `driver` with the other parts as tests.
    pub(super) fn set_of_all(
        self,
        writer: &mut Writer<'_>,
        parts: &[Expression],
        driver: Option<usize>,
        d: &str,
    ) -> Result<(), StoreError> {
        match driver {
            Some(index) => self.set(writer, &parts[index], d)?,
            None => self.resources(writer, d),
        }
        for (index, part) in parts.iter().enumerate() {
            if Some(index) != driver {
                writer.text(" AND ");
                self.test(writer, part, &format!("{d}.rid"))?;
            }
        }
        Ok(())
    }

    /// The part of a conjunction that the rule of thumb takes as its set.
    pub(super) fn driver(self, parts: &[Expression]) -> Option<usize> {
        (0..parts.len())
            .filter(|index| self.selectivity(&parts[*index]) > 0)
            .max_by_key(|index| (self.selectivity(&parts[*index]), Reverse(*index)))
    }

    /// How few resources an expression is likely to match, without looking; 0: no index serves it.
    pub(super) fn selectivity(self, expression: &Expression) -> u8 {
        match expression {
            Expression::Never | Expression::Id(_) => 10,
            Expression::Compare(comparison) => match &comparison.predicate {
                Predicate::Token { .. }
                    if self
                        .place(comparison.parameter)
                        .is_ok_and(|place| place.kind == ParameterKind::Identifier) =>
                {
                    9
                }
                Predicate::OfType { .. } | Predicate::TargetIdentifier { .. } => 9,
                Predicate::Reference(_) | Predicate::ReferenceId(..) => 8,
                Predicate::Hierarchy { .. } | Predicate::Near { .. } => 7,
                Predicate::String {
                    modifier: search::Modifier::Contains | search::Modifier::EndsWith,
                    ..
                } => 2,
                Predicate::Composite(parts) => match parts.first() {
                    Some(Predicate::Token { .. } | Predicate::Reference(_)) => 6,
                    _ => 2,
                },
                Predicate::String { .. } => 6,
                Predicate::Token { .. } => 5,
                Predicate::Uri { .. }
                | Predicate::TokenIn(_)
                | Predicate::TokenText { .. }
                | Predicate::Canonical { .. } => 4,
                Predicate::Quantity { range, .. } | Predicate::Number(range) => {
                    range_selectivity(range.prefix)
                }
                Predicate::Date(range) => range_selectivity(range.prefix),
            },
            Expression::Chain { .. } => 7,
            // As a set it reads all references of its parameter; as a test, those to one resource.
            Expression::Has { .. } => 1,
            Expression::And(parts) | Expression::Or(parts) if parts.is_empty() => 0,
            Expression::And(parts) => {
                let least = parts.iter().map(|part| self.selectivity(part)).max().unwrap_or(0);
                // A bound on either side leaves less than each of them.
                if gathered(expression).is_some() { least.max(5) } else { least }
            }
            Expression::Or(parts) => {
                parts.iter().map(|part| self.selectivity(part)).min().unwrap_or(0)
            }
            Expression::FullText { .. } => 4,
            Expression::LastUpdated(_) => 3,
            Expression::All | Expression::Not(_) | Expression::Missing(_) => 0,
        }
    }

    fn set_of_words(
        self,
        writer: &mut Writer<'_>,
        part: search::TextPart,
        query: &search::TextQuery,
        d: &str,
    ) {
        writer.text(&format!("SELECT {d}.rid FROM ("));
        if !matching(writer, part, query) {
            writer.text("SELECT rid FROM resource WHERE 1 = 0");
        }
        writer.text(&format!(
            ") AS {d} WHERE EXISTS (SELECT 1 FROM resource AS r WHERE r.rid = {d}.rid \
             AND r.live = 1 AND r.t = "
        ));
        writer.integer(self.type_number());
        writer.text(")");
    }

    fn set_of_comparison(
        self,
        writer: &mut Writer<'_>,
        comparison: &Comparison,
        d: &str,
    ) -> Result<(), StoreError> {
        let place = self.place(comparison.parameter)?;
        let sources = sources(comparison, place.kind)?;
        if RANGED.contains(&place.kind) {
            return self.set_of_ranges(writer, place, &[comparison], d);
        }
        if let [source] = sources.as_slice() {
            return self.set_of_source(writer, place, source, d);
        }
        writer.text(&format!("SELECT {d}.rid FROM ("));
        for (index, source) in sources.iter().enumerate() {
            writer.text(if index == 0 { "" } else { " UNION " });
            let inner = writer.alias();
            self.set_of_source(writer, place, source, &inner)?;
        }
        writer.text(&format!(") AS {d} WHERE 1 = 1"));
        Ok(())
    }

    fn set_of_source(
        self,
        writer: &mut Writer<'_>,
        place: Place,
        source: &Source<'_>,
        d: &str,
    ) -> Result<(), StoreError> {
        let number = place.number + source.derivation;
        if let Rows::Text(_) = source.rows {
            // By the codes that the texts occur with, each a run of the index.
            let v = writer.alias();
            writer.text(&format!(
                "SELECT {d}.rid FROM text_use AS {v} CROSS JOIN index_token AS {d} \
                 WHERE {d}.p = {v}.p AND {d}.c = {v}.c AND {d}.s = {v}.s AND {v}.p = "
            ));
            writer.integer(number);
            writer.text(" AND ");
            return self.context().write(writer, &v, &source.rows);
        }
        let table = table_of(source.rows.kind()).unwrap_or_default();
        writer.text(&format!("SELECT {d}.rid FROM {table} AS {d} WHERE {d}.p = "));
        writer.integer(number);
        writer.text(" AND ");
        self.context().write(writer, d, &source.rows)
    }

    /// Writes the set of all current resources of the type.
    pub(super) fn resources(self, writer: &mut Writer<'_>, d: &str) {
        if self.contained {
            writer.text(&format!("SELECT {d}.rid FROM contained AS {d} WHERE {d}.t = "));
        } else {
            writer.text(&format!(
                "SELECT {d}.rid FROM resource AS {d} WHERE {d}.live = 1 AND {d}.t = "
            ));
        }
        writer.integer(self.type_number());
    }

    /// Writes the condition that a row of [`Scope::resources`] has one of these ids.
    fn ids(self, writer: &mut Writer<'_>, ids: &[fhir::ResourceId], row: &str) {
        if self.contained {
            writer.text(&format!("{row}.local IN ("));
            writer.list(ids, |writer, id| writer.string(id.as_str()));
        } else {
            writer.text(&format!("{row}.id IN ("));
            writer.list(ids, |writer, id| writer.bind(Bind::Id(id.clone())));
        }
        writer.text(")");
    }

    pub(super) fn reference(self, parameter: ParameterId) -> Result<Place, StoreError> {
        let place = self.place(parameter)?;
        if place.kind == ParameterKind::Reference {
            return Ok(place);
        }
        Err(StoreError::unsupported("a chain over a parameter that is no reference"))
    }

    /// Writes a condition on the number `rid`.
    pub(super) fn test(
        self,
        writer: &mut Writer<'_>,
        expression: &Expression,
        rid: &str,
    ) -> Result<(), StoreError> {
        match expression {
            Expression::All => writer.text("1 = 1"),
            Expression::Never => writer.text("1 = 0"),
            Expression::LastUpdated(_) | Expression::FullText { .. } | Expression::Has { .. }
                if self.contained =>
            {
                writer.text("1 = 0");
            }
            // All that match at once: asked for one resource alone, each word would be looked up
            // again and again.
            Expression::FullText { part, query } => {
                writer.text(&format!("{rid} IN ("));
                if !matching(writer, *part, query) {
                    writer.text("0");
                }
                writer.text(")");
            }
            Expression::And(parts) => return self.joined(writer, parts, " AND ", "1 = 1", rid),
            Expression::Or(parts) if parts.len() > ALTERNATIVES_MAX => {
                return self.test(writer, &in_groups(parts), rid);
            }
            Expression::Or(parts) => return self.joined(writer, parts, " OR ", "1 = 0", rid),
            Expression::Not(inner) => {
                writer.text("NOT (");
                self.test(writer, inner, rid)?;
                writer.text(")");
            }
            Expression::Id(ids) => {
                let k = writer.alias();
                let table = if self.contained { "contained" } else { "resource" };
                writer.text(&format!(
                    "EXISTS (SELECT 1 FROM {table} AS {k} WHERE {k}.rid = {rid} AND "
                ));
                self.ids(writer, ids, &k);
                writer.text(")");
            }
            Expression::LastUpdated(range) => {
                let k = writer.alias();
                writer.text(&format!(
                    "EXISTS (SELECT 1 FROM resource AS {k} WHERE {k}.rid = {rid} AND "
                ));
                updated(writer, &k, *range);
                writer.text(")");
            }
            Expression::Compare(comparison) => {
                return self.test_comparison(writer, comparison, rid);
            }
            Expression::Missing(parameter) => {
                return self.test_missing(writer, *parameter, rid);
            }
            // The row of a reference is found by its target, so the set of targets comes first.
            Expression::Chain { .. } => {
                writer.text(&format!("{rid} IN ("));
                let alias = writer.alias();
                self.set(writer, expression, &alias)?;
                writer.text(")");
            }
            Expression::Has { source, parameter, inner } => {
                return self.test_referred(writer, self.at(*source), *parameter, inner, rid);
            }
        }
        Ok(())
    }

    fn test_missing(
        self,
        writer: &mut Writer<'_>,
        parameter: ParameterId,
        rid: &str,
    ) -> Result<(), StoreError> {
        let place = self.place(parameter)?;
        writer.text(&format!("{rid} NOT IN ("));
        for (index, (kind, derivation)) in presence(place.kind).iter().enumerate() {
            let k = writer.alias();
            let table = table_of(*kind).unwrap_or_default();
            writer.text(if index == 0 { "" } else { " UNION ALL " });
            writer.text(&format!("SELECT {k}.rid FROM {table} AS {k} WHERE {k}.p = "));
            writer.integer(place.number + derivation);
        }
        writer.text(")");
        Ok(())
    }

    fn joined(
        self,
        writer: &mut Writer<'_>,
        parts: &[Expression],
        between: &str,
        empty: &str,
        rid: &str,
    ) -> Result<(), StoreError> {
        writer.text("(");
        writer.text(if parts.is_empty() { empty } else { "" });
        for (index, part) in parts.iter().enumerate() {
            writer.text(if index == 0 { "" } else { between });
            self.test(writer, part, rid)?;
        }
        writer.text(")");
        Ok(())
    }

    pub(super) fn test_comparison(
        self,
        writer: &mut Writer<'_>,
        comparison: &Comparison,
        rid: &str,
    ) -> Result<(), StoreError> {
        let place = self.place(comparison.parameter)?;
        let sources = sources(comparison, place.kind)?;
        writer.text(if sources.len() > 1 { "(" } else { "" });
        for (index, source) in sources.iter().enumerate() {
            writer.text(if index == 0 { "" } else { " OR " });
            let (k, number) = (writer.alias(), place.number + source.derivation);
            if let Rows::Text(_) = source.rows {
                let v = writer.alias();
                writer.text(&format!(
                    "EXISTS (SELECT 1 FROM text_use AS {v} CROSS JOIN index_token AS {k} \
                     WHERE {k}.p = {v}.p AND {k}.c = {v}.c AND {k}.s = {v}.s AND {k}.rid = {rid} \
                     AND {v}.p = "
                ));
                writer.integer(number);
                writer.text(" AND ");
                self.context().write(writer, &v, &source.rows)?;
            } else {
                let table = table_of(source.rows.kind()).unwrap_or_default();
                writer.text(&format!("EXISTS (SELECT 1 FROM {table} AS {k} WHERE {k}.p = "));
                writer.integer(number);
                writer.text(&format!(" AND {k}.rid = {rid} AND "));
                let kind = source.rows.kind();
                if RANGED.contains(&kind) || kind == ParameterKind::Position {
                    // The sign keeps the planner to the way in by resource: by value it would go
                    // through a range for each resource that is tested.
                    self.context().write(writer, &format!("+{k}"), &source.rows)?;
                } else {
                    self.context().write(writer, &k, &source.rows)?;
                }
            }
            writer.text(")");
        }
        writer.text(if sources.len() > 1 { ")" } else { "" });
        Ok(())
    }
}

/// Alternatives of one level at the most: a database bounds both the parts of a union (SQLite: 500) and
/// the depth of a condition.
const ALTERNATIVES_MAX: usize = 100;

/// Many alternatives as alternatives of a few.
fn in_groups(parts: &[Expression]) -> Expression {
    let size = ALTERNATIVES_MAX.max(parts.len().div_ceil(ALTERNATIVES_MAX));
    Expression::Or(parts.chunks(size).map(|group| Expression::Or(group.to_vec())).collect())
}

/// Writes a `SELECT` of what matches a full-text query; false, and nothing, if nothing can.
fn matching(writer: &mut Writer<'_>, part: search::TextPart, query: &search::TextQuery) -> bool {
    let Some(query) = writer.dialect.full_text(part, query) else { return false };
    let query = writer.placeholder(Bind::Text(query.into()));
    writer.dialect.matching(&query, &mut writer.statement.sql);
    true
}

/// Ranges are indexed by their low end.
fn range_selectivity(prefix: Prefix) -> u8 {
    match prefix {
        Prefix::Eq => 5,
        Prefix::Ne => 1,
        _ => SERVED,
    }
}

/// The time of a version is one moment, so its range is a point.
fn updated(writer: &mut Writer<'_>, row: &str, range: DateRange) {
    let mut compare = |parts: &[(&str, i64)]| {
        for (part, value) in parts {
            writer.text(&part.replace('$', row));
            writer.integer(*value);
        }
    };
    let (low, high) = (range.low, range.high);
    match range.prefix {
        Prefix::Eq | Prefix::Ap => compare(&[("$.updated >= ", low), (" AND $.updated <= ", high)]),
        Prefix::Ne => {
            compare(&[("($.updated < ", low), (" OR $.updated > ", high)]);
            writer.text(")");
        }
        Prefix::Gt | Prefix::Sa => compare(&[("$.updated > ", high)]),
        Prefix::Lt | Prefix::Eb => compare(&[("$.updated < ", low)]),
        Prefix::Ge => compare(&[("$.updated >= ", low)]),
        Prefix::Le => compare(&[("$.updated <= ", high)]),
    }
}
