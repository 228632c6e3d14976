//! Names: every name of one record against every name of the other, and the best pair counts.
//!
//! Former names and names that somebody likes to be called by count like the present one. Another
//! way for two names to be alike is a level and an arm in [`family_level`] or [`given_level`].

use super::level::Level;
use super::{Finding, Scale};
use crate::prepared::{Prepared, PreparedName};
use crate::text::likeness::{jaro_winkler, one_slip};
use crate::text::nicknames;
use crate::text::sound::Sound;
use crate::text::token::Token;

/// Jaro–Winkler similarity from which two spellings count as a slip or two apart.
const LIKENESS_MIN: f32 = 0.92;
/// Least likeness for words that sound alike: short sound codes collide.
const SOUND_LIKENESS_MIN: f32 = 0.7;

pub(crate) struct NameFindings {
    pub(crate) family: Finding,
    pub(crate) given: Finding,
    pub(crate) middle: Finding,
}

pub(crate) fn compare(left: &Prepared, right: &Prepared, scale: Scale<'_>) -> NameFindings {
    let mut best: Option<(f32, NameFindings)> = None;
    for l in &left.names {
        for r in &right.names {
            let found = compare_pair(l, r, scale);
            let bits = found.family.bits + found.given.bits + found.middle.bits;
            if best.as_ref().is_none_or(|(most, _)| bits > *most) {
                best = Some((bits, found));
            }
        }
    }
    best.map_or_else(
        || NameFindings {
            family: scale.plain(Level::FamilyMissing),
            given: scale.plain(Level::GivenMissing),
            middle: scale.plain(Level::MiddleMissing),
        },
        |(_, found)| found,
    )
}

fn compare_pair(left: &PreparedName, right: &PreparedName, scale: Scale<'_>) -> NameFindings {
    let family = family_level(left, right);
    let given = given_level(&left.given, &right.given, left, right, scale);
    let middle = scale.plain(middle_level(left, right));
    let as_written = NameFindings {
        family: family_finding(family, left, right, scale),
        given: given_finding(given, &left.given, &right.given, scale),
        middle,
    };
    if is_swapped(left, right) {
        let swapped = NameFindings {
            family: family_finding(Level::FamilySwapped, left, right, scale),
            given: given_finding(Level::GivenSwapped, &left.given, &right.given, scale),
            middle,
        };
        let bits = |found: &NameFindings| found.family.bits + found.given.bits;
        if bits(&swapped) > bits(&as_written) {
            return swapped;
        }
    }
    as_written
}

/// Rarity of the agreed value; the lesser of both names' where they are not the same value.
fn family_finding(
    level: Level,
    left: &PreparedName,
    right: &PreparedName,
    scale: Scale<'_>,
) -> Finding {
    let weight = scale.weights.of(level);
    let bits = |name: &PreparedName| scale.frequencies.family_bits(weight, &name.family);
    // Swapped names: the rarer spelling as a family name may be the misplaced given name.
    Finding { level, bits: bits(left).min(bits(right)) }
}

fn given_finding(level: Level, left: &Token, right: &Token, scale: Scale<'_>) -> Finding {
    let weight = scale.weights.of(level);
    let bits = |given| scale.frequencies.given_bits(weight, given);
    Finding { level, bits: bits(left).min(bits(right)) }
}

fn is_swapped(left: &PreparedName, right: &PreparedName) -> bool {
    let is_same = |a: &Token, b: &Token| !a.is_empty() && a == b;
    is_same(&left.family, &right.given) && is_same(&left.given, &right.family)
}

fn family_level(left: &PreparedName, right: &PreparedName) -> Level {
    let (l, r) = (&left.family, &right.family);
    match () {
        () if l.is_empty() || r.is_empty() => Level::FamilyMissing,
        () if l == r => Level::FamilyExact,
        () if shares_part(left, right) => Level::FamilyPart,
        () if is_close(l, r) => Level::FamilyClose,
        () if sounds_alike(l, r) => Level::FamilySounds,
        () => Level::FamilyDiffer,
    }
}

/// Whether a double-barrelled name and another share a word that is more than a particle.
fn shares_part(left: &PreparedName, right: &PreparedName) -> bool {
    fn parts(name: &PreparedName) -> &[Token] {
        if name.family_parts.is_empty() {
            std::slice::from_ref(&name.family)
        } else {
            &name.family_parts
        }
    }
    let is_telling = |word: &Token| word.len() > 3 || !word.is_ascii();
    (left.family_parts.len() > 1 || right.family_parts.len() > 1)
        && parts(left).iter().any(|word| is_telling(word) && parts(right).contains(word))
}

fn given_level(
    l: &Token,
    r: &Token,
    left: &PreparedName,
    right: &PreparedName,
    scale: Scale<'_>,
) -> Level {
    match () {
        () if l.is_empty() || r.is_empty() => Level::GivenMissing,
        () if l == r && l.len() > 1 => Level::GivenExact,
        () if is_initial(l) || is_initial(r) => {
            if l.as_bytes()[0] == r.as_bytes()[0] {
                Level::GivenInitial
            } else {
                Level::GivenDiffer
            }
        }
        () if nicknames::are_forms_of_one_name(l, r) => Level::GivenNickname,
        () if left.other_given.contains(r) || right.other_given.contains(l) => Level::GivenMiddle,
        () if is_close(l, r) && is_own_name(l, scale) && is_own_name(r, scale) => {
            Level::GivenCloseButBothNames
        }
        () if is_close(l, r) => Level::GivenClose,
        () if sounds_alike(l, r) => Level::GivenSounds,
        () => Level::GivenDiffer,
    }
}

/// Whether the word is a given name in its own right, so that a near one is another name.
fn is_own_name(given: &Token, scale: Scale<'_>) -> bool {
    nicknames::is_known(given) || scale.frequencies.is_own_name(given)
}

fn is_initial(word: &Token) -> bool {
    word.len() == 1
}

fn is_close(left: &Token, right: &Token) -> bool {
    let shortest = left.len().min(right.len());
    (shortest >= 4 && one_slip(left, right))
        || (shortest >= 5 && jaro_winkler(left, right) >= LIKENESS_MIN)
}

fn sounds_alike(left: &Token, right: &Token) -> bool {
    let sound = Sound::of(left);
    !sound.is_silent()
        && sound == Sound::of(right)
        && jaro_winkler(left, right) >= SOUND_LIKENESS_MIN
}

/// Middle names compare as sets: order and number differ between systems.
fn middle_level(left: &PreparedName, right: &PreparedName) -> Level {
    let (l, r) = (left.middle(), right.middle());
    if l.is_empty() || r.is_empty() {
        return Level::MiddleMissing;
    }
    let any =
        |test: &dyn Fn(&Token, &Token) -> bool| l.iter().any(|l| r.iter().any(|r| test(l, r)));
    let is_full = |a: &Token, b: &Token| !is_initial(a) && !is_initial(b);
    match () {
        () if any(&|a, b| a == b && is_full(a, b)) => Level::MiddleAgree,
        () if any(&|a, b| {
            is_full(a, b) && (is_close(a, b) || nicknames::are_forms_of_one_name(a, b))
        }) =>
        {
            Level::MiddleAgree
        }
        () if any(&|a, b| !is_full(a, b) && a.as_bytes()[0] == b.as_bytes()[0]) => {
            Level::MiddleInitial
        }
        () => Level::MiddleDiffer,
    }
}

#[cfg(test)]
mod tests {
    use super::{Level, compare};
    use crate::compare::Scale;
    use crate::demographics::{Demographics, PersonName};
    use crate::frequencies::Frequencies;
    use crate::prepared::Prepared;
    use crate::weights::Weights;

    /// Names are written "FAMILY, Given Given" with ";" between several.
    fn check(left: &str, right: &str, family: Level, given: Level) {
        let record = |text: &str| {
            let names = text
                .split(';')
                .filter_map(|name| name.split_once(','))
                .map(|(family, given)| PersonName {
                    family: family.trim().into(),
                    given: given.split_whitespace().map(Into::into).collect(),
                    ..Default::default()
                })
                .collect();
            Prepared::new(&Demographics { names, ..Default::default() })
        };
        let frequencies = Frequencies::default();
        let scale = Scale { weights: Weights::built_in(), frequencies: &frequencies };
        let (left, right) = (record(left), record(right));
        for (l, r) in [(&left, &right), (&right, &left)] {
            let found = compare(l, r, scale);
            assert_eq!((found.family.level, found.given.level), (family, given), "{l:?} {r:?}");
        }
    }

    #[test]
    fn family_names() {
        let check = |left: &str, right: &str, expect| {
            check(&format!("{left},John"), &format!("{right},John"), expect, Level::GivenExact);
        };
        check("Smith", "SMITH", Level::FamilyExact);
        check("O'Brien", "OBrien", Level::FamilyExact);
        check("O’Brien", "O Brien", Level::FamilyExact);
        check("De Souza", "DeSouza", Level::FamilyExact);
        check("Müller", "Muller", Level::FamilyExact);
        check("Smith-Jones", "Jones", Level::FamilyPart);
        check("Smith-Jones", "Jones Smith", Level::FamilyPart);
        check("Smith", "Smyth", Level::FamilyClose);
        check("Thompson", "Thomson", Level::FamilyClose);
        check("Phillips", "Filips", Level::FamilySounds);
        check("Smith", "Jones", Level::FamilyDiffer);
        check("De Souza", "De Silva", Level::FamilyDiffer);
        check("", "Jones", Level::FamilyMissing);
    }

    #[test]
    fn given_names() {
        let check = |left: &str, right: &str, expect| {
            check(&format!("Hale,{left}"), &format!("Hale,{right}"), Level::FamilyExact, expect);
        };
        check("Margaret", "margaret", Level::GivenExact);
        check("Margaret", "Peggy", Level::GivenNickname);
        check("M", "Margaret", Level::GivenInitial);
        check("M", "M", Level::GivenInitial);
        check("J", "Margaret", Level::GivenDiffer);
        check("John Paul", "Paul", Level::GivenMiddle);
        check("Anne-Marie", "Marie", Level::GivenMiddle);
        check("Margaret", "Margarte", Level::GivenClose);
        check("Daniel", "Danielle", Level::GivenCloseButBothNames);
        check("Jack", "James", Level::GivenDiffer);
        check("Baby", "James", Level::GivenMissing);
    }

    #[test]
    fn several_names() {
        let married = "Hale, Ann; Carter, Ann";
        check(married, "Carter, Ann", Level::FamilyExact, Level::GivenExact);
        check("Hale, Ann", "Ann, Hale", Level::FamilySwapped, Level::GivenSwapped);
        check("", "Hale, Ann", Level::FamilyMissing, Level::GivenMissing);
    }
}
