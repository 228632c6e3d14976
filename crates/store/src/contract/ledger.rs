//! Items: received in order, never lost, always in balance.

use std::sync::Arc;

use super::fixture::{PATIENT, batch, item, key, write};
use crate::{
    Batch, CommitError, FeedBalance, FeedName, ItemEvent, ItemFilter, ItemId, ItemOutcome,
    ItemState, Store,
};

fn outcome(id: ItemId, state: ItemState, cause: &str) -> ItemOutcome {
    let note = if cause.is_empty() { String::new() } else { format!("note on {cause}") };
    ItemOutcome { id, at: 5000 + id.0 as i64, state, cause: cause.into(), note }
}

/// The balance, which must be the same when counted afresh.
async fn balance(store: &Arc<dyn Store>) -> Vec<FeedBalance> {
    let ledger = store.ledger().await.unwrap();
    assert!(ledger.iter().all(FeedBalance::balances), "{ledger:?}");
    assert_eq!(store.recount().await.unwrap(), ledger);
    ledger
}

pub async fn receives_in_order(store: Arc<dyn Store>) {
    assert!(balance(&store).await.is_empty());
    assert!(store.receive(Vec::new()).await.unwrap().is_empty());
    let news: Vec<_> = (0..20).map(|number| item("f", number)).collect();
    let mut ids = store.receive(news[..5].to_vec()).await.unwrap();
    ids.extend(store.receive(news[5..].to_vec()).await.unwrap());
    assert!(ids.is_sorted_by(|a, b| a < b) && ids[0] > ItemId(0));
    for (id, new) in ids.iter().zip(&news) {
        let (item, events) = store.item(*id).await.unwrap().unwrap();
        assert_eq!(format!("{:?}", item.content), format!("{new:?}"));
        assert_eq!((item.id, item.attempts, item.changed), (*id, 0, new.received));
        let receipt =
            ItemEvent { at: new.received, state: ItemState::Waiting, note: String::new() };
        assert_eq!(events, [receipt]);
    }
    assert!(store.item(ItemId(0)).await.unwrap().is_none());
    assert!(store.item(ItemId(u64::MAX)).await.unwrap().is_none());
    let ledger = balance(&store).await;
    assert_eq!((ledger[0].received, ledger[0].waiting), (20, 20));
    assert_eq!((ledger[0].oldest_waiting, ledger[0].last_received), (Some(1000), Some(1019)));
}

pub async fn states_and_events(store: Arc<dyn Store>) {
    let mut aside = item("f", 1);
    (aside.state, aside.cause, aside.note) =
        (ItemState::SetAside, "no-segment".into(), "no PID".into());
    let mut repeat = item("f", 2);
    (repeat.state, repeat.cause) = (ItemState::Filtered, "repeat".into());
    let ids = store.receive(vec![item("f", 0), aside, repeat, item("g", 3)]).await.unwrap();
    let ledger = balance(&store).await;
    assert_eq!(
        ledger[0].causes,
        [
            (ItemState::SetAside, "no-segment".to_owned(), 1),
            (ItemState::Filtered, "repeat".to_owned(), 1)
        ]
    );
    assert_eq!((ledger[0].received, ledger[0].set_aside, ledger[0].filtered), (3, 1, 1));
    assert_eq!((ledger[1].feed.clone(), ledger[1].received), (FeedName::from("g"), 1));

    // Set aside at receipt → looked at, waiting again → tried, set aside → waiting → stored.
    let steps = [
        (ItemState::Waiting, "", 0),
        (ItemState::SetAside, "bad-date", 1),
        (ItemState::Waiting, "", 1),
        (ItemState::Waiting, "later", 2),
        (ItemState::Stored, "", 3),
    ];
    let mut expected =
        vec![ItemEvent { at: 1001, state: ItemState::SetAside, note: "no PID".into() }];
    for (state, cause, attempts) in steps {
        let outcome = outcome(ids[1], state, cause);
        store.settle(vec![outcome.clone()]).await.unwrap();
        expected.push(ItemEvent { at: outcome.at, state, note: outcome.note });
        let (item, events) = store.item(ids[1]).await.unwrap().unwrap();
        assert_eq!((item.content.state, item.content.cause.as_str()), (state, cause));
        assert_eq!((item.attempts, item.changed), (attempts, outcome.at));
        assert_eq!(events, expected);
        balance(&store).await;
    }
    store.settle(vec![outcome(ids[0], ItemState::Stored, "")]).await.unwrap();
    let (_, events) = store.item(ids[0]).await.unwrap().unwrap();
    assert_eq!(
        events.iter().map(|event| event.state).collect::<Vec<_>>(),
        [ItemState::Waiting, ItemState::Stored]
    );
    assert_eq!(balance(&store).await[0].stored, 2);
}

pub async fn waiting_and_subjects(store: Arc<dyn Store>) {
    let news = (0..9).map(|number| item(if number == 4 { "g" } else { "f" }, number)).collect();
    let ids = store.receive(news).await.unwrap();
    let feed = FeedName::from("f");
    let waiting = async |after, limit| {
        let items = store.waiting(&feed, after, limit).await.unwrap();
        items.iter().map(|item| item.id).collect::<Vec<_>>()
    };
    assert_eq!(waiting(None, 3).await, ids[..3]);
    assert_eq!(waiting(Some(ids[2]), 3).await, [ids[3], ids[5], ids[6]]);
    store.settle(vec![outcome(ids[0], ItemState::SetAside, "x")]).await.unwrap();
    assert_eq!(waiting(None, 2).await, ids[1..3]);
    assert!(store.waiting(&FeedName::from("none"), None, 5).await.unwrap().is_empty());
    // Only stored items of a subject, by event time (which falls as numbers grow).
    let stored = [ids[1], ids[2], ids[4], ids[5], ids[8]];
    store.settle(stored.map(|id| outcome(id, ItemState::Stored, "")).to_vec()).await.unwrap();
    let items = store.items_of_subject(&feed, "s2").await.unwrap();
    assert_eq!(items.iter().map(|item| item.id).collect::<Vec<_>>(), [ids[8], ids[5], ids[2]]);
    assert_eq!(items[0].content.bytes, item("f", 8).bytes);
    assert!(store.items_of_subject(&feed, "").await.unwrap().is_empty());
}

pub async fn lists(store: Arc<dyn Store>) {
    let news = (0..30).map(|number| item(["f", "g", "h"][number as usize % 3], number)).collect();
    let ids = store.receive(news).await.unwrap();
    let aside = |id: &ItemId| outcome(*id, ItemState::SetAside, ["x", "y"][id.0 as usize % 2]);
    store.settle(ids[..12].iter().map(aside).collect()).await.unwrap();
    store.settle(vec![outcome(ids[12], ItemState::Stored, "")]).await.unwrap();
    let all = ItemFilter { count: 100, ..ItemFilter::default() };
    let filters = [
        all.clone(),
        ItemFilter { feed: Some("g".into()), ..all.clone() },
        ItemFilter { feed: Some("none".into()), ..all.clone() },
        ItemFilter { state: Some(ItemState::SetAside), ..all.clone() },
        ItemFilter { state: Some(ItemState::Stored), feed: Some("f".into()), ..all.clone() },
        ItemFilter { state: Some(ItemState::Waiting), feed: Some("f".into()), ..all.clone() },
        ItemFilter { cause: Some("y".into()), ..all.clone() },
        ItemFilter { subject: Some("s1".into()), ..all.clone() },
        ItemFilter { control_id: Some("c7".into()), ..all.clone() },
        ItemFilter { before: Some(ids[9]), ..all.clone() },
    ];
    let whole = store.items(&all).await.unwrap().items;
    assert_eq!(whole.len(), 30);
    assert!(whole.is_sorted_by(|a, b| a.id > b.id));
    assert_eq!(whole[0].length as usize, item("f", 29).bytes.len());
    for filter in filters {
        let fits = |each: &&crate::ItemSummary| {
            filter.feed.as_ref().is_none_or(|feed| each.feed == *feed)
                && filter.state.is_none_or(|state| each.state == state)
                && filter.cause.as_ref().is_none_or(|cause| each.cause == *cause)
                && filter.subject.as_ref().is_none_or(|subject| each.subject == *subject)
                && filter.control_id.as_ref().is_none_or(|id| each.control_id == *id)
                && filter.before.is_none_or(|before| each.id < before)
        };
        let expected: Vec<ItemId> = whole.iter().filter(fits).map(|each| each.id).collect();
        for count in [1, 4, 100] {
            let (mut seen, mut before) = (Vec::new(), filter.before);
            loop {
                let page = ItemFilter { before, count, ..filter.clone() };
                let page = store.items(&page).await.unwrap();
                assert!(page.items.len() <= count);
                seen.extend(page.items.iter().map(|each| each.id));
                before = page.next;
                if before.is_none() {
                    break;
                }
            }
            assert_eq!(seen, expected, "{filter:?} by {count}");
        }
    }
}

pub async fn repeats_are_known(store: Arc<dyn Store>) {
    let mut blank = item("f", 2);
    blank.control_id = String::new();
    let ids = store.receive(vec![item("f", 1), item("f", 1), blank]).await.unwrap();
    let cases = [
        ("f", "c1", u64::MAX - 1, Some(ids[0])),
        ("f", "c1", u64::MAX - 2, None),
        ("f", "c2", u64::MAX - 1, None),
        ("g", "c1", u64::MAX - 1, None),
        ("f", "", u64::MAX - 2, Some(ids[2])),
        ("f", "", u64::MAX - 1, None),
    ];
    for (feed, control_id, hash, expected) in cases {
        let known = store.item_known(&feed.into(), control_id, hash).await.unwrap();
        assert_eq!(known, expected, "{feed} {control_id} {hash}");
    }
}

pub async fn outcomes_commit_with_resources(store: Arc<dyn Store>) {
    let ids = store.receive(vec![item("f", 1), item("f", 2)]).await.unwrap();
    let committed = Batch {
        changes: vec![write(&key(PATIENT, "a"), "x", vec![])],
        outcomes: vec![outcome(ids[0], ItemState::Stored, "")],
        ..Batch::default()
    };
    store.commit(committed).await.unwrap();
    // An item that changes nothing is stored without a resource.
    let only = Batch { outcomes: vec![outcome(ids[1], ItemState::Stored, "")], ..Batch::default() };
    assert!(store.commit(only).await.unwrap().is_empty());
    assert_eq!(balance(&store).await[0].stored, 2);
}

pub async fn unknown_items(store: Arc<dyn Store>) {
    let ids = store.receive(vec![item("f", 1)]).await.unwrap();
    for wrong in [ItemId(0), ItemId(ids[0].0 + 1), ItemId(u64::MAX)] {
        let outcomes =
            || vec![outcome(ids[0], ItemState::Stored, ""), outcome(wrong, ItemState::Stored, "")];
        let error = store.settle(outcomes()).await.unwrap_err();
        assert!(error.is_unknown_item(), "{error}");
        let change = write(&key(PATIENT, "a"), "x", vec![]);
        let refused = store.commit(Batch { outcomes: outcomes(), ..batch(vec![change]) }).await;
        assert!(matches!(refused, Err(CommitError::Store(error)) if error.is_unknown_item()));
        assert!(store.read(&key(PATIENT, "a")).await.unwrap().is_none());
        assert_eq!(balance(&store).await[0].waiting, 1);
    }
}

pub async fn balances_under_load(store: Arc<dyn Store>) {
    let tasks: Vec<_> = (0..8u64)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                let feed = ["f", "g"][caller as usize % 2];
                for round in 0..20 {
                    let new = item(feed, caller * 100 + round);
                    let ids = store.receive(vec![new]).await.unwrap();
                    let state = ItemState::ALL[round as usize % 4];
                    let cause = if round % 4 > 1 { "cause" } else { "" };
                    store.settle(vec![outcome(ids[0], state, cause)]).await.unwrap();
                    let ledger = store.ledger().await.unwrap();
                    assert!(ledger.iter().all(FeedBalance::balances), "one moment: {ledger:?}");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    for feed in balance(&store).await {
        let states = (feed.stored, feed.waiting, feed.set_aside, feed.filtered);
        assert_eq!((feed.received, states), (80, (20, 20, 20, 20)));
    }
}
