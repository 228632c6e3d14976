//! HL7 date-times: `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]`. Spec: HL7 v2 §2.A.22 (DTM).

/// How much of a date-time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimestampPrecision {
    /// `2026`
    Year,
    /// `202611`
    Month,
    /// `20261122`
    Day,
    /// `2026112220`
    Hour,
    /// `202611222059`
    Minute,
    /// `20261122205946`
    Second,
    /// `20261122205946.1234`
    Fraction,
}

/// A date-time as written; parts beyond the precision are their lowest value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp {
    /// Year.
    pub year: u16,
    /// Month, from 1.
    pub month: u8,
    /// Day, from 1.
    pub day: u8,
    /// Hour.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
    /// Second.
    pub second: u8,
    /// Nanosecond.
    pub nanosecond: u32,
    /// How much is written.
    pub precision: TimestampPrecision,
    /// Minutes east of UTC, where written.
    pub offset_minutes: Option<i16>,
}

impl Timestamp {
    /// Reads a date-time; any text that is none gives `None`.
    ///
    /// ```
    /// let time = hl7v2::Timestamp::parse("202611222059+0100").unwrap();
    /// assert_eq!((time.hour, time.minute, time.offset_minutes), (20, 59, Some(60)));
    /// assert_eq!(hl7v2::Timestamp::parse("20260230"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Timestamp> {
        use TimestampPrecision as P;
        let text = text.trim();
        let (main, offset) = match text.find(['+', '-']) {
            Some(at) => (&text[..at], Some(offset(&text[at..])?)),
            None => (text, None),
        };
        let (digits, fraction) = match main.split_once('.') {
            Some((digits, fraction)) => (digits, Some(fraction)),
            None => (main, None),
        };
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let precision = match (digits.len(), fraction) {
            (4, None) => P::Year,
            (6, None) => P::Month,
            (8, None) => P::Day,
            (10, None) => P::Hour,
            (12, None) => P::Minute,
            (14, None) => P::Second,
            (14, Some(_)) => P::Fraction,
            _ => return None,
        };
        let part = |from: usize, low: u8| -> Option<u8> {
            digits.get(from..from + 2).map_or(Some(low), |two| two.parse().ok())
        };
        let time = Timestamp {
            year: digits[..4].parse().ok()?,
            month: part(4, 1)?,
            day: part(6, 1)?,
            hour: part(8, 0)?,
            minute: part(10, 0)?,
            second: part(12, 0)?,
            nanosecond: fraction.map_or(Some(0), nanoseconds)?,
            precision,
            offset_minutes: offset,
        };
        time.is_real().then_some(time)
    }

    fn is_real(self) -> bool {
        let leap = (self.year.is_multiple_of(4) && !self.year.is_multiple_of(100))
            || self.year.is_multiple_of(400);
        let days = match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        self.year > 0
            && (1..=12).contains(&self.month)
            && (1..=days).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
    }
}

fn nanoseconds(fraction: &str) -> Option<u32> {
    let fits = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    let value: u32 = fraction.parse().ok().filter(|_| fits)?;
    Some(value * 10_u32.pow(9 - fraction.len() as u32))
}

fn offset(text: &str) -> Option<i16> {
    let digits = &text[1..];
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i16, i16) = (digits[..2].parse().ok()?, digits[2..].parse().ok()?);
    let total = hours * 60 + minutes;
    (hours <= 14 && minutes < 60).then_some(if text.starts_with('-') { -total } else { total })
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, TimestampPrecision as P};

    #[test]
    fn precisions() {
        let cases = [
            ("2026", P::Year),
            ("202611", P::Month),
            ("20261122", P::Day),
            ("2026112220", P::Hour),
            ("202611222059", P::Minute),
            ("20261122205946", P::Second),
            ("20261122205946.1", P::Fraction),
            ("20261122205946.1234-0500", P::Fraction),
            ("20240229", P::Day),
        ];
        for (text, precision) in cases {
            assert_eq!(Timestamp::parse(text).map(|t| t.precision), Some(precision), "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        let bad = [
            "",
            "26",
            "20261",
            "20261301",
            "20260229",
            "2026112224",
            "202611222060",
            "20261122205960",
            "2026112220594",
            "20261122205946.",
            "20261122205946.x",
            "2026-11-22",
            "20261122+1",
            "20261122+9900",
            "0000",
            "２０２６",
            "20261122 2059",
        ];
        for text in bad {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
