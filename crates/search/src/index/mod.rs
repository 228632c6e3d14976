//! Resource → index entries, in one walk of the resource.
//! Spec: <https://hl7.org/fhir/R4/searchparameter.html>.
//!
//! `path` reads expressions, `compile` turns them into a trie, `program` walks it, `conversion` and
//! the files of `kind` turn elements into values. To index something new, give it a SearchParameter.

mod compile;
mod condition;
mod conversion;
mod path;
mod program;

use std::collections::HashMap;
use std::sync::OnceLock;

use definitions::{Definitions, ParameterKind, SearchParameter};
use fhir::{ResourceType, Value};

use crate::entry::{Indexed, order};
use crate::kind::reference::{Resolve, Targets};
use compile::Compiler;
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
    /// Its kind, composite, is not indexed yet.
    NotYet,
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
        let targets = Targets { definitions: self.definitions, resolve };
        let mut entries = Vec::with_capacity(16);
        program.run(resource, &targets, &mut entries);
        entries.sort_unstable_by(order);
        entries.dedup();
        entries.into()
    }

    /// Whether a parameter's values of a type are indexed.
    pub fn readiness(&self, resource_type: ResourceType, parameter: &SearchParameter) -> Readiness {
        if let Some(known) = without_index(parameter) {
            return known;
        }
        let Some(mut compiler) = Compiler::new(self.definitions, resource_type) else {
            return Readiness::Unusable(format!("{resource_type} is not defined"));
        };
        match compiler.add(parameter) {
            Ok(()) => Readiness::Indexed,
            Err(reason) => Readiness::Unusable(reason),
        }
    }

    fn compile(&self, resource_type: ResourceType) -> Program {
        let Some(mut compiler) = Compiler::new(self.definitions, resource_type) else {
            return Program { nodes: vec![program::Node::default()] };
        };
        for parameter in self.definitions.search_parameters(resource_type) {
            if without_index(parameter).is_none() {
                // What cannot be compiled is told by `readiness`; the others are indexed all the same.
                let _ = compiler.add(parameter);
            }
        }
        compiler.finish()
    }
}

/// The parameters that extraction has nothing to do for.
fn without_index(parameter: &SearchParameter) -> Option<Readiness> {
    match parameter.kind {
        ParameterKind::Composite => Some(Readiness::NotYet),
        _ if matches!(parameter.code, "_id" | "_lastUpdated") => Some(Readiness::KeptByStore),
        _ => None,
    }
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
