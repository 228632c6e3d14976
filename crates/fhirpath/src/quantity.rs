//! Quantities: a decimal and a unit, of UCUM or of the calendar.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#quantity>; units `#time-valued-quantities`. Units of the
//! calendar of a week and below are the same as UCUM's; years and months are not. To add a unit
//! of the calendar, add it to [`CalendarUnit`].

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::system::Text;
use crate::units;

/// A unit of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CalendarUnit {
    /// `year`
    Year,
    /// `month`
    Month,
    /// `week`
    Week,
    /// `day`
    Day,
    /// `hour`
    Hour,
    /// `minute`
    Minute,
    /// `second`
    Second,
    /// `millisecond`
    Millisecond,
}

/// Unit, singular, plural, the UCUM code of a definite duration of the name.
const CALENDAR: [(CalendarUnit, &str, &str, &str); 8] = [
    (CalendarUnit::Year, "year", "years", "a"),
    (CalendarUnit::Month, "month", "months", "mo"),
    (CalendarUnit::Week, "week", "weeks", "wk"),
    (CalendarUnit::Day, "day", "days", "d"),
    (CalendarUnit::Hour, "hour", "hours", "h"),
    (CalendarUnit::Minute, "minute", "minutes", "min"),
    (CalendarUnit::Second, "second", "seconds", "s"),
    (CalendarUnit::Millisecond, "millisecond", "milliseconds", "ms"),
];

impl CalendarUnit {
    /// The unit of a word such as `day` or `days`.
    pub fn from_word(word: &str) -> Option<CalendarUnit> {
        let row = CALENDAR.iter().find(|(_, one, many, _)| *one == word || *many == word);
        row.map(|(unit, ..)| *unit)
    }

    /// The unit whose definite duration has this UCUM code.
    pub fn from_code(code: &str) -> Option<CalendarUnit> {
        CALENDAR.iter().find(|(.., known)| *known == code).map(|(unit, ..)| *unit)
    }

    fn row(self) -> (CalendarUnit, &'static str, &'static str, &'static str) {
        CALENDAR.iter().find(|(unit, ..)| *unit == self).copied().unwrap_or(CALENDAR[0])
    }

    /// The word: `day`.
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// The UCUM code of the definite duration: `d`.
    pub fn code(self) -> &'static str {
        self.row().3
    }

    /// Whether it is the same length always, so that UCUM's unit is equal to it.
    pub fn is_definite(self) -> bool {
        !matches!(self, CalendarUnit::Year | CalendarUnit::Month)
    }
}

/// The unit of a quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit<'t> {
    /// A code of UCUM; `1` for a plain number.
    Ucum(Text<'t>),
    /// A unit of the calendar.
    Calendar(CalendarUnit),
}

/// A quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity<'t> {
    /// The number, its digits kept.
    pub value: Decimal,
    /// The unit.
    pub unit: Unit<'t>,
}

impl<'t> Quantity<'t> {
    /// A number without unit.
    pub fn plain(value: Decimal) -> Quantity<'t> {
        Quantity { value, unit: Unit::Ucum(Text::Borrowed("1")) }
    }

    /// The UCUM code, where the unit is one or equals one.
    pub(crate) fn code(&self) -> Option<&str> {
        match &self.unit {
            Unit::Ucum(code) => Some(code),
            Unit::Calendar(unit) if unit.is_definite() => Some(unit.code()),
            Unit::Calendar(_) => None,
        }
    }

    /// Both values in the smaller unit, where both are years or months of the calendar.
    pub(crate) fn in_calendar(&self, other: &Quantity<'_>) -> Option<(Decimal, Decimal)> {
        use CalendarUnit::{Month, Year};
        let months = |years: Decimal| years.checked_mul(Decimal::from(12));
        let (Unit::Calendar(a), Unit::Calendar(b)) = (&self.unit, &other.unit) else { return None };
        match (a, b) {
            (Year, Month) => Some((months(self.value)?, other.value)),
            (Month, Year) => Some((self.value, months(other.value)?)),
            _ if a == b => Some((self.value, other.value)),
            _ => None,
        }
    }

    /// Order where the units allow it.
    pub fn compare(&self, other: &Quantity<'_>) -> Option<Ordering> {
        if let Some((a, b)) = self.in_calendar(other) {
            return Some(a.cmp(&b));
        }
        units::order(self.value, self.code()?, other.value, other.code()?)
    }

    /// Whether values of the two units have an order.
    pub fn is_comparable(&self, other: &Quantity<'_>) -> bool {
        let codes = self.code().zip(other.code());
        self.in_calendar(other).is_some() || codes.is_some_and(|(a, b)| units::are_comparable(a, b))
    }

    /// Equivalence: rounded to the lesser precision; definite and calendar durations are alike.
    pub fn is_equivalent(&self, other: &Quantity<'_>) -> bool {
        let (a, b) = (self.alike(), other.alike());
        units::are_equivalent(self.value, a, other.value, b)
    }

    /// The UCUM code, or that of the definite duration of the same name.
    fn alike(&self) -> &str {
        match &self.unit {
            Unit::Ucum(code) => code,
            Unit::Calendar(unit) => unit.code(),
        }
    }

    /// A copy that borrows nothing.
    pub(crate) fn into_owned<'o>(self) -> Quantity<'o> {
        let unit = match self.unit {
            Unit::Ucum(code) => Unit::Ucum(Text::Shared(Arc::from(&*code))),
            Unit::Calendar(unit) => Unit::Calendar(unit),
        };
        Quantity { value: self.value, unit }
    }
}

impl fmt::Display for Quantity<'_> {
    /// `5 'mg'`, `1 week`: as a literal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.unit {
            Unit::Ucum(code) => write!(f, "{} '{}'", self.value, &**code),
            Unit::Calendar(unit) if self.value == Decimal::ONE => {
                write!(f, "{} {}", self.value, unit.as_str())
            }
            Unit::Calendar(unit) => write!(f, "{} {}s", self.value, unit.as_str()),
        }
    }
}
