//! Sessions designed from weekly templates: wall time to dated sessions and slots.
//!
//! A template says what a week looks like; [`make`] gives what it means for real days, and
//! [`plan`] what must change so that the book says so. Ids come from template, day and place in
//! the session, so that making twice makes nothing twice.
//! To add a property of sessions: a field of [`Template`], its use in `make`, its part in `stored`.

mod holidays;
mod make;
mod plan;
mod stored;

pub use holidays::{ExtraDay, Holiday, Nation, bank_holidays, easter};
pub use make::{Closure, Days, Made, MadeSession, Note, make};
pub use plan::{Change, Plan, plan};

use jiff::civil::{Date, Time, Weekday};

use crate::model::{Audience, Concept, GpConnectAccess, Mode, ReservedFor};
use crate::release::ReleaseRule;

/// One weekly session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its name for good: ids are made from it. Unique among the practice's templates.
    pub key: String,
    /// The session's name: `Dr Bennett, morning surgery`.
    pub name: String,
    /// Reference of the HealthcareService.
    pub service: String,
    /// Reference of the Practitioner.
    pub practitioner: Option<String>,
    /// The practitioner's role.
    pub role: Option<Concept>,
    /// Reference of the Location.
    pub location: Option<String>,
    /// How people meet.
    pub mode: Mode,
    /// Days of the week.
    pub days: Vec<Weekday>,
    /// Start in wall time.
    pub start: Time,
    /// Length of a slot.
    pub slot_minutes: u16,
    /// Pause after each slot.
    pub gap_minutes: u16,
    /// How many slots.
    pub count: u16,
    /// First day.
    pub valid_from: Date,
    /// Last day; none means until further notice.
    pub valid_to: Option<Date>,
    /// Every how many weeks, counted from the Monday of `valid_from`'s week; 1 is every week.
    pub every_weeks: u8,
    /// Whether it also runs on bank holidays.
    pub on_bank_holidays: bool,
    /// When its slots are released.
    pub release: Option<ReleaseRule>,
    /// Shares that are kept.
    pub reserves: Vec<ReserveShare>,
    /// Whom it is for.
    pub audience: Audience,
    /// GP Connect's limits.
    pub gp_connect: GpConnectAccess,
}

/// A share of a session's slots that is kept for some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReserveShare {
    /// For whom.
    pub kept_for: ReservedFor,
    /// How many slots, spread over the session.
    pub slots: u16,
    /// How long before its start a slot that is left is opened to all; never where it is `None`.
    pub opens_minutes_before: Option<u32>,
}

/// Most slots that one session may have.
pub const SLOTS_MAX: u16 = 200;
/// Most days that can be made at once.
pub const DAYS_MAX: i32 = 400;

impl Template {
    /// A template of one session a week without limits, to be filled in.
    pub fn new(key: &str, service: &str, start: Time, valid_from: Date) -> Template {
        Template {
            key: key.to_owned(),
            name: key.to_owned(),
            service: service.to_owned(),
            practitioner: None,
            role: None,
            location: None,
            mode: Mode::InPerson,
            days: vec![Weekday::Monday],
            start,
            slot_minutes: 10,
            gap_minutes: 0,
            count: 12,
            valid_from,
            valid_to: None,
            every_weeks: 1,
            on_bank_holidays: false,
            release: None,
            reserves: Vec::new(),
            audience: Audience::default(),
            gp_connect: GpConnectAccess::default(),
        }
    }

    /// What is wrong with the design, in words for whoever designs it; empty when nothing is.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut check = |is_wrong: bool, words: &str| {
            if is_wrong {
                faults.push(words.to_owned());
            }
        };
        check(self.key.trim().is_empty(), "the template needs a key");
        check(self.service.is_empty(), "say which kind of appointment it is for");
        check(self.days.is_empty(), "choose at least one day of the week");
        check(!(1..=480).contains(&self.slot_minutes), "a slot lasts 1 to 480 minutes");
        check(self.gap_minutes > 480, "a pause lasts at most 480 minutes");
        check(!(1..=SLOTS_MAX).contains(&self.count), "a session has 1 to 200 slots");
        let step = u32::from(self.slot_minutes) + u32::from(self.gap_minutes);
        check(step * u32::from(self.count) > 24 * 60, "a session lasts at most 24 hours");
        check(!(1..=52).contains(&self.every_weeks), "it repeats every 1 to 52 weeks");
        check(
            self.valid_to.is_some_and(|to| to < self.valid_from),
            "the last day comes before the first",
        );
        if let Some(rule) = self.release {
            faults.extend(rule.faults(self.start));
        }
        let mut check = |is_wrong: bool, words: &str| {
            if is_wrong {
                faults.push(words.to_owned());
            }
        };
        let kept: u32 = self.reserves.iter().map(|share| u32::from(share.slots)).sum();
        check(kept > u32::from(self.count), "more slots are kept back than the session has");
        let (min, max) = (self.audience.age_min, self.audience.age_max);
        check(
            min.zip(max).is_some_and(|(min, max)| min > max),
            "the youngest age is above the oldest",
        );
        faults
    }
}
