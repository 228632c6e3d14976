//! Opening hours: nights, weekends, bank holidays, named dates, notices, and the clocks' changes.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use triage::directory::{Closed, Days, Hours, Opening, Session};

pub(crate) fn london() -> TimeZone {
    TimeZone::get("Europe/London").expect("the database is bundled")
}

fn session(text: &str) -> Session {
    let (opens, closes) = text.split_once('-').expect("from-to");
    let time = |text: &str| text.parse().expect("a time");
    Session { opens: time(opens), closes: time(closes) }
}

/// Reads `mon,tue 09:00-17:00; bank 10:00-12:00; 2026-12-24 09:00-12:00; 2026-12-25 closed;
/// notice 2026-11-24T12:00 2026-11-24T14:00`, or `always`.
pub(crate) fn opening(text: &str) -> Opening {
    let mut opening = Opening::never();
    for rule in text.split(';').map(str::trim).filter(|rule| !rule.is_empty()) {
        let words: Vec<&str> = rule.split_whitespace().collect();
        match words[..] {
            ["always"] => opening.always = true,
            ["bank", "as-weekday"] => opening.bank_holidays = Days::AsWeekday,
            ["bank", hours] => match &mut opening.bank_holidays {
                Days::Sessions(sessions) => sessions.push(session(hours)),
                Days::AsWeekday => panic!("both"),
            },
            ["notice", from, until] => opening.closed.push(Closed {
                from: from.parse::<DateTime>().expect("a wall time"),
                until: until.parse::<DateTime>().expect("a wall time"),
                reason: "training".to_owned(),
            }),
            [days, hours] if days.starts_with('2') => {
                let date: Date = days.parse().expect("a date");
                let sessions = if hours == "closed" { vec![] } else { vec![session(hours)] };
                opening.dates.push((date, sessions));
            }
            [days, hours] => {
                let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
                let day = |name: &str| {
                    let at = names.iter().position(|known| *known == name).expect("a weekday");
                    Weekday::from_monday_zero_offset(at as i8).expect("0 to 6")
                };
                let days = days.split(',').map(day).collect();
                opening.weekly.push(Hours { days, session: session(hours) });
            }
            _ => panic!("{rule}"),
        }
    }
    opening
}

/// Christmas, Boxing Day's substitute, New Year and Easter Monday around which the cases lie.
pub(crate) fn holidays() -> BTreeSet<Date> {
    ["2026-12-25", "2026-12-28", "2027-01-01", "2027-03-29"]
        .iter()
        .map(|text| text.parse().expect("a date"))
        .collect()
}

fn is_open(opening: &Opening, at: Timestamp) -> bool {
    let next = at.checked_add(jiff::Span::new().seconds(1)).expect("within time");
    !opening.spans(at, next, &holidays(), &london()).is_empty()
}

/// Whether hours are open at instants, written with their offsets.
fn check(hours: &str, cases: &[(&str, bool)]) {
    let opening = opening(hours);
    for (at, expect) in cases {
        let instant: Timestamp = at.parse().expect("an instant");
        assert_eq!(is_open(&opening, instant), *expect, "{hours} at {at}");
    }
}

#[test]
fn days_and_their_borders() {
    check(
        "mon,tue,wed,thu,fri 09:00-17:00",
        &[
            ("2026-11-23T08:59:59Z", false),
            ("2026-11-23T09:00:00Z", true),
            ("2026-11-23T16:59:59Z", true),
            ("2026-11-23T17:00:00Z", false),
            ("2026-11-22T12:00:00Z", false),
            // Summer time: the same wall times, an hour earlier.
            ("2026-07-20T08:00:00Z", true),
            ("2026-07-20T16:00:00Z", false),
        ],
    );
    check("", &[("2026-11-23T12:00:00Z", false)]);
    check("always", &[("2026-12-25T03:00:00Z", true)]);
    // Two sessions a day, with a break.
    check(
        "mon 09:00-12:00; mon 14:00-17:00",
        &[
            ("2026-11-23T11:59:00Z", true),
            ("2026-11-23T13:00:00Z", false),
            ("2026-11-23T14:00:00Z", true),
        ],
    );
}

#[test]
fn nights_over_midnight() {
    check(
        "sat 22:00-06:00",
        &[
            ("2026-11-21T21:59:59Z", false),
            ("2026-11-21T22:00:00Z", true),
            ("2026-11-21T23:59:59Z", true),
            ("2026-11-22T00:00:00Z", true),
            ("2026-11-22T05:59:59Z", true),
            ("2026-11-22T06:00:00Z", false),
            ("2026-11-22T22:00:00Z", false),
        ],
    );
    // Midnight to midnight is the whole day, and midnight as an end is the day's end.
    check(
        "sun 00:00-00:00",
        &[
            ("2026-11-22T00:00:00Z", true),
            ("2026-11-22T23:59:59Z", true),
            ("2026-11-23T00:00:00Z", false),
        ],
    );
    check(
        "mon 18:00-00:00",
        &[
            ("2026-11-23T23:59:59Z", true),
            ("2026-11-24T00:00:00Z", false),
            ("2026-11-23T17:00:00Z", false),
        ],
    );
    // A night that ends as the next begins is one stretch.
    let all = opening("mon,tue,wed,thu,fri,sat,sun 08:00-08:00");
    let (from, until) =
        ("2026-11-23T00:00:00Z".parse().unwrap(), "2026-11-26T00:00:00Z".parse().unwrap());
    assert_eq!(all.spans(from, until, &BTreeSet::new(), &london()).len(), 1);
}

#[test]
fn bank_holidays() {
    let hours = "mon,tue,wed,thu,fri 09:00-17:00; thu 22:00-06:00";
    check(
        hours,
        &[
            // Thursday night runs into Christmas Day, which is a Friday and closed.
            ("2026-12-24T23:00:00Z", true),
            ("2026-12-25T05:59:00Z", true),
            ("2026-12-25T10:00:00Z", false),
            ("2026-12-28T10:00:00Z", false),
            ("2026-12-29T10:00:00Z", true),
        ],
    );
    check(
        &format!("{hours}; bank 10:00-12:00"),
        &[
            ("2026-12-25T09:30:00Z", false),
            ("2026-12-25T10:00:00Z", true),
            ("2026-12-25T12:00:00Z", false),
        ],
    );
    check(&format!("{hours}; bank as-weekday"), &[("2026-12-25T09:30:00Z", true)]);
    // A night that begins on a bank holiday is the bank holiday's.
    check("fri 22:00-06:00", &[("2026-12-25T23:00:00Z", false), ("2026-12-26T02:00:00Z", false)]);
    check(
        "fri 22:00-06:00; bank 22:00-23:00",
        &[("2026-12-25T22:30:00Z", true), ("2026-12-26T02:00:00Z", false)],
    );
    // A named date goes before the bank holiday.
    check(
        "fri 09:00-17:00; 2026-12-25 18:00-19:00",
        &[("2026-12-25T10:00:00Z", false), ("2026-12-25T18:30:00Z", true)],
    );
    check(
        "fri 09:00-17:00; bank 09:00-17:00; 2026-12-25 closed",
        &[("2026-12-25T10:00:00Z", false), ("2027-01-01T10:00:00Z", true)],
    );
}

#[test]
fn notices_close() {
    let hours = "mon 09:00-17:00; notice 2026-11-23T12:00 2026-11-23T14:00";
    check(
        hours,
        &[
            ("2026-11-23T11:59:59Z", true),
            ("2026-11-23T12:00:00Z", false),
            ("2026-11-23T13:59:59Z", false),
            ("2026-11-23T14:00:00Z", true),
        ],
    );
    check(
        "always; notice 2026-11-23T12:00 2026-11-23T14:00",
        &[("2026-11-23T13:00:00Z", false), ("2026-11-23T14:00:00Z", true)],
    );
    // A notice that ends before it begins closes nothing.
    check("always; notice 2026-11-23T14:00 2026-11-23T12:00", &[("2026-11-23T13:00:00Z", true)]);
}

#[test]
fn when_clocks_change() {
    // 29 March 2026: 01:00 to 02:00 is not there. A night is an hour shorter.
    check(
        "sat 22:00-06:00",
        &[
            ("2026-03-28T22:00:00Z", true),
            ("2026-03-29T04:59:59Z", true),
            ("2026-03-29T05:00:00Z", false),
        ],
    );
    // What opens or closes within the missing hour: the doubtful hour is not open.
    check(
        "sun 01:30-05:00",
        &[
            ("2026-03-29T00:59:59Z", false),
            ("2026-03-29T01:00:00Z", false),
            ("2026-03-29T01:30:00Z", true),
        ],
    );
    check("sat 22:00-01:30", &[("2026-03-29T00:29:59Z", true), ("2026-03-29T00:30:00Z", false)]);
    // 25 October 2026: 01:00 to 02:00 is there twice. A night is an hour longer.
    check(
        "sat 22:00-06:00",
        &[
            ("2026-10-24T21:00:00Z", true),
            ("2026-10-25T05:59:59Z", true),
            ("2026-10-25T06:00:00Z", false),
        ],
    );
    // It opens at the second 1:30 and closes at the first.
    check("sun 01:30-05:00", &[("2026-10-25T00:45:00Z", false), ("2026-10-25T01:30:00Z", true)]);
    check(
        "sat 22:00-01:30",
        &[
            ("2026-10-25T00:29:59Z", true),
            ("2026-10-25T00:30:00Z", false),
            ("2026-10-25T01:15:00Z", false),
        ],
    );
    // A session inside the hour that is not there: never open.
    check("sun 01:10-01:50", &[("2026-03-29T01:20:00Z", false), ("2026-03-29T00:20:00Z", false)]);
    // A notice over the doubled hour closes both.
    check(
        "always; notice 2026-10-25T01:00 2026-10-25T02:00",
        &[
            ("2026-10-25T00:30:00Z", false),
            ("2026-10-25T01:30:00Z", false),
            ("2026-10-25T02:00:00Z", true),
        ],
    );
}

#[test]
fn borders_of_time_do_not_panic() {
    let hours = opening("mon,sun 22:00-06:00; always; notice 2026-11-23T12:00 2026-11-23T14:00");
    for (from, until) in [
        (Timestamp::MIN, Timestamp::MAX),
        (Timestamp::MAX, Timestamp::MAX),
        (Timestamp::MAX, Timestamp::MIN),
        (Timestamp::MIN, Timestamp::MIN),
    ] {
        let _ = hours.spans(from, until, &holidays(), &london());
        let mut weekly = hours.clone();
        weekly.always = false;
        let _ = weekly.spans(from, until, &holidays(), &london());
    }
}

proptest! {
    /// Whether a place is open at an instant does not depend on the window that is asked about,
    /// stretches are in order and apart, and outside clock changes wall time decides.
    #[test]
    fn stretches_agree_with_wall_time(hours in 0u32..24, length in 1u32..24, day in 0usize..7, minute in 0i64..60 * 24 * 365) {
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let closes = (hours + length) % 24;
        let opening = opening(&format!("{} {hours:02}:00-{closes:02}:00", names[day]));
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let at = start.checked_add(jiff::Span::new().minutes(minute)).unwrap();
        let zone = london();
        let after = at.checked_add(jiff::Span::new().hours(24 * 8)).unwrap();
        let spans = opening.spans(at, after, &BTreeSet::new(), &zone);
        for pair in spans.windows(2) {
            prop_assert!(pair[0].end < pair[1].start);
        }
        let is_open = spans.first().is_some_and(|span| span.start == at);
        let wall = zone.to_datetime(at);
        let since_open = (i64::from(wall.date().weekday().to_monday_zero_offset()) - day as i64).rem_euclid(7) * 1440
            + i64::from(wall.hour()) * 60 + i64::from(wall.minute()) - i64::from(hours) * 60;
        let by_wall = since_open.rem_euclid(7 * 1440) < i64::from(length) * 60;
        let is_change_day = ["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"].contains(&&*wall.date().to_string());
        prop_assert!(is_change_day || is_open == by_wall, "{wall} {hours} {length} {day}");
    }
}
