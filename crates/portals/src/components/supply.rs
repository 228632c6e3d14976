//! What each source system says about a section: entries, none recorded, or not available.
//!
//! An empty list is never enough: "none recorded" is a statement that a system made, "not
//! available" says that we could not ask it. The two must never look alike.

use crate::components::moment::Moment;
use crate::components::source::Source;
use askama::Template;

/// What one system supplies to a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supply {
    /// It sent entries.
    Entries {
        /// How many.
        count: usize,
        /// When its last message came in.
        as_of: Moment,
    },
    /// It is connected, sends this kind of entry, and has none for this person.
    NoneRecorded {
        /// When its last message came in.
        as_of: Moment,
    },
    /// It cannot tell us at present.
    NotAvailable {
        /// Why.
        reason: Unavailable,
        /// When its last message came in, if ever one did.
        last_message: Option<Moment>,
    },
}

/// Why a system cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// It is not connected.
    NotConnected,
    /// It is connected but its messages are later than agreed.
    Late,
    /// It is connected but does not send this kind of entry.
    NotSent,
    /// It does not know this person, or no record of it is linked to them.
    NotLinked,
}

impl Unavailable {
    /// The reason in one or two words, where the system's name stands before it.
    pub fn short(self) -> &'static str {
        match self {
            Self::NotConnected => "not connected",
            Self::Late => "late",
            Self::NotSent => "not sent",
            Self::NotLinked => "no linked record",
        }
    }

    /// The reason in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotConnected => "this system is not connected",
            Self::Late => "messages from this system are late",
            Self::NotSent => "this system does not send these",
            Self::NotLinked => "no record in this system is linked to this person",
        }
    }
}

/// What one named system supplies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSupply {
    /// The system.
    pub source: Source,
    /// What it supplies.
    pub supply: Supply,
}

/// What every system supplies to one section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "components/supplies.html")]
pub struct Supplies {
    /// The entries by their plain name in lower case, as `allergies`.
    pub noun: String,
    /// One row a system.
    pub systems: Vec<SourceSupply>,
}

/// What an empty section must say above its systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emptiness {
    /// Every system that could tell said that there are none.
    NoneRecorded,
    /// At least one system could tell and has none; at least one could not tell.
    PartlyAvailable,
    /// No system could tell.
    NotAvailable,
}

impl Supplies {
    /// What to say where the section has no entries.
    pub fn emptiness(&self) -> Emptiness {
        let told = self.systems.len() - self.unavailable().count();
        match (told, self.has_gaps()) {
            (0, _) => Emptiness::NotAvailable,
            (_, false) => Emptiness::NoneRecorded,
            _ => Emptiness::PartlyAvailable,
        }
    }

    /// The systems that could not tell, leaving out those that never send this kind of entry.
    pub fn gaps(&self) -> impl Iterator<Item = &SourceSupply> {
        self.unavailable().filter(|system| {
            !matches!(system.supply, Supply::NotAvailable { reason: Unavailable::NotSent, .. })
        })
    }

    /// Whether some system that should tell could not.
    pub fn has_gaps(&self) -> bool {
        self.gaps().next().is_some()
    }

    fn unavailable(&self) -> impl Iterator<Item = &SourceSupply> {
        self.systems.iter().filter(|system| matches!(system.supply, Supply::NotAvailable { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::source::Care;

    fn supplies(reasons: &[Option<Unavailable>]) -> Supplies {
        let systems = reasons.iter().map(|reason| SourceSupply {
            source: Source::new(Care::Practice, "Practice"),
            supply: match *reason {
                None => Supply::NoneRecorded { as_of: Moment::not_recorded() },
                Some(reason) => Supply::NotAvailable { reason, last_message: None },
            },
        });
        Supplies { noun: "allergies".into(), systems: systems.collect() }
    }

    #[test]
    fn none_and_not_available_differ() {
        let late = Some(Unavailable::Late);
        assert_eq!(supplies(&[None, None]).emptiness(), Emptiness::NoneRecorded);
        assert_eq!(supplies(&[None, late]).emptiness(), Emptiness::PartlyAvailable);
        assert_eq!(supplies(&[late, late]).emptiness(), Emptiness::NotAvailable);
        assert_eq!(supplies(&[]).emptiness(), Emptiness::NotAvailable);
        let not_sent = Some(Unavailable::NotSent);
        assert_eq!(supplies(&[None, not_sent]).emptiness(), Emptiness::NoneRecorded);
        assert_eq!(supplies(&[not_sent]).emptiness(), Emptiness::NotAvailable);
    }

    #[test]
    fn a_system_that_never_sends_these_is_no_gap() {
        assert!(!supplies(&[None, Some(Unavailable::NotSent)]).has_gaps());
        assert!(supplies(&[None, Some(Unavailable::Late)]).has_gaps());
    }

    #[test]
    fn the_words_say_which() {
        let shown = supplies(&[None, Some(Unavailable::NotConnected)]).to_string();
        assert!(shown.contains("none recorded"), "{shown}");
        assert!(shown.contains("not available"), "{shown}");
        assert!(shown.contains("this system is not connected"), "{shown}");
    }
}
