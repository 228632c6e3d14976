//! A record that one system holds of one person: its local number and who it says the person is.

use jiff::civil::DateTime;

use crate::mess::{Blemish, Identity};
use crate::person::PersonId;
use crate::sites::{Site, System};

/// One record of one person in one system.
#[derive(Clone, Debug)]
pub struct SourceRecord {
    /// The true person.
    pub person: PersonId,
    /// Where the system is.
    pub site: Site,
    /// Which system.
    pub system: System,
    /// The system's own number: MRN, GP source id, client id, person id.
    pub local_id: String,
    /// When it was opened.
    pub opened: DateTime,
    /// Who it said the person is when it was opened.
    pub identity: Identity,
    /// What it said from later moments on, in order.
    pub changes: Vec<(DateTime, Identity)>,
    /// How it differed from the truth when it was opened.
    pub blemishes: Vec<Blemish>,
    /// The local number of the record that this one was merged into, and when.
    pub merged_into: Option<(String, DateTime)>,
}

impl SourceRecord {
    /// Who the record says the person is at a moment.
    pub fn identity_at(&self, at: DateTime) -> &Identity {
        self.changes
            .iter()
            .rev()
            .find(|(from, _)| *from <= at)
            .map_or(&self.identity, |(_, identity)| identity)
    }

    /// Who it says the person is in the end.
    pub fn last_identity(&self) -> &Identity {
        self.changes.last().map_or(&self.identity, |(_, identity)| identity)
    }

    /// When it last changed at or before a moment.
    pub fn last_change(&self, at: DateTime) -> DateTime {
        self.changes
            .iter()
            .rev()
            .map(|(from, _)| *from)
            .find(|from| *from <= at)
            .unwrap_or(self.opened)
    }

    /// The name that the system calls itself by in [`crate::Truth::person_of`].
    pub fn feed(&self) -> String {
        self.system.feed(self.site)
    }
}
