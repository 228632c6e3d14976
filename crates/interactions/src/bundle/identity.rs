//! Which entry of a transaction becomes which resource, and the references that say so.
//!
//! A reference by `fullUrl` (urn:uuid or absolute) becomes `Type/id`; a conditional one becomes
//! what its search found. URIs other than `Reference.reference` are replaced too, as the
//! specification asks, but never the plain string elements called `value` (an Identifier's value
//! may be a urn:uuid that means the document, not the entry).

use std::collections::HashMap;

use fhir::{Edit, Kind, ResourceId, ResourceType, Value};
use store::ResourceKey;

use crate::app::App;

/// Full URLs and conditional references → resources.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    by_text: HashMap<Box<str>, ResourceKey>,
}

impl Identities {
    /// Takes a text in; `false` where it stood for another resource already.
    pub(crate) fn insert(&mut self, text: &str, key: &ResourceKey) -> bool {
        self.by_text.insert(text.into(), key.clone()).is_none_or(|earlier| earlier == *key)
    }

    pub(crate) fn get(&self, text: &str) -> Option<&ResourceKey> {
        if let Some(key) = self.by_text.get(text) {
            return Some(key);
        }
        // A reference may name a part of the entry's resource behind a `#`.
        self.by_text.get(text.split_once('#')?.0)
    }

    /// What index extraction asks for a reference that is no `Type/id`.
    pub(crate) fn resolve(&self, app: &App, text: &str) -> Option<(ResourceType, ResourceId)> {
        match self.get(text) {
            Some(key) => Some((key.resource_type, key.id.clone())),
            None => app.local_target(text),
        }
    }

    /// The edit that puts a resolved reference in.
    pub(crate) fn edit(&self, value: Value<'_>) -> Edit {
        if value.kind() != Kind::String || self.by_text.is_empty() {
            return Edit::Keep;
        }
        let name = value.name();
        if name == "div" {
            return self.edit_narrative(value);
        }
        let text = value.as_str().unwrap_or("");
        let may_refer = name == "reference" || text.starts_with("urn:");
        if !may_refer || name == "value" || name == "fullUrl" {
            return Edit::Keep;
        }
        match self.get(text) {
            Some(key) => Edit::Replace(format!("\"{key}\"")),
            None => Edit::Keep,
        }
    }

    /// Links and images in narrative may name entries too.
    fn edit_narrative(&self, value: Value<'_>) -> Edit {
        let text = value.as_str().unwrap_or("");
        if !text.contains("urn:") {
            return Edit::Keep;
        }
        let mut changed = text.to_owned();
        for attribute in ["href=\"urn:", "src=\"urn:"] {
            let mut from = 0;
            while let Some(found) = changed[from..].find(attribute) {
                let start = from + found + attribute.len() - "urn:".len();
                let Some(length) = changed[start..].find('"') else { break };
                from = start + length;
                if let Some(key) = self.get(&changed[start..start + length]) {
                    let replacement = key.to_string();
                    changed.replace_range(start..start + length, &replacement);
                    from = start + replacement.len();
                }
            }
        }
        if changed == text {
            return Edit::Keep;
        }
        let mut out = Vec::new();
        fhir::write_string(&changed, &mut out);
        String::from_utf8(out).map_or(Edit::Keep, Edit::Replace)
    }
}
