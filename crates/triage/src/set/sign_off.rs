//! Sign-off: who answers clinically for a topic, bound to the content by its digest.
//!
//! A sign-off names the SHA-256 of everything before the line `[sign_off]`, which is the file's last
//! table. Whoever changes a word afterwards has a topic that is not signed off: the reader says so.

use sha2::{Digest, Sha256};

/// The clinical sign-off of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignOff {
    /// Nobody answers for it: a demonstrator, not clinically assured.
    NotSignedOff,
    /// A clinical safety officer answers for this content.
    SignedOff {
        /// Their name.
        name: String,
        /// Their role.
        role: String,
        /// The day.
        date: jiff::civil::Date,
    },
}

impl SignOff {
    /// Whether somebody answers for it.
    pub fn is_signed_off(&self) -> bool {
        matches!(self, SignOff::SignedOff { .. })
    }
}

/// The digest of a file's content without its sign-off, as `sed '/^\[sign_off\]/,$d' | sha256sum` gives it.
pub fn content_digest(text: &str) -> String {
    let end = sign_off_starts(text).unwrap_or(text.len());
    digest_of(&text[..end])
}

/// SHA-256 of a text in hexadecimal.
pub(crate) fn digest_of(text: &str) -> String {
    let mut words = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        words.push_str(&format!("{byte:02x}"));
    }
    words
}

/// The byte at which the line `[sign_off]` begins.
pub(crate) fn sign_off_starts(text: &str) -> Option<usize> {
    if text.starts_with("[sign_off]") {
        return Some(0);
    }
    text.find("\n[sign_off]").map(|at| at + 1)
}
