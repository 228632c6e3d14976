//! Slips in names: of the key, of the ear, of the scanner.
//!
//! To add a kind of slip, add a pair to a table or an arm to [`misspell`].

use crate::prng::Prng;

/// Letters that stand for the same sound.
const HEARD: &[(&str, &str)] = &[
    ("ph", "f"),
    ("ck", "k"),
    ("ie", "y"),
    ("ee", "ea"),
    ("ll", "l"),
    ("nn", "n"),
    ("tt", "t"),
    ("ey", "y"),
    ("ai", "ay"),
    ("ks", "x"),
    ("c", "k"),
    ("z", "s"),
    ("mac", "mc"),
    ("son", "sen"),
    ("ough", "uff"),
    ("th", "t"),
    ("i", "y"),
    ("e", "a"),
    ("ou", "u"),
    ("wr", "r"),
    ("kn", "n"),
];

/// Letters that look the same to a scanner.
const SEEN: &[(&str, &str)] = &[
    ("rn", "m"),
    ("m", "rn"),
    ("l", "1"),
    ("o", "0"),
    ("cl", "d"),
    ("vv", "w"),
    ("w", "vv"),
    ("h", "b"),
    ("e", "c"),
    ("n", "u"),
    ("i", "j"),
    ("s", "5"),
    ("g", "q"),
];

/// The keys beside a key.
const BESIDE: &[(char, &str)] = &[
    ('a', "sq"),
    ('b', "vn"),
    ('c', "xv"),
    ('d', "sf"),
    ('e', "wr"),
    ('f', "dg"),
    ('g', "fh"),
    ('h', "gj"),
    ('i', "uo"),
    ('j', "hk"),
    ('k', "jl"),
    ('l', "k"),
    ('m', "n"),
    ('n', "bm"),
    ('o', "ip"),
    ('p', "o"),
    ('r', "et"),
    ('s', "ad"),
    ('t', "ry"),
    ('u', "yi"),
    ('v', "cb"),
    ('w', "qe"),
    ('y', "tu"),
    ('z', "x"),
];

/// The name with one slip; the first letter mostly stays. The same name where none is possible.
pub fn misspell(prng: &mut Prng, name: &str) -> String {
    match prng.below(10) {
        0..3 => exchanged(prng, name, HEARD),
        3..5 => exchanged(prng, name, SEEN),
        5 => doubled(prng, name),
        6 => without_one(prng, name),
        7 => turned_round(prng, name),
        8 => plain(name).unwrap_or_else(|| turned_round(prng, name)),
        _ => beside(prng, name),
    }
}

/// The places of letters after the first.
fn places(name: &str) -> Vec<usize> {
    name.char_indices().filter(|(at, c)| *at > 0 && c.is_alphabetic()).map(|(at, _)| at).collect()
}

fn exchanged(prng: &mut Prng, name: &str, table: &[(&str, &str)]) -> String {
    let start = prng.below(table.len() as u32) as usize;
    for offset in 0..table.len() {
        let (from, to) = table[(start + offset) % table.len()];
        // The first letter is a capital, so it never matches.
        if let Some(at) = name.find(from) {
            return format!("{}{to}{}", &name[..at], &name[at + from.len()..]);
        }
    }
    doubled(prng, name)
}

fn doubled(prng: &mut Prng, name: &str) -> String {
    let places = places(name);
    if places.is_empty() {
        return name.to_owned();
    }
    let at = *prng.pick(&places);
    let letter = name[at..].chars().next().unwrap_or('a');
    format!("{}{letter}{}", &name[..at], &name[at..])
}

fn without_one(prng: &mut Prng, name: &str) -> String {
    let places = places(name);
    if places.len() < 3 {
        return doubled(prng, name);
    }
    let at = *prng.pick(&places);
    let length = name[at..].chars().next().map_or(1, char::len_utf8);
    format!("{}{}", &name[..at], &name[at + length..])
}

fn turned_round(prng: &mut Prng, name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() < 4 {
        return doubled(prng, name);
    }
    let at = 1 + prng.below(letters.len() as u32 - 2) as usize;
    letters.swap(at, at + 1);
    letters.into_iter().collect()
}

fn beside(prng: &mut Prng, name: &str) -> String {
    let places = places(name);
    if places.is_empty() {
        return name.to_owned();
    }
    let at = *prng.pick(&places);
    let letter = name[at..].chars().next().unwrap_or('a');
    let Some((_, keys)) = BESIDE.iter().find(|(key, _)| *key == letter) else {
        return doubled(prng, name);
    };
    let keys: Vec<char> = keys.chars().collect();
    format!("{}{}{}", &name[..at], prng.pick(&keys), &name[at + letter.len_utf8()..])
}

/// The name without apostrophes, hyphens and marks above letters, as old systems keep it.
fn plain(name: &str) -> Option<String> {
    const MARKS: &[(char, char)] = &[
        ('á', 'a'),
        ('é', 'e'),
        ('í', 'i'),
        ('ó', 'o'),
        ('ú', 'u'),
        ('ł', 'l'),
        ('ś', 's'),
        ('ż', 'z'),
        ('ź', 'z'),
        ('ą', 'a'),
        ('ę', 'e'),
        ('ń', 'n'),
        ('ć', 'c'),
        ('ö', 'o'),
        ('ü', 'u'),
        ('ñ', 'n'),
        ('ç', 'c'),
        ('â', 'a'),
        ('ë', 'e'),
        ('ø', 'o'),
        ('š', 's'),
        ('ř', 'r'),
        ('ŷ', 'y'),
        ('ã', 'a'),
        ('ê', 'e'),
    ];
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, '\'' | '-'))
        .map(|c| MARKS.iter().find(|(marked, _)| *marked == c).map_or(c, |(_, letter)| *letter))
        .collect();
    (plain != name).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_small_and_mostly_there() {
        let mut prng = Prng::new(9);
        for name in ["Thompson", "O'Connor", "Wójcik", "Ng", "Bird-Hughes", "Ó Súilleabháin"] {
            let slips: Vec<String> = (0..200).map(|_| misspell(&mut prng, name)).collect();
            let changed = slips.iter().filter(|slip| *slip != name).count();
            assert!(changed > 140, "{name}: {changed}");
            for slip in slips {
                let before = name.chars().count() as i32;
                let after = slip.chars().count() as i32;
                assert!((before - after).abs() <= 2, "{name} {slip}");
            }
        }
    }
}
