//! Separators and escapes in a parameter's value.
//! Spec: <https://hl7.org/fhir/R4/search.html#escaping>.

/// The parts between separators that no backslash stands before; escapes stay in the parts.
pub(crate) fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, c) in text.char_indices() {
        if c == separator && !escaped {
            parts.push(&text[start..at]);
            start = at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(&text[start..]);
    parts
}

/// A part without its escapes: `\,`, `\|`, `\$` and `\\`; any other backslash stands for itself.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' {
            chars.next_if(|next| matches!(next, ',' | '|' | '$' | '\\'))
        } else {
            None
        };
        out.push(escaped.unwrap_or(c));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{split, unescape};

    #[test]
    fn splitting() {
        let cases: [(&str, &[&str]); 8] = [
            ("", &[""]),
            ("a", &["a"]),
            ("a,b", &["a", "b"]),
            (",", &["", ""]),
            (r"a\,b,c", &[r"a\,b", "c"]),
            (r"a\\,b", &[r"a\\", "b"]),
            (r"a\\\,b", &[r"a\\\,b"]),
            (r"é,\", &["é", r"\"]),
        ];
        for (text, parts) in cases {
            assert_eq!(split(text, ','), parts, "{text}");
        }
    }

    #[test]
    fn unescaping() {
        let cases = [
            ("", ""),
            (r"a\,b", "a,b"),
            (r"\\", r"\"),
            (r"\|\$", "|$"),
            (r"a\b", r"a\b"),
            (r"\", r"\"),
        ];
        for (text, plain) in cases {
            assert_eq!(unescape(text), plain, "{text}");
        }
    }
}
