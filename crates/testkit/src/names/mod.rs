//! The stock of names: by heritage, sex and time of birth, most frequent first.
//!
//! To add a heritage, add it to [`Heritage`], its lists to `given.rs` and `family.rs` and its share
//! to the sites in `sites.rs`. Every list is ordered by frequency; [`crate::prng::Prng::by_rank`]
//! draws from it.

mod family;
mod given;
mod nicknames;

use crate::person::Sex;
use crate::prng::Prng;

pub(crate) use nicknames::short_form;

/// The stock that a household's names come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heritage {
    /// England, Scotland.
    British,
    /// Wales.
    Welsh,
    /// Ireland.
    Irish,
    /// Pakistan, Bangladesh.
    MuslimSouthAsian,
    /// India.
    Indian,
    /// Poland.
    Polish,
    /// Romania, Portugal, Spain, Czechia, Turkey and others.
    European,
    /// Nigeria, Ghana.
    WestAfrican,
    /// The Caribbean.
    Caribbean,
    /// China, Hong Kong.
    Chinese,
    /// Arabic-speaking countries and Somalia.
    Arab,
}

impl Heritage {
    /// Ethnic category of the England list, with weights.
    pub fn ethnicities(self) -> &'static [(&'static str, u32)] {
        match self {
            Heritage::British | Heritage::Welsh => &[("A", 92), ("Z", 5), ("G", 3)],
            Heritage::Irish => &[("B", 60), ("A", 35), ("Z", 5)],
            Heritage::MuslimSouthAsian => &[("J", 60), ("K", 32), ("L", 5), ("Z", 3)],
            Heritage::Indian => &[("H", 88), ("L", 9), ("Z", 3)],
            Heritage::Polish | Heritage::European => &[("C", 95), ("Z", 5)],
            Heritage::WestAfrican => &[("N", 94), ("P", 3), ("Z", 3)],
            Heritage::Caribbean => &[("M", 80), ("D", 15), ("Z", 5)],
            Heritage::Chinese => &[("R", 95), ("Z", 5)],
            Heritage::Arab => &[("S", 90), ("N", 5), ("Z", 5)],
        }
    }

    /// Preferred language (BCP 47), with weights.
    pub fn languages(self) -> &'static [(&'static str, u32)] {
        match self {
            Heritage::British | Heritage::Irish | Heritage::Caribbean => &[("en", 1)],
            Heritage::Welsh => &[("en", 9), ("cy", 1)],
            Heritage::MuslimSouthAsian => &[("en", 70), ("ur", 18), ("bn", 12)],
            Heritage::Indian => &[("en", 75), ("pa", 13), ("gu", 12)],
            Heritage::Polish => &[("pl", 60), ("en", 40)],
            Heritage::European => &[("en", 60), ("ro", 25), ("pt", 15)],
            Heritage::WestAfrican => &[("en", 95), ("yo", 5)],
            Heritage::Chinese => &[("en", 55), ("yue", 25), ("zh", 20)],
            Heritage::Arab => &[("en", 55), ("ar", 30), ("so", 15)],
        }
    }
}

/// A family name, in the form for the sex where the language has two.
pub(crate) fn family(prng: &mut Prng, heritage: Heritage, sex: Sex) -> String {
    family_of(pick_family(prng, heritage), heritage, sex)
}

/// A family name in its base form; see [`family_of`].
pub(crate) fn pick_family(prng: &mut Prng, heritage: Heritage) -> &'static str {
    prng.by_rank(family::stock(heritage))
}

/// The form of a base family name that a person of this sex bears.
pub(crate) fn family_of(base: &str, heritage: Heritage, sex: Sex) -> String {
    if heritage == Heritage::Polish && sex == Sex::Female {
        for (male, female) in [("ski", "ska"), ("cki", "cka"), ("dzki", "dzka")] {
            if let Some(stem) = base.strip_suffix(male) {
                return format!("{stem}{female}");
            }
        }
    }
    base.to_owned()
}

/// A given name for someone born in `year`.
pub(crate) fn given(prng: &mut Prng, heritage: Heritage, sex: Sex, year: i16) -> &'static str {
    prng.by_rank(given::stock(heritage, sex, year))
}

/// How many different names there are: (given, family).
#[cfg(test)]
pub(crate) fn stock_size() -> (usize, usize) {
    (given::all().count(), family::all().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stock_is_large_and_repeats_nothing_within_a_list() {
        let (given, family) = stock_size();
        assert!(given > 500 && family > 500, "{given} given, {family} family");
        for list in given::lists().chain(family::lists()) {
            let mut sorted = list.to_vec();
            sorted.sort_unstable();
            let before = sorted.len();
            sorted.dedup();
            assert_eq!(sorted.len(), before, "a name stands twice in {list:?}");
        }
    }

    #[test]
    fn polish_surnames_follow_the_sex() {
        let check = |base, sex, expect| {
            assert_eq!(family_of(base, Heritage::Polish, sex), expect);
        };
        check("Kowalski", Sex::Female, "Kowalska");
        check("Kowalski", Sex::Male, "Kowalski");
        check("Nowak", Sex::Female, "Nowak");
    }
}
