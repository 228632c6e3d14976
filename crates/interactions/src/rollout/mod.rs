//! Roll-out: what of the person's app is on at which site, decided here and changed here.
//!
//! The rules are [`access::rollout`]'s. Sites are small records of the store, each with all that was ever
//! decided about it; nothing about a person is kept. Citizens' pages ask [`App::standings`], use cases ask
//! [`App::has_feature`]; only who looks after settings changes a site. Spec: `docs/rollout.md`.
//!
//! To add a use case: a function on [`App`] in a file here.

mod change;
mod person;
mod reach;
mod stored;

use access::Who;
use access::rollout::{Feature, Site, Standing, decide, feature};
use fhir::IssueCode;

use crate::app::App;
use crate::failure::{Category, Failure};

pub use change::{ELSEWHERE, NewChange, SITES_MAX};
pub use reach::Reach;

/// The rules and their values, in whose words these use cases ask and answer.
pub use access::rollout as rules;

/// All sites, and what holds for people of none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sites {
    /// The sites by name.
    pub all: Vec<Site>,
    /// What holds elsewhere, where somebody has said.
    pub elsewhere: Option<Site>,
}

/// How every feature stands for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standings {
    /// The name of their site; empty where they are of none.
    pub site: String,
    /// In the order of the features.
    pub features: Vec<(&'static Feature, Standing)>,
}

impl Standings {
    /// Whether a feature is open.
    pub fn is_open(&self, id: &str) -> bool {
        self.of(id).is_none_or(Standing::is_open)
    }

    /// How a feature stands; `None` where it is none.
    pub fn of(&self, id: &str) -> Option<&Standing> {
        let found = self.features.iter().find(|(feature, _)| feature.id == id);
        found.map(|(_, standing)| standing)
    }
}

impl App {
    /// The day that it is in the United Kingdom, as FHIR writes it.
    pub fn rollout_day(&self) -> String {
        day_of(self.clock.now())
    }

    /// How every feature stands for the person whose record is looked at; for all others, everything is
    /// open: what staff and programs may do is not rolled out.
    pub async fn standings(&self) -> Result<Standings, Failure> {
        let open = |site: String| Standings {
            site,
            features: rules::FEATURES.iter().map(|one| (one, Standing::Open)).collect(),
        };
        let Who::Citizen(citizen) = &self.caller().who else { return Ok(open(String::new())) };
        let sites = self.elevated().sites_kept().await?;
        if sites.all.is_empty() && sites.elsewhere.is_none() {
            return Ok(open(String::new()));
        }
        let person = self.elevated().rollout_person(citizen).await?;
        let day = self.rollout_day();
        let site = sites.all.iter().find(|site| site.has(&person.practices));
        let stands = |one| decide(one, &sites.all, sites.elsewhere.as_ref(), &person, &day);
        Ok(Standings {
            site: site.map(|site| site.name.clone()).unwrap_or_default(),
            features: rules::FEATURES.iter().map(|one| (one, stands(one))).collect(),
        })
    }

    /// The failure that says that a feature is off for whoever asks; nothing where it is on.
    pub async fn has_feature(&self, id: &str) -> Result<(), Failure> {
        let standings = self.standings().await?;
        if standings.is_open(id) {
            return Ok(());
        }
        let words = feature(id).map_or(id, |feature| feature.words);
        let message = format!("{words}: this is not switched on for the person");
        Err(Failure::plain(Category::Forbidden, IssueCode::Forbidden, message))
    }
}

/// The civil day in the United Kingdom of microseconds since 1970.
fn day_of(at: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(at).unwrap_or_default();
    booking::zone::day(at).to_string()
}

#[cfg(test)]
mod tests {
    use super::day_of;

    #[test]
    fn days_begin_at_midnight_whatever_the_clocks_do() {
        for (at, expected) in [
            ("2026-02-28T23:59:59.999999Z", "2026-02-28"),
            ("2026-03-01T00:00:00Z", "2026-03-01"),
            // Clocks go forward on 29 March at 1 am, and back on 25 October at 2 am.
            ("2026-03-28T23:59:59Z", "2026-03-28"),
            ("2026-03-29T00:00:00Z", "2026-03-29"),
            ("2026-03-29T22:59:59Z", "2026-03-29"),
            ("2026-03-29T23:00:00Z", "2026-03-30"),
            ("2026-10-24T22:59:59Z", "2026-10-24"),
            ("2026-10-24T23:00:00Z", "2026-10-25"),
            ("2026-10-25T23:59:59Z", "2026-10-25"),
            ("2026-10-26T00:00:00Z", "2026-10-26"),
        ] {
            let instant: jiff::Timestamp = at.parse().expect("an instant");
            assert_eq!(day_of(instant.as_microsecond()), expected, "{at}");
        }
    }
}
