//! One-time codes by time. Spec: RFC 6238 over RFC 4226, six digits, steps of 30 seconds, SHA-1, as every
//! authenticator app has it.

use hmac::{Hmac, Mac as _};
use sha1::Sha1;

/// Seconds of a step.
const STEP: i64 = 30;
/// Steps before and after the present one whose codes are taken: clocks differ, and people type.
const WINDOW: i64 = 1;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step of a time in seconds since 1970.
pub fn step_at(seconds: i64) -> i64 {
    seconds.div_euclid(STEP)
}

/// The code of a step.
pub fn code(secret: &[u8], step: i64) -> String {
    format!("{:06}", truncated(secret, step) % 1_000_000)
}

/// The number that a code's digits are the end of (RFC 4226 §5.3).
fn truncated(secret: &[u8], step: i64) -> u32 {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return 0 };
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 0x0F);
    u32::from_be_bytes([hash[at] & 0x7F, hash[at + 1], hash[at + 2], hash[at + 3]])
}

/// The step whose code was typed, if it is one that may be used now: near the present, and after the last
/// one that was used, so that a code that somebody has looked at cannot be used again.
pub fn accepted(secret: &[u8], typed: &str, seconds: i64, last_used: Option<i64>) -> Option<i64> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let now = step_at(seconds);
    let mut found = None;
    for step in now - WINDOW..=now + WINDOW {
        // All are compared, so that the time says nothing.
        let is_same = crate::same_secret(code(secret, step).as_bytes(), digits.as_bytes());
        if is_same && last_used.is_none_or(|last| step > last) {
            found = Some(step);
        }
    }
    found
}

/// A secret in the letters that authenticator apps take (RFC 4648 §6, without padding).
pub fn base32(secret: &[u8]) -> String {
    let mut out = String::with_capacity(secret.len() * 8 / 5 + 1);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in secret {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(ALPHABET[(held >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        out.push(char::from(ALPHABET[(held << (5 - bits) & 31) as usize]));
    }
    out
}
