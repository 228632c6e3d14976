//! CBOR as authenticators write it, read strictly: lengths are told beforehand and as short as can be, names
//! are told apart, nothing follows. Spec: RFC 8949; CTAP 2.1 section 8 (canonical form).

/// How deep values may lie in one another: WebAuthn's structures need four.
const DEPTH_MAX: usize = 8;
/// Values in a list or map at the most.
const ITEMS_MAX: u64 = 64;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'b> {
    /// A whole number, negative ones too.
    Number(i128),
    Bytes(&'b [u8]),
    Text(&'b str),
    List(Vec<Value<'b>>),
    Map(Vec<(Value<'b>, Value<'b>)>),
    /// False, true, null, and floating-point numbers, whose values say nothing here.
    Simple,
}

impl<'b> Value<'b> {
    /// The member of a map under a text.
    pub(super) fn named(&self, name: &str) -> Option<&Value<'b>> {
        self.members()?.iter().find(|(key, _)| *key == Value::Text(name)).map(|(_, value)| value)
    }

    /// The member of a map under a number.
    pub(super) fn numbered(&self, number: i128) -> Option<&Value<'b>> {
        let members = self.members()?;
        members.iter().find(|(key, _)| *key == Value::Number(number)).map(|(_, value)| value)
    }

    pub(super) fn bytes(&self) -> Option<&'b [u8]> {
        match self {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<i128> {
        match self {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn members(&self) -> Option<&[(Value<'b>, Value<'b>)]> {
        match self {
            Value::Map(members) => Some(members),
            _ => None,
        }
    }
}

/// The value that the bytes are, all of them.
pub(super) fn read(bytes: &[u8]) -> Option<Value<'_>> {
    let (value, rest) = read_first(bytes)?;
    rest.is_empty().then_some(value)
}

/// The value at the beginning of the bytes, and what follows it.
pub(super) fn read_first(bytes: &[u8]) -> Option<(Value<'_>, &[u8])> {
    value(bytes, DEPTH_MAX)
}

fn value(bytes: &[u8], depth: usize) -> Option<(Value<'_>, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    let (major, info) = (first >> 5, first & 31);
    if major == 7 {
        return simple(info, rest);
    }
    let (argument, rest) = argument(info, rest)?;
    match major {
        0 => Some((Value::Number(argument.into()), rest)),
        1 => Some((Value::Number(-1 - i128::from(argument)), rest)),
        2 | 3 => {
            let (own, rest) = rest.split_at_checked(usize::try_from(argument).ok()?)?;
            let value = match major {
                2 => Value::Bytes(own),
                _ => Value::Text(std::str::from_utf8(own).ok()?),
            };
            Some((value, rest))
        }
        4 => list(argument, rest, depth.checked_sub(1)?),
        5 => map(argument, rest, depth.checked_sub(1)?),
        // Tags have no place in what is read here.
        _ => None,
    }
}

/// The number that belongs to a first byte, which must not be written longer than it needs.
fn argument(info: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let length = match info {
        0..=23 => return Some((info.into(), rest)),
        24..=27 => 1_usize << (info - 24),
        _ => return None,
    };
    let (own, rest) = rest.split_at_checked(length)?;
    let number = own.iter().fold(0, |all: u64, byte| all << 8 | u64::from(*byte));
    let least = match length {
        1 => 24,
        2 => 1 << 8,
        4 => 1 << 16,
        _ => 1 << 32,
    };
    (number >= least).then_some((number, rest))
}

fn simple(info: u8, rest: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let length = match info {
        20..=22 => 0,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    Some((Value::Simple, rest.split_at_checked(length)?.1))
}

fn list(count: u64, mut rest: &[u8], depth: usize) -> Option<(Value<'_>, &[u8])> {
    if count > ITEMS_MAX {
        return None;
    }
    let mut items = Vec::new();
    for _ in 0..count {
        let (item, after) = value(rest, depth)?;
        items.push(item);
        rest = after;
    }
    Some((Value::List(items), rest))
}

fn map(count: u64, mut rest: &[u8], depth: usize) -> Option<(Value<'_>, &[u8])> {
    if count > ITEMS_MAX {
        return None;
    }
    let mut members: Vec<(Value<'_>, Value<'_>)> = Vec::new();
    for _ in 0..count {
        let (name, after) = value(rest, depth)?;
        if !matches!(name, Value::Number(_) | Value::Text(_))
            || members.iter().any(|(known, _)| *known == name)
        {
            return None;
        }
        let (member, after) = value(after, depth)?;
        members.push((name, member));
        rest = after;
    }
    Some((Value::Map(members), rest))
}
