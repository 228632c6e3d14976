//! The base: metadata, batch and transaction, history of the whole system, and what is no path.

use std::sync::Arc;

use axum::extract::RawQuery;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use fhir::IssueCode;
use interactions::{BundleRequest, Category, Failure, HistoryQuery, Return, decode_query};
use store::HistoryScope;

use crate::body::{Incoming, read_tree};
use crate::conditions::prefer;
use crate::format::Wanted;
use crate::registry::{self, Body, Interaction, Level, Parameter, Shape};
use crate::respond::{Refusal, content};
use crate::types::handling;
use crate::{Extract, Shared, State};

/// What is served at the base.
pub(crate) const INTERACTIONS: &[Interaction] = &[
    Interaction {
        summary: "What this server can do, as a CapabilityStatement",
        refusals: &[],
        parameters: &[registry::query("mode", "which statement").of(Shape::OneOf(&[
            "full",
            "normative",
            "terminology",
        ]))],
        test: "crates/server/tests/it/base.rs#the_capability_statement_says_what_is_served",
        ..Interaction::get("capabilities", Level::System, "/metadata", || get(metadata))
    },
    Interaction {
        summary: "Runs the entries of a transaction or batch Bundle",
        answers: &[(200, "the answers, in the order of the entries")],
        refusals: &[404, 409, 410, 412, 422],
        parameters: &[BUNDLE],
        test: "crates/server/tests/it/bundles.rs#a_transaction_resolves_what_its_entries_mean",
        ..Interaction::post("transaction", Level::System, "/", Body::Bundle, || {
            post(process_bundle)
        })
    },
    Interaction {
        summary: "The versions of all resources, newest first",
        parameters: HISTORY_OF_MANY,
        refusals: &[],
        test: "crates/server/tests/it/base.rs#history_of_everything_and_of_a_type",
        ..Interaction::get("history-system", Level::System, "/_history", || get(history))
    },
    Interaction {
        summary: "How apps get access (SMART App Launch), where this server takes access tokens",
        refusals: &[404],
        test: "crates/server/tests/it/oauth/mod.rs#discovery",
        ..Interaction::get(
            "smart-configuration",
            Level::Other,
            "/.well-known/smart-configuration",
            || get(crate::oauth::smart_configuration),
        )
    },
    Interaction {
        summary: "This document",
        parameters: &[registry::query("_type", "types to give paths of their own")],
        test: "crates/server/tests/it/openapi.rs#the_document_is_whole",
        ..Interaction::get("openapi", Level::Other, "/openapi.json", || {
            get(registry::serve_document)
        })
    },
];

/// `Prefer: return=…`, which every write takes.
pub(crate) const RETURN: Parameter =
    registry::header("Prefer", "return=minimal, return=representation or return=OperationOutcome");

/// What a Bundle's entries are answered with, and how unknown parameters of its searches are taken.
const BUNDLE: Parameter = registry::header(
    "Prefer",
    "return=minimal, return=representation or return=OperationOutcome, and handling=strict or handling=lenient",
);

/// What shapes an update, a patch or a delete.
pub(crate) const WRITE: &[Parameter] = &[
    RETURN,
    registry::header("If-Match", "versions of which one must be current, or * for any"),
    registry::header("If-None-Match", "versions of which none may be current, or * for any"),
    registry::header("If-Unmodified-Since", "when it must have been changed last, or before"),
];

/// What shapes a history.
pub(crate) const HISTORY: &[Parameter] = &[COUNT, SINCE, AT];

/// The same of a type or of everything, where a List can say which resources are meant.
pub(crate) const HISTORY_OF_MANY: &[Parameter] = &[
    COUNT,
    SINCE,
    AT,
    registry::query("_list", "only the resources that the List of this id names"),
];

const COUNT: Parameter =
    registry::query("_count", "versions on a page at the most").of(Shape::Number);
const SINCE: Parameter =
    registry::query("_since", "only versions written at this instant or later; not beside _at");
const AT: Parameter = registry::query(
    "_at",
    "only versions that were current at some time in this period; not beside _since",
);

/// Runs a handler's work and answers its failure in the format that the client wants.
pub(crate) async fn answer<F>(
    shared: &Arc<Shared>,
    headers: &HeaderMap,
    query: Option<&str>,
    work: impl FnOnce(Wanted) -> F,
) -> Response
where
    F: Future<Output = Result<Response, Failure>>,
{
    match Wanted::read(headers, query) {
        Err(failure) => Refusal::from(failure).respond(shared),
        Ok(wanted) => match work(wanted).await {
            Ok(response) => response,
            Err(failure) => Refusal::new(failure, wanted).respond(shared),
        },
    }
}

pub(crate) async fn metadata(
    Extract(shared): State,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    answer(&shared, &headers, query.as_deref(), async |wanted| {
        let pairs = decode_query(query.as_deref().unwrap_or(""));
        let mode = pairs.iter().find(|(name, _)| name == "mode").map(|(_, mode)| mode.as_str());
        let statement = match mode {
            None | Some("full" | "normative") => shared.capability(),
            Some("terminology") => interactions::terminology_capabilities(
                &shared.app,
                &shared.options.software_version,
                shared.options.started,
            )
            .into(),
            Some(_) => {
                let message = "mode must be full, normative or terminology";
                return Err(Failure::new(Category::Invalid, IssueCode::Value, "mode", message));
            }
        };
        Ok(content(&shared, StatusCode::OK, statement, wanted))
    })
    .await
}

pub(crate) async fn process_bundle(
    Extract(shared): State,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    bytes: Incoming,
) -> Response {
    answer(&shared, &headers, query.as_deref(), async |wanted| {
        let tree = Arc::new(read_tree(&shared, &headers, &bytes)?);
        // The answer of a Bundle is as long as it must be, unless the client asks for more.
        let answer = prefer(&headers).return_.unwrap_or(Return::Minimal);
        let request = BundleRequest { tree, answer, handling: handling(&headers) };
        let bundle = shared.app.process_bundle(request).await?;
        Ok(content(&shared, StatusCode::OK, bundle, wanted))
    })
    .await
}

pub(crate) async fn history(
    Extract(shared): State,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    history_of(&shared, &headers, query.as_deref(), Ok(HistoryScope::System)).await
}

pub(crate) async fn history_of(
    shared: &Arc<Shared>,
    headers: &HeaderMap,
    query: Option<&str>,
    scope: Result<HistoryScope, Failure>,
) -> Response {
    answer(shared, headers, query, async |wanted| {
        let scope = scope?;
        let parsed = HistoryQuery::parse(&decode_query(query.unwrap_or("")))?;
        let bundle = shared.app.history(&scope, &parsed).await?;
        Ok(content(shared, StatusCode::OK, bundle, wanted))
    })
    .await
}

pub(crate) async fn unknown_path(Extract(shared): State, uri: Uri) -> Response {
    let shown: String = uri.path().chars().take(120).collect();
    let failure = Failure::new(
        Category::NotFound,
        IssueCode::NotFound,
        shown.clone(),
        format!(
            "there is nothing at {shown}; a resource is at Type/id, the interactions are in metadata"
        ),
    );
    Refusal::from(failure).respond(&shared)
}

/// The methods that are allowed are in `Allow`, which the router adds.
pub(crate) async fn unknown_method(Extract(shared): State, method: Method, uri: Uri) -> Response {
    let shown: String = uri.path().chars().take(120).collect();
    let failure = Failure::new(
        Category::NotAllowed,
        IssueCode::NotSupported,
        shown,
        format!("{method} is not allowed here; the interactions are in metadata"),
    );
    Refusal::from(failure).respond(&shared)
}
