//! Dates of birth: equal, or apart by one of the slips that people and screens make.
//!
//! Another kind of slip is one more arm in [`level`], before the arms that say "different".

use super::level::Level;
use super::{Finding, Scale};
use crate::birth_date::PartialDate;
use crate::prepared::Prepared;

pub(crate) fn compare(left: &Prepared, right: &Prepared, scale: Scale<'_>) -> Finding {
    let (Some(left), Some(right)) = (left.birth, right.birth) else {
        return scale.plain(Level::BirthMissing);
    };
    let level = level(left, right);
    let weight = scale.weights.of(level);
    Finding { level, bits: scale.frequencies.birth_bits(weight, left) }
}

/// From this many years on, two dates are those of two generations rather than of a slip.
const YEARS_FAR_APART: u16 = 13;

fn level(left: PartialDate, right: PartialDate) -> Level {
    let years = left.year().abs_diff(right.year());
    if !left.is_full() || !right.is_full() {
        return partial_level(left, right, years);
    }
    let same_year = years == 0;
    let same_day_month = left.month() == right.month() && left.day() == right.day();
    let is_swapped = left.month() == right.day() && left.day() == right.month();
    match () {
        () if left == right => Level::BirthExact,
        () if same_year && is_swapped => Level::BirthSwapped,
        () if same_day_month && matches!(years, 1 | 10) => Level::BirthYearOff,
        () if same_day_month && years == 100 => Level::BirthCentury,
        () if is_one_digit(left, right) => Level::BirthOneDigit,
        () if years >= YEARS_FAR_APART => Level::BirthFarApart,
        () if matching_parts(left, right) == 2 => Level::BirthTwoParts,
        () => Level::BirthDiffer,
    }
}

fn partial_level(left: PartialDate, right: PartialDate, years: u16) -> Level {
    match (left.month(), right.month()) {
        _ if years >= YEARS_FAR_APART => Level::BirthFarApart,
        _ if years != 0 => Level::BirthDiffer,
        (Some(left), Some(right)) if left == right => Level::BirthPartial,
        (Some(_), Some(_)) => Level::BirthDiffer,
        _ => Level::BirthYearOnly,
    }
}

/// Whether exactly one of eight digits differs, or two neighbours within a part are swapped.
fn is_one_digit(left: PartialDate, right: PartialDate) -> bool {
    let (left, right) = (digits(left), digits(right));
    let mut differing = (0..8).filter(|place| left[*place] != right[*place]);
    match (differing.next(), differing.next(), differing.next()) {
        // A slip in the millennium or century is a different mistake and has its own level.
        (Some(place), None, _) => place >= 2,
        (Some(first), Some(second), None) => {
            second == first + 1
                && matches!(first, 2 | 4 | 6)
                && left[first] == right[second]
                && left[second] == right[first]
        }
        _ => false,
    }
}

fn digits(date: PartialDate) -> [u8; 8] {
    let (year, month) = (date.year(), date.month().unwrap_or(0));
    let day = date.day().unwrap_or(0);
    let year = [1000, 100, 10, 1].map(|unit| (year / unit % 10) as u8);
    [year[0], year[1], year[2], year[3], month / 10, month % 10, day / 10, day % 10]
}

fn matching_parts(left: PartialDate, right: PartialDate) -> usize {
    usize::from(left.year() == right.year())
        + usize::from(left.month() == right.month())
        + usize::from(left.day() == right.day())
}

#[cfg(test)]
mod tests {
    use super::{Level, level};
    use crate::birth_date::PartialDate;

    #[test]
    fn levels() {
        let check = |left, right, expect| {
            let [l, r] = [left, right].map(|text| PartialDate::parse(text).unwrap());
            assert_eq!(level(l, r), expect, "{left} {right}");
            assert_eq!(level(r, l), expect, "{right} {left}");
        };
        check("1956-03-04", "1956-03-04", Level::BirthExact);
        check("1956-03-04", "1956-04-03", Level::BirthSwapped);
        check("1956-03-04", "1957-03-04", Level::BirthYearOff);
        check("1959-03-04", "1960-03-04", Level::BirthYearOff);
        check("1956-03-04", "1966-03-04", Level::BirthYearOff);
        check("1956-03-04", "1956-03-05", Level::BirthOneDigit);
        check("1956-03-04", "1956-03-14", Level::BirthOneDigit);
        check("1956-03-12", "1956-03-21", Level::BirthOneDigit);
        check("1956-03-04", "1965-03-04", Level::BirthOneDigit);
        check("1956-03-04", "1986-03-04", Level::BirthOneDigit);
        check("1912-03-04", "2012-03-04", Level::BirthCentury);
        check("1956-03-04", "1956-03-25", Level::BirthTwoParts);
        check("1956-03-04", "1957-11-25", Level::BirthDiffer);
        check("1956-03-04", "1984-11-25", Level::BirthFarApart);
        check("1956-03", "1956-03-04", Level::BirthPartial);
        check("1956", "1956-03-04", Level::BirthYearOnly);
        check("1956", "1956", Level::BirthYearOnly);
        check("1956-04", "1956-03-04", Level::BirthDiffer);
        check("1957", "1956-03-04", Level::BirthDiffer);
        check("1990", "1956-03-04", Level::BirthFarApart);
    }
}
