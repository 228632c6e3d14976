//! Lines of comma-separated values. Spec: RFC 4180.

/// One line with CRLF. With `always`, every field is quoted; else those that need it.
pub(crate) fn line<S: AsRef<str>>(fields: &[S], always: bool) -> String {
    let mut out = String::new();
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let field = field.as_ref();
        if always || field.contains([',', '"', '\r', '\n']) {
            out.push('"');
            out.push_str(&field.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(field);
        }
    }
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn fields_are_quoted_where_they_must_be() {
        assert_eq!(super::line(&["a", "b,c", "d\"e", ""], false), "a,\"b,c\",\"d\"\"e\",\r\n");
        assert_eq!(super::line(&["a", ""], true), "\"a\",\"\"\r\n");
    }
}
