//! Resource → index entries, in one walk of the resource.
//! Spec: <https://hl7.org/fhir/R4/searchparameter.html>.
//!
//! `path` reads expressions, `compile` turns them into a trie, `program` walks it, `conversion` and
//! the files of `kind` turn elements into values. To index something new, give it a SearchParameter.

mod canonical;
mod check;
mod compile;
mod composite;
mod condition;
mod conversion;
mod path;
mod program;

use std::collections::HashMap;
use std::sync::OnceLock;

use definitions::{Definitions, SearchParameter};
use fhir::{ResourceType, Value};

use crate::entry::{ContainedEntries, IndexEntry, Indexed, ParameterId, order};
use crate::kind::reference::{Resolve, Targets};
pub use canonical::canonical_targets;
pub use check::check_parameter;
use compile::{Compiler, Wanted};
use program::Program;

/// Extracts the values that resources are found by.
///
/// Programs are compiled when a type is first met, so starting costs nothing.
///
/// ```
/// let definitions = definitions::embedded();
/// let indexer = search::Indexer::new(definitions);
/// let tree = fhir::Tree::parse(br#"{"resourceType":"Patient","birthDate":"1970-01-01"}"#)?;
/// let entries = indexer.extract(tree.root(), &|_| None);
/// let birthdate = definitions.search_parameter(definitions.resource_type("Patient").unwrap(), "birthdate");
/// assert!(entries.entries.iter().any(|entry| Some(entry.parameter.0) == birthdate.map(|p| p.id)));
/// # Ok::<(), fhir::ParseError>(())
/// ```
#[derive(Debug)]
pub struct Indexer {
    definitions: &'static Definitions,
    programs: HashMap<&'static str, (ResourceType, OnceLock<Program>)>,
}

/// Whether a parameter can be used for a type, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Its values are indexed.
    Indexed,
    /// The store keeps what it looks at beside the resource: `_id`, `_lastUpdated`.
    KeptByStore,
    /// Its expression cannot be used, for this reason.
    Unusable(String),
}

impl Indexer {
    /// An indexer for all search parameters of the definitions.
    pub fn new(definitions: &'static Definitions) -> Indexer {
        let programs = definitions
            .resource_types()
            .iter()
            .map(|resource_type| (resource_type.as_str(), (*resource_type, OnceLock::new())))
            .collect();
        Indexer { definitions, programs }
    }

    /// The values of a resource, each once, ordered by parameter; none for an unknown type.
    ///
    /// `resolve` turns the text of a reference that is not `Type/id` (a transaction's `urn:uuid:`, the
    /// server's own absolute address) into a resource of this server.
    pub fn extract(&self, resource: Value<'_>, resolve: &Resolve<'_>) -> Indexed {
        let known = resource.text_of("resourceType").and_then(|name| self.programs.get(name));
        let Some((resource_type, program)) = known else { return Indexed::default() };
        let program = program.get_or_init(|| self.compile(*resource_type));
        let targets =
            Targets { definitions: self.definitions, resolve, resource, container: resource };
        let entries = entries_of(program, &targets);
        Indexed { entries, contained: self.contained(&targets) }
    }

    /// What the resources contained in one are found by.
    fn contained(&self, container: &Targets<'_>) -> Vec<ContainedEntries> {
        let mut found = Vec::new();
        for inner in container.resource.all("contained").take(CONTAINED_MAX) {
            let known = inner.text_of("resourceType").and_then(|name| self.programs.get(name));
            let id = inner.text_of("id").filter(|id| !id.is_empty());
            if let (Some((resource_type, program)), Some(id)) = (known, id) {
                let program = program.get_or_init(|| self.compile(*resource_type));
                let entries = entries_of(program, &Targets { resource: inner, ..*container });
                let (resource_type, local_id) = (*resource_type, id.into());
                found.push(ContainedEntries { resource_type, local_id, entries });
            }
        }
        found
    }

    /// Whether a parameter's values of a type are indexed.
    pub fn readiness(&self, resource_type: ResourceType, parameter: &SearchParameter) -> Readiness {
        if let Some(known) = without_index(parameter) {
            return known;
        }
        let Some(mut compiler) = Compiler::new(self.definitions, resource_type) else {
            return Readiness::Unusable(format!("{resource_type} is not defined"));
        };
        match compiler.add(ParameterId(parameter.id), &Wanted::of(parameter)) {
            Ok(()) => Readiness::Indexed,
            Err(reason) => Readiness::Unusable(reason),
        }
    }

    fn compile(&self, resource_type: ResourceType) -> Program {
        let Some(mut compiler) = Compiler::new(self.definitions, resource_type) else {
            return Program::empty();
        };
        for parameter in self.definitions.search_parameters(resource_type) {
            if without_index(parameter).is_none() {
                // What cannot be compiled is told by `readiness`; the others are indexed all the same.
                let _ = compiler.add(ParameterId(parameter.id), &Wanted::of(parameter));
            }
        }
        let url = canonical::url_parameter(self.definitions, resource_type);
        Program { url, ..compiler.finish() }
    }
}

/// The parameters that extraction has nothing to do for.
fn without_index(parameter: &SearchParameter) -> Option<Readiness> {
    matches!(parameter.code, "_id" | "_lastUpdated").then_some(Readiness::KeptByStore)
}

/// Contained resources that are looked at, at the most.
const CONTAINED_MAX: usize = 1_000;

/// The values of one resource, each once, in order.
fn entries_of(program: &Program, targets: &Targets<'_>) -> Vec<IndexEntry> {
    let mut entries = Vec::with_capacity(24);
    program.run(targets.resource, targets, false, &mut entries);
    if let Some(url) = program.url {
        canonical::push_own(url, targets.resource, &mut entries);
    }
    entries.sort_unstable_by(order);
    entries.dedup();
    entries
}

/// The parameters of a composite's components, in order; none where it cannot be read on the type.
pub(crate) fn component_parameters(
    definitions: &'static Definitions,
    resource_type: ResourceType,
    composite: &'static SearchParameter,
) -> Vec<&'static SearchParameter> {
    let compiler = Compiler::new(definitions, resource_type);
    compiler.map_or(Vec::new(), |mut compiler| compiler.component_parameters(composite))
}

/// The data types of the elements that a parameter looks at on a type.
pub(crate) fn element_types(
    definitions: &'static Definitions,
    resource_type: ResourceType,
    parameter: &SearchParameter,
) -> Vec<&'static str> {
    let compiler = Compiler::new(definitions, resource_type);
    compiler.map_or(Vec::new(), |mut compiler| compiler.types_of(parameter))
}
