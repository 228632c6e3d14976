//! Links to the page before and the page after, with the counts in words.

use crate::console::ledger::grouped;
use askama::Template;

/// Where the reader stands in a long list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "components/pagination.html")]
pub struct Pagination {
    /// The number of the first row shown, from 1; 0 where nothing is shown.
    pub first: usize,
    /// The number of the last row shown.
    pub last: usize,
    /// How many rows there are in all.
    pub total: usize,
    /// The rows by their plain plural, as `entries`.
    pub noun: &'static str,
    /// The words and the address of the page before.
    pub previous: Option<Step>,
    /// The words and the address of the page after.
    pub next: Option<Step>,
}

/// One step of a pagination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What the link says, as `Older entries`.
    pub words: &'static str,
    /// Where it goes.
    pub href: String,
}

impl Pagination {
    /// What is shown of how much, as `51 to 100 of 212 entries`.
    pub fn words(&self) -> String {
        let Self { first, last, total, noun, .. } = self;
        let [first, last, all] = [first, last, total].map(grouped);
        if *total == 0 {
            format!("No {noun}")
        } else if self.is_single() {
            format!("{all} {noun}, all shown")
        } else {
            format!("{first} to {last} of {all} {noun}")
        }
    }

    /// Whether one page holds it all.
    pub fn is_single(&self) -> bool {
        self.previous.is_none() && self.next.is_none()
    }
}
