//! What an entry asks for, by its method: the request of the entry taken apart.
//! Spec: <https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.request>.
//!
//! To take one more method or kind of URL, add it to [`Action`], to `read`, and to `batch` and
//! `transaction`, which do it.

use std::sync::Arc;

use base64::Engine as _;
use fhir::{EntityTags, IssueCode, PartialDate, ResourceId, ResourceType, Tree, Value};

use super::plan::bad;
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::patch::PatchDocument;
use crate::precondition::{Preconditions, not_a_create};
use crate::search::check_query;
use crate::write::{UpdateTarget, body_id, require_same_id};

/// What an entry asks for.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Create { resource_type: ResourceType, if_none_exist: Option<Box<str>> },
    Update { aim: Aim },
    Patch { aim: Aim, document: Arc<PatchDocument> },
    Delete { aim: Aim },
    Get(Get),
}

/// What a write is aimed at, and what must hold of the version that is current.
#[derive(Clone, Debug)]
pub(crate) struct Aim {
    pub(crate) resource_type: ResourceType,
    pub(crate) target: UpdateTarget,
    pub(crate) conditions: Preconditions,
}

/// A GET or HEAD.
#[derive(Clone, Debug)]
pub(crate) struct Get {
    /// The URL relative to the base.
    pub(crate) url: Box<str>,
    /// Whether only the response is asked for.
    pub(crate) is_head: bool,
    pub(crate) conditions: Preconditions,
}

impl Action {
    /// The place in the processing order.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Action::Delete { .. } => 0,
            Action::Create { .. } => 1,
            Action::Update { .. } | Action::Patch { .. } => 2,
            Action::Get(_) => 3,
        }
    }

    /// The search that it depends on, if it does.
    pub(crate) fn condition(&self) -> Option<(ResourceType, &str)> {
        match self {
            Action::Create { resource_type, if_none_exist } => {
                Some((*resource_type, if_none_exist.as_deref()?))
            }
            Action::Update { aim } | Action::Patch { aim, .. } | Action::Delete { aim } => {
                match &aim.target {
                    UpdateTarget::Query(query) => Some((aim.resource_type, query)),
                    UpdateTarget::Id(_) => None,
                }
            }
            Action::Get(_) => None,
        }
    }

    /// What must hold of the version that it writes to.
    pub(super) fn conditions(&self) -> Option<&Preconditions> {
        match self {
            Action::Update { aim } | Action::Patch { aim, .. } | Action::Delete { aim } => {
                Some(&aim.conditions)
            }
            Action::Create { .. } | Action::Get(_) => None,
        }
    }

    pub(super) fn read(
        app: &App,
        request: Value<'_>,
        resource: Option<Value<'_>>,
    ) -> Result<Action, Failure> {
        let method = request.text_of("method").unwrap_or("");
        let url = request.text_of("url").unwrap_or("");
        let url = url.strip_prefix(app.options.base_url.as_str()).unwrap_or(url);
        let url = url.trim_start_matches('/');
        check_query(url)?;
        match method {
            "GET" | "HEAD" => get(request, url, method == "HEAD").map(Action::Get),
            "POST" => create(app, request, url, resource),
            "PUT" => update(app, request, url, resource),
            "PATCH" => patch(app, request, url, resource),
            "DELETE" => Ok(Action::Delete { aim: aim(app, request, url)? }),
            _ => Err(bad(
                "request.method",
                "the method must be GET, HEAD, POST, PUT, PATCH or DELETE",
            )),
        }
    }
}

fn get(request: Value<'_>, url: &str, is_head: bool) -> Result<Get, Failure> {
    Ok(Get { url: url.into(), is_head, conditions: of_read(request)? })
}

fn create(
    app: &App,
    request: Value<'_>,
    url: &str,
    resource: Option<Value<'_>>,
) -> Result<Action, Failure> {
    if url.contains('$') {
        return Err(Failure::new(
            Category::NotSupported,
            IssueCode::NotSupported,
            "request.url",
            "operations are not run inside of a Bundle; call it on its own",
        ));
    }
    if url.contains(['/', '?']) || url.is_empty() {
        return Err(bad(
            "request.url",
            "a POST in a Bundle goes to a resource type, such as Patient",
        ));
    }
    let resource_type = app.resource_type(url)?;
    let resource = resource.ok_or_else(|| bad("resource", "a POST needs a resource"))?;
    app.check_resource(resource, resource_type)?;
    of_write(request)?.check_create()?;
    let if_none_exist = condition_text(request, "ifNoneExist")?.map(|query| {
        let query = query.trim_start_matches('?');
        query.strip_prefix(url).and_then(|q| q.strip_prefix('?')).unwrap_or(query).into()
    });
    Ok(Action::Create { resource_type, if_none_exist })
}

fn update(
    app: &App,
    request: Value<'_>,
    url: &str,
    resource: Option<Value<'_>>,
) -> Result<Action, Failure> {
    let aim = aim(app, request, url)?;
    let resource = resource.ok_or_else(|| bad("resource", "a PUT needs a resource"))?;
    app.check_resource(resource, aim.resource_type)?;
    if let UpdateTarget::Id(id) = &aim.target {
        require_same_id(id, body_id(resource)?.as_ref())?;
    }
    Ok(Action::Update { aim })
}

/// A patch stands in a Binary with its content type, or is a Parameters resource itself.
fn patch(
    app: &App,
    request: Value<'_>,
    url: &str,
    resource: Option<Value<'_>>,
) -> Result<Action, Failure> {
    let aim = aim(app, request, url)?;
    let needed = "a PATCH needs a Binary with a patch, or Parameters, as its resource";
    let resource = resource.ok_or_else(|| bad("resource", needed))?;
    let document = match resource.text_of("resourceType") {
        Some("Parameters") => PatchDocument::FhirPath(tree_of(resource.raw().as_bytes())?),
        Some("Binary") => binary_patch(resource)?,
        _ => return Err(bad("resource", needed)),
    };
    Ok(Action::Patch { aim, document: Arc::new(document) })
}

fn binary_patch(binary: Value<'_>) -> Result<PatchDocument, Failure> {
    let data = binary.text_of("data").unwrap_or("").replace(['\n', '\r', ' ', '\t'], "");
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(data)
        .map_err(|_| bad("resource.data", "data must be base64"))?;
    let content_type = binary.text_of("contentType").unwrap_or("");
    match content_type.split(';').next().unwrap_or("").trim() {
        "application/json-patch+json" => tree_of(&bytes).map(PatchDocument::Json),
        "application/xml-patch+xml" => String::from_utf8(bytes)
            .map(|text| PatchDocument::Xml(text.into()))
            .map_err(|_| bad("resource.data", "an xml patch must be utf-8")),
        "application/fhir+json" => tree_of(&bytes).map(PatchDocument::FhirPath),
        _ => Err(bad(
            "resource.contentType",
            "contentType must be application/json-patch+json, application/xml-patch+xml or application/fhir+json",
        )),
    }
}

fn tree_of(bytes: &[u8]) -> Result<Tree, Failure> {
    Tree::parse(bytes).map_err(|error| {
        let message = format!("the patch is no json: {error}");
        Failure::new(Category::Invalid, IssueCode::Structure, "resource.data", message)
    })
}

fn aim(app: &App, request: Value<'_>, url: &str) -> Result<Aim, Failure> {
    let conditions = of_write(request)?;
    if request.get("ifNoneExist").is_some() {
        return Err(not_a_create("request.ifNoneExist"));
    }
    if let Some((type_name, query)) = url.split_once('?') {
        let resource_type = app.resource_type(type_name)?;
        let target = UpdateTarget::Query(query.to_owned());
        return Ok(Aim { resource_type, target, conditions });
    }
    let Some((type_name, id)) = url.split_once('/') else {
        return Err(bad("request.url", "the url must be Type/id or Type?search"));
    };
    let id = ResourceId::parse(id)
        .ok_or_else(|| bad("request.url", "an id is 1 to 64 letters, digits, '-' or '.'"))?;
    let resource_type = app.resource_type(type_name)?;
    Ok(Aim { resource_type, target: UpdateTarget::Id(id), conditions })
}

/// The conditions of a write; a date of `ifModifiedSince` is of reads (RFC 9110 §13.1.3).
fn of_write(request: Value<'_>) -> Result<Preconditions, Failure> {
    let tags = |member: &str, header| {
        let text = condition_text(request, member)?;
        text.map(|text| Preconditions::tags(header, text)).transpose()
    };
    Ok(Preconditions {
        if_match: tags("ifMatch", "If-Match")?,
        if_none_match: tags("ifNoneMatch", "If-None-Match")?,
        ..Preconditions::default()
    })
}

/// The conditions of a read. An `ifNoneMatch` that is no ETag names no version that the client has.
fn of_read(request: Value<'_>) -> Result<Preconditions, Failure> {
    let since = condition_text(request, "ifModifiedSince")?.map(|text| {
        PartialDate::parse(text)
            .map(|date| date.high)
            .ok_or_else(|| bad("request.ifModifiedSince", "ifModifiedSince must be an instant"))
    });
    let if_match = condition_text(request, "ifMatch")?;
    let if_match = if_match.map(|text| Preconditions::tags("If-Match", text));
    let if_none_match = condition_text(request, "ifNoneMatch")?;
    Ok(Preconditions {
        if_match: if_match.transpose()?,
        if_none_match: if_none_match.map(EntityTags::parse_or_none),
        if_modified_since: since.transpose()?,
        if_unmodified_since: None,
    })
}

/// A condition's text; one that is no text must not be taken for none.
fn condition_text<'t>(request: Value<'t>, member: &str) -> Result<Option<&'t str>, Failure> {
    let Some(value) = request.get(member) else { return Ok(None) };
    let place = || format!("request.{member}");
    value.as_str().map(Some).ok_or_else(|| bad(&place(), &format!("{member} must be text")))
}
