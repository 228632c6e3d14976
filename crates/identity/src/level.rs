//! Levels of identity and ways of signing in, as NHS login names them. Spec: DAPB/DCB3051, and NHS login's
//! vectors of trust: `P9.Cp.Cd` is high identity, password, and a code by a registered device.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How well it is proven who somebody is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// Not at all: an email address.
    #[default]
    P0,
    /// By what they know.
    P5,
    /// By a comparison with the person, or by what their practice gave them.
    P9,
}

/// How somebody has signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SignedInBy {
    /// `Cp`: a password.
    #[default]
    Password,
    /// `Cp.Cd`: a password, and a code by a device of theirs.
    PasswordAndCode,
    /// `Cm`: a key that their device holds (a passkey).
    Key,
}

/// A vector of trust.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vector {
    /// How well they are known.
    pub level: Level,
    /// How they signed in.
    pub by: SignedInBy,
}

/// What is missing before a vector will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A second factor.
    Code,
    /// A proof of who they are.
    Proof,
}

impl Vector {
    /// What reading a record takes: P9, with more than a password.
    pub fn may_read(self) -> bool {
        self.missing_for_reading().is_none()
    }

    /// What is missing before they may read a record; the code comes first, since it is asked for again
    /// and again, and the proof once.
    pub fn missing_for_reading(self) -> Option<Missing> {
        if self.by == SignedInBy::Password {
            Some(Missing::Code)
        } else if self.level < Level::P9 {
            Some(Missing::Proof)
        } else {
            None
        }
    }
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.by {
            SignedInBy::Password => "Cp",
            SignedInBy::PasswordAndCode => "Cp.Cd",
            SignedInBy::Key => "Cm",
        };
        write!(f, "{:?}.{by}", self.level)
    }
}
