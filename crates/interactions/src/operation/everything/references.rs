//! What a resource refers to on this server: references, and attachments that are Binary resources.

use fhir::{Kind, Reference, ReferenceKind, ResourceId, Value};
use store::ResourceKey;

use crate::app::App;

/// Calls `found` with each resource that is referred to.
pub(super) fn each(app: &App, resource: Value<'_>, found: &mut dyn FnMut(ResourceKey)) {
    let end = resource.subtree_end();
    let tree = resource.tree();
    for index in resource.index()..end {
        let Some(value) = tree.value(index) else { return };
        if value.kind() != Kind::String {
            continue;
        }
        let is_attachment = value.name() == "url";
        if value.name() != "reference" && !is_attachment {
            continue;
        }
        let key = value.as_str().and_then(|text| local(app, text));
        // A URL of another kind may look like one of a resource; only Binary holds attachments.
        if let Some(key) =
            key.filter(|key| !is_attachment || key.resource_type.as_str() == "Binary")
        {
            found(key);
        }
    }
}

fn local(app: &App, text: &str) -> Option<ResourceKey> {
    let (type_name, id) = match Reference::parse(text).kind {
        ReferenceKind::Relative { resource_type, id, .. } => (resource_type, id),
        ReferenceKind::Absolute { base, target: Some(target) } if base == app.options.base_url => {
            target
        }
        _ => return None,
    };
    let resource_type = app.definitions().resource_type(type_name)?;
    Some(ResourceKey { resource_type, id: ResourceId::parse(id)? })
}
