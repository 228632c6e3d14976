//! One resource: read, vread, update, delete, history.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State as Extract};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, put};
use fhir::{IssueCode, ResourceId, VersionId};
use interactions::{Category, Failure, UpdateTarget, WriteOptions};
use store::{HistoryScope, ResourceKey};

use crate::base::{HISTORY, RETURN, answer, history_of};
use crate::body::{Incoming, read_tree};
use crate::conditions::{if_match, is_known, prefer};
use crate::operations::unknown;
use crate::registry::{self, Interaction, Level};
use crate::respond::{put_version, resource, written};
use crate::{Shared, State};

/// What is served at one resource.
pub(crate) const INTERACTIONS: &[Interaction] = &[
    Interaction {
        summary: "The current version of a resource",
        answers: &[(200, "the resource"), (304, "the client has this version already")],
        refusals: &[404, 410],
        parameters: &[registry::header("If-None-Match", "versions that the client has")],
        test: "crates/server/tests/it/instance.rs#a_life_of_a_resource",
        ..Interaction::get("read", Level::Instance, "/{type}/{id}", || get(read))
    },
    Interaction {
        summary: "Updates a resource, or creates it with this id",
        method: "PUT",
        answers: &[(200, "it was updated"), (201, "it was created")],
        refusals: &[404, 409, 412, 422],
        parameters: &[RETURN, registry::header("If-Match", "the version that must be current")],
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
        summary: "Deletes a resource; its versions stay",
        method: "DELETE",
        answers: &[(204, "it is deleted")],
        refusals: &[404, 409, 412],
        parameters: &[registry::header("If-Match", "the version that must be current")],
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
        answers: &[(200, "the version")],
        refusals: &[404, 410],
        test: "crates/server/tests/it/instance.rs#a_life_of_a_resource",
        ..Interaction::get("vread", Level::Instance, "/{type}/{id}/_history/{version}", || {
            get(read_version)
        })
    },
];

fn key(shared: &Shared, type_name: &str, id: &str) -> Result<ResourceKey, Failure> {
    let resource_type = shared.app.resource_type(type_name)?;
    if id.starts_with('$') {
        return Err(unknown(id, Some(&type_name)));
    }
    let id = ResourceId::parse(id).ok_or_else(|| {
        Failure::plain(
            Category::Invalid,
            IssueCode::Value,
            "an id is 1 to 64 letters, digits, '-' or '.'",
        )
    })?;
    Ok(ResourceKey { resource_type, id })
}

fn not_modified(version: VersionId, last_updated: i64) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    put_version(&mut response, version, last_updated);
    response
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
        if is_known(&headers, stored.version) {
            return Ok(not_modified(stored.version, stored.last_updated));
        }
        Ok(resource(&shared, StatusCode::OK, &stored, wanted))
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
            Failure::plain(
                Category::NotFound,
                IssueCode::NotFound,
                "versions of this server are whole numbers from 1",
            )
        })?;
        let stored = shared.app.read_version(&key, version).await?;
        Ok(resource(&shared, StatusCode::OK, &stored, wanted))
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
        let options = WriteOptions { if_match: if_match(&headers)?, if_none_exist: None };
        let target = UpdateTarget::Id(key.id);
        let done = shared.app.update(key.resource_type, &target, &tree, &options).await?;
        Ok(written(&shared, &done, prefer(&headers), wanted))
    })
    .await
}

pub(crate) async fn delete(
    Extract(shared): State,
    Path((type_name, id)): Path<(String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    answer(&shared, &headers, query.as_deref(), async |_wanted| {
        let key = key(&shared, &type_name, &id)?;
        let done = shared.app.delete(&key, if_match(&headers)?).await?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        if done.version.0 > 0 {
            put_version(&mut response, done.version, done.last_updated);
        }
        Ok(response)
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
