//! Digests: stable ids, secrets that a resource may not show, and lots that can be proved.
//!
//! Parts are joined with their lengths, so that no two lists of parts give one text.

use fhir::ResourceId;
use sha2::{Digest, Sha256};

/// SHA-256 of parts, each with its length (8 bytes, big end first) before it.
pub(crate) fn of_bytes(purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The same of texts.
pub(crate) fn of(purpose: &str, parts: &[&str]) -> [u8; 32] {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    of_bytes(purpose, &parts)
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A logical id that always comes out the same for the same parts.
pub(crate) fn id(purpose: &str, parts: &[&str]) -> String {
    let digest = of(purpose, parts);
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    // A UUID of version 8, RFC 9562 §5.8: an own kind of hash.
    first[6] = first[6] & 0x0f | 0x80;
    first[8] = first[8] & 0x3f | 0x80;
    ResourceId::from_uuid_bytes(first).as_str().to_owned()
}

/// A digest as text, for what must be compared but not shown.
pub(crate) fn text(purpose: &str, parts: &[&str]) -> String {
    hex(&of(purpose, parts))
}
