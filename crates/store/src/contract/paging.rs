//! Pages that neither lose nor repeat a resource while others write.

use std::collections::BTreeSet;
use std::sync::Arc;

use search::{Expression, Search, SortBy, SortKey, SortOrder};

use super::fixture::{
    GENDER, NAME, PATIENT, delete, is_token, key, put, search, string, token, write,
};
use crate::{SearchCursor, Store};

async fn fill(store: &Arc<dyn Store>) {
    for number in 0..40 {
        let entries =
            vec![token(GENDER, "g", "x"), string(NAME, &format!("name {:02}", number * 7 % 40))];
        put(store, write(&key(PATIENT, &format!("p{number}")), "x", entries)).await;
    }
}

/// Pages through `search` while every page is followed by writes: what was there all the time must
/// be seen once.
async fn page_while_writing(store: &Arc<dyn Store>, search: &Search) {
    let (mut seen, mut cursor, mut round) = (Vec::new(), None, 0);
    loop {
        let page = store.search(search, cursor.as_ref()).await.unwrap();
        seen.extend(page.hits.iter().map(|hit| hit.resource.key.id.to_string()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
        assert!(round < 100, "the search has no end");
        // One is created, one is moved to the other end of the order, one is deleted.
        let entries = |name: &str| vec![token(GENDER, "g", "x"), string(NAME, name)];
        put(store, write(&key(PATIENT, &format!("new{round}")), "x", entries("name 00"))).await;
        for number in [round, 39 - round] {
            let name = if number % 2 == 0 { "a first" } else { "z last" };
            put(store, write(&key(PATIENT, &format!("p{number}")), "moved", entries(name))).await;
        }
        if round < 3 {
            put(store, delete(&key(PATIENT, &format!("p{}", 20 + round)))).await;
        }
        round += 1;
    }
    let distinct: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "repeated: {seen:?}");
    for number in (0..40).filter(|number| !(20..23).contains(number)) {
        assert!(seen.contains(&format!("p{number}")), "lost p{number}");
    }
}

pub async fn under_writes(store: Arc<dyn Store>) {
    fill(&store).await;
    let all = [
        Expression::All,
        is_token(GENDER, "g|x"),
        is_token(GENDER, "x"),
        Expression::And(vec![
            is_token(GENDER, "g|x"),
            Expression::Not(Box::new(is_token(GENDER, "y"))),
        ]),
    ];
    // Every search starts from the same forty.
    for filter in all {
        let mut search = search(PATIENT, filter);
        search.count = 9;
        page_while_writing(&store, &search).await;
        fill(&store).await;
    }
}

pub async fn sorted_under_writes(store: Arc<dyn Store>) {
    fill(&store).await;
    for order in [SortOrder::Ascending, SortOrder::Descending] {
        for by in [SortBy::Parameter(NAME), SortBy::LastUpdated, SortBy::Id] {
            let mut search = search(PATIENT, Expression::All);
            (search.count, search.branches[0].sort) = (9, vec![SortKey { by, order }]);
            page_while_writing(&store, &search).await;
            fill(&store).await;
        }
    }
}

pub async fn bad_cursors(store: Arc<dyn Store>) {
    fill(&store).await;
    let mut sorted = search(PATIENT, Expression::All);
    (sorted.count, sorted.branches[0].sort) =
        (9, vec![SortKey { by: SortBy::Id, order: SortOrder::Ascending }]);
    for text in ["", "x", "r", "rx", "l", "l1", "l1-", "l-1-1", "l99999-0", "r99999999999999999999"]
    {
        let cursor = SearchCursor(text.into());
        let error = store.search(&sorted, Some(&cursor)).await.unwrap_err();
        assert!(error.is_cursor(), "{text}: {error}");
    }
    // A cursor belongs to its search.
    let next = store.search(&sorted, None).await.unwrap().next.unwrap();
    let mut other = sorted.clone();
    other.branches[0].filter = is_token(GENDER, "g|x");
    assert!(store.search(&other, Some(&next)).await.unwrap_err().is_cursor());
    assert!(store.search(&sorted, Some(&next)).await.is_ok());
}
