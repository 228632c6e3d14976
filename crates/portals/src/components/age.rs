//! Age in the units that the NHS CUI patient banner uses: finer the younger the person is.

use jiff::civil::Date;
use jiff::{Unit, civil::DateDifference};

/// The age on `today` of someone born on `born`, as `81y`, `3y 4m`, `5w 2d`; `None` if unborn then.
pub fn age(born: Date, today: Date) -> Option<String> {
    if today < born {
        return None;
    }
    let days = span(born, today, Unit::Day)?.get_days();
    let calendar = span(born, today, Unit::Year)?;
    let (years, months) = (calendar.get_years(), calendar.get_months());
    Some(match years {
        18.. => format!("{years}y"),
        2.. => format!("{years}y {months}m"),
        1 => format!("{}m {}d", 12 + months, calendar.get_days()),
        _ if days >= 28 => format!("{}w {}d", days / 7, days % 7),
        _ => format!("{days}d"),
    })
}

/// The whole years between two dates, for the age at death.
pub fn years(born: Date, on: Date) -> Option<i16> {
    (on >= born).then(|| span(born, on, Unit::Year)).flatten().map(|span| span.get_years())
}

fn span(from: Date, to: Date, largest: Unit) -> Option<jiff::Span> {
    from.until(DateDifference::new(to).largest(largest)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(born: &str, today: &str, expected: Option<&str>) {
        let [born, today] = [born, today].map(|date| date.parse::<Date>().expect("a date"));
        assert_eq!(age(born, today).as_deref(), expected, "{born} {today}");
    }

    #[test]
    fn units_follow_the_age() {
        check("1944-03-10", "2026-03-09", Some("81y"));
        check("1944-03-10", "2026-03-10", Some("82y"));
        check("2008-08-05", "2026-08-05", Some("18y"));
        check("2008-08-06", "2026-08-05", Some("17y 11m"));
        check("2024-08-05", "2026-08-05", Some("2y 0m"));
        check("2024-08-06", "2026-08-05", Some("23m 30d"));
        check("2026-01-01", "2026-08-05", Some("30w 6d"));
        check("2026-07-09", "2026-08-05", Some("27d"));
        check("2026-08-05", "2026-08-05", Some("0d"));
    }

    #[test]
    fn leap_days_and_the_unborn() {
        check("2004-02-29", "2022-02-28", Some("17y 11m"));
        check("2004-02-29", "2022-03-01", Some("18y"));
        check("2026-08-06", "2026-08-05", None);
    }
}
