//! The one decision: does a person have a feature on a day, and why not.

use super::plan::{Eligibility, Plan, Site, State};
use super::share::bucket;
use super::{Feature, feature};

/// What the decision needs to know of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolloutPerson {
    /// What tells them from others, for the share of a pilot; it is hashed and not kept.
    pub id: String,
    /// Their practices, in the words of [`Site::practices`].
    pub practices: Vec<String>,
    /// Their date of birth as far as it is known; empty where it is not.
    pub born: String,
}

/// How a feature stands for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They have it.
    Open,
    /// They do not.
    Closed(Closed),
}

impl Standing {
    /// Whether they have it.
    pub fn is_open(&self) -> bool {
        *self == Standing::Open
    }
}

/// Why they do not have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Why.
    pub reason: ClosedReason,
    /// What the site says to its people; may be empty.
    pub note: String,
    /// The day from which everybody of the site has it, where one is planned.
    pub opens: Option<String>,
}

/// Why a feature is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedReason {
    /// It has never been switched on at the site.
    NotYet,
    /// It was on and is off.
    SwitchedOff,
    /// It is tried out with others first.
    Pilot(PilotMiss),
    /// It needs a feature that is closed.
    Needs(&'static str),
}

/// Which condition of a pilot does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PilotMiss {
    /// Other practices.
    Practice,
    /// Other ages, or the age is not known.
    Age,
    /// Other people, by lot.
    Share,
}

/// How a feature stands for a person on a day.
///
/// `sites` are all that there are. Where there are none, nothing is rolled out step by step and all is
/// open. A person of no site has what `elsewhere` says, and everything where it says nothing. A feature
/// that a person's site has never decided is closed. Who is of several sites has what any of them gives.
pub fn decide(
    wanted: &'static Feature,
    sites: &[Site],
    elsewhere: Option<&Site>,
    person: &RolloutPerson,
    day: &str,
) -> Standing {
    for needed in wanted.needs.iter().filter_map(|id| feature(id)) {
        if let Standing::Closed(closed) = decide(needed, sites, elsewhere, person, day) {
            let reason = ClosedReason::Needs(needed.id);
            return Standing::Closed(Closed { reason, ..closed });
        }
    }
    let mut first = None;
    for site in sites.iter().filter(|site| site.has(&person.practices)) {
        match at_site(wanted, site, person, day) {
            Standing::Open => return Standing::Open,
            closed @ Standing::Closed(_) => first = first.or(Some(closed)),
        }
    }
    let of_none = || match elsewhere {
        Some(site) if site.plans.contains_key(wanted.id) => at_site(wanted, site, person, day),
        _ => Standing::Open,
    };
    first.unwrap_or_else(of_none)
}

fn at_site(wanted: &Feature, site: &Site, person: &RolloutPerson, day: &str) -> Standing {
    let none = Plan::default();
    let plan = site.plans.get(wanted.id).unwrap_or(&none);
    let change = plan.in_force(day);
    let reason = match change.map(|change| &change.state) {
        Some(State::On) => return Standing::Open,
        Some(State::Pilot(eligibility)) => match miss(wanted, eligibility, person, day) {
            None => return Standing::Open,
            Some(miss) => ClosedReason::Pilot(miss),
        },
        Some(State::Off) if was_on(plan, day) => ClosedReason::SwitchedOff,
        Some(State::Off) | None => ClosedReason::NotYet,
    };
    let next = plan.next(day);
    let opens = next.filter(|next| next.state == State::On).map(|next| next.from.clone());
    // Until a plan begins, its note is the newest word to people.
    let note = change.or(next).map(|change| change.note.clone()).unwrap_or_default();
    Standing::Closed(Closed { reason, note, opens })
}

/// Whether it has been open to anybody before.
fn was_on(plan: &Plan, day: &str) -> bool {
    plan.standing().any(|change| change.state != State::Off && *change.from <= *day)
}

fn miss(
    wanted: &Feature,
    eligibility: &Eligibility,
    person: &RolloutPerson,
    day: &str,
) -> Option<PilotMiss> {
    let Eligibility { practices, age_from, age_to, share } = eligibility;
    if !practices.is_empty() && !practices.iter().any(|one| person.practices.contains(one)) {
        return Some(PilotMiss::Practice);
    }
    if age_from.is_some() || age_to.is_some() {
        let fits = age(&person.born, day).is_some_and(|age| {
            age_from.is_none_or(|from| age >= from) && age_to.is_none_or(|to| age <= to)
        });
        if !fits {
            return Some(PilotMiss::Age);
        }
    }
    (bucket(wanted.id, &person.id) >= *share).then_some(PilotMiss::Share)
}

/// The age in years on a day; `None` where the whole date of birth is not known.
fn age(born: &str, day: &str) -> Option<u16> {
    if born.len() != 10 || day.len() != 10 {
        return None;
    }
    let year = |date: &str| date.get(..4)?.parse::<u16>().ok();
    let years = year(day)?.checked_sub(year(born)?)?;
    let is_before_birthday = day.get(4..)? < born.get(4..)?;
    if is_before_birthday { years.checked_sub(1) } else { Some(years) }
}
