//! Plans of single values.

use expect_test::expect;
use search::{
    CanonicalRange, DateRange, Expression, NumberRange, Predicate, Prefix, TextPart, TextQuery,
};
use store::contract::fixture::{
    CODE, COMPOSITE, DATE, IDENTIFIER, NEAR, OBSERVATION, ORGANIZATION, PATIENT, PROFILE, SUBJECT,
    VALUE, compare, is_token, key, refers_to, search,
};
use store::sql::Bind;

use super::{born, check, page, patients};

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
