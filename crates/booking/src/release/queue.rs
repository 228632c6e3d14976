//! The queue at a release moment: places by lot, one a person, turns for a time.
//!
//! Everybody who comes until the lot closes takes part in it; their order is the order of
//! SHA-256 over seed, release and person, which anybody can work out again once the seed is told.
//! Whoever comes later stands behind, in order of arrival. The caller tells [`commitment`] of the
//! seed before the queue opens, so that the seed cannot be chosen after seeing who is there.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::digest;
use crate::zone;

/// Rules of one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRules {
    /// Names the release: part of the lot, so that luck in one is no luck in the next.
    pub release: String,
    /// When people can first join.
    pub opens: Timestamp,
    /// When the lot closes and places are drawn: at the release moment or a little after it.
    pub lot_closes: Timestamp,
    /// How many have a turn at once.
    pub turns_at_once: usize,
    /// How long a turn lasts.
    pub turn_minutes: u16,
    /// Most people.
    pub people_max: usize,
}

/// Where a person stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not in the queue.
    Absent,
    /// Joined; places are drawn then. How early one joined makes no difference.
    WaitsForLot {
        /// When.
        drawn_at: Timestamp,
    },
    /// Has a place.
    Place {
        /// How many are before them.
        ahead: usize,
    },
    /// It is their turn.
    Turn {
        /// First moment after it.
        until: Timestamp,
    },
    /// They booked or went.
    Done,
    /// Their turn ran out; they may join again, behind everybody.
    Expired,
}

/// The queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueFull;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Waits,
    Turn(Timestamp),
    Done,
    Expired,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) person: String,
    pub(super) state: State,
    /// Came before the lot closed.
    pub(super) is_in_lot: bool,
}

/// A queue: a value that changes only by what is done to it at a time that is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    pub(super) rules: QueueRules,
    /// In the order of places once drawn; before that in any order.
    pub(super) entries: Vec<Entry>,
    pub(super) is_drawn: bool,
    pub(super) index: HashMap<String, usize>,
}

/// What stands for a person's place in the lot: the least comes first.
pub fn lot(seed: &[u8; 32], release: &str, person: &str) -> [u8; 32] {
    digest::of_bytes("booking lot", &[seed, release.as_bytes(), person.as_bytes()])
}

/// What is told of a seed before the queue opens.
pub fn commitment(seed: &[u8; 32], release: &str) -> String {
    digest::hex(&digest::of_bytes("booking lot commitment", &[seed, release.as_bytes()]))
}

impl Queue {
    /// An empty queue.
    pub fn new(rules: QueueRules) -> Queue {
        Queue { rules, entries: Vec::new(), is_drawn: false, index: HashMap::new() }
    }

    /// The rules.
    pub fn rules(&self) -> &QueueRules {
        &self.rules
    }

    /// How many people have joined, ever.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nobody has joined.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Joins a person, or tells again where they stand: joining often changes nothing.
    pub fn join(&mut self, person: &str, now: Timestamp) -> Result<Standing, QueueFull> {
        if now < self.rules.opens {
            return Ok(Standing::Absent);
        }
        self.advance(now);
        match self.index.get(person).map(|at| self.entries[*at].state) {
            Some(State::Expired) => {
                // Behind everybody, as one who comes now.
                let at = self.index[person];
                let mut entry = self.entries.remove(at);
                (entry.state, entry.is_in_lot) = (State::Waits, false);
                self.entries.push(entry);
                self.number_from(at);
            }
            Some(_) => {}
            None => {
                if self.entries.len() >= self.rules.people_max {
                    return Err(QueueFull);
                }
                let is_in_lot = now < self.rules.lot_closes && !self.is_drawn;
                self.index.insert(person.to_owned(), self.entries.len());
                let person = person.to_owned();
                self.entries.push(Entry { person, state: State::Waits, is_in_lot });
            }
        }
        self.advance(now);
        Ok(self.standing(person))
    }

    /// Draws the places of all who came before the lot closed. Drawing again changes nothing, nor
    /// does drawing before the lot closes.
    pub fn draw(&mut self, seed: &[u8; 32], now: Timestamp) {
        if self.is_drawn || now < self.rules.lot_closes {
            return;
        }
        let release = self.rules.release.clone();
        // Stable: those who came late keep their order behind the lot.
        self.entries.sort_by_cached_key(|entry| {
            if entry.is_in_lot {
                (false, lot(seed, &release, &entry.person), entry.person.clone())
            } else {
                (true, [0; 32], String::new())
            }
        });
        self.is_drawn = true;
        self.number_from(0);
        self.advance(now);
    }

    /// Ends turns that ran out and gives turns to the next; gives the people whose turn begins.
    pub fn advance(&mut self, now: Timestamp) -> Vec<String> {
        if !self.is_drawn {
            return Vec::new();
        }
        let mut turns = 0;
        for entry in &mut self.entries {
            match entry.state {
                State::Turn(until) if until <= now => entry.state = State::Expired,
                State::Turn(_) => turns += 1,
                _ => {}
            }
        }
        let until = zone::plus_minutes(now, i64::from(self.rules.turn_minutes));
        let mut begun = Vec::new();
        for entry in &mut self.entries {
            if turns >= self.rules.turns_at_once {
                break;
            }
            if entry.state == State::Waits {
                entry.state = State::Turn(until);
                turns += 1;
                begun.push(entry.person.clone());
            }
        }
        begun
    }

    /// A person has booked, or goes: the next one's turn comes.
    pub fn leave(&mut self, person: &str, now: Timestamp) -> Vec<String> {
        if let Some(at) = self.index.get(person) {
            let entry = &mut self.entries[*at];
            if entry.state != State::Expired {
                entry.state = State::Done;
            }
        }
        self.advance(now)
    }

    /// Whether it is this person's turn: asked by the one that books, at that moment.
    pub fn has_turn(&self, person: &str, now: Timestamp) -> bool {
        matches!(self.standing(person), Standing::Turn { until } if now < until)
    }

    /// Where a person stands, as of the last [`Queue::advance`].
    pub fn standing(&self, person: &str) -> Standing {
        let Some(at) = self.index.get(person).copied() else { return Standing::Absent };
        match self.entries[at].state {
            State::Turn(until) => Standing::Turn { until },
            State::Done => Standing::Done,
            State::Expired => Standing::Expired,
            State::Waits if !self.is_drawn => {
                Standing::WaitsForLot { drawn_at: self.rules.lot_closes }
            }
            State::Waits => {
                let before = &self.entries[..at];
                let ahead = before
                    .iter()
                    .filter(|entry| matches!(entry.state, State::Waits | State::Turn(_)))
                    .count();
                Standing::Place { ahead }
            }
        }
    }

    pub(super) fn number_from(&mut self, from: usize) {
        for (at, entry) in self.entries.iter().enumerate().skip(from) {
            self.index.insert(entry.person.clone(), at);
        }
    }
}
