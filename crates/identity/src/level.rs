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

impl Level {
    /// The level of this name.
    pub fn parse(name: &str) -> Option<Level> {
        match name {
            "P0" => Some(Level::P0),
            "P5" => Some(Level::P5),
            "P9" => Some(Level::P9),
            _ => None,
        }
    }
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
    /// A vector as it is written: `P9.Cp.Cd`. A device's key (`Ck`) beside a password counts as a code by
    /// the device. `None` where a part is not known, which then proves nothing.
    pub fn parse(text: &str) -> Option<Vector> {
        let (level, ways) = text.split_once('.')?;
        let by = match ways {
            "Cp" => SignedInBy::Password,
            "Cp.Cd" | "Cp.Ck" => SignedInBy::PasswordAndCode,
            "Cm" => SignedInBy::Key,
            _ => return None,
        };
        Some(Vector { level: Level::parse(level)?, by })
    }

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
