//! What the feeds are called on pages, and what each kind of system sends.
//!
//! A feed that no [`System`] describes is read from its name: `lvp-hospital` is the hospital of the
//! place `lvp`. To add a kind of system: a variant of `Care` and its line in [`KINDS`].

use interactions::record::Area;

use super::portal::Portal;
use crate::components::source::{Care, Source};

/// A connected system as the configuration describes it.
#[derive(Clone, Debug)]
pub struct System {
    /// Its feed.
    pub feed: String,
    /// What staff call it.
    pub name: String,
    /// What the people whose record it sends call it: `Rowan Surgery`.
    pub title: String,
    /// The kind of care.
    pub care: Care,
    /// How messages come, as `HL7 v2 over MLLP, port 2575`; empty where that is not said.
    pub protocol: String,
}

impl System {
    /// A system that is known by its feed's name alone.
    pub fn of_feed(feed: impl Into<String>, protocol: impl Into<String>) -> System {
        let feed = feed.into();
        System {
            name: feed.clone(),
            title: String::new(),
            care: care_of(&feed),
            protocol: protocol.into(),
            feed,
        }
    }
}

/// The endings of feed names, with what they mean.
const KINDS: [(&str, Care); 5] = [
    ("-hospital", Care::Hospital),
    ("-gp", Care::Practice),
    ("-practice", Care::Practice),
    ("-community", Care::Community),
    ("-social-care", Care::SocialCare),
];

/// The place that a feed belongs to, by its name: feeds of one place share it.
pub(super) fn place_of(feed: &str) -> &str {
    KINDS.iter().find_map(|(ending, _)| feed.strip_suffix(ending)).unwrap_or(feed)
}

fn care_of(feed: &str) -> Care {
    KINDS.iter().find(|(ending, _)| feed.ends_with(ending)).map_or(Care::Other, |(_, care)| *care)
}

/// Whether a kind of system sends a part of the record.
pub(super) fn sends(care: Care, area: Area) -> bool {
    use Area as A;
    match care {
        Care::Hospital => !matches!(area, A::Medicines | A::Immunisations | A::SocialCare),
        Care::Practice => !matches!(area, A::SocialCare | A::People | A::Documents | A::Procedures),
        Care::Community => {
            matches!(area, A::Allergies | A::Problems | A::Results | A::Encounters | A::SocialCare)
        }
        Care::SocialCare => matches!(area, A::SocialCare | A::People),
        Care::Other => true,
    }
}

impl Portal {
    /// A feed as a source; an empty name is what was written over FHIR.
    pub(super) fn source(&self, feed: &str) -> Source {
        if feed.is_empty() {
            return Source::new(Care::Other, "Written over FHIR");
        }
        if let Some(system) = self.options.systems.iter().find(|system| system.feed == feed) {
            return Source::new(system.care, system.name.as_str());
        }
        Source::new(care_of(feed), feed)
    }

    /// A feed as the people whose record it sends know it.
    pub(super) fn source_in_plain_words(&self, feed: &str) -> String {
        let system = self.options.systems.iter().find(|system| system.feed == feed);
        let title = system.map(|system| system.title.clone()).filter(|title| !title.is_empty());
        title.unwrap_or_else(|| match self.source(feed).care {
            _ if feed.is_empty() => "Careloom".to_owned(),
            Care::Hospital => "A hospital".to_owned(),
            Care::Practice => "A GP surgery".to_owned(),
            Care::Community => "A community team".to_owned(),
            Care::SocialCare => "A council".to_owned(),
            Care::Other => self.source(feed).name,
        })
    }

    /// How messages of a feed come; empty where that is not said.
    pub(super) fn protocol(&self, feed: &str) -> String {
        let system = self.options.systems.iter().find(|system| system.feed == feed);
        system.map(|system| system.protocol.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::place_of;

    #[test]
    fn feeds_of_one_place() {
        let cases = [
            ("lvp-hospital", "lvp"),
            ("south-worcs-social-care", "south-worcs"),
            ("lab", "lab"),
            ("-gp", ""),
        ];
        for (feed, place) in cases {
            assert_eq!(place_of(feed), place);
        }
    }
}
