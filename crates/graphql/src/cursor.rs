//! Cursors of connections: where a page begins, and the search that it is a page of.
//!
//! The text is opaque to clients: offset, page size, the store's own cursor and the search, so that
//! it stands alone and holds still while others write. One made by offset only (`previous`, `last`)
//! has no store's cursor.

/// A page of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) offset: usize,
    pub(crate) size: usize,
    pub(crate) place: Option<String>,
    pub(crate) pairs: Vec<(String, String)>,
}

impl Cursor {
    pub(crate) fn write(&self) -> String {
        let place = self.place.as_deref().map(escaped).unwrap_or_default();
        let mut text = format!("{}~{}~{place}", self.offset, self.size);
        for (name, value) in &self.pairs {
            text.push_str(&format!("~{}={}", escaped(name), escaped(value)));
        }
        text
    }

    pub(crate) fn read(text: &str) -> Option<Cursor> {
        let mut parts = text.split('~');
        let offset = parts.next()?.parse().ok()?;
        let size = parts.next()?.parse().ok()?;
        let place = Some(unescaped(parts.next()?)?).filter(|place| !place.is_empty());
        let pairs = parts.map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((unescaped(name)?, unescaped(value)?))
        });
        Some(Cursor { offset, size, place, pairs: pairs.collect::<Option<_>>()? })
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!(".{byte:02x}"));
        }
    }
    out
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('.') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        bytes.push(u8::from_str_radix(rest.get(at + 1..at + 3)?, 16).ok()?);
        rest = rest.get(at + 3..)?;
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn cursors_read_back() {
        let pairs =
            vec![("name".to_owned(), "Ó~=.&".to_owned()), ("_sort".to_owned(), String::new())];
        for place in [None, Some("a.b~c=".to_owned())] {
            let cursor = Cursor { offset: 40, size: 20, place, pairs: pairs.clone() };
            assert_eq!(Cursor::read(&cursor.write()), Some(cursor));
        }
    }

    #[test]
    fn what_is_no_cursor() {
        for text in
            ["", "1", "1~2", "x~2~", "1~-2~", "1~2~.zz", "1~2~.a", "1~2~~a", "1~2~.ff", "1~2~é."]
        {
            assert_eq!(Cursor::read(text), None, "{text}");
        }
    }
}
