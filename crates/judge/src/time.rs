//! FHIR dates of any precision as ranges of microseconds.
//! Spec: <https://hl7.org/fhir/R4/datatypes.html#dateTime>, <https://hl7.org/fhir/R4/search.html#date>.
//!
//! Where no time zone is written the text counts as UTC; the store under test says the same.

use crate::query::Prefix;
use crate::span::{End, Span};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Days from 1970-01-01 to the first of a month, counted year by year and month by month.
fn days_before(year: i64, month: i64) -> i64 {
    // Leap days before the year, by the rule of the calendar itself.
    let leap_days = |year: i64| year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let years = (year - 1970) * 365 + leap_days(year - 1) - leap_days(1969);
    years + (1..month).map(|month| length(year, month)).sum::<i64>()
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The moments that a date, dateTime or instant stands for: the first, and the one after the last.
pub(crate) fn moments(text: &str) -> Option<(i64, i64)> {
    let (date, time) = text.split_once('T').map_or((text, None), |(d, t)| (d, Some(t)));
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
    let year = parts.next()??;
    let Some(month) = parts.next() else {
        return Some((days_before(year, 1) * DAY, days_before(year + 1, 1) * DAY));
    };
    let month = month?;
    let Some(day) = parts.next() else {
        let first = days_before(year, month);
        return Some((first * DAY, (first + length(year, month)) * DAY));
    };
    let midnight = (days_before(year, month) + day? - 1) * DAY;
    let Some(time) = time else { return Some((midnight, midnight + DAY)) };
    let (clock, offset) = split_zone(time)?;
    let mut parts = clock.split(':');
    let hour: i64 = parts.next()?.parse().ok()?;
    let minute: i64 = parts.next()?.parse().ok()?;
    let to_minute = midnight + (hour * 60 + minute) * 60 * SECOND - offset;
    let Some(seconds) = parts.next() else { return Some((to_minute, to_minute + 60 * SECOND)) };
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let to_second = to_minute + whole.parse::<i64>().ok()? * SECOND;
    if fraction.is_empty() {
        return Some((to_second, to_second + SECOND));
    }
    // Finer than a microsecond is cut off.
    let kept = &fraction[..fraction.len().min(6)];
    let unit = 10_i64.pow(6 - kept.len() as u32);
    let start = to_second + kept.parse::<i64>().ok()? * unit;
    Some((start, start + unit))
}

/// The clock and the microseconds that it is ahead of UTC.
fn split_zone(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix('Z') {
        return Some((clock, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else { return Some((time, 0)) };
    let (hours, minutes) = time[at + 1..].split_once(':')?;
    let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
    let ahead = if time.as_bytes()[at] == b'-' { -minutes } else { minutes };
    Some((&time[..at], ahead * 60 * SECOND))
}

/// The range of a text.
pub(crate) fn span(text: &str) -> Option<Span<i64>> {
    let (first, after) = moments(text)?;
    Some(Span { low: End::closed(first), high: End::closed(after - 1) })
}

/// What a date of a query is compared with; `ap` reaches a tenth of the time between it and `now`
/// farther on both sides.
pub(crate) fn wanted(prefix: Prefix, text: &str, now: i64) -> Option<Span<i64>> {
    let (first, after) = moments(text)?;
    let slack = if prefix == Prefix::Ap { (now - first).abs() / 10 } else { 0 };
    Some(Span { low: End::closed(first - slack), high: End::closed(after - 1 + slack) })
}
