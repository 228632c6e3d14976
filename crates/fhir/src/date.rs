//! FHIR `date`, `dateTime`, `instant`: a text and the range of time that it covers.
//! Spec: <https://hl7.org/fhir/R4/datatypes.html#dateTime>.

/// How much of a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// `2026`
    Year,
    /// `2026-11`
    Month,
    /// `2026-11-22`
    Day,
    /// `2026-11-22T20:59` (allowed in searches only)
    Minute,
    /// `2026-11-22T20:59:46Z`
    Second,
    /// `2026-11-22T20:59:46.123Z`
    Fraction,
}

/// A date of any precision as the range of microseconds since 1970 (UTC) that it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartialDate {
    /// First microsecond.
    pub low: i64,
    /// Last microsecond, inclusive.
    pub high: i64,
    /// How much is written.
    pub precision: Precision,
    /// The offset from UTC in seconds that is written; `None` where none is.
    pub offset_seconds: Option<i32>,
}

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 86_400 * SECOND;

impl PartialDate {
    /// Takes a FHIR date, dateTime or instant; times without an offset count as UTC.
    ///
    /// ```
    /// use fhir::{PartialDate, Precision};
    /// let date = PartialDate::parse("1970-01-01").unwrap();
    /// assert_eq!((date.low, date.high, date.precision), (0, 86_400_000_000 - 1, Precision::Day));
    /// assert_eq!(PartialDate::parse("2026-02-29"), None);
    /// ```
    pub fn parse(text: &str) -> Option<PartialDate> {
        let bytes = text.as_bytes();
        let year = digits(bytes.get(0..4)?)?;
        if year == 0 {
            return None;
        }
        if bytes.len() == 4 {
            let (low, after) = (day_start(year, 1, 1), day_start(year + 1, 1, 1));
            return Some(Self::plain(low, after, Precision::Year));
        }
        let month = digits(part(bytes, b'-', 4)?)?;
        if !(1..=12).contains(&month) {
            return None;
        }
        if bytes.len() == 7 {
            let after = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            let (low, after) = (day_start(year, month, 1), day_start(after.0, after.1, 1));
            return Some(Self::plain(low, after, Precision::Month));
        }
        let day = digits(part(bytes, b'-', 7)?)?;
        if !(1..=days_in_month(year, month)).contains(&day) {
            return None;
        }
        let start = day_start(year, month, day);
        if bytes.len() == 10 {
            return Some(Self::plain(start, start + DAY, Precision::Day));
        }
        Self::with_time(bytes, start)
    }

    fn plain(low: i64, after: i64, precision: Precision) -> PartialDate {
        PartialDate { low, high: after - 1, precision, offset_seconds: None }
    }

    fn with_time(bytes: &[u8], day_start: i64) -> Option<PartialDate> {
        let hour = digits(part(bytes, b'T', 10)?)?;
        let minute = digits(part(bytes, b':', 13)?)?;
        if hour > 23 || minute > 59 {
            return None;
        }
        let mut low = day_start + hour * 60 * MINUTE + minute * MINUTE;
        let (mut width, mut precision, mut at) = (MINUTE, Precision::Minute, 16);
        if bytes.get(at) == Some(&b':') {
            let second = digits(part(bytes, b':', 16)?)?;
            if second > 60 {
                return None;
            }
            low += second.min(59) * SECOND;
            (width, precision, at) = (SECOND, Precision::Second, 19);
            if bytes.get(at) == Some(&b'.') {
                let fraction = bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
                if fraction == 0 {
                    return None;
                }
                let kept = fraction.min(6);
                width = 10_i64.pow(6 - kept as u32);
                low += digits(&bytes[at + 1..at + 1 + kept])? * width;
                (precision, at) = (Precision::Fraction, at + 1 + fraction);
            }
        }
        let offset_seconds = offset(&bytes[at..])?;
        low -= i64::from(offset_seconds.unwrap_or(0)) * SECOND;
        Some(PartialDate { low, high: low + width - 1, precision, offset_seconds })
    }
}

/// An instant as the text that `meta.lastUpdated` carries: UTC with three decimals.
///
/// ```
/// assert_eq!(fhir::format_instant(1_000), "1970-01-01T00:00:00.001Z");
/// ```
pub fn format_instant(microseconds: i64) -> String {
    let days = microseconds.div_euclid(DAY);
    let of_day = microseconds.rem_euclid(DAY);
    let (year, month, day) = civil(days);
    let (seconds, millis) = (of_day / SECOND, of_day % SECOND / 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if !(0..=9999).contains(&year) {
        return format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"
        );
    }
    // Written for every answer, so without the machinery of formats.
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let parts = [
        (year, 0..4),
        (month, 5..7),
        (day, 8..10),
        (hour, 11..13),
        (minute, 14..16),
        (second, 17..19),
        (millis, 20..23),
    ];
    for (mut number, at) in parts {
        for digit in text[at].iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }
    text.iter().map(|byte| char::from(*byte)).collect()
}

/// The two-digit part after `separator` at `at`.
fn part(bytes: &[u8], separator: u8, at: usize) -> Option<&[u8]> {
    (bytes.get(at) == Some(&separator)).then(|| bytes.get(at + 1..at + 3))?
}

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0')))
}

/// `Z`, `+hh:mm`, `-hh:mm` or nothing.
#[expect(clippy::option_option, reason = "outer: whether it parses; inner: whether one is written")]
fn offset(bytes: &[u8]) -> Option<Option<i32>> {
    match bytes {
        [] => Some(None),
        b"Z" => Some(Some(0)),
        [sign @ (b'+' | b'-'), rest @ ..] if rest.len() == 5 && rest[2] == b':' => {
            let (hours, minutes) = (digits(&rest[..2])?, digits(&rest[3..])?);
            if hours > 14 || minutes > 59 {
                return None;
            }
            let seconds = (hours * 3600 + minutes * 60) as i32;
            Some(Some(if *sign == b'-' { -seconds } else { seconds }))
        }
        _ => None,
    }
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Microseconds since 1970 of a day's first moment (proleptic Gregorian).
fn day_start(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    days * DAY
}

/// Year, month, day of a count of days since 1970: the inverse of `day_start`.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{PartialDate, Precision as P, format_instant};

    #[test]
    fn texts_and_their_first_moment() {
        let cases = [
            ("2020", "2020-01-01T00:00:00.000Z", P::Year),
            ("2020-02", "2020-02-01T00:00:00.000Z", P::Month),
            ("2020-02-29", "2020-02-29T00:00:00.000Z", P::Day),
            ("1899-12-31", "1899-12-31T00:00:00.000Z", P::Day),
            ("2020-06-01T10:30", "2020-06-01T10:30:00.000Z", P::Minute),
            ("2020-06-01T10:30:05+01:00", "2020-06-01T09:30:05.000Z", P::Second),
            ("2020-06-01T10:30:05.250-02:30", "2020-06-01T13:00:05.250Z", P::Fraction),
            ("2020-06-01T10:30:05.123456789Z", "2020-06-01T10:30:05.123Z", P::Fraction),
        ];
        for (text, first, precision) in cases {
            let date = PartialDate::parse(text).unwrap();
            assert_eq!((format_instant(date.low).as_str(), date.precision), (first, precision));
        }
    }

    #[test]
    fn widths() {
        let width = |text| PartialDate::parse(text).map(|d| (d.high - d.low + 1) / 1_000_000);
        assert_eq!(width("2020"), Some(366 * 86_400));
        assert_eq!(width("2019-02"), Some(28 * 86_400));
        assert_eq!(width("2019-12"), Some(31 * 86_400));
        assert_eq!(width("2019-12-31"), Some(86_400));
        assert_eq!(width("2019-12-31T10:00"), Some(60));
    }

    #[test]
    fn what_is_no_date() {
        let bad = [
            "",
            "20",
            "0000",
            "2020-",
            "2020-13",
            "2020-00",
            "2021-02-29",
            "2020-2-1",
            "2020-02-30",
            "2020-02-01T",
            "2020-02-01T24:00",
            "2020-02-01T10:60",
            "2020-02-01T10:00:61Z",
            "2020-02-01T10:00:00.Z",
            "2020-02-01T10:00:00+1:00",
            "2020-02-01T10:00:00z",
            "20200201",
            "2020-02-01 10:00",
            "２０２０",
        ];
        for text in bad {
            assert_eq!(PartialDate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_of_two_centuries_round_trips() {
        for day in -36_525..36_525_i64 {
            let text = format_instant(day * super::DAY);
            assert_eq!(PartialDate::parse(&text).map(|d| d.low), Some(day * super::DAY), "{text}");
        }
    }
}
