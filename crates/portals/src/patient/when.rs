//! Dates and times as everybody reads them: `6 August 2018`, `6 August 2018, 5:30pm`.
//! Spec: NHS service manual, "Formatting dates and times". A value keeps the precision it was given.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A FHIR date, dateTime or instant in words; times are moved into `zone`. Text that is none of these is
/// shown as it came.
pub fn words(value: &str, zone: &TimeZone) -> String {
    let value = value.trim();
    let read = match value.len() {
        4 => value.parse::<u16>().ok().map(|year| year.to_string()),
        7 => format!("{value}-01")
            .parse::<Date>()
            .ok()
            .map(|date| format!("{} {}", month(date), date.year())),
        10 => value.parse::<Date>().ok().map(day),
        _ => moment(value, zone).map(|at| format!("{}, {}", day(at.date()), time(&at))),
    };
    read.unwrap_or_else(|| value.to_owned())
}

/// The year that a value falls in; empty where it has none.
pub fn year(value: &str) -> &str {
    value.get(..4).filter(|year| year.bytes().all(|b| b.is_ascii_digit())).unwrap_or("")
}

fn moment(value: &str, zone: &TimeZone) -> Option<Zoned> {
    if let Ok(at) = value.parse::<Timestamp>() {
        return Some(at.to_zoned(zone.clone()));
    }
    value.parse::<DateTime>().ok()?.to_zoned(zone.clone()).ok()
}

fn day(date: Date) -> String {
    format!("{} {} {}", date.day(), month(date), date.year())
}

/// A month's name.
pub fn month(date: Date) -> &'static str {
    usize::try_from(date.month() - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or("")
}

/// A time of day: `5:30pm`, `midday`.
pub fn time(at: &Zoned) -> String {
    let (hour, minute) = (at.hour(), at.minute());
    match (hour, minute) {
        (0, 0) => return "midnight".to_owned(),
        (12, 0) => return "midday".to_owned(),
        _ => {}
    }
    let half = if hour < 12 { "am" } else { "pm" };
    let shown = if hour % 12 == 0 { 12 } else { hour % 12 };
    if minute == 0 { format!("{shown}{half}") } else { format!("{shown}:{minute:02}{half}") }
}

#[cfg(test)]
mod tests {
    use super::{words, year};
    use jiff::tz::TimeZone;

    #[test]
    fn dates_in_words() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let table = [
            ("2018", "2018"),
            ("2018-08", "August 2018"),
            ("2018-08-06", "6 August 2018"),
            ("2018-08-06T16:30:00Z", "6 August 2018, 5:30pm"),
            ("2018-01-06T16:00:00Z", "6 January 2018, 4pm"),
            ("2018-01-06T00:00:00Z", "6 January 2018, midnight"),
            ("2018-01-06T12:00:00Z", "6 January 2018, midday"),
            ("2018-01-06T12:05:00Z", "6 January 2018, 12:05pm"),
            ("2018-01-06T00:05:00Z", "6 January 2018, 12:05am"),
            ("2018-08-06T23:30:00Z", "7 August 2018, 12:30am"),
            ("2018-08-06T09:00:00", "6 August 2018, 9am"),
            ("", ""),
            ("last spring", "last spring"),
            ("2018-13-06", "2018-13-06"),
        ];
        for (value, expected) in table {
            assert_eq!(words(value, &zone), expected, "{value}");
        }
        assert_eq!((year("2018-08"), year("spring"), year("")), ("2018", "", ""));
    }
}
