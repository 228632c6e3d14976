//! Bodies of current versions that were read lately, so that a hot read touches no database.
//!
//! The writer forgets what it has changed after its commit and before its answer, so a caller reads
//! what it has written. A reader that found the old version just before that commit must not put it
//! back: it takes the shard's `generation` before it reads, and what it brings is refused if the
//! writer has been there since.

use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;
use store::{ResourceKey, Stored};

/// Shards, so that readers seldom wait for each other.
const SHARDS: usize = 16;

/// What an entry costs besides its body.
const OVERHEAD: usize = 200;

/// Current versions by key, bounded in bytes.
pub(crate) struct BodyCache {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
    shard_bytes_max: usize,
}

#[derive(Default)]
struct Shard {
    generation: u64,
    bytes: usize,
    young: HashMap<ResourceKey, Stored, RandomState>,
    old: HashMap<ResourceKey, Stored, RandomState>,
}

/// Permission to put in what is read from now on.
#[derive(Clone, Copy)]
pub(crate) struct Generation(u64);

impl Shard {
    /// Puts an entry among the young. Two halves: when the young are too many, the old go and the
    /// young become old.
    fn keep(&mut self, key: ResourceKey, stored: Stored, bytes_max: usize) {
        let size = cost(&stored);
        if self.bytes + size > bytes_max / 2 {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += size;
        if let Some(replaced) = self.young.insert(key, stored) {
            self.bytes -= cost(&replaced);
        }
    }
}

impl BodyCache {
    /// A cache of about so many bytes.
    pub(crate) fn new(bytes_max: usize) -> BodyCache {
        BodyCache {
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::default(),
            shard_bytes_max: bytes_max / SHARDS,
        }
    }

    fn shard(&self, key: &ResourceKey) -> MutexGuard<'_, Shard> {
        let index = self.hasher.hash_one(key) as usize % SHARDS;
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The current version, or the permission to bring it.
    pub(crate) fn get(&self, key: &ResourceKey) -> Result<Stored, Generation> {
        let mut shard = self.shard(key);
        if let Some(stored) = shard.young.get(key) {
            return Ok(stored.clone());
        }
        let Some((key, stored)) = shard.old.remove_entry(key) else {
            return Err(Generation(shard.generation));
        };
        // What is asked for again stays.
        shard.keep(key, stored.clone(), self.shard_bytes_max);
        Ok(stored)
    }

    /// Puts in what was read under `generation`.
    pub(crate) fn put(&self, stored: &Stored, generation: Generation) {
        let mut shard = self.shard(&stored.key);
        let size = cost(stored);
        if shard.generation != generation.0 || size * 8 > self.shard_bytes_max {
            return;
        }
        shard.keep(stored.key.clone(), stored.clone(), self.shard_bytes_max);
    }

    /// Forgets versions that are no longer current.
    pub(crate) fn forget(&self, keys: impl Iterator<Item = ResourceKey>) {
        for key in keys {
            let mut shard = self.shard(&key);
            shard.generation += 1;
            shard.old.remove(&key);
            if let Some(stored) = shard.young.remove(&key) {
                shard.bytes = shard.bytes.saturating_sub(cost(&stored));
            }
        }
    }
}

fn cost(stored: &Stored) -> usize {
    OVERHEAD + stored.body.as_ref().map_or(0, |body| body.len())
}

#[cfg(test)]
mod tests {
    use super::BodyCache;
    use fhir::{ResourceId, ResourceType, VersionId};
    use store::{Method, ResourceKey, Stored};

    fn stored(id: &str, length: usize) -> Stored {
        Stored {
            key: ResourceKey {
                resource_type: ResourceType::from_static("Patient"),
                id: ResourceId::parse(id).unwrap(),
            },
            version: VersionId(1),
            last_updated: 0,
            method: Method::Put,
            body: Some(vec![b'x'; length].into()),
        }
    }

    #[test]
    fn a_reader_that_was_overtaken_puts_nothing_back() {
        let cache = BodyCache::new(1 << 20);
        let old = stored("a", 10);
        let before = cache.get(&old.key).unwrap_err();
        cache.forget([old.key.clone()].into_iter());
        cache.put(&old, before);
        let after = cache.get(&old.key).unwrap_err();
        cache.put(&old, after);
        assert!(cache.get(&old.key).is_ok());
        cache.forget([old.key.clone()].into_iter());
        assert!(cache.get(&old.key).is_err());
    }

    #[test]
    fn it_stays_within_its_bytes() {
        let cache = BodyCache::new(1 << 20);
        for number in 0..10_000 {
            let each = stored(&format!("r{number}"), 1000);
            if let Err(generation) = cache.get(&each.key) {
                cache.put(&each, generation);
            }
            // What is read again moves from the old half to the young one, and counts there.
            for back in [1, 300, 700] {
                let _ =
                    cache.get(&stored(&format!("r{}", (number + 10_000 - back) % 10_000), 0).key);
            }
        }
        let held: usize = cache
            .shards
            .iter()
            .map(|shard| {
                let shard = shard.lock().unwrap();
                shard.young.len() + shard.old.len()
            })
            .sum();
        assert!(held > 100 && held * 1000 <= 1 << 20, "{held}");
        let huge = stored("huge", 1 << 20);
        let generation = cache.get(&huge.key).unwrap_err();
        cache.put(&huge, generation);
        assert!(cache.get(&huge.key).is_err(), "one body never fills a shard");
    }
}
