//! Places in a message by name: `PID-5.1`, `PID-3[2].4.1`, `OBX(3)-5`.

use std::fmt;

/// A place: segment, which of that name, field, repetition, component, subcomponent; all from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// The segment's name.
    pub segment: [u8; 3],
    /// Which of the segments of that name; 1 unless written.
    pub occurrence: u16,
    /// The field.
    pub field: u16,
    /// Which repetition, where written.
    pub repetition: Option<u16>,
    /// The component, where written.
    pub component: Option<u16>,
    /// The subcomponent, where written.
    pub subcomponent: Option<u16>,
}

/// A text that is no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError(String);

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no place in a message; write it like PID-5.1, PID-3[2].4.1 or OBX(3)-5",
            self.0
        )
    }
}

impl std::error::Error for PathError {}

impl Path {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Path, PathError> {
        read(text).ok_or_else(|| PathError(text.chars().take(40).collect()))
    }
}

fn read(text: &str) -> Option<Path> {
    let (head, tail) = text.split_once('-')?;
    let (name, occurrence) = match head.split_once('(') {
        Some((name, rest)) => (name, number(rest.strip_suffix(')')?)?),
        None => (head, 1),
    };
    let segment = <[u8; 3]>::try_from(name.as_bytes()).ok()?;
    if !segment.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        return None;
    }
    let mut parts = tail.split('.');
    let first = parts.next()?;
    let (field, repetition) = match first.split_once('[') {
        Some((field, rest)) => (number(field)?, Some(number(rest.strip_suffix(']')?)?)),
        None => (number(first)?, None),
    };
    let component = parts.next().map(number).map_or(Some(None), |n| n.map(Some))?;
    let subcomponent = parts.next().map(number).map_or(Some(None), |n| n.map(Some))?;
    if parts.next().is_some() {
        return None;
    }
    Some(Path { segment, occurrence, field, repetition, component, subcomponent })
}

fn number(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|value| digits && *value > 0)
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.segment).unwrap_or("???"))?;
        if self.occurrence > 1 {
            write!(f, "({})", self.occurrence)?;
        }
        write!(f, "-{}", self.field)?;
        if let Some(repetition) = self.repetition {
            write!(f, "[{repetition}]")?;
        }
        if let Some(component) = self.component {
            write!(f, ".{component}")?;
        }
        if let Some(subcomponent) = self.subcomponent {
            write!(f, ".{subcomponent}")?;
        }
        Ok(())
    }
}
