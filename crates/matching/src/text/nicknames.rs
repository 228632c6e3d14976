//! Short and pet forms of given names.
//!
//! The table is `data/nicknames.txt`: one group a line, the full form first. To add a form, add it
//! to its line; a form may stand in several groups (Alex, Sam).

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

use super::token::{Token, words};

static GROUPS: LazyLock<HashMap<Token, Vec<u16>, FixedState>> = LazyLock::new(|| {
    let mut groups: HashMap<Token, Vec<u16>, FixedState> = HashMap::default();
    let lines = include_str!("../../data/nicknames.txt").lines();
    for (group, line) in lines.filter(|line| !line.starts_with('#')).enumerate() {
        for word in words(line, 64) {
            groups.entry(word).or_default().push(group as u16);
        }
    }
    groups
});

/// Whether both are forms of one name.
pub(crate) fn are_forms_of_one_name(left: &Token, right: &Token) -> bool {
    let (Some(left), Some(right)) = (GROUPS.get(left), GROUPS.get(right)) else {
        return false;
    };
    left.iter().any(|group| right.contains(group))
}

/// Whether the table knows the word as a given name.
pub(crate) fn is_known(name: &Token) -> bool {
    GROUPS.contains_key(name)
}

#[cfg(test)]
mod tests {
    use super::{are_forms_of_one_name, is_known};
    use crate::text::token::Token;

    #[test]
    fn forms() {
        let check = |left, right, expect| {
            let (left, right) = (Token::word(left), Token::word(right));
            assert_eq!(are_forms_of_one_name(&left, &right), expect, "{left:?} {right:?}");
            assert_eq!(are_forms_of_one_name(&right, &left), expect, "{right:?} {left:?}");
        };
        check("Margaret", "Peggy", true);
        check("Bill", "William", true);
        check("Alex", "Alexander", true);
        check("Alex", "Alexandra", true);
        check("Alexander", "Alexandra", false);
        check("Jack", "James", false);
        check("Xyzzy", "William", false);
        assert!(is_known(&Token::word("Margaret")));
        assert!(!is_known(&Token::word("# group")));
    }
}
