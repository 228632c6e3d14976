//! NHS numbers of the test range 999, with the check digit of modulus 11.
//!
//! Spec: NHS Data Dictionary, "NHS NUMBER". Digits one to nine weigh ten to two; a number whose
//! check would be ten is never issued.

/// The check digit of nine digits, or none where the number cannot be issued.
pub fn check_digit(base: u32) -> Option<u32> {
    let mut sum = 0;
    let mut rest = base;
    for weight in 2..=10 {
        sum += (rest % 10) * weight;
        rest /= 10;
    }
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        check => Some(check),
    }
}

/// True for ten digits whose last is the right check digit.
pub fn is_valid(text: &str) -> bool {
    let Ok(number) = text.parse::<u64>() else { return false };
    text.len() == 10
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && check_digit((number / 10) as u32).is_some_and(|check| u64::from(check) == number % 10)
}

fn complete(base: u32) -> Option<String> {
    check_digit(base).map(|check| format!("{base:09}{check}"))
}

/// The first of the bases 999 000 000 … kept for people with fixed numbers.
const RESERVED: u32 = 10_000;
const RANGE: u32 = 1_000_000 - RESERVED;

/// The fixed number of hero `index` of a site, the same for every seed.
pub fn fixed(site: u32, index: u32) -> String {
    let first = 999_000_000 + 1_000 * (site + 1);
    (first..).filter_map(complete).nth(index as usize).unwrap_or_default()
}

/// Numbers for people in order: no number twice, and the first ones do not change when more follow.
pub fn sequence(seed: u64) -> impl Iterator<Item = String> {
    let start = (seed % u64::from(RANGE)) as u32;
    // The step shares no factor with the 990,000 bases, so it visits each once.
    (0..RANGE)
        .map(move |index| {
            let at = (u64::from(start) + u64::from(index) * 387_413) % u64::from(RANGE);
            999_000_000 + RESERVED + at as u32
        })
        .filter_map(complete)
}

/// The number with two neighbouring digits changed round, where that makes the check fail.
pub fn transposed(number: &str, place: usize) -> Option<String> {
    let mut digits = number.as_bytes().to_vec();
    for offset in 0..6 {
        let at = 3 + (place + offset) % 6;
        if digits.get(at) != digits.get(at + 1) {
            digits.swap(at, at + 1);
            return String::from_utf8(digits).ok().filter(|text| !is_valid(text));
        }
    }
    None
}

/// The number as people write it: `999 000 0123`.
pub fn spaced(number: &str) -> String {
    match (number.get(..3), number.get(3..6), number.get(6..)) {
        (Some(a), Some(b), Some(c)) => format!("{a} {b} {c}"),
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn published_numbers() {
        let valid = ["9000000009", "9434765919", "3495456481", "5189214567", "9990000050"];
        let invalid = [
            "4857773456",
            "3478526985",
            "8527685222",
            "9000543664",
            "900000000",
            "90000000090",
            "900000000X",
            "",
            "+900000009",
        ];
        for number in valid {
            assert!(is_valid(number), "{number}");
        }
        for number in invalid {
            assert!(!is_valid(number), "{number}");
        }
        for base in [999_000_000, 999_000_014, 999_000_028] {
            assert_eq!(check_digit(base), None);
        }
    }

    #[test]
    fn a_sequence_repeats_nothing_and_stays_in_the_test_range() {
        let numbers: Vec<String> = sequence(42).take(50_000).collect();
        assert!(numbers.iter().all(|n| is_valid(n) && n.starts_with("999")));
        let fixed_ones = (0..5).flat_map(|site| (0..20).map(move |index| fixed(site, index)));
        let all: HashSet<String> = numbers.into_iter().chain(fixed_ones).collect();
        assert_eq!(all.len(), 50_100);
    }

    #[test]
    fn transposing_breaks_the_check() {
        for number in sequence(1).take(2_000) {
            for place in 0..6 {
                assert!(transposed(&number, place).is_none_or(|text| !is_valid(&text)));
            }
        }
        assert_eq!(spaced("9990000123"), "999 000 0123");
    }
}
