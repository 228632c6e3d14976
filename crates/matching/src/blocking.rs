//! Which records are worth comparing: records that share at least one block key.
//!
//! A key joins two facts that two records of one person rarely both get wrong, and that few people
//! share. To add a kind of key: a variant of [`Kind`] and a line in [`blocking_keys`]; its gain is
//! measured in `tests/it/scoring.rs` against comparing all pairs.

use crate::birth_date::PartialDate;
use crate::prepared::{Prepared, hash};
use crate::text::sound::Sound;
use crate::text::token::Token;

/// A key under which a record is filed. Equal keys make two records candidates for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockKey(pub u64);

/// Most keys of one record; keys beyond are those of its rarest facts (many names and addresses).
pub const KEYS_MAX: usize = 48;

/// Most records of one key that are worth comparing; a larger block tells nobody apart.
pub const BLOCK_RECORDS_MAX: usize = 200;

#[derive(Clone, Copy, Hash)]
enum Kind {
    NhsNumber,
    /// Birth date with day and month in either order, and the sound of one name.
    BirthAndName,
    /// The sounds of family and first name in either order, and the year of birth.
    NamesAndYear,
    /// The same with day and month of birth, in either order.
    NamesAndDay,
    /// The same with the postcode.
    NamesAndPostcode,
    PostcodeAndBirth,
    PostcodeAndName,
    Phone,
    Email,
}

/// The keys of a record, without repeats.
pub fn blocking_keys(record: &Prepared) -> Vec<BlockKey> {
    let mut keys = Vec::with_capacity(16);
    let mut add = |kind: Kind, parts: (u64, u64)| {
        let key = BlockKey(hash(&(kind as u8, parts.0, parts.1)));
        if keys.len() < KEYS_MAX && !keys.contains(&key) {
            keys.push(key);
        }
    };
    record.nhs.iter().for_each(|claim| add(Kind::NhsNumber, (claim.digits, 0)));
    let day = record.birth.filter(|date| date.is_full()).map(day_and_month);
    let year = record.birth.map(|date| u64::from(date.year()));
    for name in &record.names {
        let pair = pair_of_sounds(&name.family, &name.given);
        if let (Some(day), Some(year)) = (day, year) {
            for word in family_and_parts(&name.family, &name.family_parts).chain([&name.given]) {
                if let Some(sound) = sound(word) {
                    add(Kind::BirthAndName, (year << 16 | day, sound));
                }
            }
        }
        if let (Some(pair), Some(year)) = (pair, year) {
            add(Kind::NamesAndYear, (pair, year));
        }
        if let (Some(pair), Some(day)) = (pair, day) {
            add(Kind::NamesAndDay, (pair, day));
        }
        for postcode in &record.postcodes {
            if let Some(pair) = pair {
                add(Kind::NamesAndPostcode, (pair, postcode.0));
            }
            if let Some(given) = sound(&name.given) {
                add(Kind::PostcodeAndName, (given, postcode.0));
            }
        }
    }
    for postcode in &record.postcodes {
        if let Some(year) = year {
            add(Kind::PostcodeAndBirth, (year, postcode.0));
        }
        if let Some(day) = day {
            add(Kind::PostcodeAndBirth, (day << 16, postcode.0));
        }
    }
    record.phones.iter().for_each(|number| add(Kind::Phone, (*number, 0)));
    record.emails.iter().for_each(|address| add(Kind::Email, (*address, 0)));
    keys
}

fn day_and_month(date: PartialDate) -> u64 {
    let (low, high) = date.unordered_day_month();
    u64::from(low) << 8 | u64::from(high)
}

fn family_and_parts<'a>(family: &'a Token, parts: &'a [Token]) -> impl Iterator<Item = &'a Token> {
    std::iter::once(family).chain(parts.iter().filter(|part| part.len() > 3))
}

fn sound(word: &Token) -> Option<u64> {
    (!word.is_empty()).then(|| Sound::of(word)).filter(|sound| !sound.is_silent()).map(|s| s.0)
}

/// Both sounds in rising order, so that swapped names meet.
fn pair_of_sounds(family: &Token, given: &Token) -> Option<u64> {
    let (family, given) = (sound(family)?, sound(given)?);
    Some(hash(&(family.min(given), family.max(given))))
}
