//! The SQL of the main shapes of search, and how SQLite runs it: by which index, and never a whole
//! table where an index serves. `UPDATE_EXPECT=1` writes the expectations anew.

#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them so")]

mod order;
mod references;
mod sets;
mod values;

use std::fmt::Write as _;

use expect_test::Expect;
use rusqlite::Connection;
use search::{
    DateRange, Expression, Modifier, ParameterId, Predicate, Prefix, Search, TextPart, TextQuery,
    TokenSystem,
};
use store::ParameterKind;
use store::contract::fixture::{BIRTHDATE, NAME, PATIENT, URL, catalogue, compare, search};
use store::sql::{Dialect, Numbering, Query, Spread, Statement, Which};

/// SQLite's placeholders; the other parts of the dialect are the contract's business.
struct Placeholders;

impl Dialect for Placeholders {
    fn placeholder(&self, number: usize, out: &mut String) {
        let _ = write!(out, "?{number}");
    }

    fn contains(&self, column: &str, needle: &str, out: &mut String) {
        let _ = write!(out, "instr({column}, {needle}) > 0");
    }

    fn ends_with(&self, column: &str, end: &str, length: usize, out: &mut String) {
        let _ = write!(out, "substr({column}, -{length}) = {end}");
    }

    fn texts(&self, list: &str, out: &mut String) {
        let _ = write!(out, "SELECT value FROM json_each({list})");
    }

    fn targets(&self, row: &str, parameter: &str, from: &str, out: &mut String) {
        let _ = write!(out, "SELECT length({row}.keys) + {parameter} FROM {from}");
    }

    fn full_text(&self, _part: TextPart, query: &TextQuery) -> Option<String> {
        Some(format!("{query:?}"))
    }

    fn matching(&self, query: &str, out: &mut String) {
        let _ = write!(out, "SELECT rowid AS rid FROM full_text WHERE full_text MATCH {query}");
    }

    fn id_text(&self, column: &str, out: &mut String) {
        out.push_str(column);
    }
}

/// Numbers by place in the contract's catalogue.
struct Places;

impl Numbering for Places {
    fn type_number(&self, resource_type: fhir::ResourceType) -> Option<i64> {
        let place = catalogue().types.iter().position(|each| *each == resource_type);
        place.map(|place| place as i64 + 1)
    }

    fn parameter_number(
        &self,
        resource_type: fhir::ResourceType,
        id: ParameterId,
    ) -> Option<(i64, ParameterKind)> {
        let t = self.type_number(resource_type)?;
        catalogue().parameter(id).map(|each| (t * 100 + i64::from(id.0), each.kind))
    }

    /// A code of a system is known beforehand; a bare one is one of two.
    fn codes(&self, system: &TokenSystem, _code: &str) -> Option<Vec<i64>> {
        Some(if matches!(system, TokenSystem::Any) { vec![7, 8] } else { vec![7] })
    }

    fn canonical(&self, id: ParameterId, target: fhir::ResourceType) -> Option<i64> {
        let leads = catalogue().parameter(id)?.canonical_targets.contains(&target);
        leads.then(|| self.parameter_number(target, URL).unwrap().0)
    }

    fn ancestors(
        &self,
        _type: fhir::ResourceType,
        _id: &fhir::ResourceId,
        _parent: i64,
    ) -> Vec<i64> {
        vec![31, 32]
    }

    /// Times are narrow and one each, numbers are not.
    fn spread(&self, _number: i64, kind: ParameterKind) -> Spread {
        let worst = kind != ParameterKind::Date;
        Spread { wide: worst, many: worst }
    }

    /// There are a million resources of each type, and few of what is counted.
    fn count(&self, statement: &Statement) -> i64 {
        if statement.sql.contains("FROM type") { 1_000_000 } else { 100 }
    }

    fn has_contained(&self, _type: fhir::ResourceType) -> bool {
        true
    }

    fn parameter_code(&self, _parameter: ParameterId) -> &'static str {
        "code"
    }
}

/// The statement with its plan.
fn check(statement: &Statement, expected: &Expect) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.db");
    let _store = super::open(&path);
    let db = Connection::open(&path).unwrap();
    let mut text = format!("{}\n{:?}\n", statement.sql, statement.binds);
    let mut prepared = db.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.sql)).unwrap();
    let mut rows = prepared.raw_query();
    while let Some(row) = rows.next().unwrap() {
        let _ = writeln!(text, "- {}", row.get::<_, String>(3).unwrap());
    }
    expected.assert_eq(&text);
}

/// The first page of a search.
fn page(search: &Search) -> Statement {
    Query::new(&Placeholders, &Places, &search.branches[0], Which::Resources)
        .page(None, 0, 21)
        .unwrap()
}

fn name(modifier: Modifier, text: &str) -> Expression {
    compare(NAME, Predicate::String { modifier, text: text.into(), folded: text.into() })
}

fn born(prefix: Prefix) -> Expression {
    compare(BIRTHDATE, Predicate::Date(DateRange { prefix, low: 1, high: 2 }))
}

fn patients(parts: &[Expression]) -> Search {
    search(PATIENT, Expression::And(parts.to_vec()))
}
