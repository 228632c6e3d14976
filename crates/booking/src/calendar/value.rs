//! Values of properties: text with its escapes, dates, times, durations. RFC 5545 §3.3.

use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use crate::zone;

/// `20260601T080000Z`
pub(super) fn utc(at: Timestamp) -> String {
    format!("{}Z", local(TimeZone::UTC.to_datetime(at)))
}

/// `20260601T090000`
pub(super) fn local(wall: DateTime) -> String {
    wall.strftime("%Y%m%dT%H%M%S").to_string()
}

/// Text with its escapes; control characters other than line breaks are left out.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.replace("\r\n", "\n").chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            ';' => out.push_str("\\;"),
            ',' => out.push_str("\\,"),
            '\n' | '\r' => out.push_str("\\n"),
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out
}

/// Text without its escapes; an escape that does not exist is an error.
pub(super) fn unescape(text: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('n' | 'N') => out.push('\n'),
            Some(letter @ ('\\' | ';' | ',')) => out.push(letter),
            _ => return Err("a backslash stands before a letter that is not escaped"),
        }
    }
    Ok(out)
}

/// A date or a time with the zone that its parameter names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at: Timestamp,
    pub(super) is_date: bool,
}

/// Reads a DATE or DATE-TIME. A time without zone and `Z` is one in London.
pub(super) fn moment(
    text: &str,
    kind: Option<&str>,
    zone_id: Option<&str>,
) -> Result<Moment, &'static str> {
    let is_date = match kind {
        Some(kind) if kind.eq_ignore_ascii_case("DATE") => true,
        Some(kind) if kind.eq_ignore_ascii_case("DATE-TIME") => false,
        Some(_) => return Err("VALUE must be DATE or DATE-TIME"),
        None => false,
    };
    if is_date {
        let date = date(text).ok_or("expected a date such as 20260601")?;
        let at = zone::day_start(date).ok_or("the date is out of range")?;
        return Ok(Moment { at, is_date });
    }
    let (wall, is_utc) = match text.strip_suffix('Z') {
        Some(wall) => (wall, true),
        None => (text, false),
    };
    let wall = date_time(wall).ok_or("expected a time such as 20260601T090000")?;
    let at = match zone_id {
        Some(_) if is_utc => return Err("a time in UTC (Z) takes no TZID"),
        _ if is_utc => TimeZone::UTC.to_timestamp(wall).ok(),
        Some(id) => named_zone(id)?.to_ambiguous_timestamp(wall).compatible().ok(),
        None => zone::instant(wall).map(|(at, _)| at),
    };
    Ok(Moment { at: at.ok_or("the time is out of range")?, is_date })
}

/// A zone by its name in the tz database, with the name that Windows has for London.
fn named_zone(id: &str) -> Result<TimeZone, &'static str> {
    let id = id.trim_start_matches('/');
    if matches!(id, "Europe/London" | "GMT Standard Time") {
        return Ok(zone::london().clone());
    }
    TimeZoneDatabase::bundled().get(id).map_err(|_| "the TZID names no known time zone")
}

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.is_ascii() {
        return None;
    }
    Date::new(digits(&text[..4])?, digits(&text[4..6])?, digits(&text[6..])?).ok()
}

fn date_time(text: &str) -> Option<DateTime> {
    if text.len() != 15 || !text.is_ascii() {
        return None;
    }
    let (day, time) = text.split_once('T')?;
    if time.len() != 6 {
        return None;
    }
    // A leap second counts as the last second of its minute.
    let second: i8 = digits::<i8>(&time[4..]).filter(|second| *second <= 60)?;
    let (hour, minute) = (digits(&time[..2])?, digits(&time[2..4])?);
    let time = jiff::civil::Time::new(hour, minute, second.min(59), 0).ok()?;
    Some(date(day)?.to_datetime(time))
}

/// Reads a positive DURATION such as `PT30M` or `P1W`.
pub(super) fn duration(text: &str) -> Result<SignedDuration, &'static str> {
    const WRONG: &str = "expected a duration such as PT30M";
    let text = text.strip_prefix('+').unwrap_or(text);
    let mut rest = text.strip_prefix('P').ok_or(WRONG)?;
    let mut seconds: i64 = 0;
    let (mut is_time, mut any) = (false, false);
    // Units may come once each, in this order.
    let mut left: &[(char, i64)] = &[('W', 604_800), ('D', 86_400)];
    while !rest.is_empty() {
        if !is_time && let Some(time) = rest.strip_prefix('T') {
            (rest, is_time) = (time, true);
            left = &[('H', 3600), ('M', 60), ('S', 1)];
            if rest.is_empty() {
                return Err(WRONG);
            }
            continue;
        }
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).ok_or(WRONG)?;
        let unit = rest[end..].chars().next().ok_or(WRONG)?;
        let at = left.iter().position(|(known, _)| *known == unit).ok_or(WRONG)?;
        let count: i64 = rest[..end].parse().ok().filter(|n| *n < 1_000_000).ok_or(WRONG)?;
        seconds += count * left[at].1;
        left = &left[at + 1..];
        rest = &rest[end + unit.len_utf8()..];
        any = true;
    }
    if any { Ok(SignedDuration::from_secs(seconds)) } else { Err(WRONG) }
}
