//! Distances, opening hours and reasons in plain words.

use interactions::triage::{Open, Reason, Why};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::patient::when;

/// Metres as people in Britain say them.
pub fn distance(metres: u32) -> String {
    let tenths = (u64::from(metres) * 10_000 + 804_672) / 1_609_344;
    match tenths {
        0 | 1 => "Less than 0.2 miles away".to_owned(),
        10 => "1 mile away".to_owned(),
        tenths if tenths % 10 == 0 => format!("{} miles away", tenths / 10),
        tenths => format!("{}.{} miles away", tenths / 10, tenths % 10),
    }
}

/// When a service is open.
pub fn opening(open: &Open, is_always: bool, now: Timestamp, zone: &TimeZone) -> String {
    match open {
        Open::Now { .. } if is_always => "Open day and night".to_owned(),
        Open::Now { until } => format!("Open now, until {}", moment(*until, now, zone)),
        Open::At { from, until } => {
            format!("Opens at {}, until {}", moment(*from, now, zone), moment(*until, *from, zone))
        }
    }
}

/// A moment as seen from another: the time today, "tomorrow", or with its day.
pub fn moment(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let time = when::time(&at);
    if at.date() == now.date() {
        return time;
    }
    if now.date().tomorrow().is_ok_and(|tomorrow| tomorrow == at.date()) {
        return format!("{time} tomorrow");
    }
    format!("{time} on {}", day(&at))
}

/// A day with its weekday: `Tuesday 24 November`.
pub fn day(at: &Zoned) -> String {
    let weekday = match at.weekday() {
        jiff::civil::Weekday::Monday => "Monday",
        jiff::civil::Weekday::Tuesday => "Tuesday",
        jiff::civil::Weekday::Wednesday => "Wednesday",
        jiff::civil::Weekday::Thursday => "Thursday",
        jiff::civil::Weekday::Friday => "Friday",
        jiff::civil::Weekday::Saturday => "Saturday",
        jiff::civil::Weekday::Sunday => "Sunday",
    };
    format!("{weekday} {} {}", at.day(), when::month(at.date()))
}

/// Why a service is not listed.
pub fn reason(why: &Why, now: Timestamp, zone: &TimeZone) -> String {
    let years = |days: u32| (u64::from(days) * 100 / 36_525).to_string();
    match why {
        Why::NoPlace => "We do not know where you are.".to_owned(),
        Why::NotTheirs => "It sees its own patients only.".to_owned(),
        Why::Rule(reason) => match reason {
            Reason::Closed { opens: Some(opens) } => {
                format!("It is closed until {}.", moment(*opens, now, zone))
            }
            Reason::Closed { opens: None } => "It is closed.".to_owned(),
            Reason::Notice { reason } => format!("It is closed: {reason}."),
            Reason::TooYoung { age_days_min } if *age_days_min < 730 => {
                "It does not see babies.".to_owned()
            }
            Reason::TooYoung { age_days_min } => {
                format!("It sees people from {} years of age.", years(*age_days_min))
            }
            Reason::TooOld { age_days_max } => {
                format!("It sees people up to {} years of age.", years(*age_days_max))
            }
            Reason::Sex => "It does not see people of this sex.".to_owned(),
            Reason::TooFar { metres } => format!("It is too far: {}.", {
                let words = distance(*metres);
                words.strip_suffix(" away").map_or(words.clone(), str::to_owned)
            }),
            Reason::NoCapacity => "It has no room now.".to_owned(),
            Reason::EnoughOfItsKind => "Others like it are nearer.".to_owned(),
            Reason::Contact => "You cannot be helped there in this way.".to_owned(),
            Reason::NotActive | Reason::CallFirst | Reason::NoneNeeded => {
                "It is not for this.".to_owned()
            }
            Reason::Disposition | Reason::Symptom => "It does not treat this.".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{distance, moment, opening, reason};
    use interactions::triage::{Open, Reason, Why};
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn distances() {
        let table = [
            (0, "Less than 0.2 miles away"),
            (240, "Less than 0.2 miles away"),
            (242, "0.2 miles away"),
            (1_609, "1 mile away"),
            (1_800, "1.1 miles away"),
            (3_219, "2 miles away"),
            (40_000, "24.9 miles away"),
        ];
        for (metres, expected) in table {
            assert_eq!(distance(metres), expected, "{metres}");
        }
    }

    #[test]
    fn moments_and_hours() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let now = at("2026-11-23T10:00:00Z");
        let table = [
            ("2026-11-23T18:00:00Z", "6pm"),
            ("2026-11-24T09:30:00Z", "9:30am tomorrow"),
            ("2026-11-25T12:00:00Z", "midday on Wednesday 25 November"),
        ];
        for (then, expected) in table {
            assert_eq!(moment(at(then), now, &zone), expected);
        }
        let until = at("2026-11-23T18:00:00Z");
        assert_eq!(opening(&Open::Now { until }, false, now, &zone), "Open now, until 6pm");
        assert_eq!(opening(&Open::Now { until }, true, now, &zone), "Open day and night");
        let later =
            Open::At { from: at("2026-11-24T09:00:00Z"), until: at("2026-11-24T18:00:00Z") };
        assert_eq!(opening(&later, false, now, &zone), "Opens at 9am tomorrow, until 6pm");
    }

    #[test]
    fn reasons() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let now = at("2026-11-23T10:00:00Z");
        let table = [
            (
                Reason::TooYoung { age_days_min: 18 * 365 + 5 },
                "It sees people from 18 years of age.",
            ),
            (Reason::TooFar { metres: 40_000 }, "It is too far: 24.9 miles."),
            (Reason::Closed { opens: Some(at("2026-11-23T13:00:00Z")) }, "It is closed until 1pm."),
        ];
        for (why, expected) in table {
            assert_eq!(reason(&Why::Rule(why), now, &zone), expected);
        }
    }
}
