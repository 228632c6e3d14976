//! Long work: `$export`, `$import`, `$reindex`, the status and files of jobs, and requests that are
//! answered later. Spec: <https://hl7.org/fhir/uv/bulkdata/STU2/export.html>,
//! <https://hl7.org/fhir/R4/async.html>.

use axum::body::Body as HttpBody;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::{get, post};
use fhir::{Issue, IssueCode, Severity, Tree, Value, operation_outcome};
use futures_util::StreamExt as _;
use interactions::{
    Category, ExportRequest, Failure, ImportRequest, JobResult, JobView, ReindexRequest,
    decode_query,
};

use crate::base::answer;
use crate::body::{Incoming, read_tree, received};
use crate::conditions::prefer;
use crate::format::Wanted;
use crate::registry::{self, Body, Carried, Interaction, Level, Parameter};
use crate::respond::content;
use crate::{Extract, Shared, State, later};

/// What is served of long work.
pub(crate) const INTERACTIONS: &[Interaction] = &[
    Interaction {
        summary: "Begins an export of everything",
        parameters: EXPORT,
        answers: BEGUN,
        refusals: &[501],
        test: "crates/server/tests/it/export.rs#an_export_holds_what_there_is",
        ..Interaction::get("$export", Level::System, "/$export", || get(export_system))
    },
    Interaction {
        summary: "Begins an export of everything, with its parameters in a body",
        answers: BEGUN,
        refusals: &[501],
        test: "crates/server/tests/it/export.rs#parameters_may_come_in_a_body",
        ..Interaction::post("$export", Level::System, "/$export", Body::Parameters, || {
            post(export_system)
        })
    },
    Interaction {
        summary: "Begins an export of what belongs to patients (type Patient)",
        parameters: EXPORT,
        answers: BEGUN,
        refusals: &[404, 501],
        test: "crates/server/tests/it/export.rs#patients_and_groups",
        ..Interaction::get("$export", Level::Type, "/{type}/$export", || get(export_type))
    },
    Interaction {
        summary: "Begins an export of what belongs to patients, with its parameters in a body",
        answers: BEGUN,
        refusals: &[404, 501],
        test: "crates/server/tests/it/export.rs#parameters_may_come_in_a_body",
        ..Interaction::post("$export", Level::Type, "/{type}/$export", Body::Parameters, || {
            post(export_type)
        })
    },
    Interaction {
        summary: "Begins an export of what belongs to the members of a Group",
        parameters: EXPORT,
        answers: BEGUN,
        refusals: &[404, 410, 501],
        test: "crates/server/tests/it/export.rs#patients_and_groups",
        ..Interaction::get("$export", Level::Instance, "/{type}/{id}/$export", || {
            get(export_instance)
        })
    },
    Interaction {
        summary: "Begins an export of a Group, with its parameters in a body",
        answers: BEGUN,
        refusals: &[404, 410, 501],
        test: "crates/server/tests/it/export.rs#parameters_may_come_in_a_body",
        ..Interaction::post(
            "$export",
            Level::Instance,
            "/{type}/{id}/$export",
            Body::Parameters,
            || post(export_instance),
        )
    },
    Interaction {
        summary: "Begins an import of files named in Parameters, or of the lines of the body",
        answers: BEGUN,
        refusals: &[501],
        test: "crates/server/tests/it/import.rs#lines_of_a_body_are_put",
        ..Interaction::post(
            "$import",
            Level::System,
            "/$import",
            Body::Other(&[
                ("application/fhir+ndjson", Carried::Text),
                ("application/fhir+json", Carried::Parameters),
            ]),
            || post(import),
        )
    },
    Interaction {
        summary: "Begins to index everything anew, or some types or parameters of it",
        answers: BEGUN,
        refusals: &[501],
        test: "crates/server/tests/it/parameters.rs#everything_can_be_indexed_anew",
        ..Interaction::post("$reindex", Level::System, "/$reindex", Body::Parameters, || {
            post(reindex_system)
        })
    },
    Interaction {
        summary: "Begins to index a type anew, or some parameters of it",
        answers: BEGUN,
        refusals: &[404, 501],
        test: "crates/server/tests/it/parameters.rs#everything_can_be_indexed_anew",
        ..Interaction::post("$reindex", Level::Type, "/{type}/$reindex", Body::Parameters, || {
            post(reindex_type)
        })
    },
    Interaction {
        summary: "The long work that is under way or was done lately",
        answers: &[(200, "Parameters, one a job")],
        refusals: &[501],
        test: "crates/server/tests/it/later.rs#jobs_are_listed",
        ..Interaction::get("jobs", Level::Other, "/$jobs", || get(list))
    },
    Interaction {
        summary: "How far a job is, or its result",
        answers: &[(200, "its result"), (202, "it is not done yet; X-Progress says how far it is")],
        test: "crates/server/tests/it/later.rs#a_search_can_be_answered_later",
        ..Interaction::get("job", Level::Other, "/$job/{id}", || get(status))
    },
    Interaction {
        summary: "Stops a job, or forgets its result",
        method: "DELETE",
        answers: &[(202, "it is gone")],
        test: "crates/server/tests/it/later.rs#a_job_can_be_taken_away",
        ..Interaction::get("job", Level::Other, "/$job/{id}", || axum::routing::delete(cancel))
    },
    Interaction {
        summary: "A file of a job's result, or a part of it by Range",
        answers: &[(200, "the file"), (206, "the part"), (304, "the client has it already")],
        refusals: &[404, 416],
        test: "crates/server/tests/it/export.rs#files_are_served_whole_and_in_parts",
        ..Interaction::get("file", Level::Other, "/$job/{id}/{file}", || get(crate::files::serve))
    },
];

const BEGUN: &[(u16, &str)] =
    &[(202, "it has begun; Content-Location says where it can be followed")];

const EXPORT: &[Parameter] = &[
    registry::header("Prefer", "respond-async, which an export needs; handling=lenient"),
    registry::query("_outputFormat", "application/fhir+ndjson"),
    registry::query("_since", "only what was updated at this instant or later"),
    registry::query("_type", "only these types, with commas"),
    registry::query("_typeFilter", "only what one of these queries of its type selects"),
    registry::query("_elements", "only these elements, and those that must be there"),
];

/// The answer to what has begun.
pub(crate) fn begun(shared: &Shared, id: &str, wanted: Wanted, words: &str) -> Response {
    let issue = Issue {
        severity: Severity::Information,
        code: IssueCode::Informational,
        message: format!("{words}; ask Content-Location how far it is"),
        expression: None,
    };
    let mut response = content(shared, StatusCode::ACCEPTED, operation_outcome(&[issue]), wanted);
    if let Ok(url) = HeaderValue::from_str(&shared.app.job_url(id)) {
        response.headers_mut().insert(header::CONTENT_LOCATION, url);
    }
    response
}

async fn export_system(
    state: State,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
    body: Incoming,
) -> Response {
    export(state, (None, None), method, headers, uri, body).await
}

async fn export_type(
    state: State,
    Path(type_name): Path<String>,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
    body: Incoming,
) -> Response {
    export(state, (Some(type_name), None), method, headers, uri, body).await
}

async fn export_instance(
    state: State,
    Path((type_name, id)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
    body: Incoming,
) -> Response {
    export(state, (Some(type_name), Some(id)), method, headers, uri, body).await
}

async fn export(
    Extract(shared): State,
    (type_name, id): (Option<String>, Option<String>),
    method: Method,
    headers: HeaderMap,
    uri: Uri,
    body: Incoming,
) -> Response {
    answer(&shared, &headers, uri.query(), async |wanted| {
        if !later::wants_async(&headers) {
            return Err(Failure::new(
                Category::Invalid,
                IssueCode::Required,
                "Prefer",
                "an export is made in the background; send Prefer: respond-async",
            ));
        }
        let mut parameters = decode_query(uri.query().unwrap_or(""));
        if method == Method::POST && !received(&shared, &body)?.is_empty() {
            parameters.extend(named_values(&read_tree(&shared, &headers, &body)?)?);
        }
        let request = ExportRequest {
            type_name,
            id,
            parameters,
            url: request_url(&shared, &uri),
            lenient: prefer(&headers).lenient,
        };
        let id = shared.app.start_export(&request).await?;
        Ok(begun(&shared, &id, wanted, "the export has begun"))
    })
    .await
}

/// The URL of a request, as a client sees it.
pub(crate) fn request_url(shared: &Shared, uri: &Uri) -> String {
    let target = uri.path_and_query().map_or("", axum::http::uri::PathAndQuery::as_str);
    format!("{}{target}", shared.app.options.base_url)
}

/// The parameters of a Parameters resource as names and values.
fn named_values(tree: &Tree) -> Result<Vec<(String, String)>, Failure> {
    if tree.resource_type() != Some("Parameters") {
        return Err(Failure::new(
            Category::Invalid,
            IssueCode::Invalid,
            "resourceType",
            "the body must be a Parameters resource",
        ));
    }
    let value_of = |parameter: Value<'_>| {
        let value = parameter.members().find(|member| member.name().starts_with("value"))?;
        let text = value.as_text().or_else(|| value.text_of("reference"))?;
        Some((parameter.text_of("name")?.to_owned(), text.to_owned()))
    };
    tree.root()
        .all("parameter")
        .map(|parameter| {
            value_of(parameter).ok_or_else(|| {
                Failure::new(
                    Category::Invalid,
                    IssueCode::Structure,
                    parameter.expression(),
                    "a parameter needs a name and a value",
                )
            })
        })
        .collect()
}

async fn import(Extract(shared): State, headers: HeaderMap, uri: Uri, body: HttpBody) -> Response {
    answer(&shared, &headers, uri.query(), async |wanted| {
        let content_type =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let media_type = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        let url = request_url(&shared, &uri);
        let id = if matches!(media_type.as_str(), "application/fhir+ndjson" | "application/ndjson")
        {
            let mut upload = shared.app.begin_upload().await?;
            let mut stream = body.into_data_stream();
            while let Some(part) = stream.next().await {
                let part = part.map_err(|_| {
                    Failure::plain(
                        Category::Invalid,
                        IssueCode::Structure,
                        "the body broke off before its end; nothing was imported; send it again",
                    )
                })?;
                upload.write(&part).await?;
            }
            shared.app.start_import(ImportRequest::Body(upload), &url).await?
        } else {
            let max = shared.options.body_bytes_max;
            let bytes = axum::body::to_bytes(body, max).await.map_err(|_| {
                Failure::plain(
                    Category::TooLarge,
                    IssueCode::TooLong,
                    format!("the body broke off, or is longer than {max} bytes"),
                )
            })?;
            let tree = read_tree(&shared, &headers, &Ok(bytes))?;
            shared.app.start_import(ImportRequest::Named(&tree), &url).await?
        };
        Ok(begun(&shared, &id, wanted, "the import has begun"))
    })
    .await
}

async fn reindex_system(
    state: State,
    headers: HeaderMap,
    query: RawQuery,
    body: Incoming,
) -> Response {
    reindex(state, None, headers, query, body).await
}

async fn reindex_type(
    state: State,
    Path(type_name): Path<String>,
    headers: HeaderMap,
    query: RawQuery,
    body: Incoming,
) -> Response {
    reindex(state, Some(type_name), headers, query, body).await
}

async fn reindex(
    Extract(shared): State,
    type_name: Option<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Incoming,
) -> Response {
    answer(&shared, &headers, query.as_deref(), async |wanted| {
        let mut values = decode_query(query.as_deref().unwrap_or(""));
        if !received(&shared, &body)?.is_empty() {
            values.extend(named_values(&read_tree(&shared, &headers, &body)?)?);
        }
        let mut request = ReindexRequest::default();
        request.types.extend(type_name);
        for (name, value) in values {
            match name.as_str() {
                "type" => request.types.push(value),
                "parameter" => request.parameters.push(value),
                "_format" | "_pretty" => {}
                _ => {
                    return Err(Failure::new(
                        Category::Invalid,
                        IssueCode::Value,
                        name.chars().take(64).collect::<String>(),
                        "a reindex takes type and parameter (codes or canonical URLs)",
                    ));
                }
            }
        }
        let id = shared.app.start_reindex(&request).await?;
        Ok(begun(&shared, &id, wanted, "the index is being made anew"))
    })
    .await
}

async fn list(Extract(shared): State, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    answer(&shared, &headers, query.as_deref(), async |wanted| {
        let list = shared.app.job_list().await?;
        Ok(content(&shared, StatusCode::OK, list, wanted))
    })
    .await
}

async fn status(
    Extract(shared): State,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    answer(&shared, &headers, query.as_deref(), async |wanted| {
        match shared.app.job_result(&id).await? {
            JobResult::Unfinished(view) => Ok(unfinished(&view)),
            JobResult::Failed(_, failure) => Err(failure),
            JobResult::Manifest(view, manifest) => {
                let mut response = Response::new(HttpBody::from(manifest));
                let json = HeaderValue::from_static("application/json");
                response.headers_mut().insert(header::CONTENT_TYPE, json);
                put_expiry(&mut response, &view);
                Ok(response)
            }
            JobResult::Resource(view, resource) => {
                let mut response = content(&shared, StatusCode::OK, resource, wanted);
                put_expiry(&mut response, &view);
                Ok(response)
            }
        }
    })
    .await
}

fn unfinished(view: &JobView) -> Response {
    let mut response = Response::new(HttpBody::empty());
    *response.status_mut() = StatusCode::ACCEPTED;
    let words: String = format!("{}: {}", view.status.as_str(), view.progress.words());
    let words: String = words.chars().take(100).collect();
    let headers = response.headers_mut();
    if let Ok(words) = HeaderValue::from_str(&words) {
        headers.insert("x-progress", words);
    }
    let left = view.progress.total.map_or(0, |total| total.saturating_sub(view.progress.done));
    let rate = view.progress.rate().max(1.0);
    let seconds = (left as f64 / rate).clamp(1.0, 60.0) as u64;
    headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

fn put_expiry(response: &mut Response, view: &JobView) {
    let lapses = view.lapses.map(fhir::format_http_date);
    if let Some(Ok(date)) = lapses.as_deref().map(HeaderValue::from_str) {
        response.headers_mut().insert(header::EXPIRES, date);
    }
}

async fn cancel(
    Extract(shared): State,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    answer(&shared, &headers, query.as_deref(), async |wanted| {
        shared.app.cancel_job(&id).await?;
        let issue = Issue {
            severity: Severity::Information,
            code: IssueCode::Informational,
            message: "the job is stopped, and its result is gone".to_owned(),
            expression: None,
        };
        Ok(content(&shared, StatusCode::ACCEPTED, operation_outcome(&[issue]), wanted))
    })
    .await
}
