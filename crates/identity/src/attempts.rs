//! Guessing made slow: how long to wait after so many failures. Nobody is locked out for good, since a
//! stranger could do that to anybody. Spec: NIST SP 800-63B §5.2.2; OWASP ASVS 2.2.1.

use serde::{Deserialize, Serialize};

/// Failures that cost nothing: people mistype.
const FREE: u32 = 5;
/// Microseconds of the first wait; each failure more doubles it.
const FIRST: i64 = 5 * 1_000_000;
/// Microseconds of a wait at the most.
const LONGEST: i64 = 15 * 60 * 1_000_000;
/// Microseconds after which failures are forgotten.
const FORGOTTEN: i64 = 60 * 60 * 1_000_000;

/// Failures of one account from one address, or of one address with any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// How many in a row.
    pub failures: u32,
    /// When the last one was: microseconds since 1970.
    pub last: i64,
}

impl Attempts {
    /// How long to wait before the next try, in microseconds; 0 is not at all.
    pub fn wait(&self, now: i64) -> i64 {
        if self.failures < FREE || now - self.last >= FORGOTTEN {
            return 0;
        }
        let doubled = FIRST.saturating_mul(1 << (self.failures - FREE).min(20));
        (self.last + doubled.min(LONGEST) - now).max(0)
    }

    /// With one failure more.
    #[must_use]
    pub fn failed(&self, now: i64) -> Attempts {
        let is_fresh = now - self.last < FORGOTTEN;
        let failures = if is_fresh { self.failures.saturating_add(1) } else { 1 };
        Attempts { failures, last: now }
    }

    /// When it need not be remembered any longer.
    pub fn expires(&self) -> i64 {
        self.last + FORGOTTEN
    }
}
