//! Names of resources: type, logical id, version. Spec: FHIR R4 §2.24 (id), §3.1.0.1 (REST).

use std::fmt;

/// A resource type such as `Patient`, known to the definitions in force.
///
/// Made by `definitions`, whose names live as long as the process; so it is one word to copy.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceType(&'static str);

impl ResourceType {
    /// A type whose name is known to be valid: for `definitions` and for constants.
    pub const fn from_static(name: &'static str) -> ResourceType {
        ResourceType(name)
    }

    /// The name.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A logical id: 1 to 64 of `A-Z a-z 0-9 - .`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId(Box<str>);

impl ResourceId {
    /// Length at the most.
    pub const LENGTH_MAX: usize = 64;

    /// Takes a text that is a valid id.
    pub fn parse(text: &str) -> Option<ResourceId> {
        Self::is_valid(text).then(|| ResourceId(text.into()))
    }

    /// Whether a text is a valid id.
    pub fn is_valid(text: &str) -> bool {
        (1..=Self::LENGTH_MAX).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
    }

    /// An id made of 16 bytes, written as a lower-case UUID.
    pub fn from_uuid_bytes(bytes: [u8; 16]) -> ResourceId {
        const DIGITS: [char; 16] =
            ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
        let mut text = String::with_capacity(36);
        for (index, byte) in bytes.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            text.push(DIGITS[usize::from(byte >> 4)]);
            text.push(DIGITS[usize::from(byte & 15)]);
        }
        ResourceId(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A resource's version, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionId(pub u32);

impl VersionId {
    /// The first version.
    pub const FIRST: VersionId = VersionId(1);

    /// Takes a version id that this server could have issued.
    pub fn parse(text: &str) -> Option<VersionId> {
        let canonical = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
        text.parse().ok().filter(|_| canonical).map(VersionId)
    }

    /// The version after this one.
    #[must_use]
    pub fn next(self) -> VersionId {
        VersionId(self.0 + 1)
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
