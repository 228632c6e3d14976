//! Reading the ledger: items, lists of them, and the balance.

use std::collections::BTreeMap;

use fhir::VersionId;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};
use store::{
    FeedBalance, FeedName, Item, ItemEvent, ItemFilter, ItemId, ItemPage, ItemState, ItemSummary,
    Lineage, NewItem, ResourceKey, StoreError,
};

use super::Reader;
use crate::connection::failed;
use crate::identity::{StoredId, restore};
use crate::items::{state_number, state_numbered};
use crate::{form, lineage};

const ITEM: &str = "SELECT i.i, f.name, i.state, i.received, i.event_time, i.changed, i.attempts, i.hash, \
     i.control_id, i.kind, i.subject, i.origin, i.cause, i.note, c.form, c.body, c.acknowledgement, \
     i.erased \
     FROM item i JOIN feed f ON f.f = i.f JOIN item_content c ON c.i = i.i";

impl Reader {
    /// Where the values of a version came from.
    pub(crate) fn lineage(
        &self,
        key: &ResourceKey,
        version: VersionId,
    ) -> Result<Option<Lineage>, StoreError> {
        const SQL: &str = "SELECT l.seq, l.form, l.body FROM resource r \
             JOIN version v ON v.rid = r.rid AND v.version = ?3 JOIN lineage l ON l.seq = v.seq \
             WHERE r.t = ?1 AND r.id = ?2";
        let Some(t) = self.numbers().type_number(key.resource_type) else { return Ok(None) };
        self.short(|db| {
            let found = db
                .prepare_cached(SQL)
                .and_then(|mut statement| {
                    let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
                    statement.query_row((t, StoredId(&key.id), version.0), columns).optional()
                })
                .map_err(failed("read a lineage"))?;
            let Some((seq, form, body)) = found else { return Ok(None) };
            let body: Vec<u8> = body;
            let packed = form::unpack(form, &body, "lineage", seq)?;
            let found = lineage::unpack(&packed);
            found.map(Some).ok_or(StoreError::inconsistent("lineage", "body", seq))
        })
    }

    /// What an item wrote.
    pub(crate) fn resources_of_item(
        &self,
        id: ItemId,
    ) -> Result<Vec<(ResourceKey, VersionId)>, StoreError> {
        const SQL: &str = "SELECT r.t, r.rid, r.id, v.version FROM lineage l \
             JOIN version v ON v.seq = l.seq JOIN resource r ON r.rid = v.rid \
             WHERE l.i = ?1 ORDER BY l.seq";
        self.short(|db| {
            rows(db, SQL, [id.0 as i64], |row| {
                let wrong = failed("read an item's resources");
                let resource_type = self.numbers().type_named(row.get(0).map_err(wrong)?)?;
                let rid = row.get(1).map_err(wrong)?;
                let id = restore(row.get_ref(2).map_err(wrong)?, rid)?;
                let version = VersionId(row.get(3).map_err(wrong)?);
                Ok((ResourceKey { resource_type, id }, version))
            })
        })
    }

    /// The oldest waiting items of a feed.
    pub(crate) fn waiting_items(
        &self,
        feed: &FeedName,
        after: Option<ItemId>,
        limit: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let sql = format!(
            "{ITEM} WHERE i.f = (SELECT f FROM feed WHERE name = ?1) AND i.state = 1 AND i.state <> 0 \
             AND i.i > ?2 ORDER BY i.i LIMIT ?3"
        );
        let after = after.map_or(0, |after| after.0 as i64);
        self.short(|db| rows(db, &sql, (&*feed.0, after, limit as i64), item))
    }

    /// The stored items of a subject.
    pub(crate) fn subject_items(
        db: &Connection,
        feed: &FeedName,
        subject: &str,
    ) -> Result<Vec<Item>, StoreError> {
        let sql = format!(
            "{ITEM} WHERE i.f = (SELECT f FROM feed WHERE name = ?1) AND i.subject = ?2 \
             AND i.subject <> '' AND i.state = 0 ORDER BY i.event_time, i.i"
        );
        rows(db, &sql, (&*feed.0, subject), item)
    }

    /// One item with its events.
    pub(crate) fn one_item(
        &self,
        id: ItemId,
    ) -> Result<Option<(Item, Vec<ItemEvent>)>, StoreError> {
        let sql = format!("{ITEM} WHERE i.i = ?1");
        let number = id.0 as i64;
        self.short(|db| {
            super::snapshot(db, |db| {
                let Some(item) = rows(db, &sql, [number], item)?.pop() else { return Ok(None) };
                let events = events(db, &item)?;
                Ok(Some((item, events)))
            })
        })
    }

    /// An item received before with this control id and hash.
    pub(crate) fn known_item(
        &self,
        feed: &FeedName,
        control_id: &str,
        hash: u64,
    ) -> Result<Option<ItemId>, StoreError> {
        const SQL: &str = "SELECT min(i) FROM item WHERE control_id = ?2 AND control_id <> '' \
             AND f = (SELECT f FROM feed WHERE name = ?1) AND hash = ?3";
        // Items without a control id are not indexed by it; those of this kind are looked up by feed.
        const BLANK: &str = "SELECT min(i) FROM item WHERE control_id = ?2 \
             AND f = (SELECT f FROM feed WHERE name = ?1) AND hash = ?3";
        let sql = if control_id.is_empty() { BLANK } else { SQL };
        self.short(|db| {
            let found: Option<i64> = db
                .prepare_cached(sql)
                .and_then(|mut statement| {
                    statement.query_row((&*feed.0, control_id, hash as i64), |row| row.get(0))
                })
                .map_err(failed("look for an item"))?;
            Ok(found.map(|id| ItemId(id as u64)))
        })
    }

    /// A page of items.
    pub(crate) fn item_page(db: &Connection, filter: &ItemFilter) -> Result<ItemPage, StoreError> {
        let mut sql =
            "SELECT i.i, f.name, i.received, i.control_id, i.kind, i.subject, i.state, i.cause, \
             i.note, i.length, i.erased FROM item i JOIN feed f ON f.f = i.f WHERE i.i < ?"
                .to_owned();
        let before = filter.before.map_or(i64::MAX, |before| before.0 as i64);
        let mut values = vec![Value::Integer(before)];
        let mut add = |condition: &str, value: Value| {
            sql.push_str(condition);
            values.push(value);
        };
        let text = |text: &str| Value::Text(text.to_owned());
        if let Some(feed) = &filter.feed {
            add(" AND i.f = (SELECT f FROM feed WHERE name = ?)", text(&feed.0));
        }
        if let Some(state) = filter.state {
            let unsettled = state != ItemState::Stored;
            let condition =
                if unsettled { " AND i.state <> 0 AND i.state = ?" } else { " AND i.state = ?" };
            add(condition, Value::Integer(state_number(state)));
        }
        if let Some(cause) = &filter.cause {
            add(" AND i.cause = ?", text(cause));
        }
        if let Some(subject) = &filter.subject {
            let filled = if subject.is_empty() { "" } else { " AND i.subject <> ''" };
            add(&format!("{filled} AND i.subject = ?"), text(subject));
        }
        if let Some(control_id) = &filter.control_id {
            let filled = if control_id.is_empty() { "" } else { " AND i.control_id <> ''" };
            add(&format!("{filled} AND i.control_id = ?"), text(control_id));
        }
        add(" ORDER BY i.i DESC LIMIT ?", Value::Integer(filter.count as i64 + 1));
        let mut items = rows(db, &sql, params_from_iter(values), summary)?;
        let more = items.len() > filter.count;
        items.truncate(filter.count);
        let next = if more { items.last().map(|item| item.id) } else { None };
        Ok(ItemPage { items, next })
    }

    /// The balance from the counters.
    pub(crate) fn balance(db: &Connection) -> Result<Vec<FeedBalance>, StoreError> {
        Self::balance_from(db, "SELECT f, state, cause, items FROM feed_state WHERE items > 0")
    }

    /// The balance counted from the items.
    pub(crate) fn balance_counted(db: &Connection) -> Result<Vec<FeedBalance>, StoreError> {
        Self::balance_from(
            db,
            "SELECT f, state, cause, count(*) FROM item GROUP BY f, state, cause",
        )
    }

    fn balance_from(db: &Connection, states: &str) -> Result<Vec<FeedBalance>, StoreError> {
        const FEEDS: &str = "SELECT f, name, received, last_received, \
             (SELECT received FROM item WHERE i = (SELECT min(i) FROM item \
              WHERE f = feed.f AND state = 1 AND state <> 0)) FROM feed ORDER BY name";
        let wrong = failed("read the balance");
        let mut places = BTreeMap::new();
        let mut feeds = rows(db, FEEDS, [], |row| {
            places.insert(row.get::<_, i64>(0).map_err(wrong)?, places.len());
            let name: String = row.get(1).map_err(wrong)?;
            Ok(FeedBalance {
                feed: name.as_str().into(),
                received: row.get::<_, i64>(2).map_err(wrong)? as u64,
                stored: 0,
                waiting: 0,
                set_aside: 0,
                filtered: 0,
                last_received: row.get(3).map_err(wrong)?,
                oldest_waiting: row.get(4).map_err(wrong)?,
                causes: Vec::new(),
            })
        })?;
        let counts = rows(db, states, [], |row| {
            let state = state_numbered(row.get(1).map_err(wrong)?, 0)?;
            let count = row.get::<_, i64>(3).map_err(wrong)? as u64;
            Ok((row.get(0).map_err(wrong)?, state, row.get::<_, String>(2).map_err(wrong)?, count))
        })?;
        for (f, state, cause, count) in counts {
            let place: &usize =
                places.get(&f).ok_or(StoreError::inconsistent("feed_state", "f", f))?;
            let feed = &mut feeds[*place];
            *match state {
                ItemState::Stored => &mut feed.stored,
                ItemState::Waiting => &mut feed.waiting,
                ItemState::SetAside => &mut feed.set_aside,
                ItemState::Filtered => &mut feed.filtered,
            } += count;
            if matches!(state, ItemState::SetAside | ItemState::Filtered) {
                feed.causes.push((state, cause, count));
            }
        }
        for feed in &mut feeds {
            feed.causes.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        }
        Ok(feeds)
    }

    /// Live resources by type.
    pub(crate) fn counts_by_type(
        &self,
        db: &Connection,
    ) -> Result<Vec<(fhir::ResourceType, u64)>, StoreError> {
        const SQL: &str = "SELECT t, live FROM type WHERE live > 0 ORDER BY name";
        let wrong = failed("count resources");
        let counts = rows(db, SQL, [], |row| {
            Ok((row.get::<_, i64>(0).map_err(wrong)?, row.get::<_, i64>(1).map_err(wrong)? as u64))
        })?;
        counts.into_iter().map(|(t, live)| Ok((self.numbers().type_named(t)?, live))).collect()
    }
}

/// The rows of a statement, each made into a value.
fn rows<T>(
    db: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
    mut each: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let wrong = failed("read the ledger");
    let mut statement = db.prepare_cached(sql).map_err(wrong)?;
    let mut rows = statement.query(parameters).map_err(wrong)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(wrong)? {
        found.push(each(row)?);
    }
    Ok(found)
}

/// An item from a row of [`ITEM`].
fn item(row: &Row<'_>) -> Result<Item, StoreError> {
    let wrong = failed("read an item");
    let text = |index| row.get::<_, String>(index).map_err(wrong);
    let number = |index| row.get::<_, i64>(index).map_err(wrong);
    let id = number(0)?;
    let packed = row.get_ref(15).and_then(|value| Ok(value.as_blob()?)).map_err(wrong)?;
    let content = NewItem {
        feed: text(1)?.as_str().into(),
        state: state_numbered(number(2)?, id)?,
        received: number(3)?,
        event_time: number(4)?,
        content_hash: number(7)? as u64,
        control_id: text(8)?,
        kind: text(9)?,
        subject: text(10)?,
        origin: text(11)?,
        cause: text(12)?,
        note: text(13)?,
        bytes: form::unpack(number(14)?, packed, "item_content", id)?.into(),
        acknowledgement: row.get(16).map_err(wrong)?,
    };
    let attempts = row.get(6).map_err(wrong)?;
    let erased = row.get(17).map_err(wrong)?;
    Ok(Item { id: ItemId(id as u64), content, attempts, changed: number(5)?, erased })
}

fn summary(row: &Row<'_>) -> Result<ItemSummary, StoreError> {
    let wrong = failed("read an item");
    let text = |index| row.get::<_, String>(index).map_err(wrong);
    let id: i64 = row.get(0).map_err(wrong)?;
    Ok(ItemSummary {
        id: ItemId(id as u64),
        feed: text(1)?.as_str().into(),
        received: row.get(2).map_err(wrong)?,
        control_id: text(3)?,
        kind: text(4)?,
        subject: text(5)?,
        state: state_numbered(row.get(6).map_err(wrong)?, id)?,
        cause: text(7)?,
        note: text(8)?,
        length: row.get(9).map_err(wrong)?,
        erased: row.get(10).map_err(wrong)?,
    })
}

/// All changes of an item's state: those written down, the plain receipt that is not, and the last,
/// which is the item's own row.
fn events(db: &Connection, item: &Item) -> Result<Vec<ItemEvent>, StoreError> {
    const CHANGES: &str = "SELECT changes FROM item WHERE i = ?1";
    const EVENTS: &str = "SELECT n, at, state, note FROM item_event WHERE i = ?1 ORDER BY n";
    let wrong = failed("read an item's events");
    let id = item.id.0 as i64;
    let mut first = None;
    let mut events = rows(db, EVENTS, [id], |row| {
        first.get_or_insert(row.get::<_, i64>(0).map_err(wrong)?);
        Ok(ItemEvent {
            at: row.get(1).map_err(wrong)?,
            state: state_numbered(row.get(2).map_err(wrong)?, id)?,
            note: row.get(3).map_err(wrong)?,
        })
    })?;
    let changes: i64 = db.query_row(CHANGES, [id], |row| row.get(0)).map_err(wrong)?;
    if changes > 0 && first != Some(0) {
        let receipt =
            ItemEvent { at: item.content.received, state: ItemState::Waiting, note: String::new() };
        events.insert(0, receipt);
    }
    let last = &item.content;
    events.push(ItemEvent { at: item.changed, state: last.state, note: last.note.clone() });
    Ok(events)
}
