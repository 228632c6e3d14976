//! JSON Pointer: where in a document. Spec: RFC 6901.

use std::fmt;

/// Tokens from the root down, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer(Vec<Box<str>>);

impl Pointer {
    /// Takes a pointer's text: empty, or `/token/token`, with `~0` for `~` and `~1` for `/`.
    pub fn parse(text: &str) -> Result<Pointer, &'static str> {
        if text.is_empty() {
            return Ok(Pointer(Vec::new()));
        }
        let rest = text.strip_prefix('/').ok_or("it must be empty or begin with a slash")?;
        rest.split('/').map(decode).collect::<Result<_, _>>().map(Pointer)
    }

    /// The tokens.
    pub fn tokens(&self) -> &[Box<str>] {
        &self.0
    }

    pub(super) fn depth(&self) -> usize {
        self.0.len()
    }

    /// Whether `other` stands inside of what this points at.
    pub(super) fn encloses(&self, other: &Pointer) -> bool {
        other.0.len() > self.0.len() && other.0.starts_with(&self.0)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for token in &self.0 {
            write!(f, "/{}", token.replace('~', "~0").replace('/', "~1"))?;
        }
        Ok(())
    }
}

fn decode(token: &str) -> Result<Box<str>, &'static str> {
    if !token.contains('~') {
        return Ok(token.into());
    }
    let mut out = String::with_capacity(token.len());
    let mut characters = token.chars();
    while let Some(c) = characters.next() {
        match (c, if c == '~' { characters.next() } else { None }) {
            ('~', Some('0')) => out.push('~'),
            ('~', Some('1')) => out.push('/'),
            ('~', _) => return Err("after ~ only 0 or 1 may stand"),
            (c, _) => out.push(c),
        }
    }
    Ok(out.into())
}

/// The index that a token means in an array where those below `length` are allowed.
pub(super) fn index(token: &str, length: usize) -> Result<usize, String> {
    let is_canonical = token == "0"
        || (!token.starts_with('0')
            && !token.is_empty()
            && token.bytes().all(|b| b.is_ascii_digit()));
    if !is_canonical {
        return Err(match token {
            "-" => "- is the place after the last item, where only add may put something".into(),
            _ => "an item of an array is named by its index, digits without leading zeros".into(),
        });
    }
    // A number too long for the machine is out of range all the same.
    let index = token.parse().unwrap_or(usize::MAX);
    if index < length {
        return Ok(index);
    }
    Err(match length.checked_sub(1) {
        None => "the array is empty".to_owned(),
        Some(last) => format!("index {token} is past the end; the last allowed here is {last}"),
    })
}
