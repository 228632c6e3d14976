//! A calendar date that may lack its day or month, as birth dates in real records do.
//!
//! The text form is that of FHIR `date` (<https://hl7.org/fhir/R4/datatypes.html#date>) and of
//! HL7 v2 `DT`. A further text form becomes one more arm in [`PartialDate::parse`].

/// Year, and perhaps month, and perhaps day. The parts form a real calendar date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartialDate {
    year: u16,
    month: u8,
    day: u8,
}

/// Years outside this span are typing errors in a record about a living or recent person.
const YEARS: std::ops::RangeInclusive<u16> = 1800..=2200;

impl PartialDate {
    /// A full date, or `None` where the calendar has no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        (YEARS.contains(&year) && (1..=12).contains(&month) && day >= 1)
            .then_some(())
            .filter(|()| day <= days_in(year, month))
            .map(|()| Self { year, month, day })
    }

    /// Reads `1956`, `1956-03`, `1956-03-04`, `195603`, `19560304` and the same with a time after.
    ///
    /// ```
    /// use matching::PartialDate;
    /// assert_eq!(PartialDate::parse("1956-03-04"), PartialDate::new(1956, 3, 4));
    /// assert!(PartialDate::parse("1956-03").is_some());
    /// assert_eq!(PartialDate::parse("1956-02-30"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().split(['T', ' ']).next()?;
        let mut digits = [0u8; 8];
        let mut count = 0;
        for byte in text.bytes().take(14) {
            match byte {
                b'0'..=b'9' if count < 8 => {
                    digits[count] = byte - b'0';
                    count += 1;
                }
                // A `TS` carries the time of birth after the date; it is not used here.
                b'0'..=b'9' => {}
                b'-' | b'/' if count == 4 || count == 6 => {}
                _ => return None,
            }
        }
        let year = digits[..4].iter().fold(0u16, |sum, digit| sum * 10 + u16::from(*digit));
        let month = digits[4] * 10 + digits[5];
        let day = digits[6] * 10 + digits[7];
        match count {
            4 if YEARS.contains(&year) => Some(Self { year, month: 0, day: 0 }),
            6 if YEARS.contains(&year) && (1..=12).contains(&month) => {
                Some(Self { year, month, day: 0 })
            }
            8 => Self::new(year, month, day),
            _ => None,
        }
    }

    /// The year.
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, where known.
    pub fn month(self) -> Option<u8> {
        (self.month != 0).then_some(self.month)
    }

    /// The day of the month, where known.
    pub fn day(self) -> Option<u8> {
        (self.day != 0).then_some(self.day)
    }

    /// Whether day and month are both known.
    pub fn is_full(self) -> bool {
        self.day != 0
    }

    /// Dates that systems write when they do not know: they say nothing about a person.
    pub(crate) fn is_placeholder(self) -> bool {
        matches!(
            (self.year, self.month, self.day),
            (1800 | 1900 | 1901, 1, 1) | (1899, 12, 30 | 31) | (2200, 12, 31)
        )
    }

    /// Day and month in rising order: a date and its swapped form share it.
    pub(crate) fn unordered_day_month(self) -> (u8, u8) {
        (self.day.min(self.month), self.day.max(self.month))
    }
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::PartialDate;

    #[test]
    fn texts() {
        let ok = |text, expect: (u16, Option<u8>, Option<u8>)| {
            let date = PartialDate::parse(text).expect(text);
            assert_eq!((date.year(), date.month(), date.day()), expect, "{text}");
        };
        ok("1956", (1956, None, None));
        ok("1956-03", (1956, Some(3), None));
        ok("195603", (1956, Some(3), None));
        ok("1956-03-04", (1956, Some(3), Some(4)));
        ok("19560304", (1956, Some(3), Some(4)));
        ok("195603041530", (1956, Some(3), Some(4)));
        ok("1956-03-04T10:00:00Z", (1956, Some(3), Some(4)));
        ok("2000-02-29", (2000, Some(2), Some(29)));
        for text in [
            "",
            "19",
            "195",
            "19560",
            "1956-13",
            "1956-00-01",
            "1956-02-30",
            "1900-02-29",
            "0000",
            "1956-3-4",
            "04/03/1956",
            "1956-03-0é",
            "abcd",
            "9999-01-01",
        ] {
            assert_eq!(PartialDate::parse(text), None, "{text}");
        }
    }
}
