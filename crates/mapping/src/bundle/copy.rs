//! A resource copied value by value: our id, our references, and a trace for every leaf.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use fhir::{
    Element, Issue, IssueCode, Kind, Reference, ReferenceKind, ResourceId, ResourceType, Value,
};

use super::key::identifier_of_query;
use crate::contribution::{Trace, resource_id};
use crate::profile::FeedProfile;

/// The rules' names in lineage.
const COPY: &str = "bundle@1#copy";
const REFERENCE: &str = "bundle@1#reference";

/// Where an entry's resource stands with us.
pub(super) struct Target {
    pub(super) resource_type: ResourceType,
    pub(super) id: ResourceId,
    pub(super) key: String,
}

pub(super) struct Copier<'c> {
    profile: &'c FeedProfile,
    /// Path of the resource in the document.
    base: &'c str,
    index: &'c HashMap<Cow<'c, str>, &'c Target>,
    path: String,
    copy: Arc<str>,
    reference: Arc<str>,
    pub(super) traces: Vec<Trace>,
    pub(super) issues: Vec<Issue>,
}

impl<'c> Copier<'c> {
    pub(super) fn new(
        profile: &'c FeedProfile,
        base: &'c str,
        index: &'c HashMap<Cow<'c, str>, &'c Target>,
    ) -> Copier<'c> {
        Copier {
            profile,
            base,
            index,
            path: String::with_capacity(64),
            copy: Arc::from(COPY),
            reference: Arc::from(REFERENCE),
            traces: Vec::with_capacity(64),
            issues: Vec::new(),
        }
    }

    pub(super) fn resource(&mut self, resource: Value<'_>, target: &Target) -> Element {
        let mut members: Vec<(Box<str>, Element)> = vec![
            ("resourceType".into(), Element::string(target.resource_type.as_str())),
            ("id".into(), Element::string(target.id.as_str())),
        ];
        members.push(("meta".into(), self.meta(resource.get("meta"))));
        for member in resource.members() {
            if !matches!(member.name(), "resourceType" | "id" | "meta") {
                let value = self.member(member);
                members.push((member.name().into(), value));
            }
        }
        Element::Object(members)
    }

    /// The source's version and time are not ours; its profiles, tags and labels stay.
    fn meta(&mut self, meta: Option<Value<'_>>) -> Element {
        let mut out = Element::object();
        out.set("source", Element::string(self.profile.source.as_str()));
        self.path.push_str("meta");
        for member in meta.into_iter().flat_map(Value::members) {
            if !matches!(member.name(), "versionId" | "lastUpdated" | "source") {
                let value = self.member(member);
                out.set(member.name(), value);
            }
        }
        self.path.clear();
        out
    }

    fn member(&mut self, member: Value<'_>) -> Element {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(member.name());
        let is_reference = member.name() == "reference" && member.kind() == Kind::String;
        let value = if is_reference { self.rewritten(member) } else { self.value(member) };
        self.path.truncate(length);
        value
    }

    fn value(&mut self, value: Value<'_>) -> Element {
        match value.kind() {
            Kind::Object => Element::Object(
                value.members().map(|m| (m.name().into(), self.member(m))).collect(),
            ),
            Kind::Array => {
                let mut items = Vec::new();
                for (index, item) in value.items().enumerate() {
                    let length = self.path.len();
                    let _ = write!(self.path, "[{index}]");
                    items.push(self.value(item));
                    self.path.truncate(length);
                }
                Element::Array(items)
            }
            _ => {
                self.trace(value, Arc::clone(&self.copy));
                Element::from(value)
            }
        }
    }

    fn rewritten(&mut self, value: Value<'_>) -> Element {
        let text = value.as_str().unwrap_or("");
        let Some(own) = self.resolve(text) else {
            if text.starts_with("urn:uuid:") {
                let message = "the reference points to nothing in the Bundle: send the resource \
                               too, or refer to it by its identifier";
                let place = format!("{}.{}", self.base, self.path);
                self.issues.push(Issue::warning(IssueCode::NotFound, place, message));
            }
            self.trace(value, Arc::clone(&self.copy));
            return Element::string(text);
        };
        self.trace(value, Arc::clone(&self.reference));
        Element::string(own)
    }

    /// Our reference for the source's; `None` where it points elsewhere and stays.
    fn resolve(&self, text: &str) -> Option<String> {
        if let Some(target) = self.index.get(text) {
            return Some(format!("{}/{}", target.resource_type.as_str(), target.id));
        }
        let (resource_type, key) = match Reference::parse(text).kind {
            ReferenceKind::Relative { resource_type, id, .. } => {
                (resource_type, format!("id|{id}"))
            }
            ReferenceKind::Conditional { resource_type, query } => {
                (resource_type, identifier_of_query(query)?)
            }
            _ => return None,
        };
        definitions::embedded().resource_type(resource_type)?;
        Some(format!("{resource_type}/{}", resource_id(&self.profile.system, resource_type, &key)))
    }

    fn trace(&mut self, value: Value<'_>, rule: Arc<str>) {
        let span = value.span();
        let between = if self.base.is_empty() { "" } else { "." };
        self.traces.push(Trace {
            path: self.path.clone(),
            locator: format!("{}{between}{}", self.base, self.path),
            start: span.start as u32,
            end: span.end as u32,
            rule,
        });
    }
}
