//! What a person's age means for who reads their record online: whose it is to decide, and until when
//! somebody acts for them.
//!
//! Days are texts as FHIR writes them, `2026-01-31`, which compare as they are. Spec: the guidance of the
//! Royal College of General Practitioners and NHS England on proxy access for children (bands of under
//! 11, 11 to 15, 16 and over).

use crate::caller::RecordLevel;
use crate::consent::Proxy;

/// Whose decision it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// Under 11: whoever has parental responsibility.
    Child,
    /// 11 to 15: whoever looks whether the child can decide for themselves.
    Young,
    /// 16 and over: their own.
    Own,
}

/// The birthdays on which a band begins.
const YOUNG: u16 = 11;
const OWN: u16 = 16;

/// The band on a day of who was born on a day; a birth of which only the year or the month is known counts
/// from its end. `None` where it is not known.
pub fn band(born: &str, on: &str) -> Option<Band> {
    let year: u16 = born.get(..4)?.parse().ok()?;
    let rest = match born.len() {
        4 => "-12-31".to_owned(),
        7 => format!("{}-31", &born[4..]),
        10 => born[4..].to_owned(),
        _ => return None,
    };
    let birthday = |age: u16| format!("{:04}{rest}", year + age);
    Some(match on {
        on if *on >= *birthday(OWN) => Band::Own,
        on if *on >= *birthday(YOUNG) => Band::Young,
        _ => Band::Child,
    })
}

/// What a source shows a person of their own record where nobody has decided it: all to whom it is their
/// own decision, nothing to children until somebody has looked whether they can decide.
pub fn level_by_age(born: &str, today: &str) -> RecordLevel {
    match band(born, today) {
        Some(Band::Child | Band::Young) => RecordLevel::None,
        // They have proven who they are; only the date is missing.
        Some(Band::Own) | None => RecordLevel::Full,
    }
}

/// Why somebody acts for a person no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The last day is over.
    Expired,
    /// The person has reached an age at which it must be agreed anew.
    GrewUp(Band),
    /// The person's date of birth, or the day of the agreement, is not known, so that nobody can tell.
    NotKnown,
}

/// Whether a proxy that was agreed `on` a day still acts `today` for who was born on a day.
pub fn ended(proxy: &Proxy, on: &str, born: &str, today: &str) -> Option<Ended> {
    if !proxy.until.is_empty() && *today > *proxy.until {
        return Some(Ended::Expired);
    }
    let (Some(then), Some(now)) = (band(born, on), band(born, today)) else {
        return Some(Ended::NotKnown);
    };
    if on.len() != 10 {
        return Some(Ended::NotKnown);
    }
    (then < now).then_some(Ended::GrewUp(now))
}
