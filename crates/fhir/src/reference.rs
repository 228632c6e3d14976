//! The text of `Reference.reference`, taken apart. Spec: FHIR R4 §2.3.0.

/// A reference's text and what kind it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'t> {
    /// The text as it stands.
    pub text: &'t str,
    /// What it points at.
    pub kind: ReferenceKind<'t>,
}

/// What a reference's text points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceKind<'t> {
    /// `Type/id` or `Type/id/_history/version`, on this server.
    Relative {
        /// The resource type, unchecked.
        resource_type: &'t str,
        /// The logical id.
        id: &'t str,
        /// The version, where it names one.
        version: Option<&'t str>,
    },
    /// `http(s)://…`; where its end has the shape `Type/id`, those parts and the base before them.
    Absolute {
        /// What stands before `Type/id`, without the slash.
        base: &'t str,
        /// The resource type and the id, where the end has that shape.
        target: Option<(&'t str, &'t str)>,
    },
    /// `#id` of a contained resource, or `#` for the container.
    Contained(&'t str),
    /// `Type?query`, a conditional reference of a transaction.
    Conditional {
        /// The resource type.
        resource_type: &'t str,
        /// The query, without the `?`.
        query: &'t str,
    },
    /// `urn:uuid:…`, `urn:oid:…` or another URI.
    Uri,
}

impl<'t> Reference<'t> {
    /// Takes a reference's text apart; any text is one of the kinds.
    pub fn parse(text: &'t str) -> Reference<'t> {
        Reference { text, kind: kind_of(text) }
    }
}

fn kind_of(text: &str) -> ReferenceKind<'_> {
    if let Some(id) = text.strip_prefix('#') {
        return ReferenceKind::Contained(id);
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        let path = text.split_once("/_history/").map_or(text, |(before, _)| before);
        let mut parts = path.rsplitn(3, '/');
        let (id, resource_type, base) = (parts.next(), parts.next(), parts.next());
        return match (base, resource_type, id) {
            (Some(base), Some(resource_type), Some(id))
                if base.len() > "https:/".len() && is_type(resource_type) && is_id(id) =>
            {
                ReferenceKind::Absolute { base, target: Some((resource_type, id)) }
            }
            _ => ReferenceKind::Absolute { base: text, target: None },
        };
    }
    if let Some((resource_type, query)) = text.split_once('?')
        && is_type(resource_type)
    {
        return ReferenceKind::Conditional { resource_type, query };
    }
    let mut parts = text.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(resource_type), Some(id), None, ..) if is_type(resource_type) && is_id(id) => {
            ReferenceKind::Relative { resource_type, id, version: None }
        }
        (Some(resource_type), Some(id), Some("_history"), Some(version), None)
            if is_type(resource_type) && is_id(id) =>
        {
            ReferenceKind::Relative { resource_type, id, version: Some(version) }
        }
        _ => ReferenceKind::Uri,
    }
}

fn is_type(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::{Reference, ReferenceKind as K};

    #[test]
    fn texts_and_kinds() {
        let relative = |resource_type, id, version| K::Relative { resource_type, id, version };
        let cases = [
            ("Patient/1", relative("Patient", "1", None)),
            ("Patient/1/_history/2", relative("Patient", "1", Some("2"))),
            ("#p", K::Contained("p")),
            ("#", K::Contained("")),
            ("urn:uuid:34a17aef", K::Uri),
            ("patient/1", K::Uri),
            ("Patient/a_b", K::Uri),
            ("", K::Uri),
            (
                "Patient?identifier=a|b",
                K::Conditional { resource_type: "Patient", query: "identifier=a|b" },
            ),
            (
                "https://x.test/fhir/Patient/1",
                K::Absolute { base: "https://x.test/fhir", target: Some(("Patient", "1")) },
            ),
            (
                "https://x.test/fhir/Patient/1/_history/3",
                K::Absolute { base: "https://x.test/fhir", target: Some(("Patient", "1")) },
            ),
            ("http://x", K::Absolute { base: "http://x", target: None }),
        ];
        for (text, kind) in cases {
            assert_eq!(Reference::parse(text).kind, kind, "{text}");
        }
    }
}
