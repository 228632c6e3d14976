//! True events of a person's life, before any system writes them down.
//!
//! To add a kind of hospital event, add it to [`chart::What`], its making here and its message in
//! `hospital/`.

pub mod chart;
mod clinics;
mod hospital;
mod updates;

use jiff::civil::{Date, DateTime};

use crate::calendar::{days_between, days_later, later};
use crate::mess::MessRates;
use crate::person::Person;
use crate::prng::Prng;

pub(crate) use hospital::{away_chart, home_chart};
pub(crate) use updates::follow_the_truth;

/// The time that is simulated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub start: Date,
    pub end: Date,
}

impl Window {
    /// The first moment at which a system can hear of the person, the last at which things happen.
    pub(crate) fn of(self, person: &Person) -> (DateTime, DateTime) {
        let first = self.start.max(days_later(person.birth, 2));
        let last = person.death.unwrap_or(self.end).min(self.end);
        (first.at(8, 0, 0, 0), last.at(7, 0, 0, 0))
    }

    /// Years since the start.
    pub(crate) fn years(self, at: DateTime) -> f64 {
        days_between(self.start, at.date()) as f64 / 365.25
    }
}

/// What every maker of events needs.
pub(crate) struct Making<'a> {
    pub seed: u64,
    pub window: Window,
    pub rates: &'a MessRates,
    /// The NHS number that goes onto a record by mistake.
    pub other_number: Option<&'a str>,
}

/// A moment in working hours on a day between two moments.
pub(crate) fn moment(prng: &mut Prng, from: DateTime, to: DateTime) -> DateTime {
    let days = days_between(from.date(), to.date()).max(0);
    let day = days_later(from.date(), i64::from(prng.below(days as u32 + 1)));
    let at = day.at(8, 0, 0, 0);
    let at = later(at, i64::from(prng.range(0, 590)));
    let at = at.saturating_add(jiff::ToSpan::seconds(i64::from(prng.range(0, 59))));
    at.max(from)
}
