//! Dates and times of HL7 v2 and of CSV → FHIR, with the precision and the offset that were sent.
//!
//! A time without an offset is local time in the United Kingdom. FHIR wants seconds where there is
//! an hour, so missing ones are written as 0.

use std::fmt::Write as _;

use fhir::PartialDate;

use super::zone::london_offset;
use super::{Context, Definition, Fault, Produced};

pub(super) const FUNCTIONS: &[Definition] = &[
    Definition {
        name: "date",
        arguments: 0..=0,
        call: date,
        purpose: "HL7 date or time → FHIR date",
    },
    Definition {
        name: "date-time",
        arguments: 0..=0,
        call: date_time,
        purpose: "HL7 date or time → FHIR dateTime",
    },
    Definition {
        name: "instant",
        arguments: 0..=0,
        call: instant,
        purpose: "HL7 time → FHIR instant; a date without a time gives nothing",
    },
    Definition {
        name: "time",
        arguments: 0..=0,
        call: time,
        purpose: "HL7 time of day → FHIR time",
    },
    Definition {
        name: "date-from",
        arguments: 1..=1,
        call: date_from,
        purpose: "a date written as `DD/MM/YYYY` or `YYYY-MM-DD` → FHIR date",
    },
    Definition {
        name: "date-time-from",
        arguments: 1..=1,
        call: date_time_from,
        purpose: "a date, or date and time, written so → FHIR dateTime",
    },
];

const BAD_DATE: &str = "the date is not one of the calendar: correct it at the source";

/// A date, as far as it is written.
#[derive(Clone, Copy, Default)]
struct Parts {
    year: i32,
    month: Option<u32>,
    day: Option<u32>,
    hour: Option<u32>,
    minute: Option<u32>,
    second: Option<u32>,
    /// Digits after the decimal point, and how many.
    fraction: Option<(u32, usize)>,
    /// Minutes from UTC.
    offset: Option<i32>,
}

/// Spec: HL7 v2 §2.A.22 (DTM): `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]`.
fn parse_hl7(text: &str) -> Option<Parts> {
    let (digits, offset) = match text.find(['+', '-']) {
        Some(at) => (&text[..at], Some(parse_offset(&text[at..])?)),
        None => match text.strip_suffix('Z') {
            Some(rest) => (rest, Some(0)),
            None => (text, None),
        },
    };
    let (digits, fraction) = match digits.split_once('.') {
        Some((digits, fraction)) => (digits, Some(fraction)),
        None => (digits, None),
    };
    if !digits.bytes().all(|b| b.is_ascii_digit())
        || !matches!(digits.len(), 4 | 6 | 8 | 10 | 12 | 14)
    {
        return None;
    }
    let two = |at: usize| digits.get(at..at + 2).and_then(|part| part.parse().ok());
    let fraction = match fraction {
        Some(part) if digits.len() == 14 && (1..=6).contains(&part.len()) => {
            Some((part.parse().ok()?, part.len()))
        }
        Some(_) => return None,
        None => None,
    };
    let parts = Parts {
        year: digits[..4].parse().ok()?,
        month: two(4),
        day: two(6),
        hour: two(8),
        minute: two(10),
        second: two(12),
        fraction,
        offset,
    };
    Some(without_zero_day(parts))
}

/// Some systems write `19800000` for a year alone.
fn without_zero_day(mut parts: Parts) -> Parts {
    if parts.month == Some(0) {
        (parts.month, parts.day, parts.hour) = (None, None, None);
    } else if parts.day == Some(0) {
        (parts.day, parts.hour) = (None, None);
    }
    parts
}

fn parse_offset(text: &str) -> Option<i32> {
    let (sign, digits) = text.split_at(1);
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (digits[..2].parse().ok()?, digits[2..].parse().ok()?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= 14 * 60).then_some(if sign == "-" { -total } else { total })
}

/// A date as `DD/MM/YYYY` or `YYYY-MM-DD`, with ` HH:MM[:SS]` or `T…` after it.
fn parse_written(text: &str, order: &str) -> Option<Parts> {
    let (date, time) = match text.trim().split_once([' ', 'T']) {
        Some((date, time)) => (date, Some(time.trim())),
        None => (text.trim(), None),
    };
    let separator = if order.starts_with('D') { '/' } else { '-' };
    let fields: Vec<&str> = date.split(separator).collect();
    let [a, b, c] = fields.as_slice() else { return None };
    let (year, month, day) = if order.starts_with('D') { (c, b, a) } else { (a, b, c) };
    if year.len() != 4 {
        return None;
    }
    let number = |text: &str| -> Option<u32> {
        let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok())?
    };
    let mut parts = Parts {
        year: number(year)? as i32,
        month: Some(number(month)?),
        day: Some(number(day)?),
        ..Parts::default()
    };
    if let Some(time) = time {
        let mut fields = time.split(':');
        parts.hour = Some(number(fields.next()?)?);
        parts.minute = Some(number(fields.next()?)?);
        parts.second = fields.next().map_or(Some(None), |s| number(s).map(Some))?;
    }
    Some(parts)
}

fn write_date(parts: &Parts) -> String {
    let mut out = format!("{:04}", parts.year);
    for part in [parts.month, parts.day].into_iter().map_while(|part| part) {
        let _ = write!(out, "-{part:02}");
    }
    out
}

/// The dateTime; a minute that is not sent is the first of its hour.
fn write_date_time(parts: &Parts) -> String {
    let mut out = write_date(parts);
    let (Some(month), Some(day), Some(hour)) = (parts.month, parts.day, parts.hour) else {
        return out;
    };
    let (minute, second) = (parts.minute.unwrap_or(0), parts.second.unwrap_or(0));
    let _ = write!(out, "T{hour:02}:{minute:02}:{second:02}");
    if let Some((fraction, digits)) = parts.fraction {
        let _ = write!(out, ".{fraction:0digits$}");
    }
    // Only a month that exists has a last Sunday; others fail the check that follows.
    let local =
        if (1..=12).contains(&month) { london_offset(parts.year, month, day, hour) } else { 0 };
    let offset = parts.offset.unwrap_or(local);
    let (sign, size) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
    let _ = write!(out, "{sign}{:02}:{:02}", size / 60, size % 60);
    out
}

fn checked(text: String) -> Result<Produced, Fault> {
    match PartialDate::parse(&text) {
        Some(_) => Ok(Produced::Text(text)),
        None => Err(Fault::value(BAD_DATE)),
    }
}

fn date(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    // A time of day that does not exist makes the day doubtful too.
    let parts = parse_hl7(text.trim()).ok_or_else(|| Fault::value(BAD_DATE))?;
    checked(write_date_time(&parts))?;
    checked(write_date(&parts))
}

fn date_time(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let parts = parse_hl7(text.trim()).ok_or_else(|| Fault::value(BAD_DATE))?;
    checked(write_date_time(&parts))
}

fn instant(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let parts = parse_hl7(text.trim()).ok_or_else(|| Fault::value(BAD_DATE))?;
    if parts.hour.is_none() {
        return Ok(Produced::Nothing);
    }
    checked(write_date_time(&parts))
}

fn time(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let bad = || Fault::value("the time is not one of the day: correct it at the source");
    let digits = text.trim().split(['+', '-', '.']).next().unwrap_or("").replace(':', "");
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 2 | 4 | 6) {
        return Err(bad());
    }
    let part = |at: usize| digits.get(at..at + 2).map_or(Ok(0_u32), str::parse);
    let (Ok(hour), Ok(minute), Ok(second)) = (part(0), part(2), part(4)) else { return Err(bad()) };
    if hour > 23 || minute > 59 || second > 59 {
        return Err(bad());
    }
    Ok(Produced::Text(format!("{hour:02}:{minute:02}:{second:02}")))
}

fn date_from(text: &str, arguments: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let parts = parse_written(text, &arguments[0]).ok_or_else(|| wrong_order(&arguments[0]))?;
    checked(write_date(&parts))
}

fn date_time_from(text: &str, arguments: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let parts = parse_written(text, &arguments[0]).ok_or_else(|| wrong_order(&arguments[0]))?;
    checked(write_date_time(&parts))
}

fn wrong_order(order: &str) -> Fault {
    Fault::value(&format!("the date is not written as {order}: correct it at the source"))
}

/// Microseconds since 1970 of the first moment that a FHIR date covers.
pub(crate) fn event_microseconds(text: &str) -> Option<i64> {
    PartialDate::parse(text).map(|date| date.low)
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::Produced as P;

    #[test]
    fn hl7_dates() {
        let cases = [
            ("date", "1958", "1958"),
            ("date", "195802", "1958-02"),
            ("date", "19580214", "1958-02-14"),
            ("date", "195802141530", "1958-02-14"),
            ("date", "19580000", "1958"),
            ("date-time", "1958", "1958"),
            ("date-time", "20250310142000", "2025-03-10T14:20:00+00:00"),
            ("date-time", "202507101420", "2025-07-10T14:20:00+01:00"),
            ("date-time", "2025071014", "2025-07-10T14:00:00+01:00"),
            ("date-time", "20250710142000.25-0530", "2025-07-10T14:20:00.25-05:30"),
            ("date-time", "20250710142000+0000", "2025-07-10T14:20:00+00:00"),
            ("date-time", "20210817151943.0042+0200", "2021-08-17T15:19:43.0042+02:00"),
            ("instant", "20250710142000", "2025-07-10T14:20:00+01:00"),
            ("time", "0930", "09:30:00"),
        ];
        for (name, input, expected) in cases {
            assert_eq!(check(name, &[], input), Ok(P::Text(expected.to_owned())), "{name} {input}");
        }
        assert_eq!(check("instant", &[], "20250710"), Ok(P::Nothing));
    }

    #[test]
    fn written_dates() {
        let cases = [
            ("date-from", "DD/MM/YYYY", "14/02/1958", "1958-02-14"),
            ("date-from", "YYYY-MM-DD", "1958-02-14", "1958-02-14"),
            ("date-time-from", "DD/MM/YYYY", "14/07/2025 09:05", "2025-07-14T09:05:00+01:00"),
            ("date-time-from", "YYYY-MM-DD", "2025-01-14 09:05:06", "2025-01-14T09:05:06+00:00"),
            ("date-time-from", "YYYY-MM-DD", "2025-01-14", "2025-01-14"),
        ];
        for (name, order, input, expected) in cases {
            assert_eq!(check(name, &[order], input), Ok(P::Text(expected.to_owned())), "{input}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for input in [
            "196513121515",
            "20250230",
            "2025022",
            "abc",
            "2025-02-01",
            "202502012460",
            "20250101120000.",
            "20250101+99",
        ] {
            assert!(check("date", &[], input).is_err(), "{input}");
            assert!(check("date-time", &[], input).is_err(), "{input}");
        }
        for input in ["02/14/1958", "31/02/2025", "1958-02-14", "14/02/58", "", "14/02/1958 25:00"]
        {
            assert!(check("date-time-from", &["DD/MM/YYYY"], input).is_err(), "{input}");
        }
        assert!(check("time", &[], "2460").is_err());
    }
}
