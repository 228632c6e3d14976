//! Small numbers, which could tell somebody by what they did, are not shown.

/// The least number that is shown as it is.
pub const SMALL: u64 = 5;

/// A count as it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It.
    Count(u64),
    /// Fewer than [`SMALL`]; also none, so that nobody can tell one from none.
    Few,
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Shown::Count(count) => write!(f, "{count}"),
            Shown::Few => write!(f, "fewer than {SMALL}"),
        }
    }
}

/// A count as it may be shown.
pub fn shown(count: u64) -> Shown {
    if count < SMALL { Shown::Few } else { Shown::Count(count) }
}
