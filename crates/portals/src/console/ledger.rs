//! The ledger of a feed: received = stored + waiting + set aside + filtered, said in words.

use crate::components::moment::Moment;
use askama::Template;
use std::fmt::Display;

/// What became of everything that was received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "console/ledger.html")]
pub struct Ledger {
    /// What came in and was acknowledged.
    pub received: u64,
    /// What became part of the record.
    pub stored: u64,
    /// What waits to be worked on.
    pub waiting: u64,
    /// What could not be worked on and is kept for a person to look at.
    pub set_aside: u64,
    /// What was left out on purpose, by a rule of the feed.
    pub filtered: u64,
}

impl Ledger {
    /// Received less all that is accounted for; 0 where the ledger balances.
    pub fn difference(&self) -> i128 {
        let accounted = [self.stored, self.waiting, self.set_aside, self.filtered];
        i128::from(self.received) - accounted.into_iter().map(i128::from).sum::<i128>()
    }

    /// Whether it balances.
    pub fn balances(&self) -> bool {
        self.difference() == 0
    }

    /// Whether it balances, in words.
    pub fn words(&self) -> String {
        match self.difference() {
            0 => "Balances".to_owned(),
            missing @ 1.. => format!("Does not balance: {} not accounted for", grouped(missing)),
            extra => format!("Does not balance: {} more than received", grouped(-extra)),
        }
    }

    /// The ledger of several feeds together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            received: self.received + other.received,
            stored: self.stored + other.stored,
            waiting: self.waiting + other.waiting,
            set_aside: self.set_aside + other.set_aside,
            filtered: self.filtered + other.filtered,
        }
    }

    /// The five counts with their names, received first.
    pub fn counts(&self) -> [(&'static str, u64); 5] {
        [
            ("Received", self.received),
            ("Stored", self.stored),
            ("Waiting", self.waiting),
            ("Set aside", self.set_aside),
            ("Filtered", self.filtered),
        ]
    }

    fn parts(&self) -> [(&'static str, u64, &'static str); 4] {
        [
            ("Stored", self.stored, "="),
            ("Waiting", self.waiting, "+"),
            ("Set aside", self.set_aside, "+"),
            ("Filtered", self.filtered, "+"),
        ]
    }
}

/// A whole number with a comma between groups of three digits.
pub fn grouped(number: impl Display) -> String {
    let number = number.to_string();
    let (sign, digits) = number.strip_prefix('-').map_or(("", &*number), |digits| ("-", digits));
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    text.push_str(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Failures of one cause, told once with their count.
#[derive(Clone, Debug)]
pub struct ErrorGroup {
    /// The feed, where several are shown together.
    pub feed: String,
    /// The page of the feed narrowed to this cause.
    pub href: String,
    /// The cause in one sentence, without data of a person.
    pub cause: String,
    /// Where in the message, as `PID-7`; empty where it is the whole.
    pub place: String,
    /// How many messages.
    pub count: u64,
    /// When it was first seen.
    pub first: Moment,
    /// When it was last seen.
    pub last: Moment,
    /// The page of one of them.
    pub example_href: String,
}

/// All groups, those with most messages first.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/error_groups.html")]
pub struct ErrorGroups {
    /// The groups.
    pub groups: Vec<ErrorGroup>,
    /// Whether the feed has to be named.
    pub name_feed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(received: u64) -> Ledger {
        Ledger { received, stored: 90, waiting: 5, set_aside: 3, filtered: 2 }
    }

    #[test]
    fn the_balance_in_words() {
        assert_eq!(ledger(100).words(), "Balances");
        assert_eq!(ledger(1_334).words(), "Does not balance: 1,234 not accounted for");
        assert_eq!(ledger(99).words(), "Does not balance: 1 more than received");
        assert!(Ledger::default().balances());
        let full = Ledger { received: u64::MAX, stored: u64::MAX, waiting: u64::MAX, ..ledger(0) };
        assert!(!full.balances());
    }

    #[test]
    fn digits_in_threes() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")]
        {
            assert_eq!(grouped(number), text);
        }
    }
}
