//! Digests: stable ids, secrets that a resource may not show, and lots that can be proved.
//!
//! Parts are joined with their lengths, so that no two lists of parts give one text.

use fhir::ResourceId;
use sha2::{Digest, Sha256};

/// SHA-256 of parts, each with its length before it.
pub(crate) fn of(purpose: &str, parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in std::iter::once(&purpose).chain(parts) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// A logical id that always comes out the same for the same parts.
pub(crate) fn id(purpose: &str, parts: &[&str]) -> String {
    let digest = of(purpose, parts);
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    ResourceId::from_uuid_bytes(first).as_str().to_owned()
}

/// A digest as text, for what must be compared but not shown.
pub(crate) fn text(purpose: &str, parts: &[&str]) -> String {
    let hex = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    of(purpose, parts).iter().flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]).collect()
}
