//! Two records side by side: one [`Finding`] for every feature, and their sum in bits.
//!
//! Each feature has its file here. To add one: a variant of [`level::Feature`] with its levels, a
//! file, a line in [`compare`], and rows in `data/weights.tsv`.

pub(crate) mod level;

mod birth_date;
mod home;
mod life;
mod name;
mod nhs_number;

use crate::frequencies::Frequencies;
use crate::prepared::Prepared;
use crate::weights::Weights;
use level::{Feature, Level};

/// How two records stand on one feature, and what that weighs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// The level found.
    pub level: Level,
    /// Its weight in bits: above zero speaks for one person, below zero against.
    pub bits: f32,
}

/// Every finding about two records. Comparing them the other way round gives the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// One finding a feature, in the order of [`Feature`].
    pub findings: [Finding; Feature::COUNT],
    /// Bits above [`HOME_BITS_MAX`] that evidence of a shared home would add; not in the total.
    pub home_surplus: f32,
    /// Whether both records come from one source system under different local ids.
    pub is_same_source: bool,
    /// Whether either record says that the person is one of a multiple birth.
    pub is_multiple_birth: bool,
}

/// Most bits that postcode, house, telephone, e-mail and practice may give together.
///
/// They depend on each other: people of one household share them all, so the second and third
/// add little that the first has not said.
pub const HOME_BITS_MAX: f32 = 15.0;

/// What a comparison measures with.
#[derive(Clone, Copy, Debug)]
pub struct Scale<'a> {
    /// The weights of the levels.
    pub weights: &'a Weights,
    /// How common values are.
    pub frequencies: &'a Frequencies,
}

impl Scale<'_> {
    fn plain(&self, level: Level) -> Finding {
        Finding { level, bits: self.weights.of(level).bits() }
    }
}

/// Compares two records on every feature.
pub fn compare(left: &Prepared, right: &Prepared, scale: Scale<'_>) -> Comparison {
    let names = name::compare(left, right, scale);
    let postcode = home::postcode(left, right, scale);
    let findings = [
        nhs_number::compare(left, right, scale),
        names.family,
        names.given,
        names.middle,
        birth_date::compare(left, right, scale),
        life::sex(left, right, scale),
        postcode,
        home::door(left, right, postcode.level, scale),
        home::phone(left, right, scale),
        home::email(left, right, scale),
        home::practice(left, right, scale),
        life::death_date(left, right, scale),
        life::birth_order(left, right, scale),
    ];
    let home: f32 = findings.iter().filter(|f| f.level.feature().is_home()).map(|f| f.bits).sum();
    Comparison {
        findings,
        home_surplus: (home - HOME_BITS_MAX).max(0.0),
        is_same_source: left.source == right.source && left.local_id != right.local_id,
        is_multiple_birth: life::is_multiple(left) || life::is_multiple(right),
    }
}

impl Comparison {
    /// The finding on one feature.
    pub fn on(&self, feature: Feature) -> Finding {
        self.findings[feature as usize]
    }

    /// The level found on one feature.
    pub fn level(&self, feature: Feature) -> Level {
        self.on(feature).level
    }

    /// The sum of all findings in bits, with shared-home evidence counted up to its limit.
    pub fn total(&self) -> f32 {
        self.findings.iter().map(|finding| finding.bits).sum::<f32>() - self.home_surplus
    }
}
