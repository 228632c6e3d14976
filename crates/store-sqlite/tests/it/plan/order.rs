//! Plans of orders, counts and walks.

use expect_test::expect;
use search::{Modifier, SortBy, SortKey, SortOrder};
use store::contract::fixture::{
    BIRTHDATE, CODE, DATE, GENDER, NAME, OBSERVATION, is_token, search,
};
use store::sql::{Query, Which};

use super::{Placeholders, Places, check, name, page, patients};

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
