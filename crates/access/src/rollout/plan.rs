//! What was decided for a feature at a site, change by change.

use std::collections::BTreeMap;

/// Whether a feature is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// For nobody.
    Off,
    /// For some.
    Pilot(Eligibility),
    /// For everybody.
    On,
}

impl State {
    /// Its code on pages and in the store.
    pub fn code(&self) -> &'static str {
        match self {
            State::Off => "off",
            State::Pilot(_) => "pilot",
            State::On => "on",
        }
    }
}

/// Whom a pilot is for: all that is said here must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eligibility {
    /// The practices; empty for all of the site.
    pub practices: Vec<String>,
    /// The youngest age in years.
    pub age_from: Option<u16>,
    /// The oldest age in years, the last year of it included.
    pub age_to: Option<u16>,
    /// How many of a hundred people.
    pub share: u8,
}

/// A decision about a feature at a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it becomes.
    pub state: State,
    /// The first day on which it holds.
    pub from: String,
    /// What people are told where the feature would be; may be empty.
    pub note: String,
    /// When it was decided: microseconds since 1970.
    pub at: i64,
    /// Who decided.
    pub by: String,
    /// Why.
    pub why: String,
}

/// Everything that was decided about a feature at a site, in the order in which it was decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The changes.
    pub changes: Vec<Change>,
}

impl Plan {
    /// The change that holds on a day, where one does.
    pub fn in_force(&self, day: &str) -> Option<&Change> {
        self.standing().filter(|change| *change.from <= *day).max_by_key(|change| &change.from)
    }

    /// The first change that is still to come after a day.
    pub fn next(&self, day: &str) -> Option<&Change> {
        self.standing().filter(|change| *change.from > *day).min_by_key(|change| &change.from)
    }

    /// The changes that no later decision has done away with: one does away with every earlier one
    /// that begins on its day or after.
    pub(super) fn standing(&self) -> impl Iterator<Item = &Change> {
        let later = |index: usize, change: &Change| {
            self.changes[index + 1..].iter().any(|other| other.from <= change.from)
        };
        let all = self.changes.iter().enumerate();
        all.filter(move |(index, change)| !later(*index, change)).map(|(_, change)| change)
    }
}

/// A place where features are switched on together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its name in addresses.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its practices: ODS codes, and `feed:` with the name of a feed for all patients of a system.
    pub practices: Vec<String>,
    /// What was decided, by the id of the feature.
    pub plans: BTreeMap<String, Plan>,
}

impl Site {
    /// Whether one of these practices is of this site.
    pub fn has(&self, practices: &[String]) -> bool {
        practices.iter().any(|practice| self.practices.contains(practice))
    }
}
