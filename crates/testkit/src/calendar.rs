//! Dates and local UK times in the ways that the four systems write them.
//!
//! To add a way of writing, add a function here and name the format that it follows.

use std::sync::OnceLock;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

fn london() -> &'static TimeZone {
    static LONDON: OnceLock<TimeZone> = OnceLock::new();
    LONDON.get_or_init(|| TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC))
}

fn zoned(at: DateTime) -> Zoned {
    london().to_zoned(at).unwrap_or_else(|_| Zoned::new(Timestamp::UNIX_EPOCH, TimeZone::UTC))
}

/// The instant of a local UK time.
pub fn instant(at: DateTime) -> Timestamp {
    zoned(at).timestamp()
}

/// HL7 v2 `DT`.
pub(crate) fn hl7_date(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

/// HL7 v2 `TS` to the second, local time without an offset.
pub(crate) fn hl7_time(at: DateTime) -> String {
    format!("{}{:02}{:02}{:02}", hl7_date(at.date()), at.hour(), at.minute(), at.second())
}

/// FHIR `date`.
pub(crate) fn iso_date(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// FHIR `dateTime` or `instant` with the offset of UK time.
pub(crate) fn fhir_time(at: DateTime) -> String {
    let zoned = zoned(at);
    let hours = zoned.offset().seconds() / 3_600;
    format!("{}+{hours:02}:00", zoned.datetime())
}

/// `YYYY-MM-DD HH:MM:SS`, as social care writes it.
pub(crate) fn iso_spaced(at: DateTime) -> String {
    format!("{} {:02}:{:02}:{:02}", iso_date(at.date()), at.hour(), at.minute(), at.second())
}

/// `DD/MM/YYYY`, as the community system writes it.
pub(crate) fn uk_date(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// `DD/MM/YYYY HH:MM`, as the community system writes it.
pub(crate) fn uk_time(at: DateTime) -> String {
    format!("{} {:02}:{:02}", uk_date(at.date()), at.hour(), at.minute())
}

/// `14 March 2025`, as letters write it.
pub(crate) fn letter_date(date: Date) -> String {
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
    let month = MONTHS[(date.month() - 1).clamp(0, 11) as usize];
    format!("{} {month} {}", date.day(), date.year())
}

/// The time `minutes` later.
pub(crate) fn later(at: DateTime, minutes: i64) -> DateTime {
    at.saturating_add(minutes.minutes())
}

/// The date `days` later, or earlier where negative.
pub(crate) fn days_later(date: Date, days: i64) -> Date {
    date.saturating_add(days.days())
}

/// Whole days from `from` to `to`.
pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// Age in whole years.
pub(crate) fn age(birth: Date, on: Date) -> i32 {
    let had_birthday = (on.month(), on.day()) >= (birth.month(), birth.day());
    i32::from(on.year()) - i32::from(birth.year()) - i32::from(!had_birthday)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, datetime};

    #[test]
    fn each_way_of_writing() {
        let at = datetime(2025, 7, 4, 9, 5, 7, 0);
        assert_eq!(hl7_time(at), "20250704090507");
        assert_eq!(fhir_time(at), "2025-07-04T09:05:07+01:00");
        assert_eq!(fhir_time(datetime(2025, 1, 4, 9, 5, 7, 0)), "2025-01-04T09:05:07+00:00");
        assert_eq!(uk_time(at), "04/07/2025 09:05");
        assert_eq!(iso_spaced(at), "2025-07-04 09:05:07");
        assert_eq!(letter_date(at.date()), "4 July 2025");
        assert_eq!(instant(at).to_string(), "2025-07-04T08:05:07Z");
    }

    #[test]
    fn ages_turn_on_the_birthday() {
        assert_eq!(age(date(2000, 2, 29), date(2025, 2, 28)), 24);
        assert_eq!(age(date(2000, 2, 29), date(2025, 3, 1)), 25);
        assert_eq!(days_between(date(2024, 2, 28), date(2024, 3, 1)), 2);
        assert_eq!(days_later(date(2024, 3, 1), -1), date(2024, 2, 29));
    }
}
