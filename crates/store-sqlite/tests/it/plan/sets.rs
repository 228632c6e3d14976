//! Plans of conjunctions, disjunctions and negations.

use expect_test::expect;
use search::{Expression, Modifier, Prefix};
use store::contract::fixture::{
    CODE, GENDER, NAME, OBSERVATION, PATIENT, SUBJECT, is_token, key, refers_to, search,
};

use super::{born, check, name, page, patients};

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
