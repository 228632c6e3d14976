//! References that lead to a place in the same tree: contained resources and entries of a Bundle.
//!
//! Spec: <https://hl7.org/fhir/R4/references.html#contained>,
//! <https://hl7.org/fhir/R4/bundle.html#references>. What lies elsewhere is for the caller's
//! [`Resolver`]; [`TypeOnly`] is one that reads nothing.

use definitions::Definitions;
use fhir::Value;

use crate::environment::{Resolver, Target};
use crate::evaluate::resources_around;
use crate::item::Node;

/// What a reference leads to inside the tree of a value.
pub(crate) fn within<'t>(near: Value<'t>, reference: &str) -> Option<Value<'t>> {
    let (_, root) = resources_around(near)?;
    if let Some(id) = reference.strip_prefix('#') {
        if id.is_empty() {
            return Some(root);
        }
        return root.all("contained").find(|contained| contained.text_of("id") == Some(id));
    }
    let bundle = near.tree().root();
    if bundle.text_of("resourceType") != Some("Bundle") {
        return None;
    }
    let plain = reference.split_once("/_history/").map_or(reference, |(plain, _)| plain);
    let is_absolute = plain.contains(':');
    let names = |entry: &Value<'_>| {
        let url = entry.text_of("fullUrl").unwrap_or("");
        if is_absolute {
            return url == plain;
        }
        url.strip_suffix(plain).is_some_and(|base| base.ends_with('/')) || is_of(entry, plain)
    };
    bundle.all("entry").find(names)?.get("resource")
}

/// Whether an entry without a URL holds the resource of `Patient/1`.
fn is_of(entry: &Value<'_>, reference: &str) -> bool {
    let Some((name, id)) = reference.split_once('/') else { return false };
    entry.get("fullUrl").is_none()
        && entry.get("resource").is_some_and(|resource| {
            resource.text_of("resourceType") == Some(name) && resource.text_of("id") == Some(id)
        })
}

/// Knows the type of what a reference leads to from its text, and reads nothing: enough for the
/// `resolve() is Patient` of search parameters.
#[derive(Clone, Copy, Debug)]
pub struct TypeOnly<'d> {
    /// Where types are known from.
    pub definitions: &'d Definitions,
}

impl<'t> Resolver<'t> for TypeOnly<'_> {
    fn resolve(&self, reference: &str, from: Option<&Node<'t>>) -> Option<Target<'t>> {
        let plain = reference.split_once("/_history/").map_or(reference, |(plain, _)| plain);
        let mut parts = plain.rsplit('/');
        let id = parts.next().filter(|id| fhir::ResourceId::is_valid(id));
        let by_text = id.and(parts.next()).and_then(|name| self.definitions.resource_type(name));
        let stated = || {
            let name = from?.value()?.text_of("type")?;
            self.definitions.resource_type(name)
        };
        by_text.or_else(stated).map(Target::OfType)
    }
}
