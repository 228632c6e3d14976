//! Whose records a caller was shown, for the audit.

use std::collections::BTreeSet;

use fhir::ResourceId;

/// How a reference to a Patient begins, wherever it stands and whatever comes before it.
const PATIENT_REFERENCE: &[u8] = b"Patient/";

/// Whose records a caller was shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// The patients.
    pub(crate) patients: BTreeSet<ResourceId>,
    /// Whether something was refused.
    pub(crate) refused: bool,
    /// Whether a message of the ledger was shown, which may name people whom no record is of yet.
    pub(crate) message: bool,
}

impl Seen {
    /// Whether a resource's text mentions patients, and all of them are known to have been seen: then it
    /// can be of nobody else, and need not be taken apart to know it.
    ///
    /// A page of a long record shows thousands of resources of the same few patients. Text with escapes
    /// that could hide a reference is never sure.
    pub(crate) fn has_all_of(&self, text: &[u8]) -> bool {
        if memchr::memmem::find(text, br"\/").is_some()
            || memchr::memmem::find(text, br"\u").is_some()
        {
            return false;
        }
        let mut mentions = memchr::memmem::find_iter(text, PATIENT_REFERENCE).peekable();
        mentions.peek().is_some()
            && mentions.all(|at| {
                let rest = &text[at + PATIENT_REFERENCE.len()..];
                let is_of_id = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
                let length = rest.iter().take_while(is_of_id).count();
                let id = std::str::from_utf8(&rest[..length]).ok().and_then(ResourceId::parse);
                id.is_some_and(|id| self.patients.contains(&id))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;
    use fhir::ResourceId;

    #[test]
    fn only_what_is_sure_is_sure() {
        let id = |text| ResourceId::parse(text).expect("an id");
        let seen = Seen { patients: [id("p1"), id("p2")].into(), ..Seen::default() };
        for (text, is_sure) in [
            (r#"{"subject":{"reference":"Patient/p1"}}"#, true),
            (r#"{"subject":{"reference":"http://here/fhir/Patient/p1"}}"#, true),
            (r#"{"subject":{"reference":"Patient/p1/_history/2"}}"#, true),
            (r#"[{"reference":"Patient/p1"},{"reference":"Patient/p2"}]"#, true),
            (r#"[{"reference":"Patient/p1"},{"reference":"Patient/p3"}]"#, false),
            (r#"{"reference":"Patient/p11"}"#, false),
            (r#"{"reference":"Patient/p"}"#, false),
            (r#"{"reference":"Patient/"}"#, false),
            (r#"{"reference":"Patient/p1"},{"reference":"Patient\/p3"}"#, false),
            (r#"{"reference":"Patient/p1"},{"reference":"\u0050atient/p3"}"#, false),
            (r#"{"reference":"Group/p1"}"#, false),
            ("", false),
        ] {
            assert_eq!(seen.has_all_of(text.as_bytes()), is_sure, "{text}");
        }
    }
}
