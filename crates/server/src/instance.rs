//! One resource: read, vread, update, patch, delete, history.

use axum::body::Body;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, put};
use fhir::{IssueCode, ResourceId, VersionId};
use interactions::{Category, Failure, UpdateTarget, decode_query};
use store::{HistoryScope, ResourceKey, Stored};

use crate::base::{HISTORY, WRITE, answer, history_of};
use crate::body::{Incoming, read_tree};
use crate::conditions::{of_read, prefer, write_options};
use crate::format::Wanted;
use crate::registry::{self, Interaction, Level};
use crate::respond::{deleted, put_version, resource, written};
use crate::types::{PATCHES, patch_at};
use crate::{Extract, Shared, State};

/// What shapes a read.
const READ: &[registry::Parameter] = &[
    registry::header("If-None-Match", "versions that the client has"),
    registry::header("If-Modified-Since", "when the client read it"),
    registry::header("If-Match", "versions of which one must be the one that is read"),
    registry::header("If-Unmodified-Since", "when it must have been changed last, or before"),
    registry::query("_summary", "true, text, data or false"),
    registry::query("_elements", "elements to show, with commas between them"),
];

/// What is served at one resource.
pub(crate) const INTERACTIONS: &[Interaction] = &[
    Interaction {
        summary: "The current version of a resource",
        answers: &[(200, "the resource"), (304, "the client has this version already")],
        refusals: &[404, 410, 412],
        parameters: READ,
        test: "crates/server/tests/it/instance.rs#a_life_of_a_resource",
        ..Interaction::get("read", Level::Instance, "/{type}/{id}", || get(read))
    },
    Interaction {
        summary: "Updates a resource, or creates it with this id",
        method: "PUT",
        answers: &[(200, "it was updated"), (201, "it was created")],
        refusals: &[404, 409, 412, 422],
        parameters: WRITE,
        test: "crates/server/tests/it/instance.rs#a_life_of_a_resource",
        ..Interaction::post(
            "update",
            Level::Instance,
            "/{type}/{id}",
            registry::Body::Resource,
            || put(update),
        )
    },
    Interaction {
        summary: "Patches a resource, by JSON Patch, XML Patch or FHIRPath Patch",
        method: "PATCH",
        answers: &[(200, "it was patched")],
        refusals: &[404, 409, 410, 412, 422],
        parameters: WRITE,
        test: "crates/server/tests/it/instance/patch.rs#what_patches_do",
        ..Interaction::post(
            "patch",
            Level::Instance,
            "/{type}/{id}",
            registry::Body::Other(PATCHES),
            || axum::routing::patch(patch),
        )
    },
    Interaction {
        summary: "Deletes a resource; its versions stay",
        method: "DELETE",
        answers: &[(204, "it is deleted"), (200, "the same, in words if asked for")],
        refusals: &[404, 409, 412],
        parameters: WRITE,
        test: "crates/server/tests/it/instance.rs#a_life_of_a_resource",
        ..Interaction::get("delete", Level::Instance, "/{type}/{id}", || {
            axum::routing::delete(delete)
        })
    },
    Interaction {
        summary: "The versions of a resource, newest first",
        parameters: HISTORY,
        test: "crates/server/tests/it/instance.rs#a_life_of_a_resource",
        ..Interaction::get("history-instance", Level::Instance, "/{type}/{id}/_history", || {
            get(history)
        })
    },
    Interaction {
        summary: "One version of a resource",
        answers: &[(200, "the version"), (304, "the client has this version already")],
        parameters: READ,
        refusals: &[404, 410, 412],
        test: "crates/server/tests/it/instance.rs#a_life_of_a_resource",
        ..Interaction::get("vread", Level::Instance, "/{type}/{id}/_history/{version}", || {
            get(read_version)
        })
    },
];

pub(crate) fn key(shared: &Shared, type_name: &str, id: &str) -> Result<ResourceKey, Failure> {
    let resource_type = shared.app.resource_type(type_name)?;
    if id.starts_with('$') {
        return Err(Failure::unknown_operation(id));
    }
    Ok(ResourceKey { resource_type, id: resource_id(id)? })
}

fn resource_id(id: &str) -> Result<ResourceId, Failure> {
    ResourceId::parse(id).ok_or_else(|| {
        Failure::new(
            Category::Invalid,
            IssueCode::Value,
            "id",
            "an id is 1 to 64 letters, digits, '-' or '.'",
        )
    })
}

fn not_modified(version: VersionId, last_updated: i64) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    put_version(&mut response, version, last_updated);
    response
}

/// A version that was read: that the client has it, part of it, or all of it.
fn shown(
    shared: &Shared,
    headers: &HeaderMap,
    query: Option<&str>,
    mut stored: Stored,
    wanted: Wanted,
) -> Result<Response, Failure> {
    if of_read(headers)?.is_known(&stored)? {
        return Ok(not_modified(stored.version, stored.last_updated));
    }
    if let Some(query) = query
        && let Some(part) = shared.app.part_of(&stored, &decode_query(query))?
    {
        stored.body = Some(part.into());
    }
    Ok(resource(&shared.app, StatusCode::OK, &stored, wanted))
}

pub(crate) async fn read(
    Extract(shared): State,
    Path((type_name, id)): Path<(String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    answer(&shared, &headers, query.as_deref(), async |wanted| {
        let key = key(&shared, &type_name, &id)?;
        let stored = match shared.app.read(&key).await {
            Err(failure) if failure.category == Category::NotFound => {
                shared.app.operation_definition(&key, shared.options.started).ok_or(failure)?
            }
            read => read?,
        };
        shown(&shared, &headers, query.as_deref(), stored, wanted)
    })
    .await
}

pub(crate) async fn read_version(
    Extract(shared): State,
    Path((type_name, id, version)): Path<(String, String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    answer(&shared, &headers, query.as_deref(), async |wanted| {
        let key = key(&shared, &type_name, &id)?;
        let version = VersionId::parse(&version).ok_or_else(|| {
            Failure::new(
                Category::NotFound,
                IssueCode::NotFound,
                key.to_string(),
                "versions of this server are whole numbers from 1",
            )
        })?;
        let stored = shared.app.read_version(&key, version).await?;
        shown(&shared, &headers, query.as_deref(), stored, wanted)
    })
    .await
}

pub(crate) async fn update(
    Extract(shared): State,
    Path((type_name, id)): Path<(String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    bytes: Incoming,
) -> Response {
    answer(&shared, &headers, query.as_deref(), async |wanted| {
        let key = key(&shared, &type_name, &id)?;
        let tree = read_tree(&shared, &headers, &bytes)?;
        let options = write_options(&headers)?;
        let target = UpdateTarget::Id(key.id);
        let done = shared.app.update(key.resource_type, &target, &tree, &options).await?;
        Ok(written(&shared, &done, prefer(&headers), wanted))
    })
    .await
}

pub(crate) async fn patch(
    Extract(shared): State,
    Path((type_name, id)): Path<(String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    bytes: Incoming,
) -> Response {
    let target = resource_id(&id).map(UpdateTarget::Id);
    patch_at(&shared, &type_name, target, &headers, query.as_deref(), &bytes).await
}

pub(crate) async fn delete(
    Extract(shared): State,
    Path((type_name, id)): Path<(String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    answer(&shared, &headers, query.as_deref(), async |wanted| {
        let key = key(&shared, &type_name, &id)?;
        let conditions = write_options(&headers)?.conditions;
        let done = shared.app.delete(&key, &conditions).await?;
        let is_there = done.version.0 > 0;
        let version = is_there.then_some((done.version, done.last_updated));
        Ok(deleted(&shared, version, usize::from(is_there), prefer(&headers), wanted))
    })
    .await
}

pub(crate) async fn history(
    Extract(shared): State,
    Path((type_name, id)): Path<(String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let scope = key(&shared, &type_name, &id).map(HistoryScope::Instance);
    history_of(&shared, &headers, query.as_deref(), scope).await
}
