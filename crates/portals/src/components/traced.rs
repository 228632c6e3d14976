//! Values that lead back to the bytes they came from, and the source line under each entry.

use crate::components::moment::Moment;
use crate::components::source::Source;
use askama::Template;

/// A value; selecting it opens its lineage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"{% if let Some(href) = lineage %}<a class="app-traced" href="{{ href }}">{{ text }}</a>{% else %}{{ text }}{% endif %}"#
)]
pub struct Traced {
    /// The value as it is shown; never cut short.
    pub text: String,
    /// The address of its lineage; `None` where the system never received it, as a count.
    pub lineage: Option<String>,
}

impl Traced {
    /// A value with lineage.
    pub fn new(text: impl Into<String>, lineage: impl Into<String>) -> Self {
        Self { text: text.into(), lineage: Some(lineage.into()) }
    }

    /// A value without lineage.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), lineage: None }
    }
}

/// The address of the lineage page of one element of a resource.
///
/// ```
/// use portals::components::traced::lineage_of;
/// assert_eq!(
///     lineage_of("Patient", "p1", "Patient.name[0].family"),
///     "/clinician/lineage/Patient/p1?path=Patient.name%5B0%5D.family"
/// );
/// ```
pub fn lineage_of(resource_type: &str, id: &str, path: &str) -> String {
    let (kind, id) = (percent_encoded(resource_type), percent_encoded(id));
    format!("/clinician/lineage/{kind}/{id}?path={}", percent_encoded(path))
}

/// Text made safe as one segment of a path or one value of a query.
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 15] {
                encoded.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    encoded
}

/// Where an entry came from and when we had it.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "components/provenance.html")]
pub struct Provenance {
    /// The system that sent it.
    pub source: Source,
    /// The same entry, found in other systems too and shown once.
    pub also: Vec<Source>,
    /// When the message that carried it came in.
    pub received: Moment,
    /// The person who wrote it, where the source says so.
    pub author: Option<String>,
    /// The lineage of the whole entry.
    pub lineage: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_cannot_be_broken_out_of() {
        assert_eq!(
            lineage_of("Patient", "../x?y#z", "a&b=\"c\" é"),
            "/clinician/lineage/Patient/..%2Fx%3Fy%23z?path=a%26b%3D%22c%22%20%C3%A9"
        );
    }

    #[test]
    fn a_value_is_escaped_and_whole() {
        let shown = Traced::new("<b>5 & 6</b>", "/x?a=1&b=2").to_string();
        assert!(shown.contains("&#60;b&#62;5 &#38; 6&#60;/b&#62;"), "{shown}");
        assert!(shown.contains("href=\"/x?a=1&#38;b=2\""), "{shown}");
        assert_eq!(Traced::plain("5").to_string(), "5");
    }
}
