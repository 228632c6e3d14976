//! A source record in the form that comparisons work on: normalised once, small, no strings.
//!
//! Texts that are only ever compared for equality become hashes or packed integers. A new fact is a
//! field here, filled from [`Demographics`] under a limit on how many values are kept.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use crate::birth_date::PartialDate;
use crate::demographics::{Address, Demographics, MultipleBirth, NhsNumberClaim, PersonName, Sex};
use crate::nhs_number::{NhsNumber, Verification, ten_digits};
use crate::text::token::{Token, words};

/// Most values of one kind kept from a record; a record with more is not a person's.
const VALUES_MAX: usize = 8;

/// A normalised record, ready to compare. Made by [`Prepared::new`].
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    pub(crate) source: u64,
    pub(crate) local_id: u64,
    pub(crate) nhs: Box<[PreparedNhs]>,
    pub(crate) names: Box<[PreparedName]>,
    pub(crate) postcodes: Box<[Postcode]>,
    pub(crate) doors: Box<[u32]>,
    pub(crate) phones: Box<[u64]>,
    pub(crate) emails: Box<[u64]>,
    pub(crate) practice: Option<u64>,
    pub(crate) birth: Option<PartialDate>,
    pub(crate) death: Option<PartialDate>,
    pub(crate) sex: Option<Sex>,
    pub(crate) multiple_birth: Option<MultipleBirth>,
}

/// One claimed NHS number of ten digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PreparedNhs {
    pub(crate) digits: u64,
    pub(crate) is_valid: bool,
    pub(crate) verification: Verification,
}

/// One name: the family name joined and in parts, the first given name joined, the other words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PreparedName {
    pub(crate) family: Token,
    /// The words of a family name of several; empty for a single word.
    pub(crate) family_parts: Box<[Token]>,
    pub(crate) given: Token,
    /// The words of a compound first name, then the middle names.
    pub(crate) other_given: Box<[Token]>,
    /// How many of `other_given` belong to the first name.
    pub(crate) given_parts: u8,
}

/// A postcode packed into an integer, seven bytes at most, the inward part last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Postcode(pub(crate) u64);

impl Prepared {
    /// Normalises a record. Values that say nothing (placeholders, unusable texts) are left out.
    pub fn new(record: &Demographics) -> Self {
        let postcodes: Vec<Postcode> = distinct(
            record.addresses.iter().filter_map(|a| Postcode::parse(a.postcode.as_deref()?)),
        );
        Self {
            source: hash(&record.source_system),
            local_id: hash(&record.local_id),
            nhs: distinct(record.nhs_numbers.iter().filter_map(PreparedNhs::new)).into(),
            names: distinct(record.names.iter().filter_map(PreparedName::new)).into(),
            postcodes: postcodes.into(),
            doors: distinct(record.addresses.iter().filter_map(door)).into(),
            phones: distinct(record.phones.iter().filter_map(|text| phone(text))).into(),
            emails: distinct(record.emails.iter().filter_map(|text| email(text))).into(),
            practice: record.gp_practice.as_deref().and_then(practice),
            birth: record.birth_date.filter(|date| !date.is_placeholder()),
            death: record.death_date,
            sex: record.sex.filter(|sex| *sex != Sex::Other),
            multiple_birth: record.multiple_birth,
        }
    }

    /// The NHS numbers that count as identity evidence: valid and not disputed.
    pub(crate) fn usable_nhs(&self) -> impl Iterator<Item = &PreparedNhs> {
        self.nhs.iter().filter(|claim| claim.is_usable())
    }
}

impl PreparedNhs {
    fn new(claim: &NhsNumberClaim) -> Option<Self> {
        let digits = ten_digits(&claim.number).ok()?;
        let number = NhsNumber::parse(&claim.number).ok();
        let verification =
            claim.status.as_deref().map_or(Verification::Untraced, Verification::parse);
        Some(Self {
            digits: number.map_or(digits, NhsNumber::value),
            is_valid: number.is_some(),
            verification,
        })
    }

    pub(crate) fn is_usable(&self) -> bool {
        self.is_valid && self.verification != Verification::Disputed
    }

    pub(crate) fn is_verified(&self) -> bool {
        self.is_valid && self.verification == Verification::Verified
    }
}

impl PreparedName {
    fn new(name: &PersonName) -> Option<Self> {
        let family_words = words(&name.family, 4);
        let (given, mut other_given, given_parts) = first_given(&name.given);
        for middle in name.given.iter().skip(1).take(4) {
            other_given.extend(words(middle, 3));
        }
        let family = Token::joined(&family_words);
        let family = if is_placeholder(&family) { Token::EMPTY } else { family };
        let family_parts = if family_words.len() > 1 { family_words } else { Vec::new() };
        (!family.is_empty() || !given.is_empty()).then(|| Self {
            family,
            family_parts: family_parts.into(),
            given,
            other_given: other_given.into(),
            given_parts,
        })
    }

    /// Middle names, without the words of a compound first name.
    pub(crate) fn middle(&self) -> &[Token] {
        &self.other_given[usize::from(self.given_parts)..]
    }
}

/// The first given name, the other words of its field, and how many of them are its parts.
///
/// A hyphen makes one first name of two parts; a space makes a first and a middle name. A
/// placeholder such as `Baby` is no name at all.
fn first_given(given: &[String]) -> (Token, Vec<Token>, u8) {
    let mut found = given.first().map(|text| words(text, 4)).unwrap_or_default();
    if found.len() > 1 && is_title(&found[0]) {
        found.remove(0);
    }
    if found.is_empty() || is_placeholder(&found[0]) {
        return (Token::EMPTY, Vec::new(), 0);
    }
    let is_compound = given.first().is_some_and(|text| text.contains('-')) && found.len() > 1;
    if is_compound {
        let parts = found.len() as u8;
        (Token::joined(&found), found, parts)
    } else {
        (found.remove(0), found, 0)
    }
}

fn is_title(word: &Token) -> bool {
    matches!(word.as_str(), "MR" | "MRS" | "MS" | "MISS" | "DR" | "MASTER" | "REV" | "PROF")
}

/// Words that stand where a name is not known or not yet given.
fn is_placeholder(word: &Token) -> bool {
    matches!(
        word.as_str(),
        "BABY"
            | "UNKNOWN"
            | "INFANT"
            | "TWIN"
            | "UNNAMED"
            | "BOY"
            | "GIRL"
            | "MALE"
            | "FEMALE"
            | "NOTKNOWN"
            | "UNK"
            | "NK"
            | "NA"
            | "TBC"
            | "NOT"
            | "NONE"
            | "UNBORN"
    )
}

impl Postcode {
    /// Reads a postcode of any spacing and case. Codes for no fixed abode and abroad say nothing.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut packed = 0u64;
        let mut count = 0;
        for byte in text.bytes().take(16) {
            if byte.is_ascii_alphanumeric() {
                packed = packed << 8 | u64::from(byte.to_ascii_uppercase());
                count += 1;
            } else if !matches!(byte, b' ' | b'-' | b'.') {
                return None;
            }
        }
        let is_pseudo = count == 7 && packed >> 24 == 0x5A_5A_39_39;
        ((5..=7).contains(&count) && !is_pseudo).then_some(Self(packed))
    }

    /// The part before the last three characters.
    pub(crate) fn outward(self) -> u64 {
        self.0 >> 24
    }
}

/// A key for the house within its postcode: its street number, or the first words of its name.
fn door(address: &Address) -> Option<u32> {
    let postcode = Postcode::parse(address.postcode.as_deref()?)?;
    let lines = || address.lines.iter().take(5);
    // Of "Flat 2, 10 High Street" the last number is the street number, which people leave out
    // less often than the flat.
    let number = lines()
        .flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric()).take(16))
        .filter(|word| is_house_number(word))
        .last();
    let key = match number {
        Some(number) => hash(&number.to_ascii_uppercase()),
        None => hash(lines().map(|line| words(line, 3)).find(|name| !name.is_empty())?.as_slice()),
    };
    Some(hash(&(postcode.0, key)) as u32)
}

/// Digits with at most one letter after them, such as `10` or `10a`.
fn is_house_number(word: &str) -> bool {
    let letters = word.trim_start_matches(|c: char| c.is_ascii_digit());
    letters.len() <= 1 && letters.len() < word.len() && word.len() <= 6
}

/// The last nine digits of a telephone number, so that `+44 7700` and `07700` agree.
fn phone(text: &str) -> Option<u64> {
    let digits: Vec<u64> = text
        .chars()
        .take(40)
        .filter(char::is_ascii_digit)
        .map(|c| u64::from(c as u32 - '0' as u32))
        .collect();
    let tail = digits.len().checked_sub(9).map(|start| &digits[start..])?;
    let is_filler = tail.iter().all(|digit| *digit == tail[0]);
    (!is_filler).then(|| tail.iter().fold(0, |sum, digit| sum * 10 + digit))
}

fn email(text: &str) -> Option<u64> {
    let text = text.trim();
    let (local, domain) = text.split_once('@')?;
    let is_usable = !local.is_empty() && domain.contains('.') && text.len() <= 254;
    is_usable.then(|| hash(&text.to_lowercase()))
}

/// The ODS code; the codes `V81997` to `V81999` mean "no practice" or "not known".
fn practice(code: &str) -> Option<u64> {
    let code = code.trim().to_ascii_uppercase();
    let is_pseudo = matches!(code.as_str(), "" | "V81997" | "V81998" | "V81999");
    (!is_pseudo && code.len() <= 16).then(|| hash(&code))
}

/// The values without repeats, in order, at most [`VALUES_MAX`].
fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut found: Vec<T> = Vec::new();
    for value in values {
        if found.len() == VALUES_MAX {
            break;
        }
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

pub(crate) fn hash<T: std::hash::Hash + ?Sized>(value: &T) -> u64 {
    FixedState::default().hash_one(value)
}

#[cfg(test)]
mod tests {
    use super::{Postcode, Prepared, phone};
    use crate::demographics::{Demographics, PersonName};

    #[test]
    fn postcodes() {
        assert_eq!(Postcode::parse("l1 8jq"), Postcode::parse("L18JQ"));
        assert_ne!(Postcode::parse("L1 8JQ"), Postcode::parse("L1 8JR"));
        for text in ["", "L1", "ZZ99 3VZ", "zz993wz", "12345678", "L1,8JQ", "ééé ééé"] {
            assert_eq!(Postcode::parse(text), None, "{text}");
        }
    }

    #[test]
    fn phones() {
        assert_eq!(phone("+44 7700 900123"), phone("07700900123"));
        assert_ne!(phone("07700900123"), phone("07700900124"));
        for text in ["", "12345678", "0000000000", "unknown", "٠٧٧٠٠٩٠٠١٢٣"] {
            assert_eq!(phone(text), None, "{text}");
        }
    }

    #[test]
    fn names() {
        let check = |family: &str, given: &[&str], expect: (&str, &str, Vec<&str>)| {
            let given = given.iter().map(ToString::to_string).collect();
            let name = PersonName { family: family.into(), given, ..Default::default() };
            let record = Demographics { names: vec![name], ..Default::default() };
            let prepared = Prepared::new(&record);
            let name = &prepared.names[0];
            let middle = name.middle().iter().map(super::Token::as_str).collect();
            assert_eq!((name.family.as_str(), name.given.as_str(), middle), expect);
        };
        check("Smith", &["John", "Paul"], ("SMITH", "JOHN", vec!["PAUL"]));
        check("Smith", &["John Paul"], ("SMITH", "JOHN", vec!["PAUL"]));
        check("Smith", &["Anne-Marie"], ("SMITH", "ANNEMARIE", vec![]));
        check("Smith", &["Baby"], ("SMITH", "", vec![]));
        check("Smith", &["Mrs Jane"], ("SMITH", "JANE", vec![]));
        check("Unknown", &["Jane"], ("", "JANE", vec![]));
    }
}
