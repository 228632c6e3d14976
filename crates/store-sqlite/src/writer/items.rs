//! The ledger's writes: items taken in, states changed, and the two counts that must agree.
//!
//! `feed.received` is added to when items come in; `feed_state` is moved about by states. Neither
//! is ever derived from the other, so that their sum says whether anything was lost.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use rusqlite::{Connection, OptionalExtension as _};
use store::{ItemId, ItemOutcome, ItemState, StoreError};

use super::group::Writer;
use crate::connection::failed;
use crate::items::state_number;
use crate::prepare::PreparedItem;

/// Counters of the ledger, and what the group changes of them.
#[derive(Default)]
pub(super) struct Ledger {
    last_item: i64,
    feeds: HashMap<Box<str>, i64, RandomState>,
    received: BTreeMap<i64, (i64, i64)>,
    states: BTreeMap<(i64, i64, Box<str>), i64>,
}

impl Ledger {
    /// Takes the counters from the tables.
    pub(super) fn read(db: &Connection) -> rusqlite::Result<Ledger> {
        let last_item =
            db.query_row("SELECT coalesce(max(i), 0) FROM item", [], |row| row.get(0))?;
        let mut statement = db.prepare("SELECT name, f FROM feed")?;
        let feeds = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Ledger {
            last_item,
            feeds: feeds.collect::<rusqlite::Result<_>>()?,
            ..Ledger::default()
        })
    }

    fn feed(&mut self, db: &Connection, name: &str) -> rusqlite::Result<i64> {
        if let Some(number) = self.feeds.get(name) {
            return Ok(*number);
        }
        let number = db.prepare_cached("INSERT INTO feed (name) VALUES (?1)")?.insert([name])?;
        self.feeds.insert(name.into(), number);
        Ok(number)
    }

    fn count(&mut self, feed: i64, state: i64, cause: &str, items: i64) {
        *self.states.entry((feed, state, cause.into())).or_default() += items;
    }

    /// Writes what the group changed.
    pub(super) fn write_counts(&mut self, db: &Connection) -> rusqlite::Result<()> {
        for (feed, (items, last)) in std::mem::take(&mut self.received) {
            db.prepare_cached(
                "UPDATE feed SET received = received + ?2, \
                 last_received = max(coalesce(last_received, ?3), ?3) WHERE f = ?1",
            )?
            .execute((feed, items, last))?;
        }
        for ((feed, state, cause), items) in std::mem::take(&mut self.states) {
            if items != 0 {
                // The row is made first: an insert of a negative count would fail its check.
                db.prepare_cached(
                    "INSERT OR IGNORE INTO feed_state (f, state, cause, items) VALUES (?1, ?2, ?3, 0)",
                )?
                .execute((feed, state, &cause))?;
                db.prepare_cached(
                    "UPDATE feed_state SET items = items + ?4 WHERE f = ?1 AND state = ?2 AND cause = ?3",
                )?
                .execute((feed, state, &cause, items))?;
            }
        }
        Ok(())
    }
}

/// An item's row as far as a change of state needs it.
struct Present {
    feed: i64,
    state: i64,
    changed: i64,
    changes: i64,
    cause: String,
    note: String,
}

impl Writer {
    /// Takes items in.
    pub(super) fn receive(&mut self, items: &[PreparedItem]) -> Result<Vec<ItemId>, StoreError> {
        items
            .iter()
            .map(|item| self.receive_one(item))
            .collect::<rusqlite::Result<_>>()
            .map_err(failed("take items in"))
    }

    fn receive_one(&mut self, prepared: &PreparedItem) -> rusqlite::Result<ItemId> {
        let item = &prepared.item;
        let feed = self.ledger.feed(&self.db, &item.feed.0)?;
        let state = state_number(item.state);
        self.ledger.last_item += 1;
        let number = self.ledger.last_item;
        self.db
            .prepare_cached(
                "INSERT INTO item (i, f, state, received, event_time, changed, changes, attempts, hash, \
                 length, control_id, kind, subject, origin, cause, note) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?4, 0, 0, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute((
                number,
                feed,
                state,
                item.received,
                item.event_time,
                item.content_hash as i64,
                item.bytes.len() as i64,
                &item.control_id,
                &item.kind,
                &item.subject,
                &item.origin,
                &item.cause,
                &item.note,
            ))?;
        self.db
            .prepare_cached(
                "INSERT INTO item_content (i, form, body, acknowledgement) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((number, prepared.form.number(), &prepared.body, &item.acknowledgement))?;
        let received = self.ledger.received.entry(feed).or_insert((0, item.received));
        *received = (received.0 + 1, received.1.max(item.received));
        self.ledger.count(feed, state, &item.cause, 1);
        Ok(ItemId(number as u64))
    }

    /// The first item that is named but was never received.
    pub(super) fn unknown_item(&self, outcomes: &[ItemOutcome]) -> Option<ItemId> {
        let unknown = |outcome: &&ItemOutcome| {
            outcome.id.0 == 0 || outcome.id.0 > self.ledger.last_item as u64
        };
        outcomes.iter().find(unknown).map(|outcome| outcome.id)
    }

    /// Changes the states of items.
    pub(super) fn settle(&mut self, outcomes: &[ItemOutcome]) -> Result<(), StoreError> {
        for outcome in outcomes {
            self.settle_one(outcome).map_err(failed("change an item's state"))?;
        }
        Ok(())
    }

    fn settle_one(&mut self, outcome: &ItemOutcome) -> rusqlite::Result<()> {
        let number = outcome.id.0 as i64;
        let present = self.present(number)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        // The row holds the last change; the one before it moves to the table of events.
        self.db
            .prepare_cached(
                "INSERT INTO item_event (i, n, at, state, note) \
                 SELECT ?1, ?2, ?3, ?4, ?5 WHERE ?2 > 0 OR ?4 <> 1 OR ?5 <> ''",
            )?
            .execute((number, present.changes, present.changed, present.state, &present.note))?;
        let waiting = state_number(ItemState::Waiting);
        let tried = outcome.state != ItemState::Waiting || present.state == waiting;
        let state = state_number(outcome.state);
        self.db
            .prepare_cached(
                "UPDATE item SET state = ?2, changed = ?3, changes = changes + 1, \
                 attempts = attempts + ?4, cause = ?5, note = ?6 WHERE i = ?1",
            )?
            .execute((number, state, outcome.at, tried, &outcome.cause, &outcome.note))?;
        self.ledger.count(present.feed, present.state, &present.cause, -1);
        self.ledger.count(present.feed, state, &outcome.cause, 1);
        Ok(())
    }

    fn present(&self, number: i64) -> rusqlite::Result<Option<Present>> {
        self.db
            .prepare_cached(
                "SELECT f, state, changed, changes, cause, note FROM item WHERE i = ?1",
            )?
            .query_row([number], |row| {
                Ok(Present {
                    feed: row.get(0)?,
                    state: row.get(1)?,
                    changed: row.get(2)?,
                    changes: row.get(3)?,
                    cause: row.get(4)?,
                    note: row.get(5)?,
                })
            })
            .optional()
    }
}
