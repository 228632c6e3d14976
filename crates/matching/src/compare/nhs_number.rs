//! NHS numbers: same, one slip apart, or different, weighed by who verified them.
//!
//! The number alone is not identity; [`crate::verdict`] asks for other facts beside it. Another
//! verification status changes [`crate::Verification`], not this file.

use super::level::Level;
use super::{Finding, Scale};
use crate::prepared::{Prepared, PreparedNhs};

pub(crate) fn compare(left: &Prepared, right: &Prepared, scale: Scale<'_>) -> Finding {
    scale.plain(level(left, right))
}

fn level(left: &Prepared, right: &Prepared) -> Level {
    let pairs = || left.usable_nhs().flat_map(|l| right.usable_nhs().map(move |r| (l, r)));
    let verified_in = |(l, r): (&PreparedNhs, &PreparedNhs)| {
        usize::from(l.is_verified()) + usize::from(r.is_verified())
    };
    if let Some(most) = pairs().filter(|(l, r)| l.digits == r.digits).map(verified_in).max() {
        return [Level::NhsUnverified, Level::NhsOneVerified, Level::NhsBothVerified][most];
    }
    if pairs().any(|pair| verified_in(pair) == 2) {
        return Level::NhsDifferVerified;
    }
    if pairs().next().is_some() {
        return Level::NhsDiffer;
    }
    let near = left
        .nhs
        .iter()
        .flat_map(|l| right.nhs.iter().map(move |r| (l, r)))
        .any(|(l, r)| l.is_valid != r.is_valid && is_one_slip(l.digits, r.digits));
    if near { Level::NhsNearMiss } else { Level::NhsMissing }
}

/// Whether one wrong digit or one swap of neighbours separates two numbers of ten digits.
fn is_one_slip(left: u64, right: u64) -> bool {
    let digits = |number: u64| (0..10u32).map(move |place| (number / 10u64.pow(place) % 10) as u8);
    let differing: Vec<usize> = digits(left)
        .zip(digits(right))
        .enumerate()
        .filter_map(|(place, (l, r))| (l != r).then_some(place))
        .take(3)
        .collect();
    match differing[..] {
        [_] => true,
        [first, second] => {
            let at = |number, place| digits(number).nth(place);
            second == first + 1
                && at(left, first) == at(right, second)
                && at(left, second) == at(right, first)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::level;
    use crate::compare::level::Level;
    use crate::demographics::{Demographics, NhsNumberClaim};
    use crate::prepared::Prepared;

    #[test]
    fn levels() {
        let record = |claims: &[(&str, &str)]| {
            let nhs_numbers = claims
                .iter()
                .map(|(number, status)| NhsNumberClaim {
                    number: (*number).into(),
                    status: Some((*status).into()),
                })
                .collect();
            Prepared::new(&Demographics { nhs_numbers, ..Default::default() })
        };
        let check = |left: &[(&str, &str)], right: &[(&str, &str)], expect| {
            assert_eq!(level(&record(left), &record(right)), expect, "{left:?} {right:?}");
            assert_eq!(level(&record(right), &record(left)), expect, "{right:?} {left:?}");
        };
        let (a, b) = ("9990000018", "9990000050");
        check(&[(a, "01")], &[("999 000 0018", "NSTS01")], Level::NhsBothVerified);
        check(&[(a, "01")], &[(a, "02")], Level::NhsOneVerified);
        check(&[(a, "02")], &[(a, "03")], Level::NhsUnverified);
        check(&[(a, "01")], &[(b, "01")], Level::NhsDifferVerified);
        check(&[(a, "01")], &[(b, "02")], Level::NhsDiffer);
        check(&[(a, "01")], &[(b, "01"), (a, "01")], Level::NhsBothVerified);
        // A disputed number is no evidence.
        check(&[(a, "05")], &[(a, "01")], Level::NhsMissing);
        check(&[(a, "01")], &[(b, "04")], Level::NhsMissing);
        check(&[], &[(a, "01")], Level::NhsMissing);
        check(&[], &[], Level::NhsMissing);
        // The second number fails its check digit.
        check(&[(a, "01")], &[("9990000081", "02")], Level::NhsNearMiss);
        check(&[(a, "01")], &[("9990000019", "02")], Level::NhsNearMiss);
        check(&[(a, "01")], &[("9990000028", "02")], Level::NhsNearMiss);
        check(&[(a, "01")], &[("9910000081", "02")], Level::NhsMissing);
        check(&[(a, "01")], &[("not known", "02")], Level::NhsMissing);
    }
}
