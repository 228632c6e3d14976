//! Where somebody lives and how to reach them: postcode, house, telephone, e-mail, practice.
//!
//! People of one household share these, so [`super::HOME_BITS_MAX`] limits their sum. Any address
//! of one record may agree with any of the other, since people move. Another such fact is one
//! function here and a name in `Feature::is_home`.

use super::level::Level;
use super::{Finding, Scale};
use crate::prepared::{Postcode, Prepared};

pub(crate) fn postcode(left: &Prepared, right: &Prepared, scale: Scale<'_>) -> Finding {
    if left.postcodes.is_empty() || right.postcodes.is_empty() {
        return scale.plain(Level::PostcodeMissing);
    }
    let weight = scale.weights.of(Level::PostcodeFull);
    let shared = shared(&left.postcodes, &right.postcodes)
        .map(|postcode| scale.frequencies.postcode_bits(weight, postcode))
        .reduce(f32::max);
    if let Some(bits) = shared {
        return Finding { level: Level::PostcodeFull, bits };
    }
    let any = |test: fn(Postcode, Postcode) -> bool| {
        left.postcodes.iter().any(|l| right.postcodes.iter().any(|r| test(*l, *r)))
    };
    scale.plain(match () {
        () if any(is_one_slip) => Level::PostcodeClose,
        () if any(|l, r| l.outward() == r.outward()) => Level::PostcodeOutward,
        () => Level::PostcodeDiffer,
    })
}

/// The house counts only where a postcode is shared: elsewhere a house number says nothing.
pub(crate) fn door(
    left: &Prepared,
    right: &Prepared,
    postcode: Level,
    scale: Scale<'_>,
) -> Finding {
    let is_comparable =
        postcode == Level::PostcodeFull && !left.doors.is_empty() && !right.doors.is_empty();
    scale.plain(match () {
        () if !is_comparable => Level::DoorMissing,
        () if shared(&left.doors, &right.doors).next().is_some() => Level::DoorAgree,
        () => Level::DoorDiffer,
    })
}

pub(crate) fn phone(left: &Prepared, right: &Prepared, scale: Scale<'_>) -> Finding {
    if left.phones.is_empty() || right.phones.is_empty() {
        return scale.plain(Level::PhoneMissing);
    }
    let weight = scale.weights.of(Level::PhoneAgree);
    shared(&left.phones, &right.phones)
        .map(|number| scale.frequencies.phone_bits(weight, number))
        .reduce(f32::max)
        .map_or_else(
            || scale.plain(Level::PhoneDiffer),
            |bits| Finding { level: Level::PhoneAgree, bits },
        )
}

pub(crate) fn email(left: &Prepared, right: &Prepared, scale: Scale<'_>) -> Finding {
    if left.emails.is_empty() || right.emails.is_empty() {
        return scale.plain(Level::EmailMissing);
    }
    let weight = scale.weights.of(Level::EmailAgree);
    shared(&left.emails, &right.emails)
        .map(|address| scale.frequencies.email_bits(weight, address))
        .reduce(f32::max)
        .map_or_else(
            || scale.plain(Level::EmailDiffer),
            |bits| Finding { level: Level::EmailAgree, bits },
        )
}

pub(crate) fn practice(left: &Prepared, right: &Prepared, scale: Scale<'_>) -> Finding {
    match (left.practice, right.practice) {
        (Some(l), Some(r)) if l == r => {
            let weight = scale.weights.of(Level::PracticeAgree);
            let bits = scale.frequencies.practice_bits(weight, l);
            Finding { level: Level::PracticeAgree, bits }
        }
        (Some(_), Some(_)) => scale.plain(Level::PracticeDiffer),
        _ => scale.plain(Level::PracticeMissing),
    }
}

fn shared<'a, T: Copy + PartialEq>(left: &'a [T], right: &'a [T]) -> impl Iterator<Item = T> + 'a {
    left.iter().copied().filter(|value| right.contains(value))
}

/// Whether two postcodes of one length differ in one character or in one swap of neighbours.
fn is_one_slip(left: Postcode, right: Postcode) -> bool {
    let (left, right) = (left.0.to_be_bytes(), right.0.to_be_bytes());
    let mut differing = (0..8).filter(|place| left[*place] != right[*place]);
    match (differing.next(), differing.next(), differing.next()) {
        (Some(place), None, _) => left[place] != 0 && right[place] != 0,
        (Some(first), Some(second), None) => {
            second == first + 1 && left[first] == right[second] && left[second] == right[first]
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Level, door, postcode};
    use crate::compare::Scale;
    use crate::demographics::{Address, Demographics};
    use crate::frequencies::Frequencies;
    use crate::prepared::Prepared;
    use crate::weights::Weights;

    fn check(left: &[(&str, &str)], right: &[(&str, &str)], expect: (Level, Level)) {
        let record = |addresses: &[(&str, &str)]| {
            let addresses = addresses
                .iter()
                .map(|(line, postcode)| Address {
                    lines: vec![(*line).into()],
                    postcode: Some((*postcode).into()),
                })
                .collect();
            Prepared::new(&Demographics { addresses, ..Default::default() })
        };
        let frequencies = Frequencies::default();
        let scale = Scale { weights: Weights::built_in(), frequencies: &frequencies };
        let (left, right) = (record(left), record(right));
        for (l, r) in [(&left, &right), (&right, &left)] {
            let found = postcode(l, r, scale).level;
            assert_eq!((found, door(l, r, found, scale).level), expect);
        }
    }

    #[test]
    fn postcodes_and_doors() {
        use Level::{
            DoorAgree, DoorDiffer, DoorMissing, PostcodeClose, PostcodeDiffer, PostcodeFull,
            PostcodeMissing, PostcodeOutward,
        };
        let home = ("10 High Street", "TN34 1AB");
        check(&[home], &[("10, High St.", "tn341ab")], (PostcodeFull, DoorAgree));
        check(&[home], &[("Flat 2, 10 High St", "TN34 1AB")], (PostcodeFull, DoorAgree));
        check(&[home], &[("12 High Street", "TN34 1AB")], (PostcodeFull, DoorDiffer));
        check(&[home], &[("", "TN34 1AB")], (PostcodeFull, DoorMissing));
        check(&[home], &[("10 High Street", "TN34 1AC")], (PostcodeClose, DoorMissing));
        check(&[home], &[("10 High Street", "TN34 1BA")], (PostcodeClose, DoorMissing));
        check(&[home], &[("10 High Street", "TN34 9XY")], (PostcodeOutward, DoorMissing));
        check(&[home], &[("10 High Street", "BS1 4DJ")], (PostcodeDiffer, DoorMissing));
        check(&[home], &[("", "ZZ99 3VZ")], (PostcodeMissing, DoorMissing));
        check(&[home], &[], (PostcodeMissing, DoorMissing));
        // A former address counts like the present one.
        let moved = [("4 Elm Road", "BS1 4DJ"), home];
        check(&[home], &moved, (PostcodeFull, DoorAgree));
        check(
            &[("Rose Cottage", "WR8 0AA")],
            &[("ROSE COTTAGE", "WR80AA")],
            (PostcodeFull, DoorAgree),
        );
    }
}
