//! Proving who somebody is: passwords, one-time codes, sessions, levels of identity, as rules over values.
//!
//! Nothing here has a clock, randomness or storage: the time and random bytes are parameters, and what
//! must be remembered is a value that the caller keeps. Secrets that are looked up (session tokens) are
//! kept by their hash ([`secret_key`]). See ADR 9 and `docs/security.md`.

pub mod attempts;
pub mod jwt;
pub mod level;
pub mod oauth;
pub mod passkey;
pub mod password;
pub mod session;
pub mod totp;

use sha2::{Digest as _, Sha256};

/// The key that a secret is kept under: whoever reads the store cannot use it.
pub fn secret_key(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// Compares two secrets without telling by its time where they differ.
pub fn same_secret(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |all, (x, y)| all | (x ^ y)) == 0
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
