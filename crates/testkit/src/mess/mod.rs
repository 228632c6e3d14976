//! The mess of real life: how records differ from the truth, at rates that the caller sets.
//!
//! To add a kind of mess, add it to [`Blemish`], its rate to [`MessRates`] and its making to
//! [`soil`]; every use of it is then recorded in the truth by itself.

mod misspell;

use jiff::civil::{Date, DateTime};

use crate::addresses::Address;
use crate::names::short_form;
use crate::nhs_number;
use crate::person::{Person, Sex};
use crate::prng::Prng;
use crate::sites::System;

pub use misspell::misspell;

/// How often each kind of mess befalls one record, from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct MessRates {
    /// A slip in the family or the given name.
    pub misspelt: f64,
    /// A short name in the place of the given name (where it has one).
    pub short_name: f64,
    /// The name before marriage, kept after it.
    pub maiden_name: f64,
    /// Day and month of birth changed round (where that is a date).
    pub swapped_birth: f64,
    /// No NHS number (not in the GP system).
    pub missing_nhs: f64,
    /// Two digits changed round (not in the GP system).
    pub transposed_nhs: f64,
    /// The number of someone else (not in the GP system).
    pub others_nhs: f64,
    /// An address that the person has left.
    pub old_address: f64,
    /// No postcode.
    pub missing_postcode: f64,
    /// No sex.
    pub missing_sex: f64,
    /// No second given name.
    pub missing_middle: f64,
    /// A second record in the same hospital or community system.
    pub duplicate: f64,
    /// Of the second hospital records, how many are merged later.
    pub merged: f64,
    /// A message that arrives hours or days late.
    pub late: f64,
    /// A message or row that arrives twice.
    pub repeated: f64,
    /// A result that is corrected.
    pub corrected: f64,
    /// An admission, transfer or discharge that is cancelled.
    pub cancelled: f64,
    /// A blemish of a hospital record that an A31 puts right later.
    pub put_right: f64,
}

impl MessRates {
    /// Rates of the order that data-quality studies report.
    pub const REAL: MessRates = MessRates {
        misspelt: 0.03,
        short_name: 0.04,
        maiden_name: 0.25,
        swapped_birth: 0.008,
        missing_nhs: 0.06,
        transposed_nhs: 0.006,
        others_nhs: 0.001,
        old_address: 0.3,
        missing_postcode: 0.02,
        missing_sex: 0.01,
        missing_middle: 0.35,
        duplicate: 0.03,
        merged: 0.6,
        late: 0.015,
        repeated: 0.01,
        corrected: 0.02,
        cancelled: 0.025,
        put_right: 0.25,
    };

    /// No mess at all.
    pub const NONE: MessRates = MessRates {
        misspelt: 0.0,
        short_name: 0.0,
        maiden_name: 0.0,
        swapped_birth: 0.0,
        missing_nhs: 0.0,
        transposed_nhs: 0.0,
        others_nhs: 0.0,
        old_address: 0.0,
        missing_postcode: 0.0,
        missing_sex: 0.0,
        missing_middle: 0.0,
        duplicate: 0.0,
        merged: 0.0,
        late: 0.0,
        repeated: 0.0,
        corrected: 0.0,
        cancelled: 0.0,
        put_right: 0.0,
    };
}

/// One way in which a record differs from the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Blemish {
    /// The family name has a slip.
    MisspeltFamily,
    /// The given name has a slip.
    MisspeltGiven,
    /// The given name is a short form.
    ShortName,
    /// The family name is the one before marriage.
    MaidenName,
    /// Day and month of birth are changed round.
    SwappedBirth,
    /// There is no NHS number.
    MissingNhs,
    /// The NHS number fails its check.
    TransposedNhs,
    /// The NHS number belongs to someone else.
    OthersNhs,
    /// The address is an old one.
    OldAddress,
    /// There is no postcode.
    MissingPostcode,
    /// There is no sex.
    MissingSex,
    /// The second given name is left out.
    MissingMiddle,
    /// The system has another record of the same person.
    Duplicate,
}

/// Who a record says the person is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// NHS number as sent.
    pub nhs_number: Option<String>,
    /// Status `01` to `08`.
    pub nhs_status: &'static str,
    /// Title.
    pub prefix: &'static str,
    /// First given name.
    pub given: String,
    /// Second given name.
    pub middle: Option<String>,
    /// Family name.
    pub family: String,
    /// Family name before.
    pub former_family: Option<String>,
    /// Born.
    pub birth: Option<Date>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Address.
    pub address: Address,
    /// Telephone at home.
    pub phone: Option<String>,
    /// Mobile telephone.
    pub mobile: Option<String>,
}

/// The truth about a person on a day, as a careful clerk would write it.
pub(crate) fn true_identity(person: &Person, on: Date) -> Identity {
    let married = person.former_family.as_ref().filter(|(_, day)| on >= *day);
    let unmarried = person.former_family.as_ref().filter(|(_, day)| on < *day);
    let elsewhere = person.former_address.as_ref().filter(|(_, day)| on < *day);
    Identity {
        nhs_number: Some(person.nhs_number.clone()),
        nhs_status: "01",
        prefix: person.prefix,
        given: person.given.clone(),
        middle: person.middle.clone(),
        family: unmarried.map_or_else(|| person.family.clone(), |(name, _)| name.clone()),
        former_family: married.map(|(name, _)| name.clone()),
        birth: Some(person.birth),
        sex: Some(person.sex),
        address: elsewhere.map_or_else(|| person.address.clone(), |(address, _)| address.clone()),
        phone: person.phone.clone(),
        mobile: person.mobile.clone(),
    }
}

/// What a system writes down when it opens a record, and how that differs from the truth.
pub(crate) fn soil(
    prng: &mut Prng,
    rates: &MessRates,
    system: System,
    person: &Person,
    other_number: Option<&str>,
    at: DateTime,
) -> (Identity, Vec<Blemish>) {
    let mut identity = true_identity(person, at.date());
    let mut blemishes = Vec::new();
    let careful = system == System::Gp;
    // The practice keeps one person's record for years, so slips there are a third as common.
    let share = if careful { 0.33 } else { 1.0 };
    soil_names(prng, rates, share, person, &mut identity, &mut blemishes, at);
    if prng.chance(rates.swapped_birth * share)
        && let Some(birth) = swapped(person.birth)
        && birth <= at.date()
    {
        identity.birth = Some(birth);
        blemishes.push(Blemish::SwappedBirth);
    }
    if !careful {
        soil_number(prng, rates, person, other_number, &mut identity, &mut blemishes);
    }
    if let Some((address, moved)) = &person.former_address
        && at.date() >= *moved
        && prng.chance(rates.old_address * share)
    {
        identity.address = address.clone();
        blemishes.push(Blemish::OldAddress);
    }
    if prng.chance(rates.missing_postcode * share) && identity.address.postcode.take().is_some() {
        blemishes.push(Blemish::MissingPostcode);
    }
    if prng.chance(rates.missing_sex * share) {
        identity.sex = None;
        blemishes.push(Blemish::MissingSex);
    }
    (identity, blemishes)
}

fn soil_names(
    prng: &mut Prng,
    rates: &MessRates,
    share: f64,
    person: &Person,
    identity: &mut Identity,
    blemishes: &mut Vec<Blemish>,
    at: DateTime,
) {
    if let Some((former, day)) = &person.former_family
        && at.date() >= *day
        && prng.chance(rates.maiden_name * share)
    {
        identity.family.clone_from(former);
        identity.former_family = None;
        blemishes.push(Blemish::MaidenName);
    }
    if prng.chance(rates.short_name * share)
        && let Some(short) = short_form(&identity.given)
    {
        short.clone_into(&mut identity.given);
        blemishes.push(Blemish::ShortName);
    }
    if prng.chance(rates.misspelt * share) {
        let family = prng.chance(0.55);
        let name = if family { &mut identity.family } else { &mut identity.given };
        let slip = misspell(prng, name);
        if slip != *name {
            *name = slip;
            blemishes.push(if family { Blemish::MisspeltFamily } else { Blemish::MisspeltGiven });
        }
    }
    if prng.chance(rates.missing_middle) && identity.middle.take().is_some() {
        blemishes.push(Blemish::MissingMiddle);
    }
}

fn soil_number(
    prng: &mut Prng,
    rates: &MessRates,
    person: &Person,
    other_number: Option<&str>,
    identity: &mut Identity,
    blemishes: &mut Vec<Blemish>,
) {
    let draw = prng.unit();
    let place = prng.below(6) as usize;
    if draw < rates.missing_nhs {
        identity.nhs_number = None;
        identity.nhs_status = if draw < rates.missing_nhs / 2.0 { "07" } else { "04" };
        blemishes.push(Blemish::MissingNhs);
    } else if draw < rates.missing_nhs + rates.transposed_nhs {
        if let Some(wrong) = nhs_number::transposed(&person.nhs_number, place) {
            identity.nhs_number = Some(wrong);
            identity.nhs_status = "03";
            blemishes.push(Blemish::TransposedNhs);
        }
    } else if draw < rates.missing_nhs + rates.transposed_nhs + rates.others_nhs {
        if let Some(other) = other_number {
            identity.nhs_number = Some(other.to_owned());
            identity.nhs_status = "02";
            blemishes.push(Blemish::OthersNhs);
        }
    } else if prng.chance(0.1) {
        identity.nhs_status = "02";
    }
}

fn swapped(birth: Date) -> Option<Date> {
    if birth.day() == birth.month() {
        return None;
    }
    Date::new(birth.year(), birth.day(), birth.month()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn only_some_birthdays_can_be_swapped() {
        assert_eq!(swapped(date(1960, 3, 4)), Some(date(1960, 4, 3)));
        assert_eq!(swapped(date(1960, 3, 13)), None);
        assert_eq!(swapped(date(1960, 3, 3)), None);
    }
}
