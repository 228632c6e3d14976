//! Operations: what is invoked by a name with a dollar sign.
//! Spec: <https://hl7.org/fhir/R4/operations.html>.
//!
//! `table` lists them, `input` reads what they are given, `definition` writes them as
//! OperationDefinitions; each of the others does one or a few that belong together.

mod audit;
pub(crate) mod compartment;
mod definition;
mod everything;
mod explain_access;
mod expunge;
mod input;
mod lastn;
mod meta;
mod purge;
mod table;
mod validate;

use fhir::{IssueCode, ResourceId, ResourceType, VersionId};
use store::ResourceKey;

use crate::app::App;
use crate::failure::{Category, Failure};
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
    /// The operation that a path below the base names, and what it is invoked on.
    pub fn operation_at(
        &self,
        path: &str,
    ) -> Result<(&'static Operation, OperationTarget), Failure> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let key = |type_name: &str, id: &str| {
            let resource_type = self.resource_type(type_name)?;
            let id = ResourceId::parse(id).ok_or_else(|| bad_id(id))?;
            Ok::<_, Failure>(ResourceKey { resource_type, id })
        };
        let (code, target) = match parts.as_slice() {
            [code] => (*code, OperationTarget::System),
            [type_name, code] => (*code, OperationTarget::Type(self.resource_type(type_name)?)),
            [type_name, id, code] => (*code, OperationTarget::Instance(key(type_name, id)?)),
            [type_name, id, "_history", version, code] => {
                let key = key(type_name, id)?;
                let version = VersionId::parse(version).ok_or_else(|| bad_version(version))?;
                (*code, OperationTarget::Version(key, version))
            }
            _ => return Err(Failure::unknown_operation(parts.last().unwrap_or(&""))),
        };
        let operation = find_operation(code, target.level(), target.resource_type());
        let found = operation.map(|operation| (operation, target));
        found.ok_or_else(|| Failure::unknown_operation(code))
    }

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
            Run::ExplainAccess => explain_access::explain(self, target, inputs).await,
            Run::Elsewhere => Err(not_here(target)),
            Run::LastN => lastn::lastn(self, operation, inputs).await,
        }
    }
}

/// A failure for what no level of an operation answers; the edge asks for none such.
fn not_here(target: &OperationTarget) -> Failure {
    Failure::plain(
        Category::NotFound,
        IssueCode::NotSupported,
        format!("the operation is not served at the level {:?}", target.level()),
    )
}

fn bad_id(id: &str) -> Failure {
    let shown: String = id.chars().take(64).collect();
    let message = "an id is 1 to 64 letters, digits, '-' or '.'";
    Failure::new(Category::Invalid, IssueCode::Value, shown, message)
}

fn bad_version(version: &str) -> Failure {
    let shown: String = version.chars().take(64).collect();
    let message = "versions of this server are whole numbers from 1";
    Failure::new(Category::NotFound, IssueCode::NotFound, shown, message)
}
