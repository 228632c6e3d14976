//! Erasure of resources, of old versions, and of the items behind them.

use std::sync::Arc;

use super::fixture::{
    FIRST, IDENTIFIER, OBSERVATION, PATIENT, SUBJECT, batch, delete, found, is_token, item, key,
    put, reference, refers_to, search, token, write,
};
use crate::{
    Change, Erased, Erasure, HistoryPage, HistoryScope, ItemId, ItemOutcome, ItemState, Lineage,
    ResourceKey, Store,
};

async fn received(store: &Arc<dyn Store>, subject: &str, number: u64) -> ItemId {
    let mut new = item("f", number);
    new.subject = subject.into();
    store.receive(vec![new]).await.unwrap()[0]
}

fn from(mut change: Change, item: ItemId) -> Change {
    change.lineage = Some(Lineage { item, ..Lineage::default() });
    change
}

async fn settle(store: &Arc<dyn Store>, id: ItemId, state: ItemState) {
    let outcome = ItemOutcome { id, at: 1, state, cause: String::new(), note: String::new() };
    store.settle(vec![outcome]).await.unwrap();
}

async fn is_erased(store: &Arc<dyn Store>, id: ItemId) -> bool {
    let (item, _) = store.item(id).await.unwrap().unwrap();
    let gone = item.erased.is_some();
    assert_eq!(item.content.bytes.is_empty(), gone, "{id}");
    assert_eq!(item.content.acknowledgement.is_empty(), gone, "{id}");
    assert_eq!(item.content.subject.is_empty(), gone, "{id}");
    gone
}

async fn balanced(store: &Arc<dyn Store>) {
    assert_eq!(store.ledger().await.unwrap(), store.recount().await.unwrap());
    assert!(store.ledger().await.unwrap().iter().all(crate::FeedBalance::balances));
}

pub async fn resources_with_all_of_them(store: Arc<dyn Store>) {
    let (a, b) = (key(PATIENT, "a"), key(PATIENT, "b"));
    let (mine, other) = (key(OBSERVATION, "mine"), key(OBSERVATION, "other"));
    // 1 wrote a and its observation, 2 wrote a and b, 3 repeats 1 and wrote nothing, 4 waits.
    let mut items = Vec::new();
    for (number, subject) in [(1, "sa"), (2, "sb"), (3, "sa"), (4, "sa")] {
        items.push(received(&store, subject, number).await);
    }
    let named = |name: &str| vec![token(IDENTIFIER, "s", name)];
    let first = vec![
        from(write(&a, "Shah", named("na")), items[0]),
        from(write(&mine, "x", vec![reference(SUBJECT, &a)]), items[0]),
    ];
    store.commit(batch(first)).await.unwrap();
    let second = vec![
        from(write(&a, "Shah-Jones", named("nb")), items[1]),
        from(write(&b, "x", named("other")), items[1]),
    ];
    store.commit(batch(second)).await.unwrap();
    put(&store, write(&other, "x", vec![reference(SUBJECT, &a)])).await;
    for (item, state) in [(0, ItemState::Stored), (1, ItemState::Stored), (2, ItemState::Filtered)]
    {
        settle(&store, items[item], state).await;
    }
    let before = store.ledger().await.unwrap();
    let what = Erasure::Resources(vec![a.clone(), mine.clone(), key(PATIENT, "never")]);
    let erased = store.erase(what.clone()).await.unwrap();
    assert_eq!(erased, Erased { resources: 2, versions: 3, items: 2 });
    assert_eq!(store.erase(what).await.unwrap(), Erased::default(), "once is enough");
    for gone in [&a, &mine] {
        assert!(store.read(gone).await.unwrap().is_none());
        assert!(store.read_version(gone, FIRST).await.unwrap().is_none());
        assert!(store.lineage(gone, FIRST).await.unwrap().is_none());
        let history = store
            .history(
                &HistoryScope::Instance(gone.clone()),
                HistoryPage { count: 9, ..HistoryPage::default() },
            )
            .await
            .unwrap();
        assert_eq!((history.total, history.versions.len()), (0, 0));
    }
    for name in ["na", "nb"] {
        let search = search(PATIENT, is_token(IDENTIFIER, &format!("s|{name}")));
        assert!(found(&store, &search).await.is_empty());
    }
    let mut erased = Vec::new();
    for id in &items {
        erased.push(is_erased(&store, *id).await);
    }
    assert_eq!(erased, [true, false, true, false]);
    assert_eq!(store.ledger().await.unwrap(), before);
    balanced(&store).await;
    let mut counts = store.type_counts().await.unwrap();
    counts.sort();
    assert_eq!(counts, [(OBSERVATION, 1), (PATIENT, 1)]);
    let all = HistoryPage { count: 9, ..HistoryPage::default() };
    let history = store.history(&HistoryScope::System, all).await.unwrap();
    assert_eq!((history.total, history.versions.len()), (2, 2));
    // What others refer to keeps its place: written again, it is found by them.
    assert_eq!(put(&store, write(&a, "again", named("na"))).await.version, FIRST);
    assert_eq!(found(&store, &search(OBSERVATION, refers_to(SUBJECT, &a))).await, ["other"]);
    assert_eq!(found(&store, &search(PATIENT, is_token(IDENTIFIER, "s|na"))).await, ["a"]);
}

pub async fn numbers_are_not_given_again(store: Arc<dyn Store>) {
    // The last resource and the last version go; what comes next comes after them.
    for id in ["a", "b"] {
        put(&store, write(&key(PATIENT, id), "x", vec![])).await;
    }
    let mut all = search(PATIENT, search::Expression::All);
    all.count = 1;
    let first = store.search(&all, None).await.unwrap();
    let before = HistoryPage { count: 1, ..HistoryPage::default() };
    let newest = store.history(&HistoryScope::System, before).await.unwrap();
    store.erase(Erasure::Resources(vec![key(PATIENT, "b")])).await.unwrap();
    let again = put(&store, write(&key(PATIENT, "c"), "x", vec![])).await;
    assert_eq!(again.version, FIRST);
    let page = store.search(&all, first.next.as_ref()).await.unwrap();
    assert_eq!(page.hits.len(), 1);
    assert_eq!(page.hits[0].resource.key.id.as_str(), "c");
    let older = HistoryPage { before: newest.next, ..before };
    let older = store.history(&HistoryScope::System, older).await.unwrap();
    assert_eq!(older.versions[0].key.id.as_str(), "a");
    // Times are still found among numbers that have gaps.
    let since = Some(again.last_updated);
    let page = HistoryPage { count: 9, since, ..HistoryPage::default() };
    assert_eq!(store.history(&HistoryScope::System, page).await.unwrap().versions.len(), 1);
}

pub async fn old_versions_and_deleted(store: Arc<dyn Store>) {
    let (a, b): (ResourceKey, ResourceKey) = (key(PATIENT, "a"), key(PATIENT, "b"));
    for text in ["1", "2", "3"] {
        put(&store, write(&a, text, vec![token(IDENTIFIER, "s", text)])).await;
    }
    put(&store, write(&b, "1", vec![])).await;
    put(&store, delete(&b)).await;
    let both = vec![a.clone(), b.clone()];
    let erased = store.erase(Erasure::OldVersions(both.clone())).await.unwrap();
    assert_eq!(erased, Erased { resources: 0, versions: 3, items: 0 });
    assert!(store.read_version(&a, FIRST).await.unwrap().is_none());
    let read = store.read(&a).await.unwrap().unwrap();
    assert_eq!((read.version.0, read.body.is_some()), (3, true));
    assert_eq!(found(&store, &search(PATIENT, is_token(IDENTIFIER, "s|3"))).await, ["a"]);
    let erased = store.erase(Erasure::Deleted(both)).await.unwrap();
    assert_eq!(erased, Erased { resources: 1, versions: 1, items: 0 });
    assert!(store.read(&b).await.unwrap().is_none());
    assert!(store.read(&a).await.unwrap().is_some());
    assert_eq!(put(&store, write(&a, "4", vec![])).await.version.0, 4);
    let page = HistoryPage { count: 9, ..HistoryPage::default() };
    let history = store.history(&HistoryScope::Type(PATIENT), page).await.unwrap();
    assert_eq!((history.total, history.versions.len()), (2, 2));
    balanced(&store).await;
}
