//! Operations: their routes, made from the table of operations, and the one handler of all.
//! Spec: <https://hl7.org/fhir/R4/operations.html>.
//!
//! To add an operation, add it to the table in `interactions::OPERATIONS`.

use std::sync::LazyLock;

use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use interactions::{InputType, Inputs, OPERATIONS, Operation, OperationLevel, decode_query};

use crate::base::answer;
use crate::body::{Incoming, read_tree, received};
use crate::registry::{self, Body, Interaction, Level, Parameter};
use crate::respond::content;
use crate::{Extract, State};

/// What is served of operations: a path a level, and of each type where an operation is of some.
pub(crate) fn interactions() -> &'static [Interaction] {
    static INTERACTIONS: LazyLock<Vec<Interaction>> = LazyLock::new(|| {
        let here = OPERATIONS.iter().filter(|operation| operation.is_run_here());
        here.flat_map(interactions_of).collect()
    });
    &INTERACTIONS
}

fn interactions_of(operation: &'static Operation) -> Vec<Interaction> {
    let mut all = Vec::new();
    for level in operation.levels {
        for path in paths(operation, *level) {
            // The table is made once, so its texts last as long as the process.
            let path: &'static str = path.leak();
            let common = Interaction {
                summary: operation.title,
                searches: operation.searches,
                parameters: parameters(operation),
                answers: ANSWERS,
                refusals: &[404, 409, 410, 412, 422, 501],
                test: operation.test,
                ..Interaction::get(operation.code, level_of(*level), path, || get(invoke))
            };
            if !operation.affects_state {
                all.push(common);
            }
            all.push(Interaction {
                method: "POST",
                parameters: &[],
                searches: false,
                body: body(operation),
                route: || post(invoke_with_body),
                ..common
            });
        }
    }
    all
}

const ANSWERS: &[(u16, &str)] = &[(200, "what the operation gives")];

fn paths(operation: &Operation, level: OperationLevel) -> Vec<String> {
    let code = operation.code;
    let tail = match level {
        OperationLevel::System => return vec![format!("/{code}")],
        OperationLevel::Type => format!("/{code}"),
        OperationLevel::Instance => format!("/{{id}}/{code}"),
        OperationLevel::Version => format!("/{{id}}/_history/{{version}}/{code}"),
    };
    if operation.types.is_empty() {
        return vec![format!("/{{type}}{tail}")];
    }
    operation.types.iter().map(|name| format!("/{name}{tail}")).collect()
}

fn level_of(level: OperationLevel) -> Level {
    match level {
        OperationLevel::System => Level::System,
        OperationLevel::Type => Level::Type,
        OperationLevel::Instance | OperationLevel::Version => Level::Instance,
    }
}

fn parameters(operation: &Operation) -> &'static [Parameter] {
    let simple = operation.inputs.iter().filter(|input| input.kind.is_primitive());
    simple.map(|input| registry::query(input.name, input.doc)).collect::<Vec<_>>().leak()
}

fn body(operation: &Operation) -> Body {
    let takes_resource = operation.inputs.iter().any(|input| input.kind == InputType::Resource);
    if takes_resource { Body::Resource } else { Body::Parameters }
}

/// By GET, with parameters in the URL.
async fn invoke(
    shared: State,
    uri: Uri,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    run(&shared, &uri, &headers, query.as_deref(), None).await
}

/// By POST, with parameters in a Parameters resource.
async fn invoke_with_body(
    shared: State,
    uri: Uri,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Incoming,
) -> Response {
    run(&shared, &uri, &headers, query.as_deref(), Some(body)).await
}

async fn run(
    Extract(shared): &State,
    uri: &Uri,
    headers: &HeaderMap,
    query: Option<&str>,
    body: Option<Incoming>,
) -> Response {
    answer(shared, headers, query, async |wanted| {
        let (operation, target) = shared.app.operation_at(uri.path())?;
        let tree = match &body {
            Some(body) if !received(shared, body)?.is_empty() => {
                Some(read_tree(shared, headers, body)?)
            }
            _ => None,
        };
        let pairs = decode_query(query.unwrap_or(""));
        let inputs = Inputs::read(operation, shared.app.definitions(), &pairs, tree)?;
        let answer = shared.app.operate(operation, &target, &inputs).await?;
        Ok(content(shared, StatusCode::OK, answer, wanted))
    })
    .await
}
