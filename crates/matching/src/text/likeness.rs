//! How alike two words are: Jaro–Winkler, and whether one slip of the keyboard separates them.
//!
//! Jaro 1989 and Winkler 1990, in the usual form: prefix scale 0.1 over at most four letters.
//! Another measure is a function here with its table of cases below.

use super::token::Token;

/// Jaro–Winkler similarity from 0 to 1; the same both ways round.
pub(crate) fn jaro_winkler(left: &Token, right: &Token) -> f32 {
    with_letters(left, right, similarity)
}

/// Whether one insertion, deletion, replacement or swap of neighbours turns one into the other.
pub(crate) fn one_slip(left: &Token, right: &Token) -> bool {
    with_letters(left, right, is_one_slip)
}

/// Runs a measure on letters: bytes where all are ASCII, else characters.
fn with_letters<R>(left: &Token, right: &Token, measure: impl Fn(&[u32], &[u32]) -> R) -> R {
    let mut letters = [[0u32; 24]; 2];
    let mut lengths = [0; 2];
    for (side, token) in [left, right].into_iter().enumerate() {
        for character in token.as_str().chars() {
            letters[side][lengths[side]] = character as u32;
            lengths[side] += 1;
        }
    }
    measure(&letters[0][..lengths[0]], &letters[1][..lengths[1]])
}

fn similarity(left: &[u32], right: &[u32]) -> f32 {
    if left.is_empty() || right.is_empty() {
        return 0.0;
    }
    let window = (left.len().max(right.len()) / 2).saturating_sub(1);
    let mut left_matched = 0u32;
    let mut right_matched = 0u32;
    let mut matches = 0u32;
    for (i, letter) in left.iter().enumerate() {
        let end = (i + window + 1).min(right.len());
        for (j, other) in right.iter().enumerate().take(end).skip(i.saturating_sub(window)) {
            if right_matched & 1 << j == 0 && other == letter {
                left_matched |= 1 << i;
                right_matched |= 1 << j;
                matches += 1;
                break;
            }
        }
    }
    if matches == 0 {
        return 0.0;
    }
    let in_order = (0..left.len()).filter(|i| left_matched & 1 << i != 0).map(|i| left[i]);
    let out_of_order = in_order
        .zip((0..right.len()).filter(|j| right_matched & 1 << j != 0).map(|j| right[j]))
        .filter(|(a, b)| a != b)
        .count();
    let m = matches as f32;
    let transposed = (out_of_order / 2) as f32;
    let jaro = (m / left.len() as f32 + m / right.len() as f32 + (m - transposed) / m) / 3.0;
    let prefix = left.iter().zip(right).take(4).take_while(|(a, b)| a == b).count() as f32;
    jaro + prefix * 0.1 * (1.0 - jaro)
}

fn is_one_slip(left: &[u32], right: &[u32]) -> bool {
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let head = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    match long.len() - short.len() {
        0 if head == short.len() => false,
        0 => {
            let replaced = short[head + 1..] == long[head + 1..];
            let swapped = head + 1 < short.len()
                && short[head] == long[head + 1]
                && short[head + 1] == long[head]
                && short[head + 2..] == long[head + 2..];
            replaced || swapped
        }
        1 => short[head..] == long[head + 1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{jaro_winkler, one_slip};
    use crate::text::token::Token;

    #[test]
    fn published_similarities() {
        let check = |left, right, expect: f32| {
            let (left, right) = (Token::word(left), Token::word(right));
            let found = jaro_winkler(&left, &right);
            assert!((found - expect).abs() < 0.001, "{left:?} {right:?} {found}");
            assert!((found - jaro_winkler(&right, &left)).abs() < 1e-6, "{left:?} {right:?}");
        };
        // The worked examples of Winkler's papers.
        check("MARTHA", "MARHTA", 0.961);
        check("DWAYNE", "DUANE", 0.840);
        check("DIXON", "DICKSONX", 0.813);
        check("SAME", "SAME", 1.0);
        check("ABC", "XYZ", 0.0);
        check("", "A", 0.0);
    }

    #[test]
    fn slips() {
        let check = |left, right, expect| {
            let (left, right) = (Token::word(left), Token::word(right));
            assert_eq!(one_slip(&left, &right), expect, "{left:?} {right:?}");
            assert_eq!(one_slip(&right, &left), expect, "{right:?} {left:?}");
        };
        check("SMITH", "SMYTH", true);
        check("SMITH", "SMIHT", true);
        check("SMITH", "SMIT", true);
        check("SMITH", "SMITHS", true);
        check("SMITH", "SMITH", false);
        check("SMITH", "SMYHT", false);
        check("A", "B", true);
        check("", "", false);
        check("ИВАНОВ", "ИВАНОВА", true);
    }
}
