//! How common each name, birth date, postcode, telephone number and practice is in this area.
//!
//! Agreeing on a rare value says more than agreeing on a common one (term frequency). The counts
//! grow and shrink with the records. A further kind of value is one more variant of `Term` and an
//! accessor below.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::birth_date::PartialDate;
use crate::prepared::{Postcode, Prepared};
use crate::text::token::Token;
use crate::weights::Weight;

/// Counts of values over all records. Values are counted once a record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frequencies {
    families: Counts<Token>,
    givens: Counts<Token>,
    births: Counts<PartialDate>,
    postcodes: Counts<Postcode>,
    phones: Counts<u64>,
    emails: Counts<u64>,
    practices: Counts<u64>,
}

#[derive(Clone, Debug, PartialEq)]
struct Counts<K: Eq + std::hash::Hash> {
    of: HashMap<K, u32, FixedState>,
    total: u32,
}

impl<K: Eq + std::hash::Hash> Default for Counts<K> {
    fn default() -> Self {
        Self { of: HashMap::default(), total: 0 }
    }
}

/// How many records the table's own share `u` is worth while an area is still small.
const PRIOR_RECORDS: f32 = 2000.0;

/// A given name seen this often is a name of its own and not a misspelling of another.
const OWN_NAME_COUNT_MIN: u32 = 8;

impl Frequencies {
    /// Counts a record's values.
    pub fn add(&mut self, record: &Prepared) {
        for (index, name) in record.names.iter().enumerate() {
            let earlier = &record.names[..index];
            if !name.family.is_empty() && earlier.iter().all(|e| e.family != name.family) {
                self.families.add(name.family);
            }
            if !name.given.is_empty() && earlier.iter().all(|e| e.given != name.given) {
                self.givens.add(name.given);
            }
        }
        record.birth.into_iter().for_each(|value| self.births.add(value));
        record.postcodes.iter().for_each(|value| self.postcodes.add(*value));
        record.phones.iter().for_each(|value| self.phones.add(*value));
        record.emails.iter().for_each(|value| self.emails.add(*value));
        record.practice.into_iter().for_each(|value| self.practices.add(value));
    }

    /// Takes back what [`Frequencies::add`] counted for the same record.
    pub fn remove(&mut self, record: &Prepared) {
        for (index, name) in record.names.iter().enumerate() {
            let earlier = &record.names[..index];
            if !name.family.is_empty() && earlier.iter().all(|e| e.family != name.family) {
                self.families.remove(&name.family);
            }
            if !name.given.is_empty() && earlier.iter().all(|e| e.given != name.given) {
                self.givens.remove(&name.given);
            }
        }
        record.birth.iter().for_each(|value| self.births.remove(value));
        record.postcodes.iter().for_each(|value| self.postcodes.remove(value));
        record.phones.iter().for_each(|value| self.phones.remove(value));
        record.emails.iter().for_each(|value| self.emails.remove(value));
        record.practice.iter().for_each(|value| self.practices.remove(value));
    }

    pub(crate) fn family_bits(&self, weight: &Weight, value: &Token) -> f32 {
        self.families.bits(weight, value)
    }

    pub(crate) fn given_bits(&self, weight: &Weight, value: &Token) -> f32 {
        self.givens.bits(weight, value)
    }

    pub(crate) fn birth_bits(&self, weight: &Weight, value: PartialDate) -> f32 {
        self.births.bits(weight, &value)
    }

    pub(crate) fn postcode_bits(&self, weight: &Weight, value: Postcode) -> f32 {
        self.postcodes.bits(weight, &value)
    }

    pub(crate) fn phone_bits(&self, weight: &Weight, value: u64) -> f32 {
        self.phones.bits(weight, &value)
    }

    pub(crate) fn email_bits(&self, weight: &Weight, value: u64) -> f32 {
        self.emails.bits(weight, &value)
    }

    pub(crate) fn practice_bits(&self, weight: &Weight, value: u64) -> f32 {
        self.practices.bits(weight, &value)
    }

    /// Whether a given name is common enough here to be a name and not a misspelling.
    pub(crate) fn is_own_name(&self, given: &Token) -> bool {
        self.givens.of.get(given).is_some_and(|count| *count >= OWN_NAME_COUNT_MIN)
    }
}

impl<K: Eq + std::hash::Hash> Counts<K> {
    fn add(&mut self, value: K) {
        *self.of.entry(value).or_insert(0) += 1;
        self.total += 1;
    }

    fn remove(&mut self, value: &K) {
        if let Some(count) = self.of.get_mut(value) {
            *count -= 1;
            self.total -= 1;
            if *count == 0 {
                self.of.remove(value);
            }
        }
    }

    /// The weight of agreeing on a value, by its share among the records seen so far.
    fn bits(&self, weight: &Weight, value: &K) -> f32 {
        if !weight.by_rarity {
            return weight.bits();
        }
        let count = self.of.get(value).copied().unwrap_or(0) as f32;
        let share = (count + PRIOR_RECORDS * weight.u) / (self.total as f32 + PRIOR_RECORDS);
        weight.m_log2 - share.log2()
    }
}

#[cfg(test)]
mod tests {
    use super::Frequencies;
    use crate::compare::level::Level;
    use crate::demographics::{Demographics, PersonName};
    use crate::prepared::Prepared;
    use crate::text::token::Token;
    use crate::weights::Weights;

    fn named(family: &str) -> Prepared {
        let name = PersonName { family: family.into(), ..Default::default() };
        Prepared::new(&Demographics { names: vec![name], ..Default::default() })
    }

    #[test]
    fn rare_values_weigh_more_and_removal_restores() {
        let mut frequencies = Frequencies::default();
        (0..5000).for_each(|_| frequencies.add(&named("Smith")));
        frequencies.add(&named("Featherstonehaugh"));
        let weight = Weights::built_in().of(Level::FamilyExact);
        let bits = |f: &Frequencies, name| f.family_bits(weight, &Token::word(name));
        assert!(bits(&frequencies, "Featherstonehaugh") > bits(&frequencies, "Smith") + 5.0);
        let before = frequencies.clone();
        frequencies.add(&named("Smith"));
        frequencies.add(&named("Jones"));
        frequencies.remove(&named("Jones"));
        frequencies.remove(&named("Smith"));
        assert_eq!(frequencies, before);
        frequencies.remove(&named("Never seen"));
        assert_eq!(frequencies, before);
    }
}
