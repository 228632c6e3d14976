//! Numbers for texts that repeat (URIs, codes) and for resources, given once and kept for good.
//!
//! The tables are the truth; the maps here only save looking them up. They are emptied when they
//! grow too large, and after a rollback, when they could name rows that are not there.

use std::collections::{HashMap, HashSet};

use fhir::ResourceId;
use foldhash::fast::RandomState;
use rusqlite::{Connection, OptionalExtension as _};

use crate::identity::StoredId;
use crate::prepare::TEXTS_PARTED_BY;

type Map<K, V> = HashMap<K, V, RandomState>;

/// Entries that one map keeps from group to group; about 10 MB.
const CACHED_MAX: usize = 100_000;

#[derive(Default)]
pub(super) struct Interner {
    uris: Map<Box<str>, i64>,
    codes: Map<i64, Map<Box<str>, i64>>,
    codes_length: usize,
    resources: Map<i64, Map<ResourceId, i64>>,
    resources_length: usize,
    text_sets: Map<Box<str>, i64>,
    text_uses: HashSet<(i64, i64, i64), RandomState>,
}

impl Interner {
    /// Forgets what a rollback may have taken back.
    pub(super) fn clear(&mut self) {
        *self = Interner::default();
    }

    /// Empties the maps that have grown too large; between transactions only, because
    /// [`Interner::known`] must know every resource that a transaction has made.
    pub(super) fn trim(&mut self) {
        if self.uris.len() > CACHED_MAX {
            self.uris.clear();
        }
        if self.text_sets.len() > CACHED_MAX {
            self.text_sets.clear();
        }
        if self.text_uses.len() > CACHED_MAX {
            self.text_uses.clear();
        }
        if self.codes_length > CACHED_MAX {
            self.codes.clear();
            self.codes_length = 0;
        }
        if self.resources_length > CACHED_MAX {
            self.resources.clear();
            self.resources_length = 0;
        }
    }

    /// The number of a URI; 0 where there is none.
    pub(super) fn uri(&mut self, db: &Connection, uri: Option<&str>) -> rusqlite::Result<i64> {
        let Some(uri) = uri else { return Ok(0) };
        if let Some(number) = self.uris.get(uri) {
            return Ok(*number);
        }
        let found = db
            .prepare_cached("SELECT u FROM uri WHERE uri = ?1")?
            .query_row([uri], |row| row.get(0))
            .optional()?;
        let number = match found {
            Some(number) => number,
            None => db.prepare_cached("INSERT INTO uri (uri) VALUES (?1)")?.insert([uri])?,
        };
        self.uris.insert(uri.into(), number);
        Ok(number)
    }

    /// The number of a code of a URI; an absent code is the empty one.
    pub(super) fn code(&mut self, db: &Connection, u: i64, code: &str) -> rusqlite::Result<i64> {
        if let Some(number) = self.codes.get(&u).and_then(|codes| codes.get(code)) {
            return Ok(*number);
        }
        let found = db
            .prepare_cached("SELECT c FROM code WHERE code = ?1 AND u = ?2")?
            .query_row((code, u), |row| row.get(0))
            .optional()?;
        let number = match found {
            Some(number) => number,
            None => db
                .prepare_cached("INSERT INTO code (u, code) VALUES (?1, ?2)")?
                .insert((u, code))?,
        };
        self.codes.entry(u).or_default().insert(code.into(), number);
        self.codes_length += 1;
        Ok(number)
    }

    /// The number of a set of texts, given as one text.
    pub(super) fn text_set(&mut self, db: &Connection, members: &str) -> rusqlite::Result<i64> {
        if let Some(number) = self.text_sets.get(members) {
            return Ok(*number);
        }
        let found = db
            .prepare_cached("SELECT s FROM text_set WHERE members = ?1")?
            .query_row([members], |row| row.get(0))
            .optional()?;
        let number = if let Some(number) = found {
            number
        } else {
            let number = db
                .prepare_cached("INSERT INTO text_set (members) VALUES (?1)")?
                .insert([members])?;
            for folded in members.split(TEXTS_PARTED_BY) {
                db.prepare_cached("INSERT OR IGNORE INTO text_member (folded, s) VALUES (?1, ?2)")?
                    .execute((folded, number))?;
            }
            number
        };
        self.text_sets.insert(members.into(), number);
        Ok(number)
    }

    /// Notes that a set of texts occurs with a code of a parameter.
    pub(super) fn use_text(
        &mut self,
        db: &Connection,
        p: i64,
        s: i64,
        c: i64,
    ) -> rusqlite::Result<()> {
        if self.text_uses.insert((p, s, c)) {
            db.prepare_cached("INSERT OR IGNORE INTO text_use (p, s, c) VALUES (?1, ?2, ?3)")?
                .execute((p, s, c))?;
        }
        Ok(())
    }

    /// The number of a resource that may be there or be only referred to; made where there is none.
    pub(super) fn target(
        &mut self,
        db: &Connection,
        t: i64,
        id: &ResourceId,
    ) -> rusqlite::Result<i64> {
        if let Some(number) = self.resources.get(&t).and_then(|ids| ids.get(id)) {
            return Ok(*number);
        }
        let found = db
            .prepare_cached("SELECT rid FROM resource WHERE t = ?1 AND id = ?2")?
            .query_row((t, StoredId(id)), |row| row.get(0))
            .optional()?;
        let number = match found {
            Some(number) => number,
            None => db
                .prepare_cached(
                    "INSERT INTO resource (t, id, seq, version, updated, live, keys) \
                     VALUES (?1, ?2, 0, 0, 0, 0, x'')",
                )?
                .insert((t, StoredId(id)))?,
        };
        self.remember(t, id, number);
        Ok(number)
    }

    /// The number of a resource, if it is at hand; one that was made in this transaction always is.
    pub(super) fn known(&self, t: i64, id: &ResourceId) -> Option<i64> {
        self.resources.get(&t)?.get(id).copied()
    }

    /// Notes the number of a resource that was just written.
    pub(super) fn remember(&mut self, t: i64, id: &ResourceId, number: i64) {
        self.resources.entry(t).or_default().insert(id.clone(), number);
        self.resources_length += 1;
    }
}
