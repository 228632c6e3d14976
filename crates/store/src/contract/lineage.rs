//! Lineage by version, and versions by item.

use std::sync::Arc;

use super::fixture::{FIRST, PATIENT, delete, item, key, put, write};
use crate::{ItemId, Lineage, LineageEntry, Store};
use fhir::VersionId;

pub async fn kept_by_version_and_found_by_item(store: Arc<dyn Store>) {
    let items = store.receive(vec![item("f", 1), item("f", 2)]).await.unwrap();
    let lineage = |item: ItemId, text: &str| Lineage {
        item,
        event_time: 77,
        entries: (0..40)
            .map(|number| LineageEntry {
                path: format!("name[{number}].{text}"),
                item: items[number % 2],
                start: 1000 - number as u32,
                end: 2000,
                locator: format!("PID-5.{number}"),
                rule: "adt/pid@1#family".into(),
            })
            .collect(),
    };
    let (a, b) = (key(PATIENT, "a"), key(PATIENT, "b"));
    let writes = [(&a, items[0], "one"), (&b, items[0], "two"), (&a, items[1], "three")];
    for (key, item, text) in writes {
        let mut change = write(key, text, vec![]);
        change.lineage = Some(lineage(item, text));
        put(&store, change).await;
    }
    put(&store, write(&a, "by hand", vec![])).await;
    let mut gone = delete(&b);
    gone.lineage = Some(Lineage { item: items[1], ..Lineage::default() });
    put(&store, gone).await;

    let cases = [
        (&a, 1, Some(lineage(items[0], "one"))),
        (&a, 2, Some(lineage(items[1], "three"))),
        (&a, 3, None),
        (&b, 1, Some(lineage(items[0], "two"))),
        (&b, 2, Some(Lineage { item: items[1], ..Lineage::default() })),
        (&b, 3, None),
    ];
    for (key, version, expected) in cases {
        assert_eq!(
            store.lineage(key, VersionId(version)).await.unwrap(),
            expected,
            "{key} {version}"
        );
    }
    let of = |item| store.resources_of_item(item);
    assert_eq!(of(items[0]).await.unwrap(), [(a.clone(), FIRST), (b.clone(), FIRST)]);
    assert_eq!(of(items[1]).await.unwrap(), [(a, VersionId(2)), (b, VersionId(2))]);
    assert_eq!(of(ItemId(999)).await.unwrap(), []);
}
