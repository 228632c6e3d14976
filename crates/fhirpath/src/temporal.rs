//! Dates, dates with times, and times of day, each known to some precision.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#date>, `#datetime`, `#time`; comparison `#datetime-equality`,
//! arithmetic `#datetime-arithmetic`. What is not known is never assumed: comparing 2012 with
//! 2012-01 has no answer. To add a component, add it to [`Parts`] and [`Precision`].

use std::cmp::Ordering;
use std::fmt;

use crate::quantity::CalendarUnit;

/// The smallest part that is known; seconds have their fraction with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// `2012`
    Year,
    /// `2012-04`
    Month,
    /// `2012-04-15`
    Day,
    /// `2012-04-15T10`
    Hour,
    /// `2012-04-15T10:30`
    Minute,
    /// `2012-04-15T10:30:31`
    Second,
}

/// Components; those past the precision are at their least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Parts {
    pub(crate) year: i32,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    pub(crate) nanosecond: u32,
    /// Digits of the fraction of a second, as written.
    pub(crate) fraction_digits: u8,
}

const LEAST: Parts = Parts {
    year: 1,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    fraction_digits: 0,
};

/// A date: a year, a month or a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    pub(crate) parts: Parts,
    pub(crate) precision: Precision,
}

/// A date with or without a time, and with or without an offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    pub(crate) parts: Parts,
    pub(crate) precision: Precision,
    /// Minutes east of UTC.
    pub(crate) offset: Option<i16>,
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    pub(crate) parts: Parts,
    pub(crate) precision: Precision,
}

impl Date {
    /// Parses `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Date> {
        let (parts, precision, rest) = date_parts(text)?;
        rest.is_empty().then_some(Date { parts, precision })
    }

    /// The same day as a date and time without time.
    pub fn to_date_time(self) -> DateTime {
        DateTime { parts: self.parts, precision: self.precision, offset: None }
    }

    /// Its precision.
    pub fn precision(self) -> Precision {
        self.precision
    }
}

impl DateTime {
    /// Parses a date, or a date, `T`, a time to the hour, minute, second or below, and an offset.
    pub fn parse(text: &str) -> Option<DateTime> {
        let (mut parts, precision, rest) = date_parts(text)?;
        let Some(time) = rest.strip_prefix('T') else {
            return rest.is_empty().then_some(DateTime { parts, precision, offset: None });
        };
        if precision != Precision::Day {
            return None;
        }
        let (precision, rest) = time_parts(time, &mut parts)?;
        let offset = match rest {
            "" => None,
            "Z" => Some(0),
            _ => Some(offset(rest)?),
        };
        Some(DateTime { parts, precision, offset })
    }

    /// The day, up to the precision that is known.
    pub fn date(self) -> Date {
        let mut parts = LEAST;
        (parts.year, parts.month, parts.day) = (self.parts.year, self.parts.month, self.parts.day);
        Date { parts, precision: self.precision.min(Precision::Day) }
    }

    /// The time of day, where one is known.
    pub fn time(self) -> Option<Time> {
        let parts = Parts { year: LEAST.year, month: 1, day: 1, ..self.parts };
        (self.precision >= Precision::Hour).then_some(Time { parts, precision: self.precision })
    }

    /// Its precision.
    pub fn precision(self) -> Precision {
        self.precision
    }

    /// Minutes east of UTC, where given.
    pub fn offset_minutes(self) -> Option<i16> {
        self.offset
    }

    /// Minutes from 0001-01-01T00:00Z, as if the rest were zero.
    fn utc(self) -> Parts {
        let Some(offset) = self.offset.filter(|offset| *offset != 0) else { return self.parts };
        let of_day = i64::from(self.parts.hour) * 60 + i64::from(self.parts.minute);
        let minutes = days_of(self.parts) * 1440 + of_day - i64::from(offset);
        let mut parts = self.parts;
        set_days(&mut parts, minutes.div_euclid(1440));
        let of_day = minutes.rem_euclid(1440);
        (parts.hour, parts.minute) = ((of_day / 60) as u8, (of_day % 60) as u8);
        parts
    }

    /// Order where it is known: `None` where precisions differ before a difference is found, or
    /// where only one of two times has an offset.
    pub fn compare(self, other: DateTime) -> Option<Ordering> {
        let both_have_time = self.precision.min(other.precision) >= Precision::Hour;
        let (a, b) = match (self.offset, other.offset) {
            (Some(_), Some(_)) => (self.utc(), other.utc()),
            (None, None) => (self.parts, other.parts),
            _ if both_have_time => return None,
            _ => (self.parts, other.parts),
        };
        compare(a, self.precision, b, other.precision, Precision::Year)
    }
}

impl Time {
    /// Parses `hh`, `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff`.
    pub fn parse(text: &str) -> Option<Time> {
        let mut parts = LEAST;
        let (precision, rest) = time_parts(text, &mut parts)?;
        rest.is_empty().then_some(Time { parts, precision })
    }

    /// Order where it is known.
    pub fn compare(self, other: Time) -> Option<Ordering> {
        compare(self.parts, self.precision, other.parts, other.precision, Precision::Hour)
    }

    /// Its precision.
    pub fn precision(self) -> Precision {
        self.precision
    }
}

const PRECISIONS: [Precision; 6] = [
    Precision::Year,
    Precision::Month,
    Precision::Day,
    Precision::Hour,
    Precision::Minute,
    Precision::Second,
];

fn component(parts: Parts, precision: Precision) -> i64 {
    match precision {
        Precision::Year => i64::from(parts.year),
        Precision::Month => i64::from(parts.month),
        Precision::Day => i64::from(parts.day),
        Precision::Hour => i64::from(parts.hour),
        Precision::Minute => i64::from(parts.minute),
        Precision::Second => i64::from(parts.second) * 1_000_000_000 + i64::from(parts.nanosecond),
    }
}

/// Part by part, from the largest, as long as both are known.
fn compare(
    a: Parts,
    a_precision: Precision,
    b: Parts,
    b_precision: Precision,
    from: Precision,
) -> Option<Ordering> {
    for precision in PRECISIONS.into_iter().filter(|precision| *precision >= from) {
        match (precision <= a_precision, precision <= b_precision) {
            (true, true) => {}
            (false, false) => break,
            _ => return None,
        }
        let order = component(a, precision).cmp(&component(b, precision));
        if order.is_ne() {
            return Some(order);
        }
    }
    Some(Ordering::Equal)
}

/// A duration to add: whole units of the calendar, or a part of a second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Duration {
    pub(crate) unit: CalendarUnit,
    pub(crate) count: i64,
    /// For seconds and milliseconds: what is past the whole, in nanoseconds of the same sign.
    pub(crate) nanoseconds: i64,
}

/// Largest year.
const YEAR_MAX: i32 = 9999;

impl Parts {
    /// The sum, `None` past the years 1 to 9999.
    fn add(self, precision: Precision, duration: Duration) -> Option<Parts> {
        let Duration { unit, count, nanoseconds } = duration;
        let in_nanoseconds = |per: i64| count.checked_mul(per);
        match unit {
            CalendarUnit::Year => self.add_months(count.checked_mul(12)?),
            // A year is all that is known: months count in whole years.
            CalendarUnit::Month if precision == Precision::Year => self.add_months(count / 12 * 12),
            CalendarUnit::Month => self.add_months(count),
            CalendarUnit::Week => self.add_days(precision, count.checked_mul(7)?),
            CalendarUnit::Day => self.add_days(precision, count),
            CalendarUnit::Hour => self.add_clock(precision, in_nanoseconds(3_600_000_000_000)?),
            CalendarUnit::Minute => self.add_clock(precision, in_nanoseconds(60_000_000_000)?),
            CalendarUnit::Second => {
                let whole = in_nanoseconds(1_000_000_000)?;
                self.add_clock(precision, whole.checked_add(nanoseconds)?)
            }
            CalendarUnit::Millisecond => {
                let whole = in_nanoseconds(1_000_000)?;
                self.add_clock(precision, whole.checked_add(nanoseconds)?)
            }
        }
    }

    fn add_months(mut self, months: i64) -> Option<Parts> {
        let total = i64::from(self.year) * 12 + i64::from(self.month) - 1;
        let total = total.checked_add(months)?;
        let year = i32::try_from(total.div_euclid(12)).ok()?;
        if !(1..=YEAR_MAX).contains(&year) {
            return None;
        }
        self.year = year;
        self.month = (total.rem_euclid(12) + 1) as u8;
        self.day = self.day.min(days_in_month(self.year, self.month));
        Some(self)
    }

    fn add_days(mut self, precision: Precision, days: i64) -> Option<Parts> {
        match precision {
            Precision::Year => self.add_months((days / 365).checked_mul(12)?),
            Precision::Month => self.add_months(days / 30),
            _ => {
                let sum = days_of(self).checked_add(days)?;
                if !(0..=days_of(Parts { year: YEAR_MAX, month: 12, day: 31, ..LEAST }))
                    .contains(&sum)
                {
                    return None;
                }
                set_days(&mut self, sum);
                Some(self)
            }
        }
    }

    fn add_clock(mut self, precision: Precision, nanoseconds: i64) -> Option<Parts> {
        const DAY: i64 = 86_400_000_000_000;
        let step = match precision {
            Precision::Year | Precision::Month | Precision::Day => {
                return self.add_days(precision, nanoseconds / DAY);
            }
            Precision::Hour => 3_600_000_000_000,
            Precision::Minute => 60_000_000_000,
            Precision::Second => 1,
        };
        let sum = self.of_day().checked_add(nanoseconds / step * step)?;
        self.set_of_day(sum.rem_euclid(DAY));
        self.add_days(Precision::Day, sum.div_euclid(DAY))
    }

    fn of_day(self) -> i64 {
        let seconds = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60;
        (seconds + i64::from(self.second)) * 1_000_000_000 + i64::from(self.nanosecond)
    }

    fn set_of_day(&mut self, nanoseconds: i64) {
        let seconds = nanoseconds / 1_000_000_000;
        self.hour = (seconds / 3600) as u8;
        self.minute = (seconds / 60 % 60) as u8;
        self.second = (seconds % 60) as u8;
        self.nanosecond = (nanoseconds % 1_000_000_000) as u32;
        if !self.nanosecond.is_multiple_of(10_u32.pow(9 - u32::from(self.fraction_digits))) {
            self.fraction_digits = if self.nanosecond.is_multiple_of(1_000_000) { 3 } else { 9 };
        }
    }
}

impl Date {
    /// The sum with a duration of days or above; `None` past the years 1 to 9999.
    pub(crate) fn add(self, duration: Duration) -> Option<Date> {
        Some(Date { parts: self.parts.add(self.precision, duration)?, ..self })
    }
}

impl DateTime {
    /// The sum with a duration; `None` past the years 1 to 9999.
    pub(crate) fn add(self, duration: Duration) -> Option<DateTime> {
        Some(DateTime { parts: self.parts.add(self.precision, duration)?, ..self })
    }
}

impl Time {
    /// The sum with a duration of hours or below, around midnight.
    pub(crate) fn add(self, duration: Duration) -> Option<Time> {
        // A day in the middle of the calendar, so that no border of it is met.
        let day = Parts { year: 5000, ..self.parts };
        let sum = day.add(self.precision, duration)?;
        let parts = Parts { year: LEAST.year, month: LEAST.month, day: LEAST.day, ..sum };
        Some(Time { parts, precision: self.precision })
    }
}

fn two(bytes: &[u8], at: usize) -> Option<u8> {
    match bytes.get(at..at + 2)? {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Some((a - b'0') * 10 + (b - b'0')),
        _ => None,
    }
}

fn date_parts(text: &str) -> Option<(Parts, Precision, &str)> {
    let bytes = text.as_bytes();
    let mut parts = LEAST;
    parts.year = i32::from(two(bytes, 0)?) * 100 + i32::from(two(bytes, 2)?);
    if parts.year == 0 {
        return None;
    }
    if bytes.get(4) != Some(&b'-') {
        return Some((parts, Precision::Year, &text[4..]));
    }
    parts.month = two(bytes, 5).filter(|month| (1..=12).contains(month))?;
    if bytes.get(7) != Some(&b'-') {
        return Some((parts, Precision::Month, &text[7..]));
    }
    let last = days_in_month(parts.year, parts.month);
    parts.day = two(bytes, 8).filter(|day| (1..=last).contains(day))?;
    Some((parts, Precision::Day, &text[10..]))
}

fn time_parts<'t>(text: &'t str, parts: &mut Parts) -> Option<(Precision, &'t str)> {
    let bytes = text.as_bytes();
    parts.hour = two(bytes, 0).filter(|hour| *hour < 24)?;
    if bytes.get(2) != Some(&b':') {
        return Some((Precision::Hour, &text[2..]));
    }
    parts.minute = two(bytes, 3).filter(|minute| *minute < 60)?;
    if bytes.get(5) != Some(&b':') {
        return Some((Precision::Minute, &text[5..]));
    }
    // A leap second is taken as the last second of its minute.
    parts.second = two(bytes, 6).filter(|second| *second <= 60)?.min(59);
    if bytes.get(8) != Some(&b'.') {
        return Some((Precision::Second, &text[8..]));
    }
    let digits = bytes[9..].iter().take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let kept = digits.min(9);
    let value: u32 = text[9..9 + kept].parse().ok()?;
    parts.nanosecond = value * 10_u32.pow(9 - kept as u32);
    parts.fraction_digits = kept as u8;
    Some((Precision::Second, &text[9 + digits..]))
}

fn offset(text: &str) -> Option<i16> {
    let bytes = text.as_bytes();
    let sign = match bytes.first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = (two(bytes, 1)?, two(bytes, 4)?);
    let fits = bytes.len() == 6 && bytes[3] == b':' && hours <= 14 && minutes < 60;
    fits.then_some(sign * (i16::from(hours) * 60 + i16::from(minutes)))
}

fn is_leap(year: i32) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

pub(crate) fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 0001-01-01.
fn days_of(parts: Parts) -> i64 {
    let before = i64::from(parts.year) - 1;
    let mut days = before * 365 + before / 4 - before / 100 + before / 400;
    // A moment brought to UTC may lie in the year before the first one.
    if before < 0 {
        days = -366;
    }
    days += (1..parts.month).map(|month| i64::from(days_in_month(parts.year, month))).sum::<i64>();
    days + i64::from(parts.day) - 1
}

fn set_days(parts: &mut Parts, days: i64) {
    let mut year = (days.div_euclid(366) + 1) as i32;
    let first = |year: i32| days_of(Parts { year, ..LEAST });
    while first(year + 1) <= days {
        year += 1;
    }
    let mut rest = days - first(year);
    let mut month = 1;
    while rest >= i64::from(days_in_month(year, month)) {
        rest -= i64::from(days_in_month(year, month));
        month += 1;
    }
    (parts.year, parts.month, parts.day) = (year, month, rest as u8 + 1);
}

fn write_date(parts: Parts, precision: Precision, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{:04}", parts.year)?;
    if precision >= Precision::Month {
        write!(f, "-{:02}", parts.month)?;
    }
    if precision >= Precision::Day {
        write!(f, "-{:02}", parts.day)?;
    }
    Ok(())
}

fn write_time(parts: Parts, precision: Precision, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{:02}", parts.hour)?;
    if precision >= Precision::Minute {
        write!(f, ":{:02}", parts.minute)?;
    }
    if precision >= Precision::Second {
        write!(f, ":{:02}", parts.second)?;
    }
    if parts.fraction_digits > 0 {
        let digits = format!("{:09}", parts.nanosecond);
        write!(f, ".{}", &digits[..usize::from(parts.fraction_digits.min(9))])?;
    }
    Ok(())
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_date(self.parts, self.precision, f)
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_date(self.parts, self.precision, f)?;
        if self.precision < Precision::Hour {
            return Ok(());
        }
        f.write_str("T")?;
        write_time(self.parts, self.precision, f)?;
        match self.offset {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(offset) => {
                let sign = if offset < 0 { '-' } else { '+' };
                let minutes = offset.unsigned_abs();
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_time(self.parts, self.precision, f)
    }
}
