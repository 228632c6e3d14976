//! Operations: what is invoked by a name with a dollar sign.
//! Spec: <https://hl7.org/fhir/R4/operations.html>.
//!
//! `table` lists them, `input` reads what they are given, `definition` writes them as
//! OperationDefinitions; each of the others does one or a few that belong together.

mod audit;
mod compartment;
mod definition;
mod everything;
mod expunge;
mod input;
mod lastn;
mod meta;
mod purge;
mod table;
mod validate;

use fhir::{ResourceType, VersionId};
use store::ResourceKey;

use crate::app::App;
use crate::failure::Failure;
use table::Run;

pub use input::Inputs;
pub use table::{InputType, OPERATIONS, Operation, OperationInput, OperationLevel, find_operation};

/// What an operation is invoked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationTarget {
    /// The whole system.
    System,
    /// A type.
    Type(ResourceType),
    /// A resource.
    Instance(ResourceKey),
    /// A version of a resource.
    Version(ResourceKey, VersionId),
}

impl OperationTarget {
    /// At which level that is.
    pub fn level(&self) -> OperationLevel {
        match self {
            OperationTarget::System => OperationLevel::System,
            OperationTarget::Type(_) => OperationLevel::Type,
            OperationTarget::Instance(_) => OperationLevel::Instance,
            OperationTarget::Version(..) => OperationLevel::Version,
        }
    }

    /// The type that it is of.
    pub fn resource_type(&self) -> Option<ResourceType> {
        match self {
            OperationTarget::System => None,
            OperationTarget::Type(resource_type) => Some(*resource_type),
            OperationTarget::Instance(key) | OperationTarget::Version(key, _) => {
                Some(key.resource_type)
            }
        }
    }
}

impl App {
    /// Runs an operation; the answer is a resource in JSON.
    pub async fn operate(
        &self,
        operation: &'static Operation,
        target: &OperationTarget,
        inputs: &Inputs,
    ) -> Result<Vec<u8>, Failure> {
        match operation.run {
            Run::Validate => validate::validate(self, target, inputs).await,
            Run::Meta => meta::read(self, target).await,
            Run::MetaAdd => meta::add(self, target, inputs).await,
            Run::MetaDelete => meta::delete(self, target, inputs).await,
            Run::Everything => everything::everything(self, operation, target, inputs).await,
            Run::Purge => purge::purge(self, operation, target).await,
            Run::Expunge => expunge::expunge(self, operation, target, inputs).await,
            Run::Elsewhere => Err(not_here(target)),
            Run::LastN => lastn::lastn(self, operation, inputs).await,
        }
    }
}

/// A failure for what no level of an operation answers; the edge asks for none such.
fn not_here(target: &OperationTarget) -> Failure {
    Failure::plain(
        crate::failure::Category::NotFound,
        fhir::IssueCode::NotSupported,
        format!("the operation is not served at the level {:?}", target.level()),
    )
}
