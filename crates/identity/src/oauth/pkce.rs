//! Proof key for code exchange, S256 only: `plain` protects nobody. Spec: RFC 7636, OAuth 2.1 section 7.5.2.

use sha2::{Digest as _, Sha256};

use crate::jwt::base64url;

/// Whether this can be a challenge of S256: 43 letters of base64url.
pub fn is_challenge(challenge: &str) -> bool {
    challenge.len() == 43
        && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Whether this can be a verifier: 43 to 128 unreserved characters.
pub fn is_verifier(verifier: &str) -> bool {
    (43..=128).contains(&verifier.len())
        && verifier
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

/// The challenge of a verifier.
pub fn challenge_of(verifier: &str) -> String {
    base64url(&Sha256::digest(verifier.as_bytes()))
}

/// Whether the verifier is the one that the challenge was made of.
pub fn holds(challenge: &str, verifier: &str) -> bool {
    is_verifier(verifier)
        && crate::same_secret(challenge_of(verifier).as_bytes(), challenge.as_bytes())
}
