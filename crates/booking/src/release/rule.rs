//! When the slots of a session are released: days before, wall time, spread over moments and days.

use jiff::civil::{Date, Time};
use jiff::{Span, Timestamp};

use crate::digest;
use crate::zone;

/// When slots are released.
///
/// With 4 moments every 60 minutes from 7am, a quarter of each session is released at 7am, 8am,
/// 9am and 10am; over 2 days, an eighth each, the second day a day closer to the session. Which
/// slot comes when depends on the template's key, the day and the slot's place alone, so that a
/// moment that people were told does not move when other slots change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseRule {
    /// Days before the session's day on which release begins; 0 is the same day.
    pub days_before: u16,
    /// Wall time of a day's first moment.
    pub at: Time,
    /// Moments a day.
    pub moments: u8,
    /// Minutes from one moment to the next.
    pub every_minutes: u16,
    /// Over how many days, each closer to the session.
    pub over_days: u8,
}

impl ReleaseRule {
    /// All slots at one moment.
    pub const fn at_once(days_before: u16, at: Time) -> ReleaseRule {
        ReleaseRule { days_before, at, moments: 1, every_minutes: 30, over_days: 1 }
    }

    /// What is wrong with the rule for sessions that start at `start`.
    pub(crate) fn faults(&self, start: Time) -> Vec<String> {
        let mut faults = Vec::new();
        let mut check = |is_wrong: bool, words: &str| {
            if is_wrong {
                faults.push(words.to_owned());
            }
        };
        check(self.moments == 0 || self.over_days == 0, "release needs at least one moment");
        check(self.days_before > 366, "release begins at most 366 days before");
        check(
            u16::from(self.over_days) > self.days_before.saturating_add(1),
            "release goes on after the day of the session",
        );
        let last = i64::from(self.moments.max(1) - 1) * i64::from(self.every_minutes);
        let last = minutes_of(self.at) + last;
        check(last >= 24 * 60, "the last release moment is past midnight");
        let ends_on_day = u16::from(self.over_days) == self.days_before.saturating_add(1);
        check(
            ends_on_day && last >= minutes_of(start),
            "some slots would be released after the session has begun",
        );
        faults
    }

    /// When the slot at a place (`index`) in a template's session is released.
    pub fn moment(&self, template: &str, date: Date, index: u32) -> Option<Timestamp> {
        let moments = u32::from(self.moments.max(1));
        let all = moments * u32::from(self.over_days.max(1));
        // Each session begins its round elsewhere, so that no moment gets all the first slots.
        let digest = digest::of("booking release", &[template, &date.to_string()]);
        let first = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % all;
        let number = (first + index % all) % all;
        let days_before = i64::from(self.days_before) - i64::from(number / moments);
        let minutes = i64::from(number % moments) * i64::from(self.every_minutes);
        let day = date.checked_sub(Span::new().days(days_before.max(0))).ok()?;
        let wall = day.to_datetime(self.at).checked_add(Span::new().minutes(minutes)).ok()?;
        zone::instant(wall).map(|(at, _)| at)
    }
}

fn minutes_of(time: Time) -> i64 {
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}
