//! What a source calls a resource: the text that our id is made from.

use std::borrow::Cow;

use fhir::{Reference, ReferenceKind, Value};

use super::Entry;

const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";

/// The key of an entry: the identifier of its condition, else its id, identifier or `fullUrl`.
pub(super) fn of(entry: &Entry<'_>) -> Option<String> {
    let condition = entry.url.split_once('?').map(|(_, query)| query).or(entry.if_none_exist);
    condition
        .and_then(identifier_of_query)
        .or_else(|| id_of_url(entry.url).map(|id| format!("id|{id}")))
        .or_else(|| entry.resource?.text_of("id").map(|id| format!("id|{id}")))
        .or_else(|| identifier_of(entry.resource?))
        .or_else(|| entry.full_url.map(|url| format!("url|{url}")))
}

/// `identifier=system|value` of a query, decoded.
pub(super) fn identifier_of_query(query: &str) -> Option<String> {
    let parameters = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut identifiers = parameters.filter(|(name, _)| *name == "identifier");
    let (_, value) = identifiers.next()?;
    let value = decode(value);
    (!value.is_empty()).then(|| value.into_owned())
}

/// The id of `PUT Type/id` or `DELETE Type/id`.
fn id_of_url(url: &str) -> Option<&str> {
    match Reference::parse(url).kind {
        ReferenceKind::Relative { id, .. }
        | ReferenceKind::Absolute { target: Some((_, id)), .. } => Some(id),
        _ => None,
    }
}

/// The first identifier that is the source's own; the NHS number only where there is no other.
fn identifier_of(resource: Value<'_>) -> Option<String> {
    let texts = |identifier: Value<'_>| {
        let (system, value) = (identifier.text_of("system")?, identifier.text_of("value")?);
        Some((system.to_owned(), value.to_owned()))
    };
    let all: Vec<_> = resource.all("identifier").filter_map(texts).collect();
    let own = all.iter().find(|(system, _)| system != NHS_NUMBER).or(all.first())?;
    Some(format!("{}|{}", own.0, own.1))
}

/// The value part of a key, as people of the source know it.
pub(super) fn local(key: &str) -> &str {
    key.rsplit_once('|').map_or(key, |(_, value)| value)
}

/// The person that a resource's `subject` or `patient` refers to by a key of the source.
pub(super) fn patient_of(resource: Value<'_>) -> Option<String> {
    let reference = ["subject", "patient", "beneficiary"]
        .iter()
        .find_map(|name| resource.get(name)?.text_of("reference"))
        .or_else(|| {
            // Appointments name the person among the participants.
            let mut actors = resource.all("participant").filter_map(|p| p.get("actor"));
            actors.find_map(|a| a.text_of("reference").filter(|text| text.starts_with("Patient")))
        })?;
    match Reference::parse(reference).kind {
        ReferenceKind::Conditional { resource_type: "Patient", query } => {
            identifier_of_query(query).map(|key| local(&key).to_owned())
        }
        ReferenceKind::Relative { resource_type: "Patient", id, .. }
        | ReferenceKind::Absolute { target: Some(("Patient", id)), .. } => Some(id.to_owned()),
        _ => None,
    }
}

/// Percent decoding; what is not well formed stays.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
                continue;
            }
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
mod tests {
    use super::{identifier_of_query, local};

    #[test]
    fn queries() {
        let cases = [
            ("identifier=https://x/Id|7", Some("https://x/Id|7")),
            ("identifier=https%3A%2F%2Fx%2FId%7C7", Some("https://x/Id|7")),
            ("name=x&identifier=a|b", Some("a|b")),
            ("identifier=", None),
            ("name=x", None),
            ("", None),
        ];
        for (query, expected) in cases {
            assert_eq!(identifier_of_query(query).as_deref(), expected, "{query}");
        }
        assert_eq!(local("https://x|P1"), "P1");
        assert_eq!(local("id|p1"), "p1");
    }
}
