//! Logical ids as they are kept: a lower-case UUID as its 16 bytes, any other id as its text.
//!
//! The two never meet, because a database tells a text from a blob.

use fhir::ResourceId;

/// A logical id in the form that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompactId<'i> {
    /// A UUID.
    Uuid([u8; 16]),
    /// Any other id.
    Text(&'i str),
}

/// The stored form of an id.
///
/// ```
/// use store::{CompactId, compact_id};
/// let id = fhir::ResourceId::from_uuid_bytes([7; 16]);
/// assert_eq!(compact_id(&id), CompactId::Uuid([7; 16]));
/// let id = fhir::ResourceId::parse("07070707-0707-0707-0707-0707070707AA").unwrap();
/// assert!(matches!(compact_id(&id), CompactId::Text(_)), "upper case would not come back");
/// ```
pub fn compact_id(id: &ResourceId) -> CompactId<'_> {
    uuid_bytes(id.as_str()).map_or(CompactId::Text(id.as_str()), CompactId::Uuid)
}

fn uuid_bytes(text: &str) -> Option<[u8; 16]> {
    let text = text.as_bytes();
    if text.len() != 36 {
        return None;
    }
    let mut bytes = [0; 16];
    let mut digits = 0;
    for (at, byte) in text.iter().enumerate() {
        if matches!(at, 8 | 13 | 18 | 23) {
            if *byte != b'-' {
                return None;
            }
            continue;
        }
        let value = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        bytes[digits / 2] = bytes[digits / 2] << 4 | value;
        digits += 1;
    }
    Some(bytes)
}
