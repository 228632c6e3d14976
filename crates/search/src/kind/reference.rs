//! Reference: Reference, canonical, uri, and resources that stand inside (of a Bundle).
//! Spec: <https://hl7.org/fhir/R4/search.html#reference>.
//!
//! A canonical with a version is found with and without it. A reference to a contained resource is
//! kept as `#id`: no client can name it, but chains go by it. A reference that has only an identifier
//! or a display is found by `:identifier` and `:text`.

use definitions::Definitions;
use fhir::{Reference, ReferenceKind, ResourceId, ResourceType, Value};

use super::Values;
use crate::entry::{IndexValue, ReferenceTarget};
use crate::expression::Predicate;
use crate::query::fault::Fault;

/// How a text that is not `Type/id` becomes a resource of this server.
pub type Resolve<'r> = dyn Fn(&str) -> Option<(ResourceType, ResourceId)> + 'r;

/// What turning references into targets needs.
pub(crate) struct Targets<'r> {
    pub(crate) definitions: &'static Definitions,
    pub(crate) resolve: &'r Resolve<'r>,
    /// What is indexed: `%resource`.
    pub(crate) resource: Value<'r>,
    /// What it stands in, where it is contained; else itself. `#id` is looked for here.
    pub(crate) container: Value<'r>,
}

impl Targets<'_> {
    /// What a reference's text points at; `None` for `#` of what has no id.
    fn target(&self, text: &str) -> Option<Target> {
        let uri = |uri: &str, type_name: Option<&str>| Target {
            target: ReferenceTarget::Uri(uri.into()),
            resource_type: type_name.and_then(|name| self.definitions.resource_type(name)),
        };
        match Reference::parse(text).kind {
            ReferenceKind::Contained("") => {
                let container = self.container;
                self.local(container.text_of("resourceType")?, container.text_of("id")?)
            }
            ReferenceKind::Contained(id) => {
                let is = |inner: &Value<'_>| inner.text_of("id") == Some(id);
                let inner = self.container.all("contained").find(is);
                Some(uri(text, inner.and_then(|inner| inner.text_of("resourceType"))))
            }
            ReferenceKind::Relative { resource_type, id, .. } => {
                Some(self.local(resource_type, id).unwrap_or_else(|| uri(text, None)))
            }
            kind => Some(match ((self.resolve)(text), kind) {
                (Some((resource_type, id)), _) => Target::local(resource_type, id),
                (None, ReferenceKind::Absolute { target: Some((type_name, _)), .. }) => {
                    let unversioned =
                        text.split_once("/_history/").map_or(text, |(before, _)| before);
                    uri(unversioned, Some(type_name))
                }
                (None, ReferenceKind::Conditional { resource_type, .. }) => {
                    uri(text, Some(resource_type))
                }
                (None, _) => uri(text, None),
            }),
        }
    }

    fn local(&self, resource_type: &str, id: &str) -> Option<Target> {
        let resource_type = self.definitions.resource_type(resource_type)?;
        Some(Target::local(resource_type, ResourceId::parse(id)?))
    }
}

struct Target {
    target: ReferenceTarget,
    /// The type, as far as the text or the server tells.
    resource_type: Option<ResourceType>,
}

impl Target {
    fn local(resource_type: ResourceType, id: ResourceId) -> Target {
        Target {
            target: ReferenceTarget::Local(resource_type, id),
            resource_type: Some(resource_type),
        }
    }
}

/// A Reference; `only` is the type of `where(resolve() is Type)`.
pub(crate) fn convert(
    value: Value<'_>,
    only: Option<ResourceType>,
    targets: &Targets<'_>,
    out: &mut Values<'_>,
) {
    let text = value.text_of("reference").filter(|text| !text.is_empty());
    let found = text.and_then(|text| targets.target(text));
    // The type of a target elsewhere, or of none that is addressed, may be written beside it.
    let is = |only: ResourceType| match found.as_ref().and_then(|found| found.resource_type) {
        Some(resource_type) => resource_type == only,
        None => value.text_of("type") == Some(only.as_str()),
    };
    if !only.is_none_or(is) {
        return;
    }
    out.push_text(value.text_of("display"));
    if let Some(identifier) = value.get("identifier").filter(|_| !out.plain) {
        let part = |name: &str| identifier.text_of(name).filter(|text| !text.is_empty());
        let (system, number) = (part("system").map(Into::into), part("value").map(Into::into));
        if system.is_some() || number.is_some() {
            out.push(IndexValue::TargetIdentifier { system, value: number });
        }
    }
    if let Some(found) = found {
        out.push(IndexValue::Reference(found.target));
    }
}

/// A canonical or uri, with its version and without.
pub(crate) fn convert_uri(value: Value<'_>, targets: &Targets<'_>, out: &mut Values<'_>) {
    let Some(text) = value.as_str().filter(|text| !text.is_empty()) else { return };
    let Some(found) = targets.target(text) else { return };
    if matches!(found.target, ReferenceTarget::Uri(_)) {
        push_version(text, out);
    } else if matches!(Reference::parse(text).kind, ReferenceKind::Absolute { .. }) && !out.plain {
        // An address of this server may be the URL of a resource with another id too.
        out.push(IndexValue::Reference(ReferenceTarget::Uri(text.into())));
    }
    out.push(IndexValue::Reference(found.target));
}

/// A canonical's URL and version, where it names one.
pub(crate) fn push_version(text: &str, out: &mut Values<'_>) {
    if let Some((url, version)) = text.rsplit_once('|')
        && !out.plain
        && !url.is_empty()
        && !version.is_empty()
    {
        out.push(IndexValue::Canonical { url: url.into(), version: version.into() });
    }
}

/// A resource that stands inside: its own type and id, where the parameter allows the type.
pub(crate) fn convert_resource(
    value: Value<'_>,
    allowed: &[ResourceType],
    targets: &Targets<'_>,
    out: &mut Values<'_>,
) {
    let (Some(type_name), Some(id)) = (value.text_of("resourceType"), value.text_of("id")) else {
        return;
    };
    if let Some(found) = targets.local(type_name, id)
        && found.resource_type.is_some_and(|t| allowed.is_empty() || allowed.contains(&t))
    {
        out.push(IndexValue::Reference(found.target));
    }
}

/// What a query's reference is read against.
pub(crate) struct Allowed<'p> {
    pub(crate) definitions: &'static Definitions,
    /// The types that the parameter refers to; empty means any.
    pub(crate) types: &'p [ResourceType],
    /// The type of a `:Type` modifier.
    pub(crate) only: Option<ResourceType>,
    /// The server's own base address, without a slash at its end.
    pub(crate) base_url: &'p str,
}

/// `id`, `Type/id` or a URL or URN, unescaped.
pub(crate) fn parse(text: &str, allowed: &Allowed<'_>) -> Result<Predicate, Fault> {
    match Reference::parse(text).kind {
        ReferenceKind::Relative { resource_type, id, version } => {
            parse_local(resource_type, id, version, allowed)
        }
        ReferenceKind::Absolute { base, target: Some((resource_type, id)) }
            if base == allowed.base_url =>
        {
            let version = text.split_once("/_history/").map(|(_, version)| version);
            parse_local(resource_type, id, version, allowed)
        }
        ReferenceKind::Absolute { .. } => {
            Ok(Predicate::Reference(ReferenceTarget::Uri(text.into())))
        }
        ReferenceKind::Uri if text.contains(':') && !text.contains(char::is_whitespace) => {
            Ok(Predicate::Reference(ReferenceTarget::Uri(text.into())))
        }
        ReferenceKind::Uri => {
            let Some(id) = ResourceId::parse(text) else { return Err(shape()) };
            Ok(match (allowed.only, allowed.types) {
                (Some(only), _) | (None, &[only]) => {
                    Predicate::Reference(ReferenceTarget::Local(only, id))
                }
                (None, []) => {
                    Predicate::ReferenceId(allowed.definitions.resource_types().to_vec(), id)
                }
                (None, types) => Predicate::ReferenceId(types.to_vec(), id),
            })
        }
        ReferenceKind::Contained(_) | ReferenceKind::Conditional { .. } => Err(shape()),
    }
}

fn parse_local(
    type_name: &str,
    id: &str,
    version: Option<&str>,
    allowed: &Allowed<'_>,
) -> Result<Predicate, Fault> {
    if version.is_some() {
        return Err("names a version; a reference is searched without /_history/".into());
    }
    let Some(resource_type) = allowed.definitions.resource_type(type_name) else {
        return Err("names no resource type of FHIR R4; write Type/id, such as Patient/1".into());
    };
    let fits = match allowed.only {
        Some(only) => only == resource_type,
        None => allowed.types.is_empty() || allowed.types.contains(&resource_type),
    };
    if !fits {
        let types = match allowed.only {
            Some(only) => only.to_string(),
            None => list_types(allowed.types),
        };
        let message = format!("names a {resource_type}, but this parameter refers to {types}");
        return Err(message.into());
    }
    let Some(id) = ResourceId::parse(id) else { return Err(shape()) };
    Ok(Predicate::Reference(ReferenceTarget::Local(resource_type, id)))
}

/// Types for a message: not more than a reader takes in.
pub(crate) fn list_types(types: &[ResourceType]) -> String {
    const SHOWN_MAX: usize = 12;
    let mut out = String::new();
    for (index, resource_type) in types.iter().take(SHOWN_MAX).enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(resource_type.as_str());
    }
    if types.len() > SHOWN_MAX {
        out.push_str(" and others");
    }
    out
}

fn shape() -> Fault {
    "is no reference; write an id, Type/id or an absolute URL".into()
}
