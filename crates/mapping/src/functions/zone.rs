//! Offset of British time from UTC, for times that carry none.
//!
//! The rules in force since 1972 (Summer Time Act 1972 and the orders and regulations after it):
//! since 1981 summer time begins on the last Sunday of March, before that on the first from the
//! 16th; it ends on the last Sunday of October, until 1989 on the first from the 23rd, from 1990 to
//! 1995 from the 22nd. Earlier times are rare (births) and count as GMT, other than the standing
//! summer time of 1968 to 1971.

/// Offset in minutes of a local time in the United Kingdom.
pub(super) fn london_offset(year: i32, month: u32, day: u32, hour: u32) -> i32 {
    if is_summer(year, month, day, hour) { 60 } else { 0 }
}

fn is_summer(year: i32, month: u32, day: u32, hour: u32) -> bool {
    if (year, month, day) >= (1968, 10, 27) && (year, month, day) < (1971, 10, 31) {
        return true;
    }
    if year < 1972 {
        return false;
    }
    match month {
        4..=9 => true,
        // From 1 h on; the hour that is skipped does not exist and counts as summer.
        3 => {
            let first = if year >= 1981 { last_sunday(year, 3) } else { sunday_from(year, 3, 16) };
            day > first || (day == first && hour >= 1)
        }
        // Until 2 h local; the hour that comes twice counts as its first coming.
        10 => {
            let last = match year {
                ..1990 => sunday_from(year, 10, 23),
                1990..1996 => sunday_from(year, 10, 22),
                _ => last_sunday(year, 10),
            };
            day < last || (day == last && hour < 2)
        }
        _ => false,
    }
}

fn last_sunday(year: i32, month: u32) -> u32 {
    sunday_from(year, month, 25)
}

/// The first Sunday on or after a day of a month.
fn sunday_from(year: i32, month: u32, day: u32) -> u32 {
    day + (7 - weekday(year, month, day)) % 7
}

/// 0 for Sunday (Sakamoto's method).
fn weekday(year: i32, month: u32, day: u32) -> u32 {
    const SHIFT: [i32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let year = if month < 3 { year - 1 } else { year };
    let sum = year + year / 4 - year / 100 + year / 400 + SHIFT[month as usize - 1] + day as i32;
    sum.rem_euclid(7) as u32
}

#[cfg(test)]
mod tests {
    use super::london_offset;

    #[test]
    fn changes_of_the_clock() {
        let cases = [
            ((2025, 1, 15, 12), 0),
            ((2025, 3, 30, 0), 0),
            ((2025, 3, 30, 2), 60),
            ((2025, 7, 1, 0), 60),
            ((2025, 10, 26, 1), 60),
            ((2025, 10, 26, 2), 0),
            ((2024, 3, 31, 1), 60),
            ((2024, 10, 27, 3), 0),
            ((1995, 10, 22, 1), 60),
            ((1995, 10, 22, 3), 0),
            ((1980, 3, 16, 3), 60),
            ((1980, 10, 26, 3), 0),
            ((1970, 1, 1, 0), 60),
            ((1960, 7, 1, 0), 0),
        ];
        for ((year, month, day, hour), minutes) in cases {
            assert_eq!(
                london_offset(year, month, day, hour),
                minutes,
                "{year}-{month}-{day} {hour}"
            );
        }
    }
}
