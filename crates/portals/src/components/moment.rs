//! Dates and times as clinicians read them: `05-Aug-2026`, `05-Aug-2026 10:31`, 24-hour clock.
//!
//! A FHIR value keeps the precision it was given: a year stays a year. Rules: NHS CUI date display
//! (D+Ta) and time display (D+Tb). To show another form, add a constructor here; pages never format
//! dates themselves.

use askama::Template;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const MONTHS_IN_FULL: [&str; 12] = [
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

/// A date or a time, ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"{% if machine.is_empty() %}{{ text }}{% else %}<time class="app-nowrap" datetime="{{ machine }}">{{ text }}</time>{% endif %}"#
)]
pub struct Moment {
    /// The words.
    pub text: String,
    /// The value of the `datetime` attribute; empty where there is no such value.
    pub machine: String,
    seconds: Option<i64>,
}

impl Moment {
    /// Reads a FHIR `date`, `dateTime` or `instant`; times are moved into `zone`.
    ///
    /// Text that is none of these is shown as it came, since hiding it would be worse.
    pub fn from_fhir(value: &str, zone: &TimeZone) -> Self {
        let value = value.trim();
        match value.len() {
            0 => Self::not_recorded(),
            4 => Self::from_year(value),
            7 => Self::from_month(value),
            10 => value.parse().map_or_else(|_| Self::as_it_came(value), Self::from_date),
            _ => Self::from_time(value, zone),
        }
    }

    /// A calendar day.
    pub fn from_date(date: Date) -> Self {
        Self { text: day(date), machine: date.to_string(), seconds: midnight(date) }
    }

    /// A point in time, to the minute.
    pub fn from_timestamp(at: Timestamp, zone: &TimeZone) -> Self {
        Self::from_zoned(&at.to_zoned(zone.clone()), Precision::Minute)
    }

    /// A point in time, to the second; for ledgers and logs, where the order matters.
    pub fn from_timestamp_with_seconds(at: Timestamp, zone: &TimeZone) -> Self {
        Self::from_zoned(&at.to_zoned(zone.clone()), Precision::Second)
    }

    /// The words for a value that nobody recorded.
    pub fn not_recorded() -> Self {
        Self { text: "Not recorded".to_owned(), machine: String::new(), seconds: None }
    }

    /// Seconds since 1970, for charts and ordering; a date counts from its first moment.
    pub fn seconds(&self) -> Option<i64> {
        self.seconds
    }

    /// The month heading that this falls under, as `August 2026`, and its machine form.
    pub fn month(&self) -> Option<(String, String)> {
        let machine = self.machine.get(..7)?;
        let (year, month) = machine.split_once('-')?;
        let name = MONTHS_IN_FULL.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
        Some((format!("{name} {year}"), machine.to_owned()))
    }

    fn from_year(value: &str) -> Self {
        match value.parse::<i16>() {
            Ok(year) if value.bytes().all(|byte| byte.is_ascii_digit()) => Self {
                text: value.to_owned(),
                machine: value.to_owned(),
                seconds: Date::new(year, 1, 1).ok().and_then(midnight),
            },
            _ => Self::as_it_came(value),
        }
    }

    fn from_month(value: &str) -> Self {
        match format!("{value}-01").parse::<Date>() {
            Ok(date) => Self {
                text: format!("{}-{:04}", month(date), date.year()),
                machine: value.to_owned(),
                seconds: midnight(date),
            },
            Err(_) => Self::as_it_came(value),
        }
    }

    fn from_time(value: &str, zone: &TimeZone) -> Self {
        if let Ok(at) = value.parse::<Timestamp>() {
            return Self::from_timestamp(at, zone);
        }
        match value.parse::<DateTime>().map(|at| at.to_zoned(zone.clone())) {
            Ok(Ok(at)) => Self::from_zoned(&at, Precision::Minute),
            _ => Self::as_it_came(value),
        }
    }

    fn from_zoned(at: &Zoned, precision: Precision) -> Self {
        let clock = match precision {
            Precision::Minute => format!("{:02}:{:02}", at.hour(), at.minute()),
            Precision::Second => {
                format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
            }
        };
        let offset = at.offset().seconds();
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.unsigned_abs() / 60;
        Self {
            text: format!("{} {clock}", day(at.date())),
            machine: format!("{}T{clock}{sign}{:02}:{:02}", at.date(), minutes / 60, minutes % 60),
            seconds: Some(at.timestamp().as_second()),
        }
    }

    fn as_it_came(value: &str) -> Self {
        Self { text: value.to_owned(), machine: String::new(), seconds: None }
    }
}

#[derive(Clone, Copy)]
enum Precision {
    Minute,
    Second,
}

fn day(date: Date) -> String {
    format!("{:02}-{}-{:04}", date.day(), month(date), date.year())
}

fn month(date: Date) -> &'static str {
    MONTHS[usize::from(date.month().unsigned_abs() - 1)]
}

fn midnight(date: Date) -> Option<i64> {
    date.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, text: &str, machine: &str) {
        let zone = TimeZone::get("Europe/London").expect("the zone is bundled");
        let moment = Moment::from_fhir(value, &zone);
        assert_eq!((moment.text.as_str(), moment.machine.as_str()), (text, machine), "{value:?}");
    }

    #[test]
    fn precision_is_kept() {
        check("2026", "2026", "2026");
        check("2026-08", "Aug-2026", "2026-08");
        check("2026-08-05", "05-Aug-2026", "2026-08-05");
        check("2008-05-01", "01-May-2008", "2008-05-01");
    }

    #[test]
    fn times_are_local_and_24_hour() {
        check("2026-08-05T10:31:00Z", "05-Aug-2026 11:31", "2026-08-05T11:31+01:00");
        check("2026-01-05T10:31:59+00:00", "05-Jan-2026 10:31", "2026-01-05T10:31+00:00");
        check("2026-08-04T23:30:00.123Z", "05-Aug-2026 00:30", "2026-08-05T00:30+01:00");
        check("2026-08-05T10:31:00", "05-Aug-2026 10:31", "2026-08-05T10:31+01:00");
    }

    #[test]
    fn what_is_no_date_is_shown_as_it_came() {
        check("", "Not recorded", "");
        check("196513121515", "196513121515", "");
        check("2026-02-30", "2026-02-30", "");
        check("2026-13", "2026-13", "");
        check("May ", "May", "");
        check("-001", "-001", "");
        check("<b>", "<b>", "");
    }

    #[test]
    fn a_date_knows_its_month() {
        let zone = TimeZone::UTC;
        let month = |value| Moment::from_fhir(value, &zone).month();
        assert_eq!(month("2026-08-05"), Some(("August 2026".into(), "2026-08".into())));
        assert_eq!(month("2026"), None);
        assert_eq!(month("soon, maybe"), None);
    }

    #[test]
    fn text_is_escaped() {
        let shown = Moment::from_fhir("<script>", &TimeZone::UTC).to_string();
        assert_eq!(shown, "&#60;script&#62;");
    }
}
