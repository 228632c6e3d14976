//! The nearest known name to one that is not known.

/// The known name with the fewest edits to `name`, where they are few enough to be a slip.
pub(crate) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    const LENGTH_MAX: usize = 64;
    if name.is_empty() || name.len() > LENGTH_MAX {
        return None;
    }
    let allowed = 1 + name.chars().count() / 4;
    known
        .map(|candidate| (edits(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(edits, _)| *edits <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours that make one text of the other.
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = last;
        last = row;
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips() {
        let known = ["birthdate", "name", "family", "gender", "_lastUpdated"];
        let cases = [
            ("birthdat", Some("birthdate")),
            ("birthDate", Some("birthdate")),
            ("brithdate", Some("birthdate")),
            ("nmae", Some("name")),
            ("lastUpdated", Some("_lastUpdated")),
            ("zzz", None),
            ("", None),
            ("é", None),
        ];
        for (name, near) in cases {
            assert_eq!(nearest(name, known.into_iter()), near, "{name}");
        }
    }
}
