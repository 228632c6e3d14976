//! The interactions that are served, as one table: what the router, the CapabilityStatement and the
//! OpenAPI document are made from, so that none of them can claim what is not there.
//! Spec: <https://hl7.org/fhir/R4/http.html>.
//!
//! To add an interaction: put an [`Interaction`] into the `INTERACTIONS` of its handler's module, with
//! the test that shows it; a new module's list goes into [`all`].

mod openapi;
mod parameter;
mod request;
mod schema;

use std::sync::Arc;

use axum::Router;
use axum::routing::MethodRouter;

use crate::Shared;

pub(crate) use openapi::serve_document;
pub(crate) use parameter::{Parameter, Shape, header, query};

/// At which level of the API an interaction works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// The whole system.
    System,
    /// One resource type.
    Type,
    /// One resource.
    Instance,
    /// Beside the FHIR API.
    Other,
}

/// What a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Nothing.
    None,
    /// A resource of the path's type.
    Resource,
    /// A Bundle.
    Bundle,
    /// A Parameters resource, or nothing where no parameter is needed.
    Parameters,
    /// Search parameters as a form.
    Form,
    /// These media types, each with what it holds.
    Other(&'static [(&'static str, Carried)]),
}

/// What a body of a media type holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carried {
    /// Text of its own kind.
    Text,
    /// A JSON Patch.
    JsonPatch,
    /// A Parameters resource.
    Parameters,
    /// A GraphQL query with its name and variables.
    Graphql,
}

/// One interaction and how it is reached.
#[derive(Clone, Copy)]
pub(crate) struct Interaction {
    /// Its code in a CapabilityStatement (`read`), or the operation's name (`$everything`); several of
    /// one code are several ways to it.
    pub(crate) code: &'static str,
    /// Where it works.
    pub(crate) level: Level,
    /// The method; HEAD comes with GET.
    pub(crate) method: &'static str,
    /// The path below the base, with axum's placeholders.
    pub(crate) path: &'static str,
    /// What it does, in a sentence.
    pub(crate) summary: &'static str,
    /// Whether search parameters may stand in the query.
    pub(crate) searches: bool,
    /// What else shapes it.
    pub(crate) parameters: &'static [Parameter],
    /// What it takes.
    pub(crate) body: Body,
    /// The statuses of success, each with what it means.
    pub(crate) answers: &'static [(u16, &'static str)],
    /// The statuses of refusal, besides those that every interaction may give.
    pub(crate) refusals: &'static [u16],
    /// The test that shows it: `crates/server/tests/it/instance.rs#a_life_of_a_resource`.
    pub(crate) test: &'static str,
    /// Its handler under its method.
    pub(crate) route: fn() -> MethodRouter<Arc<Shared>>,
}

impl Interaction {
    /// What most interactions share: a GET without a body that answers 200.
    pub(crate) const fn get(
        code: &'static str,
        level: Level,
        path: &'static str,
        route: fn() -> MethodRouter<Arc<Shared>>,
    ) -> Interaction {
        Interaction {
            code,
            level,
            method: "GET",
            path,
            summary: "",
            searches: false,
            parameters: &[],
            body: Body::None,
            answers: &[(200, "what was asked for")],
            refusals: &[404],
            test: "",
            route,
        }
    }

    /// The same by POST, with a body.
    pub(crate) const fn post(
        code: &'static str,
        level: Level,
        path: &'static str,
        body: Body,
        route: fn() -> MethodRouter<Arc<Shared>>,
    ) -> Interaction {
        Interaction { method: "POST", body, ..Interaction::get(code, level, path, route) }
    }
}

/// Every interaction, by the module that serves it.
pub(crate) fn all() -> impl Iterator<Item = &'static Interaction> {
    [
        crate::base::INTERACTIONS,
        crate::types::INTERACTIONS,
        crate::instance::INTERACTIONS,
        crate::jobs::INTERACTIONS,
        crate::graphql::INTERACTIONS,
        crate::operations::interactions(),
        crate::search::INTERACTIONS,
    ]
    .into_iter()
    .flatten()
}

/// A router of all interactions.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    all().fold(Router::new(), |router, each| router.route(each.path, (each.route)()))
}

/// What the CapabilityStatement may claim.
pub(crate) fn claims() -> Vec<interactions::Claim> {
    all()
        .filter(|each| each.level != Level::Other)
        .map(|each| interactions::Claim {
            code: each.code,
            level: match each.level {
                Level::System | Level::Other => interactions::ClaimLevel::System,
                Level::Type => interactions::ClaimLevel::Type,
                Level::Instance => interactions::ClaimLevel::Instance,
            },
            summary: each.summary,
            test: each.test,
            parameters: each.parameters.iter().map(|parameter| parameter.name).collect(),
            takes: match each.body {
                Body::Other(kinds) => kinds.iter().map(|(name, _)| *name).collect(),
                _ => Vec::new(),
            },
            answers: each.answers.iter().map(|(status, _)| *status).collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::all;

    /// Each claim leads to a test that is there, by its file and function.
    #[test]
    fn every_interaction_names_the_test_that_shows_it() {
        let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this test"))
            .join("../..");
        for each in all() {
            let name = format!("{} {} {}", each.code, each.method, each.path);
            let (file, function) = each.test.split_once('#').unwrap_or_else(|| panic!("{name}"));
            let text = std::fs::read_to_string(root.join(file));
            let text = text.unwrap_or_else(|error| panic!("{name}: {file}: {error}"));
            assert!(text.contains(&format!("fn {function}(")), "{name}: {file} has no {function}");
        }
    }

    #[test]
    fn every_interaction_says_what_it_does() {
        for each in all() {
            let name = format!("{} {} {}", each.code, each.method, each.path);
            assert!(each.summary.len() > 10, "{name}");
            assert!(!each.answers.is_empty(), "{name}");
            assert!(each.path.starts_with('/'), "{name}");
        }
    }

    #[test]
    fn no_two_interactions_share_a_method_and_a_path() {
        let mut seen: Vec<_> = all().map(|each| (each.path, each.method)).collect();
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }
}
