//! Plans of what refers to what: chains, `_has`, includes, trees, containers.

use expect_test::expect;
use search::{Direction, Expression, Modifier, Predicate, ReferenceTarget};
use store::contract::fixture::{
    CODE, GENDER, INSTANTIATES, OBSERVATION, ORGANIZATION, ORGANIZATION_OF, PART_OF, PATIENT,
    SUBJECT, compare, is_token, key, search,
};
use store::sql::{Query, Which};

use super::{Placeholders, Places, check, name, page, patients};

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
fn chained_along_canonicals() {
    let inner = Box::new(name(Modifier::Plain, "general"));
    let (parameter, target) = (INSTANTIATES, ORGANIZATION);
    let chain = Expression::Chain { parameter, target, inner };
    check(
        &page(&search(OBSERVATION, chain)),
        &expect![[r#"
        SELECT DISTINCT m.rid + 0 FROM (SELECT d.rid FROM (SELECT k1.rid FROM index_reference AS k1 WHERE k1.p = ?1 AND k1.target IN (WITH k3 (rid) AS MATERIALIZED (SELECT k2.rid FROM index_string AS k2 WHERE k2.p = ?2 AND k2.folded >= ?3 AND k2.folded < ?4) SELECT rid FROM k3 UNION ALL SELECT -u FROM index_uri WHERE p IN (?5, ?6) AND rid IN (SELECT rid FROM k3)) UNION ALL SELECT k8.rid FROM (SELECT k4.rid FROM index_string AS k4 WHERE k4.p = ?7 AND k4.folded >= ?8 AND k4.folded < ?9) AS k5 CROSS JOIN contained AS k6 CROSS JOIN uri AS k7 CROSS JOIN index_reference AS k8 WHERE k6.rid = k5.rid AND k7.uri = '#' || k6.local AND k8.p = ?10 AND k8.target = -k7.u AND k8.rid = k6.container) AS d WHERE 1 = 1) AS m WHERE m.rid + 0 > ?11 ORDER BY 1 LIMIT ?12
        [Integer(216), Integer(402), Text("general"), Text("generam"), Integer(418), Integer(262562), Integer(1048978), Text("general"), Text("generam"), Integer(216), Integer(0), Integer(21)]
        - CO-ROUTINE d
        - COMPOUND QUERY
        - LEFT-MOST SUBQUERY
        - SEARCH k1 USING PRIMARY KEY (p=? AND target=?)
        - LIST SUBQUERY 4
        - COMPOUND QUERY
        - LEFT-MOST SUBQUERY
        - MATERIALIZE k3
        - SEARCH k2 USING PRIMARY KEY (p=? AND folded>? AND folded<?)
        - SCAN k3
        - CREATE BLOOM FILTER
        - UNION ALL
        - SEARCH index_uri USING PRIMARY KEY (p=?)
        - LIST SUBQUERY 3
        - SCAN k3
        - CREATE BLOOM FILTER
        - CREATE BLOOM FILTER
        - UNION ALL
        - SEARCH k4 USING PRIMARY KEY (p=? AND folded>? AND folded<?)
        - SEARCH k6 USING INTEGER PRIMARY KEY (rowid=?)
        - SEARCH k7 USING COVERING INDEX sqlite_autoindex_uri_1 (uri=?)
        - SEARCH k8 USING PRIMARY KEY (p=? AND target=? AND rid=?)
        - SCAN d
        - USE TEMP B-TREE FOR DISTINCT
    "#]],
    );
}

#[test]
fn referred_to_along_canonicals() {
    let inner = Box::new(is_token(CODE, "s|x"));
    let has = Expression::Has { source: OBSERVATION, parameter: INSTANTIATES, inner };
    let general = name(Modifier::Plain, "general");
    check(
        &page(&search(ORGANIZATION, has.clone())),
        &expect![[r#"
            SELECT m.rid + 0 FROM (SELECT d.rid FROM resource AS d WHERE d.live = 1 AND d.t = ?1 AND d.rid IN (SELECT k1.rid FROM (SELECT rid, rid AS target FROM resource WHERE live = 1 AND t = ?2 UNION ALL SELECT rid, -u FROM index_uri WHERE p IN (?3, ?4)) AS k1 WHERE EXISTS (SELECT 1 FROM index_reference AS k2 WHERE k2.p = ?5 AND k2.target = k1.target AND EXISTS (SELECT 1 FROM index_token AS k3 WHERE k3.p = ?6 AND k3.rid = k2.rid AND k3.c = ?7)))) AS m WHERE m.rid + 0 > ?8 ORDER BY 1 LIMIT ?9
            [Integer(4), Integer(4), Integer(418), Integer(262562), Integer(216), Integer(205), Integer(7), Integer(0), Integer(21)]
            - SEARCH d USING COVERING INDEX resource_live (t=? AND rowid=?)
            - LIST SUBQUERY 5
            - CO-ROUTINE k1
            - COMPOUND QUERY
            - LEFT-MOST SUBQUERY
            - SEARCH resource USING COVERING INDEX resource_live (t=?)
            - UNION ALL
            - SEARCH index_uri USING PRIMARY KEY (p=?)
            - SCAN k1
            - SEARCH k2 EXISTS USING PRIMARY KEY (p=? AND target=?)
            - SEARCH k3 EXISTS USING PRIMARY KEY (p=? AND c=? AND rid=?)
            - CREATE BLOOM FILTER
            - USE TEMP B-TREE FOR ORDER BY
        "#]],
    );
    check(
        &page(&search(ORGANIZATION, Expression::And(vec![general, has]))),
        &expect![[r#"
        SELECT DISTINCT m.rid + 0 FROM (SELECT d.rid FROM index_string AS d WHERE d.p = ?1 AND d.folded >= ?2 AND d.folded < ?3 AND d.rid IN (SELECT k1.rid FROM (SELECT rid, rid AS target FROM resource WHERE live = 1 AND t = ?4 UNION ALL SELECT rid, -u FROM index_uri WHERE p IN (?5, ?6)) AS k1 WHERE EXISTS (SELECT 1 FROM index_reference AS k2 WHERE k2.p = ?7 AND k2.target = k1.target AND EXISTS (SELECT 1 FROM index_token AS k3 WHERE k3.p = ?8 AND k3.rid = k2.rid AND k3.c = ?9)))) AS m WHERE m.rid + 0 > ?10 ORDER BY 1 LIMIT ?11
        [Integer(402), Text("general"), Text("generam"), Integer(4), Integer(418), Integer(262562), Integer(216), Integer(205), Integer(7), Integer(0), Integer(21)]
        - SEARCH d USING COVERING INDEX index_string_of_resource (p=? AND rid=? AND folded>? AND folded<?)
        - LIST SUBQUERY 5
        - CO-ROUTINE k1
        - COMPOUND QUERY
        - LEFT-MOST SUBQUERY
        - SEARCH resource USING COVERING INDEX resource_live (t=?)
        - UNION ALL
        - SEARCH index_uri USING PRIMARY KEY (p=?)
        - SCAN k1
        - SEARCH k2 EXISTS USING PRIMARY KEY (p=? AND target=?)
        - SEARCH k3 EXISTS USING PRIMARY KEY (p=? AND c=? AND rid=?)
        - CREATE BLOOM FILTER
        - USE TEMP B-TREE FOR DISTINCT
    "#]],
    );
    check(
        &Query::bearers(&Placeholders, &[418, 518], 7, 20),
        &expect![[r#"
        SELECT DISTINCT rid FROM index_uri WHERE p IN (?1, ?2, ?3, ?4) AND u = ?5 ORDER BY rid LIMIT ?6
        [Integer(418), Integer(262562), Integer(518), Integer(262662), Integer(7), Integer(20)]
        - SEARCH index_uri USING PRIMARY KEY (p=? AND u=?)
        - USE TEMP B-TREE FOR DISTINCT
    "#]],
    );
}
