//! Bank holidays by rule, with moved and extra days as data.
//!
//! Rules: Banking and Financial Dealings Act 1971, schedule 1, with the substitute days of each
//! year's proclamation; <https://www.gov.uk/bank-holidays>. A day that is proclaimed later is data
//! of the caller ([`ExtraDay`]); to build one in, add it to [`PROCLAIMED`].

use jiff::Span;
use jiff::civil::{Date, Weekday, date};

/// Whose bank holidays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nation {
    /// England.
    England,
    /// Wales, which has England's days.
    Wales,
    /// Scotland.
    Scotland,
    /// Northern Ireland.
    NorthernIreland,
}

/// A bank holiday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The day.
    pub date: Date,
    /// Its name.
    pub name: String,
}

/// A day proclaimed for one year, such as a coronation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraDay {
    /// The day.
    pub date: Date,
    /// Its name.
    pub name: String,
}

/// Days that were proclaimed for one year in the whole kingdom: (date, name, day it replaces).
const PROCLAIMED: &[(Date, &str, Option<Date>)] = &[
    (date(2011, 4, 29), "Royal wedding", None),
    (date(2012, 6, 4), "Spring bank holiday", Some(date(2012, 5, 28))),
    (date(2012, 6, 5), "Diamond Jubilee", None),
    (date(2020, 5, 8), "Early May bank holiday (VE day)", Some(date(2020, 5, 4))),
    (date(2022, 6, 2), "Spring bank holiday", Some(date(2022, 5, 30))),
    (date(2022, 6, 3), "Platinum Jubilee", None),
    (date(2022, 9, 19), "State funeral of Queen Elizabeth II", None),
    (date(2023, 5, 8), "Coronation of King Charles III", None),
];

/// Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876).
pub fn easter(year: i16) -> Option<Date> {
    let year_of_time = i32::from(year);
    let golden = year_of_time % 19;
    let (century, of_century) = (year_of_time / 100, year_of_time % 100);
    let moon_correction = (8 * century + 13) / 25;
    let epact = (19 * golden + century - century / 4 - moon_correction + 15) % 30;
    let to_sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 19 * to_sunday) / 433;
    let month = (epact + to_sunday - 7 * late + 90) / 25;
    let day = (epact + to_sunday - 7 * late + 33 * month + 19) % 32;
    Date::new(year, month as i8, day as i8).ok()
}

/// The bank holidays of a year in order, with `extra` days of the caller.
///
/// ```
/// use booking::template::{Nation, bank_holidays};
/// let days = bank_holidays(Nation::England, 2026, &[]);
/// assert_eq!(days.last().unwrap().name, "Boxing Day (substitute day)");
/// assert_eq!(days.last().unwrap().date.to_string(), "2026-12-28");
/// ```
pub fn bank_holidays(nation: Nation, year: i16, extra: &[ExtraDay]) -> Vec<Holiday> {
    let mut days = Vec::new();
    let mut add = |date: Option<Date>, name: &str| {
        if let Some(date) = date {
            days.push(Holiday { date, name: name.to_owned() });
        }
    };
    let of = |month, day| Date::new(year, month, day).ok();
    let monday = |month: i8, nth: i8| {
        of(month, 1).and_then(|first| first.nth_weekday_of_month(nth, Weekday::Monday).ok())
    };
    let easter = easter(year);
    let scotland = nation == Nation::Scotland;

    let second = if scotland { of(1, 2) } else { None };
    for (date, name) in with_substitutes(of(1, 1), "New Year's Day", second, "2 January") {
        add(Some(date), &name);
    }
    add(easter.and_then(|day| day.checked_sub(Span::new().days(2)).ok()), "Good Friday");
    if !scotland {
        add(easter.and_then(|day| day.tomorrow().ok()), "Easter Monday");
    }
    add(monday(5, 1), "Early May bank holiday");
    add(monday(5, -1), "Spring bank holiday");
    add(monday(8, if scotland { 1 } else { -1 }), "Summer bank holiday");
    let christmas = with_substitutes(of(12, 25), "Christmas Day", of(12, 26), "Boxing Day");
    for (date, name) in christmas {
        add(Some(date), &name);
    }
    let single: &[(i8, i8, &str)] = match nation {
        Nation::Scotland => &[(11, 30, "St Andrew's Day")],
        Nation::NorthernIreland => {
            &[(3, 17, "St Patrick's Day"), (7, 12, "Battle of the Boyne (Orangemen's Day)")]
        }
        Nation::England | Nation::Wales => &[],
    };
    for (month, day, name) in single {
        for (date, name) in with_substitutes(of(*month, *day), name, None, "") {
            add(Some(date), &name);
        }
    }
    proclaim(&mut days, year, extra);
    days
}

fn proclaim(days: &mut Vec<Holiday>, year: i16, extra: &[ExtraDay]) {
    for (date, name, replaced) in PROCLAIMED.iter().filter(|(date, ..)| date.year() == year) {
        days.retain(|day| Some(day.date) != *replaced);
        days.push(Holiday { date: *date, name: (*name).to_owned() });
    }
    for day in extra.iter().filter(|day| day.date.year() == year) {
        days.push(Holiday { date: day.date, name: day.name.clone() });
    }
    days.sort_by_key(|day| day.date);
    days.dedup_by_key(|day| day.date);
}

/// One holiday, or two on days in a row: what falls on a weekend moves to the next free weekday.
fn with_substitutes(
    first: Option<Date>,
    first_name: &str,
    second: Option<Date>,
    second_name: &str,
) -> Vec<(Date, String)> {
    let mut taken: Vec<(Date, String)> = Vec::new();
    let both = [(first, first_name), (second, second_name)];
    let on_weekend = |day: Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    for (date, name) in both.iter().filter_map(|(date, name)| Some(((*date)?, *name))) {
        if !on_weekend(date) {
            taken.push((date, name.to_owned()));
        }
    }
    for (date, name) in both.iter().filter_map(|(date, name)| Some(((*date)?, *name))) {
        if !on_weekend(date) {
            continue;
        }
        let mut day = date;
        while on_weekend(day) || taken.iter().any(|(other, _)| *other == day) {
            let Ok(next) = day.tomorrow() else { return taken };
            day = next;
        }
        taken.push((day, format!("{name} (substitute day)")));
    }
    taken
}
