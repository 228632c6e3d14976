//! Who is left out of an export because they chose that their record serves their care only.
//!
//! What an export is for is said at its beginning. One for research or planning, which is what an export is
//! for that does not say, leaves out whoever has chosen so: their Patients, and whatever names one of them.
//! The list is made at the beginning and kept with the job; the manifest says how many there are.
//! Spec: the national data opt-out (secondary uses; not for direct care); `docs/conformance/bulk.md`.

use std::collections::{BTreeSet, HashSet};

use ::access::consent::{Agreed, SYSTEM};
use fhir::{Kind, Reference, ReferenceKind, Tree};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::failure::Failure;

/// What an export is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Purpose {
    /// Care of these people, or keeping their record: everybody is in it.
    Care,
    /// Anything else.
    #[default]
    ResearchPlanning,
}

impl Purpose {
    /// The values of `_purpose`.
    pub(super) const NAMES: [(&'static str, Purpose); 2] =
        [("care", Purpose::Care), ("research-planning", Purpose::ResearchPlanning)];

    pub(super) fn parse(text: &str) -> Option<Purpose> {
        Purpose::NAMES.into_iter().find(|(name, _)| *name == text).map(|(_, purpose)| purpose)
    }
}

impl App {
    /// The Patients of everybody who has chosen that their record serves their care only.
    pub(crate) async fn left_out_by_choice(&self) -> Result<BTreeSet<String>, Failure> {
        let app = self.elevated();
        let category = format!("{SYSTEM}|{}", Agreed::NoResearch.code());
        let held = app.agreements_by("category", &category).await?;
        let mut all = BTreeSet::new();
        for one in held.iter().filter(|held| held.agreement.agreed == Agreed::NoResearch) {
            let patient = &one.agreement.patient;
            all.insert(patient.to_string());
            // It is the person's choice, wherever else they are known.
            let linked = app.person_of_patient(patient).await;
            all.extend(linked.into_iter().flat_map(|(_, all)| all).map(|id| id.to_string()));
        }
        Ok(all)
    }
}

/// Whether a resource is one of these Patients or names one.
pub(super) fn names_one_of(
    left_out: &HashSet<Box<str>>,
    resource_type: &str,
    id: &str,
    body: &[u8],
) -> bool {
    if left_out.is_empty() {
        return false;
    }
    if resource_type == "Patient" && left_out.contains(id) {
        return true;
    }
    // A quick look that never misses one: names may be written with escapes.
    let may_name = [&b"Patient/"[..], b"\\/", b"\\u"];
    if may_name.iter().all(|name| memchr::memmem::find(body, name).is_none()) {
        return false;
    }
    let Ok(tree) = Tree::parse(body) else { return true };
    let mut values = (0..tree.len()).filter_map(|index| tree.value(u32::try_from(index).ok()?));
    values.any(|value| {
        value.kind() == Kind::String && value.as_str().is_some_and(|text| leads_to(left_out, text))
    })
}

/// Whether a text is a reference to one of these Patients, on whatever server.
fn leads_to(left_out: &HashSet<Box<str>>, text: &str) -> bool {
    match Reference::parse(text).kind {
        ReferenceKind::Relative { resource_type, id, .. }
        | ReferenceKind::Absolute { target: Some((resource_type, id)), .. } => {
            resource_type == "Patient" && left_out.contains(id)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::names_one_of;

    #[test]
    fn whoever_is_named_is_found() {
        let left_out: HashSet<Box<str>> = HashSet::from(["a-1".into()]);
        let rows = [
            ("Patient", "a-1", r#"{"resourceType":"Patient"}"#, true),
            ("Patient", "a-2", r#"{"resourceType":"Patient"}"#, false),
            ("Observation", "a-1", r#"{"resourceType":"Observation"}"#, false),
            ("Observation", "o", r#"{"subject":{"reference":"Patient/a-1"}}"#, true),
            ("Observation", "o", r#"{"subject":{"reference":"Patient/a-1/_history/2"}}"#, true),
            ("Observation", "o", r#"{"subject":{"reference":"http://x/fhir/Patient/a-1"}}"#, true),
            ("Observation", "o", r#"{"subject":{"reference":"Patient\/a-1"}}"#, true),
            ("Observation", "o", r#"{"subject":{"reference":"\u0050atient/a-1"}}"#, true),
            ("Observation", "o", r#"{"subject":{"reference":"Patient/a-12"}}"#, false),
            ("Observation", "o", r#"{"subject":{"reference":"Patient/a-12"},"x":"\u0041"}"#, false),
            ("Observation", "o", r#"{"code":{"text":"Patient/a-1 is only named here"}}"#, false),
            (
                "Person",
                "p",
                r#"{"link":[{"target":{"reference":"Patient/b"}},{"target":{"reference":"Patient/a-1"}}]}"#,
                true,
            ),
        ];
        for (kind, id, body, expected) in rows {
            assert_eq!(names_one_of(&left_out, kind, id, body.as_bytes()), expected, "{body}");
        }
    }
}
