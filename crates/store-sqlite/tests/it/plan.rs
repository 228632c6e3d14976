//! The SQL of the main shapes of search, and how SQLite runs it: by which index, and never a whole
//! table where an index serves. `UPDATE_EXPECT=1` writes the expectations anew.

#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them so")]

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use rusqlite::Connection;
use search::{
    CanonicalRange, DateRange, Direction, Expression, Modifier, NumberRange, ParameterId,
    Predicate, Prefix, ReferenceTarget, Search, SortBy, SortKey, SortOrder, TextPart, TextQuery,
    TokenSystem,
};
use store::ParameterKind;
use store::contract::fixture::{
    BIRTHDATE, CODE, COMPOSITE, DATE, GENDER, IDENTIFIER, NAME, NEAR, OBSERVATION, ORGANIZATION,
    ORGANIZATION_OF, PART_OF, PATIENT, PROFILE, SUBJECT, VALUE, catalogue, compare, is_token, key,
    refers_to, search,
};
use store::sql::{Bind, Dialect, Numbering, Query, Spread, Statement, Which};

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

#[test]
fn one_code() {
    check(
        &page(&search(OBSERVATION, is_token(CODE, "s|x"))),
        &expect![[r#"
            SELECT d.rid FROM index_token AS d WHERE d.p = ?1 AND d.c = ?2 AND d.rid > ?3 ORDER BY d.rid LIMIT ?4
            [Integer(205), Integer(7), Integer(0), Integer(21)]
            - SEARCH d USING PRIMARY KEY (p=? AND c=? AND rid>?)
        "#]],
    );
}

#[test]
fn a_code_of_any_system() {
    check(
        &page(&search(OBSERVATION, is_token(CODE, "x"))),
        &expect![[r#"
            SELECT DISTINCT m.rid + 0 FROM (SELECT d.rid FROM index_token AS d WHERE d.p = ?1 AND d.c IN (?2, ?3)) AS m WHERE m.rid + 0 > ?4 ORDER BY 1 LIMIT ?5
            [Integer(205), Integer(7), Integer(8), Integer(0), Integer(21)]
            - SEARCH d USING PRIMARY KEY (p=? AND c=?)
            - USE TEMP B-TREE FOR DISTINCT
        "#]],
    );
}

#[test]
fn an_identifier() {
    check(
        &page(&patients(&[is_token(IDENTIFIER, "s|1")])),
        &expect![[r#"
            SELECT DISTINCT m.rid + 0 FROM (SELECT d.rid FROM index_identifier AS d WHERE d.p = ?1 AND d.value = ?2 AND d.u = (SELECT u FROM uri WHERE uri = ?3)) AS m WHERE m.rid + 0 > ?4 ORDER BY 1 LIMIT ?5
            [Integer(100), Text("1"), Text("s"), Integer(0), Integer(21)]
            - SEARCH d USING PRIMARY KEY (p=? AND value=? AND u=?)
            - SCALAR SUBQUERY 1
            - SEARCH uri USING COVERING INDEX sqlite_autoindex_uri_1 (uri=?)
            - USE TEMP B-TREE FOR DISTINCT
        "#]],
    );
}

#[test]
fn a_person_and_a_code() {
    let parts = vec![is_token(CODE, "s|x"), refers_to(SUBJECT, &key(PATIENT, "a"))];
    check(
        &page(&search(OBSERVATION, Expression::And(parts))),
        &expect![[r#"
            SELECT d.rid FROM index_reference AS d WHERE d.p = ?1 AND d.target = (SELECT rid FROM resource WHERE t = ?2 AND id = ?3) AND EXISTS (SELECT 1 FROM index_token AS k1 WHERE k1.p = ?4 AND k1.rid = d.rid AND k1.c = ?5) AND d.rid > ?6 ORDER BY d.rid LIMIT ?7
            [Integer(206), Integer(1), Id(ResourceId("a")), Integer(205), Integer(7), Integer(0), Integer(21)]
            - SEARCH d USING PRIMARY KEY (p=? AND target=? AND rid>?)
            - SCALAR SUBQUERY 1
            - SEARCH resource USING COVERING INDEX sqlite_autoindex_resource_1 (t=? AND id=?)
            - SEARCH k1 EXISTS USING PRIMARY KEY (p=? AND c=? AND rid=?)
        "#]],
    );
}

#[test]
fn a_name_a_sex_and_a_birthday() {
    let parts = [is_token(GENDER, "g|f"), name(Modifier::Plain, "shah"), born(Prefix::Eq)];
    check(
        &page(&patients(&parts)),
        &expect![[r#"
            SELECT DISTINCT m.rid + 0 FROM (SELECT d.rid FROM index_string AS d WHERE d.p = ?1 AND d.folded >= ?2 AND d.folded < ?3 AND EXISTS (SELECT 1 FROM index_token AS k1 WHERE k1.p = ?4 AND k1.rid = d.rid AND k1.c = ?5) AND EXISTS (SELECT 1 FROM index_date AS k2 WHERE k2.p = ?6 AND k2.rid = d.rid AND +k2.low >= ?7 AND +k2.low <= ?8 AND +k2.high <= ?9)) AS m WHERE m.rid + 0 > ?10 ORDER BY 1 LIMIT ?11
            [Integer(102), Text("shah"), Text("shai"), Integer(101), Integer(7), Integer(103), Integer(1), Integer(2), Integer(2), Integer(0), Integer(21)]
            - SEARCH d USING PRIMARY KEY (p=? AND folded>? AND folded<?)
            - SEARCH k1 EXISTS USING PRIMARY KEY (p=? AND c=? AND rid=?)
            - SEARCH k2 EXISTS USING PRIMARY KEY (p=? AND rid=?)
            - USE TEMP B-TREE FOR DISTINCT
        "#]],
    );
}

#[test]
fn everything_of_a_type() {
    check(
        &page(&patients(&[])),
        &expect![[r#"
        SELECT d.rid FROM resource AS d WHERE d.live = 1 AND d.t = ?1 AND d.rid > ?2 ORDER BY d.rid LIMIT ?3
        [Integer(1), Integer(0), Integer(21)]
        - SEARCH d USING COVERING INDEX resource_live (t=? AND rowid>?)
    "#]],
    );
}

#[test]
fn what_is_not_so() {
    let parts = [Expression::Not(Box::new(is_token(GENDER, "g|f"))), Expression::Missing(NAME)];
    check(
        &page(&patients(&parts)),
        &expect![[r#"
            SELECT d.rid FROM resource AS d WHERE d.live = 1 AND d.t = ?1 AND NOT (EXISTS (SELECT 1 FROM index_token AS k1 WHERE k1.p = ?2 AND k1.rid = d.rid AND k1.c = ?3)) AND d.rid NOT IN (SELECT k2.rid FROM index_string AS k2 WHERE k2.p = ?4) AND d.rid > ?5 ORDER BY d.rid LIMIT ?6
            [Integer(1), Integer(101), Integer(7), Integer(102), Integer(0), Integer(21)]
            - SEARCH d USING COVERING INDEX resource_live (t=? AND rowid>?)
            - LIST SUBQUERY 2
            - SEARCH k2 USING COVERING INDEX index_string_of_resource (p=?)
            - CREATE BLOOM FILTER
            - CORRELATED SCALAR SUBQUERY 1
            - SEARCH k1 USING PRIMARY KEY (p=? AND c=? AND rid=?)
        "#]],
    );
}

#[test]
fn one_or_the_other() {
    let parts = vec![is_token(GENDER, "g|f"), is_token(GENDER, "g|m")];
    check(
        &page(&search(PATIENT, Expression::Or(parts))),
        &expect![[r#"
            SELECT m.rid + 0 FROM (SELECT d.rid FROM (SELECT k1.rid FROM index_token AS k1 WHERE k1.p = ?1 AND k1.c = ?2 UNION SELECT k2.rid FROM index_token AS k2 WHERE k2.p = ?3 AND k2.c = ?4) AS d WHERE 1 = 1) AS m WHERE m.rid + 0 > ?5 ORDER BY 1 LIMIT ?6
            [Integer(101), Integer(7), Integer(101), Integer(7), Integer(0), Integer(21)]
            - CO-ROUTINE d
            - COMPOUND QUERY
            - LEFT-MOST SUBQUERY
            - SEARCH k1 USING PRIMARY KEY (p=? AND c=?)
            - UNION USING TEMP B-TREE
            - SEARCH k2 USING PRIMARY KEY (p=? AND c=?)
            - SCAN d
            - USE TEMP B-TREE FOR ORDER BY
        "#]],
    );
}

#[test]
fn written_lately() {
    let range = DateRange { prefix: Prefix::Ge, low: 1, high: 2 };
    check(
        &page(&search(PATIENT, Expression::LastUpdated(range))),
        &expect![[r#"
            SELECT m.rid + 0 FROM (SELECT d.rid FROM resource AS d WHERE d.live = 1 AND d.t = ?1 AND d.updated >= ?2) AS m WHERE m.rid + 0 > ?3 ORDER BY 1 LIMIT ?4
            [Integer(1), Integer(1), Integer(0), Integer(21)]
            - SEARCH d USING COVERING INDEX resource_updated (t=? AND updated>?)
            - USE TEMP B-TREE FOR ORDER BY
        "#]],
    );
}

#[test]
fn chained() {
    let chain = Expression::Chain {
        parameter: ORGANIZATION_OF,
        target: ORGANIZATION,
        inner: Box::new(name(Modifier::Plain, "general")),
    };
    check(
        &page(&search(PATIENT, chain)),
        &expect![[r#"
            SELECT DISTINCT m.rid + 0 FROM (SELECT d.rid FROM (SELECT k1.rid FROM index_reference AS k1 WHERE k1.p = ?1 AND k1.target IN (SELECT k2.rid FROM index_string AS k2 WHERE k2.p = ?2 AND k2.folded >= ?3 AND k2.folded < ?4) UNION ALL SELECT k7.rid FROM (SELECT k3.rid FROM index_string AS k3 WHERE k3.p = ?5 AND k3.folded >= ?6 AND k3.folded < ?7) AS k4 CROSS JOIN contained AS k5 CROSS JOIN uri AS k6 CROSS JOIN index_reference AS k7 WHERE k5.rid = k4.rid AND k6.uri = '#' || k5.local AND k7.p = ?8 AND k7.target = -k6.u AND k7.rid = k5.container) AS d WHERE 1 = 1) AS m WHERE m.rid + 0 > ?9 ORDER BY 1 LIMIT ?10
            [Integer(104), Integer(402), Text("general"), Text("generam"), Integer(1048978), Text("general"), Text("generam"), Integer(104), Integer(0), Integer(21)]
            - CO-ROUTINE d
            - COMPOUND QUERY
            - LEFT-MOST SUBQUERY
            - SEARCH k1 USING PRIMARY KEY (p=? AND target=?)
            - LIST SUBQUERY 1
            - SEARCH k2 USING PRIMARY KEY (p=? AND folded>? AND folded<?)
            - CREATE BLOOM FILTER
            - UNION ALL
            - SEARCH k3 USING PRIMARY KEY (p=? AND folded>? AND folded<?)
            - SEARCH k5 USING INTEGER PRIMARY KEY (rowid=?)
            - SEARCH k6 USING COVERING INDEX sqlite_autoindex_uri_1 (uri=?)
            - SEARCH k7 USING PRIMARY KEY (p=? AND target=? AND rid=?)
            - SCAN d
            - USE TEMP B-TREE FOR DISTINCT
        "#]],
    );
}

#[test]
fn referred_to() {
    let has = Expression::Has {
        source: OBSERVATION,
        parameter: SUBJECT,
        inner: Box::new(is_token(CODE, "s|x")),
    };
    check(
        &page(&patients(&[name(Modifier::Plain, "shah"), has])),
        &expect![[r#"
            SELECT DISTINCT m.rid + 0 FROM (SELECT d.rid FROM index_string AS d WHERE d.p = ?1 AND d.folded >= ?2 AND d.folded < ?3 AND EXISTS (SELECT 1 FROM index_reference AS k1 WHERE k1.p = ?4 AND k1.target = d.rid AND EXISTS (SELECT 1 FROM index_token AS k2 WHERE k2.p = ?5 AND k2.rid = k1.rid AND k2.c = ?6))) AS m WHERE m.rid + 0 > ?7 ORDER BY 1 LIMIT ?8
            [Integer(102), Text("shah"), Text("shai"), Integer(206), Integer(205), Integer(7), Integer(0), Integer(21)]
            - SEARCH d USING PRIMARY KEY (p=? AND folded>? AND folded<?)
            - SEARCH k1 EXISTS USING PRIMARY KEY (p=? AND target=?)
            - SEARCH k2 EXISTS USING PRIMARY KEY (p=? AND c=? AND rid=?)
            - USE TEMP B-TREE FOR DISTINCT
        "#]],
    );
}

#[test]
fn sorted() {
    let search = patients(&[name(Modifier::Exact, "shah")]);
    let by = |by, order| SortKey { by, order };
    let keys = [
        by(SortBy::Parameter(BIRTHDATE), SortOrder::Descending),
        by(SortBy::Parameter(NAME), SortOrder::Ascending),
        by(SortBy::Parameter(GENDER), SortOrder::Ascending),
        by(SortBy::LastUpdated, SortOrder::Ascending),
    ];
    let query = Query::new(&Placeholders, &Places, &search.branches[0], Which::Resources);
    check(
        &query.sorted(None, &keys, 100).unwrap(),
        &expect![[r#"
            SELECT u.rid, (SELECT max(k.high) FROM index_date AS k WHERE k.p = ?1 AND k.rid = u.rid) AS s0, (SELECT min(k.folded) FROM index_string AS k WHERE k.p = ?2 AND k.rid = u.rid) AS s1, min(u.v2) AS s2, (SELECT r.updated FROM resource AS r WHERE r.rid = u.rid) AS s3 FROM (SELECT m.rid, 1 AS hit, NULL AS v2 FROM (SELECT d.rid FROM index_string AS d WHERE d.p = ?3 AND d.folded = ?4 AND d.text = ?5) AS m UNION ALL SELECT k.rid, 0, (SELECT code FROM code WHERE c = k.c) AS v2 FROM index_token AS k WHERE k.p = ?6) AS u GROUP BY u.rid HAVING max(u.hit) = 1 ORDER BY s0 DESC NULLS LAST, s1 NULLS LAST, s2 NULLS LAST, s3 NULLS LAST, u.rid LIMIT ?7
            [Integer(103), Integer(102), Integer(102), Text("shah"), Text(""), Integer(101), Integer(100)]
            - CO-ROUTINE u
            - COMPOUND QUERY
            - LEFT-MOST SUBQUERY
            - SEARCH d USING PRIMARY KEY (p=? AND folded=? AND text=?)
            - UNION ALL
            - SEARCH k USING PRIMARY KEY (p=?)
            - CORRELATED SCALAR SUBQUERY 6
            - SEARCH code USING INTEGER PRIMARY KEY (rowid=?)
            - SCAN u
            - USE TEMP B-TREE FOR GROUP BY
            - CORRELATED SCALAR SUBQUERY 1
            - SEARCH k USING PRIMARY KEY (p=? AND rid=?)
            - CORRELATED SCALAR SUBQUERY 2
            - SEARCH k USING COVERING INDEX index_string_of_resource (p=? AND rid=?)
            - CORRELATED SCALAR SUBQUERY 3
            - SEARCH r USING INTEGER PRIMARY KEY (rowid=?)
            - USE TEMP B-TREE FOR ORDER BY
        "#]],
    );
}

#[test]
fn counted() {
    let search = patients(&[is_token(GENDER, "g|f"), name(Modifier::Plain, "shah")]);
    let query = Query::new(&Placeholders, &Places, &search.branches[0], Which::Resources);
    check(
        &query.count(Some(0)).unwrap(),
        &expect![[r#"
            SELECT count(*) FROM (SELECT d.rid FROM index_token AS d WHERE d.p = ?1 AND d.c = ?2 AND EXISTS (SELECT 1 FROM index_string AS k1 WHERE k1.p = ?3 AND k1.rid = d.rid AND k1.folded >= ?4 AND k1.folded < ?5)) AS m
            [Integer(101), Integer(7), Integer(102), Text("shah"), Text("shai")]
            - SEARCH d USING PRIMARY KEY (p=? AND c=?)
            - SEARCH k1 EXISTS USING COVERING INDEX index_string_of_resource (p=? AND rid=? AND folded>? AND folded<?)
        "#]],
    );
    let candidates = query.candidates(500).unwrap();
    assert_eq!(candidates.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [1, 0]);
    check(
        &candidates[0].1,
        &expect![[r#"
        SELECT count(*) FROM (SELECT d.rid FROM index_string AS d WHERE d.p = ?1 AND d.folded >= ?2 AND d.folded < ?3 LIMIT 500)
        [Integer(102), Text("shah"), Text("shai")]
        - CO-ROUTINE (subquery-1)
        - SEARCH d USING PRIMARY KEY (p=? AND folded>? AND folded<?)
        - SCAN (subquery-1)
    "#]],
    );
}

#[test]
fn referring() {
    check(
        &Query::referring(&Placeholders, &[1, 2], 3, 10),
        &expect![[r#"
        SELECT DISTINCT rid FROM index_reference WHERE p IN (?1, ?2) AND target = ?3 ORDER BY rid LIMIT ?4
        [Integer(1), Integer(2), Integer(3), Integer(10)]
        - SEARCH index_reference USING PRIMARY KEY (p=? AND target=?)
        - USE TEMP B-TREE FOR DISTINCT
    "#]],
    );
}

#[test]
fn a_code_since_a_day() {
    let since = compare(DATE, Predicate::Date(DateRange { prefix: Prefix::Ge, low: 1, high: 2 }));
    let parts = vec![is_token(CODE, "s|x"), since.clone()];
    check(
        &page(&search(OBSERVATION, Expression::And(parts))),
        &expect![[r#"
            SELECT d.rid FROM index_token AS d WHERE d.p = ?1 AND d.c = ?2 AND EXISTS (SELECT 1 FROM index_date AS k1 WHERE k1.p = ?3 AND k1.rid = d.rid AND (+k1.high > ?4 OR +k1.low >= ?5)) AND d.rid > ?6 ORDER BY d.rid LIMIT ?7
            [Integer(205), Integer(7), Integer(207), Integer(2), Integer(1), Integer(0), Integer(21)]
            - SEARCH d USING PRIMARY KEY (p=? AND c=? AND rid>?)
            - SEARCH k1 EXISTS USING PRIMARY KEY (p=? AND rid=?)
        "#]],
    );
    check(
        &page(&search(OBSERVATION, since)),
        &expect![[r#"
            SELECT m.rid + 0 FROM (SELECT d.rid FROM index_date AS d WHERE d.p = ?1 AND d.low >= ?2 AND (d.high > ?3 OR d.low >= ?4)) AS m WHERE m.rid + 0 > ?5 ORDER BY 1 LIMIT ?6
            [Integer(207), Integer(-86399999999), Integer(2), Integer(1), Integer(0), Integer(21)]
            - SEARCH d USING COVERING INDEX index_date_range (p=? AND low>?)
            - USE TEMP B-TREE FOR ORDER BY
        "#]],
    );
}

#[test]
fn every_person_by_name() {
    let search = patients(&[]);
    let keys = [SortKey { by: SortBy::Parameter(NAME), order: SortOrder::Ascending }];
    let query = Query::new(&Placeholders, &Places, &search.branches[0], Which::Resources);
    check(
        &query.sorted(None, &keys, 100).unwrap(),
        &expect![[r#"
            SELECT u.rid, (SELECT min(k.folded) FROM index_string AS k WHERE k.p = ?1 AND k.rid = u.rid) AS s0 FROM (SELECT m.rid FROM (SELECT d.rid FROM resource AS d WHERE d.live = 1 AND d.t = ?2) AS m) AS u ORDER BY s0 NULLS LAST, u.rid LIMIT ?3
            [Integer(102), Integer(1), Integer(100)]
            - SEARCH d USING COVERING INDEX resource_live (t=?)
            - CORRELATED SCALAR SUBQUERY 1
            - SEARCH k USING COVERING INDEX index_string_of_resource (p=? AND rid=?)
            - USE TEMP B-TREE FOR ORDER BY
        "#]],
    );
}

fn range(prefix: Prefix) -> NumberRange {
    NumberRange { prefix, low: 1.0, high: 2.0, value: 1.5 }
}

fn amount(canonical: bool) -> Predicate {
    let canonical =
        canonical.then(|| CanonicalRange { unit: "g".into(), range: range(Prefix::Ap) });
    let (system, code) = (Some("u".into()), Some("mg".into()));
    Predicate::Quantity { range: range(Prefix::Ap), system, code, canonical }
}

#[test]
fn an_amount_in_any_unit() {
    check(
        &page(&search(OBSERVATION, compare(VALUE, amount(true)))),
        &expect![[r#"
            SELECT DISTINCT m.rid + 0 FROM (SELECT d.rid FROM (SELECT k1.rid FROM index_quantity AS k1 WHERE k1.p = ?1 AND k1.clow >= ?2 AND k1.cu <> 0 AND k1.cu = ?3 AND k1.clow <= ?4 AND k1.chigh >= ?5 UNION SELECT k2.rid FROM index_quantity AS k2 WHERE k2.p = ?6 AND k2.low < k2.high AND k2.cu <> 0 AND k2.cu = ?7 AND k2.clow <= ?8 AND k2.chigh >= ?9) AS d WHERE 1 = 1) AS m WHERE m.rid + 0 > ?10 ORDER BY 1 LIMIT ?11
            [Integer(208), Real(1.0), Integer(7), Real(2.0), Real(1.0), Integer(208), Integer(7), Real(2.0), Real(1.0), Integer(0), Integer(21)]
            - CO-ROUTINE d
            - COMPOUND QUERY
            - LEFT-MOST SUBQUERY
            - SEARCH k1 USING COVERING INDEX index_quantity_canonical (p=? AND cu=? AND clow>? AND clow<?)
            - UNION USING TEMP B-TREE
            - SEARCH k2 USING COVERING INDEX index_quantity_canonical (p=? AND cu=? AND clow<?)
            - SCAN d
            - USE TEMP B-TREE FOR DISTINCT
        "#]],
    );
}

#[test]
fn a_code_with_its_value() {
    let Expression::Compare(code) = is_token(CODE, "s|x") else { unreachable!() };
    let both = Predicate::Composite(vec![code.predicate, amount(false)]);
    check(
        &page(&search(OBSERVATION, compare(COMPOSITE, both))),
        &expect![[r#"
        SELECT DISTINCT m.rid FROM (SELECT d.rid FROM index_composite AS d WHERE d.p = ?1 AND d.k1 = ?2 AND d.c2 = ?3 AND d.k2 <= ?4 AND d.h2 >= ?5) AS m WHERE m.rid > ?6 ORDER BY m.rid LIMIT ?7
        [Integer(212), Integer(7), Integer(7), Real(2.0), Real(1.0), Integer(0), Integer(21)]
        - SEARCH d USING PRIMARY KEY (p=? AND k1=? AND rid>?)
    "#]],
    );
}

#[test]
fn a_code_by_its_text() {
    let text = compare(CODE, Predicate::TokenText { folded: "asth".into() });
    check(
        &page(&search(OBSERVATION, text.clone())),
        &expect![[r#"
        SELECT DISTINCT m.rid + 0 FROM (SELECT d.rid FROM text_use AS k1 CROSS JOIN index_token AS d WHERE d.p = k1.p AND d.c = k1.c AND d.s = k1.s AND k1.p = ?1 AND k1.s IN (SELECT s FROM text_member WHERE folded >= ?2 AND folded < ?3)) AS m WHERE m.rid + 0 > ?4 ORDER BY 1 LIMIT ?5
        [Integer(205), Text("asth"), Text("asti"), Integer(0), Integer(21)]
        - SEARCH k1 USING PRIMARY KEY (p=? AND s=?)
        - LIST SUBQUERY 1
        - SEARCH text_member USING PRIMARY KEY (folded>? AND folded<?)
        - CREATE BLOOM FILTER
        - SEARCH d USING PRIMARY KEY (p=? AND c=?)
        - USE TEMP B-TREE FOR DISTINCT
    "#]],
    );
    let parts = vec![refers_to(SUBJECT, &key(PATIENT, "a")), text];
    check(
        &page(&search(OBSERVATION, Expression::And(parts))),
        &expect![[r#"
        SELECT d.rid FROM index_reference AS d WHERE d.p = ?1 AND d.target = (SELECT rid FROM resource WHERE t = ?2 AND id = ?3) AND EXISTS (SELECT 1 FROM text_use AS k2 CROSS JOIN index_token AS k1 WHERE k1.p = k2.p AND k1.c = k2.c AND k1.s = k2.s AND k1.rid = d.rid AND k2.p = ?4 AND k2.s IN (SELECT s FROM text_member WHERE folded >= ?5 AND folded < ?6)) AND d.rid > ?7 ORDER BY d.rid LIMIT ?8
        [Integer(206), Integer(1), Id(ResourceId("a")), Integer(205), Text("asth"), Text("asti"), Integer(0), Integer(21)]
        - SEARCH d USING PRIMARY KEY (p=? AND target=? AND rid>?)
        - SCALAR SUBQUERY 1
        - SEARCH resource USING COVERING INDEX sqlite_autoindex_resource_1 (t=? AND id=?)
        - CORRELATED SCALAR SUBQUERY 3
        - SEARCH k2 USING PRIMARY KEY (p=? AND s=?)
        - LIST SUBQUERY 2
        - SEARCH text_member USING PRIMARY KEY (folded>? AND folded<?)
        - CREATE BLOOM FILTER
        - SEARCH k1 USING PRIMARY KEY (p=? AND c=? AND rid=?)
    "#]],
    );
}

#[test]
fn an_identifier_of_a_type() {
    let (system, code, value) = ("t".into(), "MR".into(), "1".into());
    let of_type = compare(IDENTIFIER, Predicate::OfType { system, code, value });
    check(
        &page(&patients(&[of_type])),
        &expect![[r#"
        SELECT DISTINCT m.rid + 0 FROM (SELECT d.rid FROM index_identifier AS d WHERE d.p = ?1 AND d.value = ?2 AND d.u = (SELECT c FROM code WHERE code = ?3 AND u = (SELECT u FROM uri WHERE uri = ?4))) AS m WHERE m.rid + 0 > ?5 ORDER BY 1 LIMIT ?6
        [Integer(262244), Text("1"), Text("MR"), Text("t"), Integer(0), Integer(21)]
        - SEARCH d USING PRIMARY KEY (p=? AND value=? AND u=?)
        - SCALAR SUBQUERY 2
        - SEARCH code USING COVERING INDEX sqlite_autoindex_code_1 (code=? AND u=?)
        - SCALAR SUBQUERY 1
        - SEARCH uri USING COVERING INDEX sqlite_autoindex_uri_1 (uri=?)
        - USE TEMP B-TREE FOR DISTINCT
    "#]],
    );
}

#[test]
fn a_canonical_of_any_version() {
    let canonical = Predicate::Canonical { url: "http://x.test".into(), version: None };
    check(
        &page(&patients(&[compare(PROFILE, canonical)])),
        &expect![[r#"
        SELECT DISTINCT m.rid + 0 FROM (SELECT d.rid FROM (SELECT k1.rid FROM index_uri AS k1 WHERE k1.p = ?1 AND k1.u = (SELECT u FROM uri WHERE uri = ?2) UNION SELECT k2.rid FROM index_uri AS k2 WHERE k2.p = ?3 AND k2.u = (SELECT u FROM uri WHERE uri = ?4)) AS d WHERE 1 = 1) AS m WHERE m.rid + 0 > ?5 ORDER BY 1 LIMIT ?6
        [Integer(111), Text("http://x.test"), Integer(786543), Text("http://x.test"), Integer(0), Integer(21)]
        - CO-ROUTINE d
        - COMPOUND QUERY
        - LEFT-MOST SUBQUERY
        - SEARCH k1 USING PRIMARY KEY (p=? AND u=?)
        - SCALAR SUBQUERY 1
        - SEARCH uri USING COVERING INDEX sqlite_autoindex_uri_1 (uri=?)
        - UNION USING TEMP B-TREE
        - SEARCH k2 USING PRIMARY KEY (p=? AND u=?)
        - SCALAR SUBQUERY 3
        - SEARCH uri USING COVERING INDEX sqlite_autoindex_uri_1 (uri=?)
        - SCAN d
        - USE TEMP B-TREE FOR DISTINCT
    "#]],
    );
}

#[test]
fn between_two_times() {
    let between = [born(Prefix::Ge), born(Prefix::Lt)];
    check(
        &page(&patients(&between)),
        &expect![[r#"
            SELECT m.rid + 0 FROM (SELECT d.rid FROM index_date AS d WHERE d.p = ?1 AND d.low >= ?2 AND (d.high > ?3 OR d.low >= ?4) AND d.low < ?5) AS m WHERE m.rid + 0 > ?6 ORDER BY 1 LIMIT ?7
            [Integer(103), Integer(-86399999999), Integer(2), Integer(1), Integer(1), Integer(0), Integer(21)]
            - SEARCH d USING COVERING INDEX index_date_range (p=? AND low>? AND low<?)
            - USE TEMP B-TREE FOR ORDER BY
        "#]],
    );
}

#[test]
fn between_two_amounts() {
    let parts = vec![compare(VALUE, amount(false)), compare(VALUE, amount(false))];
    check(
        &page(&search(OBSERVATION, Expression::And(parts))),
        &expect![[r#"
        SELECT DISTINCT m.rid + 0 FROM (SELECT d.rid FROM (SELECT k1.rid FROM index_quantity AS k1 WHERE k1.p = ?1 AND k1.low >= ?2 AND k1.c = ?3 AND k1.low <= ?4 AND k1.high >= ?5 AND k1.low >= ?6 AND k1.c = ?7 AND k1.low <= ?8 AND k1.high >= ?9 UNION SELECT k2.rid FROM index_quantity AS k2 WHERE k2.p = ?10 AND k2.low < k2.high AND k2.c = ?11 AND k2.low <= ?12 AND k2.high >= ?13 AND k2.c = ?14 AND k2.low <= ?15 AND k2.high >= ?16 UNION SELECT k3.rid FROM index_many AS k3 WHERE k3.p = ?17 AND EXISTS (SELECT 1 FROM index_quantity AS k4 WHERE k4.p = ?18 AND k4.rid = k3.rid AND +k4.c = ?19 AND +k4.low <= ?20 AND +k4.high >= ?21) AND EXISTS (SELECT 1 FROM index_quantity AS k5 WHERE k5.p = ?22 AND k5.rid = k3.rid AND +k5.c = ?23 AND +k5.low <= ?24 AND +k5.high >= ?25)) AS d WHERE 1 = 1) AS m WHERE m.rid + 0 > ?26 ORDER BY 1 LIMIT ?27
        [Integer(208), Real(1.0), Integer(7), Real(2.0), Real(1.0), Real(1.0), Integer(7), Real(2.0), Real(1.0), Integer(208), Integer(7), Real(2.0), Real(1.0), Integer(7), Real(2.0), Real(1.0), Integer(208), Integer(208), Integer(7), Real(2.0), Real(1.0), Integer(208), Integer(7), Real(2.0), Real(1.0), Integer(0), Integer(21)]
        - CO-ROUTINE d
        - COMPOUND QUERY
        - LEFT-MOST SUBQUERY
        - SEARCH k1 USING COVERING INDEX index_quantity_range (p=? AND c=? AND low>? AND low<?)
        - UNION USING TEMP B-TREE
        - SEARCH k2 USING COVERING INDEX index_quantity_wide (p=? AND high>?)
        - UNION USING TEMP B-TREE
        - SEARCH k3 USING PRIMARY KEY (p=?)
        - SEARCH k4 EXISTS USING PRIMARY KEY (p=? AND rid=?)
        - SEARCH k5 EXISTS USING PRIMARY KEY (p=? AND rid=?)
        - SCAN d
        - USE TEMP B-TREE FOR DISTINCT
    "#]],
    );
}

#[test]
fn near_a_place() {
    let near = Predicate::Near { latitude: 0.0, longitude: 0.0, metres: 1000.0 };
    check(
        &page(&search(ORGANIZATION, compare(NEAR, near))),
        &expect![[r#"
        SELECT DISTINCT m.rid + 0 FROM (SELECT d.rid FROM index_position AS d WHERE d.p = ?1 AND d.z >= ?2 AND d.z <= ?3 AND (d.x - ?4) * (d.x - ?4) + (d.y - ?5) * (d.y - ?5) + (d.z - ?6) * (d.z - ?6) <= ?7) AS m WHERE m.rid + 0 > ?8 ORDER BY 1 LIMIT ?9
        [Integer(414), Real(-0.00015696101412775984), Real(0.00015696101412775984), Real(1.0), Real(0.0), Real(0.0), Real(2.4636759793835275e-8), Integer(0), Integer(21)]
        - SEARCH d USING COVERING INDEX index_position_place (p=? AND z>? AND z<?)
        - USE TEMP B-TREE FOR DISTINCT
    "#]],
    );
}

#[test]
fn below_in_a_tree() {
    let organization = key(ORGANIZATION, "o");
    let tree = |direction| {
        let root = ReferenceTarget::Local(ORGANIZATION, organization.id.clone());
        compare(ORGANIZATION_OF, Predicate::Hierarchy { root, parent: PART_OF, direction })
    };
    check(
        &page(&patients(&[tree(Direction::Below)])),
        &expect![[r#"
        SELECT DISTINCT m.rid + 0 FROM (SELECT d.rid FROM index_reference AS d WHERE d.p = ?1 AND d.target IN (WITH RECURSIVE k1 (rid) AS (SELECT * FROM (SELECT (SELECT rid FROM resource WHERE t = ?2 AND id = ?3)) UNION SELECT b.rid FROM k1 CROSS JOIN index_reference AS b WHERE b.p = ?4 AND b.target = k1.rid) SELECT rid FROM k1)) AS m WHERE m.rid + 0 > ?5 ORDER BY 1 LIMIT ?6
        [Integer(104), Integer(4), Id(ResourceId("o")), Integer(413), Integer(0), Integer(21)]
        - SEARCH d USING PRIMARY KEY (p=? AND target=?)
        - LIST SUBQUERY 5
        - MATERIALIZE k1
        - SETUP
        - CO-ROUTINE (subquery-2)
        - SCAN CONSTANT ROW
        - SCALAR SUBQUERY 1
        - SEARCH resource USING COVERING INDEX sqlite_autoindex_resource_1 (t=? AND id=?)
        - SCAN (subquery-2)
        - RECURSIVE STEP
        - SCAN k1
        - SEARCH b USING PRIMARY KEY (p=? AND target=?)
        - SCAN k1
        - CREATE BLOOM FILTER
        - USE TEMP B-TREE FOR DISTINCT
    "#]],
    );
    check(
        &page(&patients(&[tree(Direction::Above)])),
        &expect![[r#"
        SELECT DISTINCT m.rid + 0 FROM (SELECT d.rid FROM index_reference AS d WHERE d.p = ?1 AND d.target IN (?2, ?3)) AS m WHERE m.rid + 0 > ?4 ORDER BY 1 LIMIT ?5
        [Integer(104), Integer(31), Integer(32), Integer(0), Integer(21)]
        - SEARCH d USING PRIMARY KEY (p=? AND target=?)
        - USE TEMP B-TREE FOR DISTINCT
    "#]],
    );
}

#[test]
fn words_of_a_text() {
    let query = TextQuery::Begins("asth".into());
    let words = Expression::FullText { part: TextPart::Content, query };
    // The query as the real dialect has it.
    let mut statement = page(&patients(&[words]));
    statement.binds[0] = Bind::Text("{content} : (\"asth\" *)".into());
    check(
        &statement,
        &expect![[r#"
        SELECT d.rid FROM (SELECT rowid AS rid FROM full_text WHERE full_text MATCH ?1) AS d WHERE EXISTS (SELECT 1 FROM resource AS r WHERE r.rid = d.rid AND r.live = 1 AND r.t = ?2) AND d.rid > ?3 ORDER BY d.rid LIMIT ?4
        [Text("{content} : (\"asth\" *)"), Integer(1), Integer(0), Integer(21)]
        - SCAN full_text VIRTUAL TABLE INDEX 64:M2>
        - SEARCH r EXISTS USING COVERING INDEX resource_live (t=? AND rowid=?)
    "#]],
    );
}

#[test]
fn in_a_container() {
    let branch = &patients(&[is_token(GENDER, "g|f")]).branches[0];
    let query = Query::new(&Placeholders, &Places, branch, Which::Containers)
        .after(&[(branch, Which::Resources)]);
    check(
        &query.page(None, 0, 21).unwrap(),
        &expect![[r#"
        SELECT DISTINCT c.container FROM (SELECT d.rid FROM index_token AS d WHERE d.p = ?1 AND d.c = ?2 AND NOT EXISTS (SELECT 1 FROM contained AS k1 CROSS JOIN resource AS k2 WHERE k1.rid = d.rid AND k2.rid = k1.container AND k2.t = ?3 AND EXISTS (SELECT 1 FROM index_token AS k3 WHERE k3.p = ?4 AND k3.rid = k2.rid AND k3.c = ?5))) AS m CROSS JOIN contained AS c WHERE c.rid = m.rid AND c.container + 0 > ?6 ORDER BY 1 LIMIT ?7
        [Integer(1048677), Integer(7), Integer(1), Integer(101), Integer(7), Integer(0), Integer(21)]
        - SEARCH d USING PRIMARY KEY (p=? AND c=?)
        - CORRELATED SCALAR SUBQUERY 2
        - SEARCH k1 USING INTEGER PRIMARY KEY (rowid=?)
        - SEARCH k2 USING INTEGER PRIMARY KEY (rowid=?)
        - SEARCH k3 EXISTS USING PRIMARY KEY (p=? AND c=? AND rid=?)
        - SEARCH c USING INTEGER PRIMARY KEY (rowid=?)
        - USE TEMP B-TREE FOR DISTINCT
    "#]],
    );
}

#[test]
fn the_newest_of_a_code() {
    let search = search(OBSERVATION, is_token(CODE, "s|x"));
    let query = Query::new(&Placeholders, &Places, &search.branches[0], Which::Resources);
    let key = |by| [SortKey { by, order: SortOrder::Descending }];
    for by in [SortBy::Parameter(DATE), SortBy::LastUpdated] {
        for way in query.walk(&key(by), 1000, None).unwrap().unwrap().ways {
            let expected = match (by, way.sql.contains("> 86400000000")) {
                (SortBy::LastUpdated, _) => expect![[r#"
                    SELECT k.rid, k.updated, CASE WHEN 1 = 1 AND EXISTS (SELECT 1 FROM index_token AS k1 WHERE k1.p = ?1 AND k1.rid = k.rid AND k1.c = ?2) THEN k.updated END FROM resource AS k WHERE k.live = 1 AND k.t = ?3 ORDER BY k.updated DESC LIMIT ?4
                    [Integer(205), Integer(7), Integer(2), Integer(1000)]
                    - SEARCH k USING COVERING INDEX resource_updated (t=?)
                    - CORRELATED SCALAR SUBQUERY 1
                    - SEARCH k1 USING PRIMARY KEY (p=? AND c=? AND rid=?)
                "#]],
                (_, true) => expect![[r#"
                    SELECT k.rid, k.high + 0, CASE WHEN 1 = 1 AND EXISTS (SELECT 1 FROM index_token AS k1 WHERE k1.p = ?1 AND k1.rid = k.rid AND k1.c = ?2) THEN (SELECT max(x.high) FROM index_date AS x WHERE x.p = k.p AND x.rid = k.rid) END FROM index_date AS k WHERE k.p = ?3 AND k.high - k.low > 86400000000 ORDER BY k.high DESC LIMIT ?4
                    [Integer(205), Integer(7), Integer(207), Integer(1000)]
                    - SEARCH k USING COVERING INDEX index_date_wide (p=?)
                    - CORRELATED SCALAR SUBQUERY 1
                    - SEARCH k1 USING PRIMARY KEY (p=? AND c=? AND rid=?)
                    - CORRELATED SCALAR SUBQUERY 2
                    - SEARCH x USING PRIMARY KEY (p=? AND rid=?)
                "#]],
                (_, false) => expect![[r#"
                    SELECT k.rid, k.low + 86400000000, CASE WHEN 1 = 1 AND EXISTS (SELECT 1 FROM index_token AS k1 WHERE k1.p = ?1 AND k1.rid = k.rid AND k1.c = ?2) THEN k.high END FROM index_date AS k WHERE k.p = ?3 ORDER BY k.low DESC LIMIT ?4
                    [Integer(205), Integer(7), Integer(207), Integer(1000)]
                    - SEARCH k USING COVERING INDEX index_date_range (p=?)
                    - CORRELATED SCALAR SUBQUERY 1
                    - SEARCH k1 USING PRIMARY KEY (p=? AND c=? AND rid=?)
                "#]],
            };
            check(&way, &expected);
        }
    }
    assert!(query.walk(&key(SortBy::Id), 1000, None).unwrap().is_none());
}

#[test]
fn a_count_that_is_kept() {
    let search = search(OBSERVATION, is_token(CODE, "s|x"));
    let query = Query::new(&Placeholders, &Places, &search.branches[0], Which::Resources);
    check(
        &query.kept_count().unwrap(),
        &expect![[r#"
        SELECT coalesce((SELECT n FROM token_count WHERE p = ?1 AND c = ?2), 0)
        [Integer(205), Integer(7)]
        - SCAN CONSTANT ROW
        - SCALAR SUBQUERY 1
        - SEARCH token_count USING PRIMARY KEY (p=? AND c=?)
    "#]],
    );
    let all = patients(&[]);
    let query = Query::new(&Placeholders, &Places, &all.branches[0], Which::Resources);
    check(
        &query.kept_count().unwrap(),
        &expect![[r#"
        SELECT coalesce((SELECT live FROM type WHERE t = ?1), 0)
        [Integer(1)]
        - SCAN CONSTANT ROW
        - SCALAR SUBQUERY 1
        - SEARCH type USING INTEGER PRIMARY KEY (rowid=?)
    "#]],
    );
}
