//! Sessions of people at a browser: how long they last, and what they remember.
//! Spec: NHS login's rules for web sessions (30 minutes of rest, 12 hours in all); OWASP ASVS V3.

use serde::{Deserialize, Serialize};

use crate::level::Vector;

/// Microseconds without a request after which a session is over.
pub const IDLE: i64 = 30 * 60 * 1_000_000;
/// Microseconds after which a session is over in any case.
pub const WHOLE: i64 = 12 * 60 * 60 * 1_000_000;
/// How much later a session must have been used for that to be written down again.
const NOTED_EVERY: i64 = 60 * 1_000_000;

/// A session, kept under the hash of its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The name of the account.
    pub account: String,
    /// When the person signed in: microseconds since 1970.
    pub begun: i64,
    /// When it was last used.
    pub used: i64,
    /// How they signed in.
    pub vector: Vector,
    /// The token that forms of the session carry.
    pub form_token: String,
    /// Records that were opened by breaking the glass: Person, and until when.
    #[serde(default)]
    pub opened: Vec<(String, i64)>,
    /// The Person whom they act for at present; nobody else where it is empty.
    #[serde(default)]
    pub acting_for: String,
}

impl Session {
    /// A session that begins now.
    pub fn begin(account: &str, vector: Vector, form_token: String, now: i64) -> Session {
        let account = account.to_owned();
        Session {
            account,
            begun: now,
            used: now,
            vector,
            form_token,
            opened: Vec::new(),
            acting_for: String::new(),
        }
    }

    /// When it is over, if it is not used before.
    pub fn ends(&self) -> i64 {
        (self.used + IDLE).min(self.begun + WHOLE)
    }

    /// Whether it still goes on.
    pub fn is_live(&self, now: i64) -> bool {
        now < self.ends() && now >= self.begun
    }

    /// The session as used now; `None` where that need not be written down.
    #[must_use]
    pub fn used_at(&self, now: i64) -> Option<Session> {
        (now - self.used >= NOTED_EVERY).then(|| Session { used: now, ..self.clone() })
    }
}
