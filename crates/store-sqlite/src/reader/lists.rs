//! Lists of matches kept for the later pages of a sorted search.
//!
//! A sort key changes while somebody pages; an offset into a search run again would lose or repeat
//! resources. So the first page keeps the whole order as resource numbers, for a while, and a
//! cursor names the list and the place in it. A list that is gone lapses its cursors, never answers
//! differently.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::RandomState;

use super::search::Match;
use crate::Clock;

/// Matches of one sorted search that are kept at the most: 800 kB.
pub(super) const LIST_MAX: usize = 50_000;

/// Numbers in all lists together at the most: 32 MB; the list unused longest goes first.
const NUMBERS_MAX: usize = 2_000_000;

/// Lists at the most.
const LISTS_MAX: usize = 1000;

/// How long an unused list is kept: fifteen minutes, in microseconds.
const KEPT_MICROSECONDS: i64 = 15 * 60 * 1_000_000;

/// The order of a search's matches at one moment.
#[derive(Clone)]
pub(super) struct List {
    pub(super) found: Arc<[Match]>,
    /// Whether there were more matches than a list holds.
    pub(super) cut: bool,
    /// Whether only what was shown is known: the rest of the order is made when it is asked for.
    pub(super) begun: bool,
    /// Tells the search that made it.
    pub(super) fingerprint: u64,
    used: i64,
}

pub(super) struct Lists {
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    next: u64,
    numbers: usize,
    lists: HashMap<u64, List, RandomState>,
}

impl Lists {
    pub(super) fn new(clock: Clock) -> Lists {
        // Counting from the time keeps cursors of an earlier run from naming a list of this one.
        let next = clock() as u64;
        Lists { clock, state: Mutex::new(State { next, numbers: 0, lists: HashMap::default() }) }
    }

    /// Keeps a list and gives its name.
    pub(super) fn keep(&self, found: Arc<[Match]>, cut: bool, fingerprint: u64) -> u64 {
        self.put(None, found, cut, false, fingerprint)
    }

    /// Keeps the beginning of a list and gives its name.
    pub(super) fn begin(&self, shown: Arc<[Match]>, fingerprint: u64) -> u64 {
        self.put(None, shown, false, true, fingerprint)
    }

    /// Completes a list that was begun.
    pub(super) fn complete(&self, name: u64, found: Arc<[Match]>, cut: bool, fingerprint: u64) {
        self.put(Some(name), found, cut, false, fingerprint);
    }

    fn put(
        &self,
        name: Option<u64>,
        found: Arc<[Match]>,
        cut: bool,
        begun: bool,
        fingerprint: u64,
    ) -> u64 {
        let now = (self.clock)();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.lists.retain(|_, list| list.used.saturating_add(KEPT_MICROSECONDS) > now);
        state.numbers = state.lists.values().map(|list| list.found.len()).sum();
        while state.lists.len() >= LISTS_MAX || state.numbers + found.len() > NUMBERS_MAX {
            let oldest = state.lists.iter().min_by_key(|(name, list)| (list.used, **name));
            let Some(name) = oldest.map(|(name, _)| *name) else { break };
            let gone = state.lists.remove(&name).map_or(0, |list| list.found.len());
            state.numbers -= gone;
        }
        let name = name.unwrap_or_else(|| {
            state.next += 1;
            state.next - 1
        });
        state.numbers += found.len();
        state.lists.insert(name, List { found, cut, begun, fingerprint, used: now });
        name
    }

    /// The list with this name, if it is still kept.
    pub(super) fn get(&self, name: u64) -> Option<List> {
        let now = (self.clock)();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let list = state.lists.get_mut(&name)?;
        if list.used.saturating_add(KEPT_MICROSECONDS) <= now {
            return None;
        }
        list.used = now;
        Some(list.clone())
    }
}
