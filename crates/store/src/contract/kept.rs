//! Small records: compared and set, listed, expired.

use std::sync::Arc;

use crate::{Kept, KeptChange, KeptExpected, Store};

const FAR: i64 = i64::MAX;

/// Changes made together (key, what is expected, what it becomes), and whether they are made.
type Row = (&'static [(&'static str, KeptExpected, Option<&'static str>)], bool);

fn change(key: &str, expected: KeptExpected, value: Option<&str>, expires: i64) -> KeptChange {
    KeptChange {
        kind: "test".into(),
        key: key.into(),
        expected,
        becomes: value.map(|value| (value.as_bytes().into(), expires)),
    }
}

async fn value(store: &Arc<dyn Store>, key: &str) -> Option<(u64, String)> {
    let kept = store.kept("test", key).await.unwrap()?;
    assert_eq!(&*kept.key, key);
    Some((kept.version, String::from_utf8(kept.value.into_vec()).unwrap()))
}

/// A change is made where what it expects is there, and together with those beside it or not at all.
pub async fn compared_and_set(store: Arc<dyn Store>) {
    use KeptExpected::{Absent, Any, Version};
    assert_eq!(value(&store, "a").await, None);
    let table: &[Row] = &[
        (&[("a", Version(1), Some("x"))], false),
        (&[("a", Absent, Some("1"))], true),
        (&[("a", Absent, Some("2"))], false),
        (&[("a", Version(2), Some("2"))], false),
        (&[("a", Version(1), Some("2"))], true),
        (&[("a", Any, Some("3"))], true),
        (&[("b", Absent, Some("b")), ("a", Absent, None)], false),
        (&[("b", Absent, Some("b")), ("a", Version(3), None)], true),
        (&[("a", Version(3), Some("4"))], false),
        (&[("a", Any, None)], true),
        (&[("c", Absent, Some("1")), ("c", Version(1), Some("2"))], true),
        (&[], true),
    ];
    for (changes, is_made) in table {
        let changes: Vec<_> =
            changes.iter().map(|(key, expected, to)| change(key, *expected, *to, FAR)).collect();
        assert_eq!(store.keep(changes.clone()).await.unwrap(), *is_made, "{changes:?}");
    }
    assert_eq!(value(&store, "a").await, None);
    assert_eq!(value(&store, "b").await, Some((1, "b".to_owned())));
    assert_eq!(value(&store, "c").await, Some((2, "2".to_owned())));
    assert_eq!(store.kept("other", "b").await.unwrap(), None);
}

/// Of many who want the same record once, one gets it.
pub async fn one_of_many(store: Arc<dyn Store>) {
    let mut asking = Vec::new();
    for number in 0..50 {
        let store = Arc::clone(&store);
        asking.push(tokio::spawn(async move {
            let wanted = change("code", KeptExpected::Absent, Some(&number.to_string()), FAR);
            store.keep(vec![wanted]).await.unwrap()
        }));
    }
    let mut got = 0;
    for each in asking {
        got += usize::from(each.await.unwrap());
    }
    assert_eq!(got, 1);
}

/// What has expired is not there, nor in the way.
pub async fn expired(store: Arc<dyn Store>) {
    use KeptExpected::Absent;
    for (key, expires) in [("a", 1), ("b", FAR), ("c", FAR), ("d", FAR)] {
        assert!(store.keep(vec![change(key, Absent, Some(key), expires)]).await.unwrap());
    }
    assert_eq!(value(&store, "a").await, None);
    let keys =
        |kept: Vec<Kept>| kept.into_iter().map(|kept| kept.key).collect::<Vec<_>>().join(" ");
    assert_eq!(keys(store.kept_after("test", "", 2).await.unwrap()), "b c");
    assert_eq!(keys(store.kept_after("test", "c", 2).await.unwrap()), "d");
    assert_eq!(keys(store.kept_after("test", "d", 2).await.unwrap()), "");
    assert!(store.keep(vec![change("a", Absent, Some("again"), FAR)]).await.unwrap());
    assert_eq!(value(&store, "a").await, Some((1, "again".to_owned())));
}
