//! Tests of the crate at its edge: what resources are found by, and what queries mean.

mod bad_query;
mod composite;
mod condition;
mod coverage;
mod custom;
mod extract;
mod full_text;
mod judge;
mod modifiers;
mod query;
mod robust;
mod scopes;
mod synthea;
mod whole_bad;

use std::sync::{Arc, OnceLock};

use definitions::Definitions;
use fhir::ResourceType;
use search::{DefinedTerminology, Handling, ParseOptions, Terminology};

/// The definitions in force.
pub(crate) fn definitions() -> &'static Definitions {
    definitions::embedded()
}

/// The type of this name.
pub(crate) fn resource_type(name: &str) -> ResourceType {
    definitions().resource_type(name).expect("a resource type")
}

/// 2026-11-22T00:00:00Z
pub(crate) const NOW: i64 = 1_795_305_600_000_000;

/// The one terminology of these tests.
fn terminology() -> Arc<dyn Terminology> {
    static TERMINOLOGY: OnceLock<Arc<DefinedTerminology>> = OnceLock::new();
    TERMINOLOGY.get_or_init(|| Arc::new(DefinedTerminology::new(definitions()))).clone()
}

/// How test queries are read.
pub(crate) fn options(handling: Handling) -> ParseOptions {
    ParseOptions {
        handling,
        count_default: 20,
        count_max: 500,
        base_url: "http://own.test/fhir".to_owned(),
        now: NOW,
        terminology: terminology(),
    }
}

/// `a=b&c=d` as pairs; `&` and `=` cannot be escaped.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
