//! Wall time of the United Kingdom: civil times to instants and back, as FHIR text and in words.
//!
//! Instants are kept; wall time is only how a template is designed and how a person reads a time.
//! Style of times and dates: <https://service-manual.nhs.uk/content/numbers-measurements-dates-time>.
//! To show times in one more way, add a function beside [`words`].

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

/// Europe/London from the time-zone data inside the program, never from the machine's files.
pub fn london() -> &'static TimeZone {
    static LONDON: LazyLock<TimeZone> = LazyLock::new(|| {
        TimeZoneDatabase::bundled()
            .get("Europe/London")
            .expect("the bundled time-zone data holds Europe/London")
    });
    &LONDON
}

/// How a wall time stands to the change of clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WallTime {
    /// It happens once.
    Once,
    /// Clocks go forward over it: it does not happen that day.
    Skipped,
    /// Clocks go back over it: it happens twice.
    Twice,
}

/// The instant of a wall time. A skipped one moves on by the hour that is lost; of two, the first.
pub fn instant(wall: DateTime) -> Option<(Timestamp, WallTime)> {
    let ambiguous = london().to_ambiguous_timestamp(wall);
    let kind = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => WallTime::Once,
        AmbiguousOffset::Gap { .. } => WallTime::Skipped,
        AmbiguousOffset::Fold { .. } => WallTime::Twice,
    };
    Some((ambiguous.compatible().ok()?, kind))
}

/// The first instant of a civil day.
pub fn day_start(date: Date) -> Option<Timestamp> {
    instant(date.to_datetime(Time::midnight())).map(|(at, _)| at)
}

/// What clocks show at an instant.
pub fn wall(at: Timestamp) -> DateTime {
    london().to_datetime(at)
}

/// The civil day of an instant.
pub fn day(at: Timestamp) -> Date {
    wall(at).date()
}

/// An instant as FHIR text in wall time with its offset: `2026-06-01T09:00:00+01:00`.
///
/// GP Connect asks for this form; it is also what this crate writes.
pub fn local_text(at: Timestamp) -> String {
    at.display_with_offset(london().to_offset(at)).to_string()
}

/// An instant as FHIR text in UTC with a numeric offset, as BaRS messages carry it.
pub fn utc_text(at: Timestamp) -> String {
    at.display_with_offset(jiff::tz::Offset::UTC).to_string()
}

/// A FHIR instant or dateTime that names a moment; `None` for anything less precise than minutes.
///
/// A text without an offset is read as wall time (some senders leave it out).
pub fn read_instant(text: &str) -> Option<Timestamp> {
    let date = fhir::PartialDate::parse(text)?;
    if date.precision < fhir::Precision::Minute {
        return None;
    }
    let at = Timestamp::from_microsecond(date.low).ok()?;
    if date.offset_seconds.is_some() {
        return Some(at);
    }
    instant(TimeZone::UTC.to_datetime(at)).map(|(at, _)| at)
}

/// A civil date as FHIR text writes it; `None` for a partial one.
pub fn read_date(text: &str) -> Option<Date> {
    let date = fhir::PartialDate::parse(text)?;
    (date.precision == fhir::Precision::Day).then(|| text.parse().ok())?
}

/// Whole minutes from one instant to a later one, rounded down; negative when it is earlier.
pub fn minutes_between(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs().div_euclid(60)
}

/// An instant some minutes on (or back); the ends of time hold it.
pub fn plus_minutes(at: Timestamp, minutes: i64) -> Timestamp {
    at.saturating_add(jiff::SignedDuration::from_secs(minutes.saturating_mul(60))).unwrap_or(at)
}

/// `9am`, `9:10am`, `midday`, `midnight`.
pub fn time_words(at: Timestamp) -> String {
    let time = wall(at).time();
    let said = match (time.hour(), time.minute()) {
        (0, 0) => return "midnight".to_owned(),
        (12, 0) => return "midday".to_owned(),
        (hour, minute) => {
            let half = if hour < 12 { "am" } else { "pm" };
            let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
            if minute == 0 { format!("{hour}{half}") } else { format!("{hour}:{minute:02}{half}") }
        }
    };
    let twice = matches!(instant(wall(at)), Some((_, WallTime::Twice)));
    match (twice, london().to_offset(at).is_zero()) {
        (true, false) => format!("{said} (before the clocks go back)"),
        (true, true) => format!("{said} (after the clocks go back)"),
        _ => said,
    }
}

/// `Tuesday 2 June 2026`.
pub fn date_words(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

/// `9:10am on Tuesday 2 June 2026`.
pub fn words(at: Timestamp) -> String {
    format!("{} on {}", time_words(at), date_words(day(at)))
}

/// A length of time in words: `45 minutes`, `2 hours`, `1 day`.
pub fn length_words(minutes: i64) -> String {
    let (count, unit) = match minutes {
        m if m != 0 && m % 1440 == 0 => (m / 1440, "day"),
        m if m != 0 && m % 60 == 0 => (m / 60, "hour"),
        m => (m, "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
