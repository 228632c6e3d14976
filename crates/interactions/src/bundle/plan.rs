//! What each entry of a Bundle asks for, read once and checked before anything is done.

use fhir::{IssueCode, ResourceId, ResourceType, Tree, Value, VersionId};

use crate::app::App;
use crate::failure::{Category, Failure};
use crate::write::{body_id, require_same_id};

/// Batch or transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundleKind {
    /// Each entry on its own.
    Batch,
    /// All or nothing.
    Transaction,
}

/// A Bundle's entries, in order.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) kind: BundleKind,
    pub(crate) entries: Vec<Result<Entry, Failure>>,
}

/// One entry.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) full_url: Option<Box<str>>,
    /// Index of the resource in the Bundle's tree.
    pub(crate) resource: Option<u32>,
    pub(crate) action: Action,
}

/// What an entry asks for.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Create {
        resource_type: ResourceType,
        if_none_exist: Option<Box<str>>,
    },
    Update {
        resource_type: ResourceType,
        target: Target,
        if_match: Option<VersionId>,
    },
    Delete {
        resource_type: ResourceType,
        target: Target,
        if_match: Option<VersionId>,
    },
    /// A GET, by its URL relative to the base.
    Get {
        url: Box<str>,
    },
}

/// An id or a condition.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Id(ResourceId),
    Query(Box<str>),
}

impl Action {
    /// The place in the processing order of a transaction.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Action::Delete { .. } => 0,
            Action::Create { .. } => 1,
            Action::Update { .. } => 2,
            Action::Get { .. } => 3,
        }
    }
}

impl Plan {
    /// Reads a Bundle. In a transaction the first bad entry fails the whole; all are reported.
    pub(crate) fn read(app: &App, tree: &Tree) -> Result<Plan, Failure> {
        let root = tree.root();
        if tree.resource_type() != Some("Bundle") {
            return Err(bad("Bundle", "the base takes a Bundle of type batch or transaction"));
        }
        let kind = match root.text_of("type") {
            Some("batch") => BundleKind::Batch,
            Some("transaction") => BundleKind::Transaction,
            _ => {
                return Err(bad(
                    "Bundle.type",
                    "the base takes a Bundle of type batch or transaction",
                ));
            }
        };
        let count = root.all("entry").count();
        let max = app.options.bundle_entries_max;
        if count > max {
            let message =
                format!("the Bundle has {count} entries; at most {max} are taken; split it");
            return Err(Failure::new(
                Category::TooLarge,
                IssueCode::TooLong,
                "Bundle.entry",
                message,
            ));
        }
        let entries: Vec<_> = root
            .all("entry")
            .enumerate()
            .map(|(index, entry)| {
                let read = Entry::read(app, entry);
                read.map_err(|failure| failure.inside(&format!("Bundle.entry[{index}]")))
            })
            .collect();
        if kind == BundleKind::Transaction && entries.iter().any(Result::is_err) {
            let issues = entries.into_iter().filter_map(Result::err).flat_map(|f| f.issues);
            return Err(Failure::invalid(issues.take(100).collect()));
        }
        Ok(Plan { kind, entries })
    }
}

fn bad(expression: &str, message: &str) -> Failure {
    Failure::new(Category::Invalid, IssueCode::Invalid, expression, message)
}

impl Entry {
    fn read(app: &App, entry: Value<'_>) -> Result<Entry, Failure> {
        let request = entry
            .get("request")
            .ok_or_else(|| bad("request", "the entry needs a request with method and url"))?;
        let method = request.text_of("method").unwrap_or("");
        let url = request.text_of("url").unwrap_or("");
        let url = url.strip_prefix(app.options.base_url.as_str()).unwrap_or(url);
        let url = url.trim_start_matches('/');
        let resource = entry.get("resource");
        let action = match method {
            "GET" | "HEAD" => Action::Get { url: url.into() },
            "POST" => create_action(app, request, url, resource)?,
            "PUT" => update_action(app, request, url, resource)?,
            "DELETE" => {
                let (resource_type, target) = split_url(app, url)?;
                Action::Delete { resource_type, target, if_match: if_match(request)? }
            }
            "PATCH" => {
                return Err(Failure::new(
                    Category::NotSupported,
                    IssueCode::NotSupported,
                    "request.method",
                    "PATCH is not supported yet; send the whole resource with PUT",
                ));
            }
            _ => {
                return Err(bad("request.method", "the method must be GET, POST, PUT or DELETE"));
            }
        };
        let full_url = entry.text_of("fullUrl").map(Into::into);
        Ok(Entry { full_url, resource: resource.map(Value::index), action })
    }
}

fn create_action(
    app: &App,
    request: Value<'_>,
    url: &str,
    resource: Option<Value<'_>>,
) -> Result<Action, Failure> {
    if url.contains(['/', '?']) || url.is_empty() {
        return Err(bad(
            "request.url",
            "a POST in a Bundle goes to a resource type, such as Patient",
        ));
    }
    let resource_type = app.resource_type(url)?;
    let resource = resource.ok_or_else(|| bad("resource", "a POST needs a resource"))?;
    app.check_resource(resource, resource_type)?;
    let if_none_exist = request.text_of("ifNoneExist").map(|query| {
        let query = query.trim_start_matches('?');
        query.strip_prefix(url).and_then(|q| q.strip_prefix('?')).unwrap_or(query).into()
    });
    Ok(Action::Create { resource_type, if_none_exist })
}

fn update_action(
    app: &App,
    request: Value<'_>,
    url: &str,
    resource: Option<Value<'_>>,
) -> Result<Action, Failure> {
    let (resource_type, target) = split_url(app, url)?;
    let resource = resource.ok_or_else(|| bad("resource", "a PUT needs a resource"))?;
    app.check_resource(resource, resource_type)?;
    if let Target::Id(id) = &target {
        require_same_id(id, body_id(resource)?.as_ref())?;
    }
    Ok(Action::Update { resource_type, target, if_match: if_match(request)? })
}

fn split_url(app: &App, url: &str) -> Result<(ResourceType, Target), Failure> {
    if let Some((type_name, query)) = url.split_once('?') {
        return Ok((app.resource_type(type_name)?, Target::Query(query.into())));
    }
    let Some((type_name, id)) = url.split_once('/') else {
        return Err(bad("request.url", "the url must be Type/id or Type?search"));
    };
    let id = ResourceId::parse(id)
        .ok_or_else(|| bad("request.url", "an id is 1 to 64 letters, digits, '-' or '.'"))?;
    Ok((app.resource_type(type_name)?, Target::Id(id)))
}

fn if_match(request: Value<'_>) -> Result<Option<VersionId>, Failure> {
    let Some(text) = request.text_of("ifMatch") else { return Ok(None) };
    let version = text.trim_start_matches("W/").trim_matches('"');
    VersionId::parse(version)
        .map(Some)
        .ok_or_else(|| bad("request.ifMatch", "ifMatch must be a version such as W/\"3\""))
}
