//! What a GET or HEAD entry reads: a resource, a version, a history, a search, what an operation gives.

use ::search::Handling;
use fhir::{IssueCode, ResourceId, VersionId};
use store::{HistoryScope, ResourceKey, Stored};

use super::action::Get;
use super::answer::EntryAnswer;
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::history::HistoryQuery;
use crate::operation::{Inputs, Operation, OperationTarget};
use crate::search::{SearchOptions, SearchScope, decode_query};

/// What a URL below the base names.
#[derive(Debug)]
enum Named {
    Resource(ResourceKey),
    Version(ResourceKey, VersionId),
    History(HistoryScope),
    Search(SearchScope),
    Operation(&'static Operation, OperationTarget),
}

impl App {
    /// The resource that a GET reads as it is now, where it reads one.
    pub(super) fn read_key(&self, get: &Get) -> Option<ResourceKey> {
        match self.named(path_of(&get.url).0) {
            Ok(Named::Resource(key)) => Some(key),
            _ => None,
        }
    }

    /// Reads what an entry names.
    pub(super) async fn run_get(
        &self,
        get: &Get,
        handling: Handling,
    ) -> Result<EntryAnswer, Failure> {
        let (path, query) = path_of(&get.url);
        let pairs = decode_query(query);
        let body = match self.named(path)? {
            Named::Resource(key) => return self.shown(get, &self.read(&key).await?, &pairs),
            Named::Version(key, version) => {
                return self.shown(get, &self.read_version(&key, version).await?, &pairs);
            }
            Named::History(scope) => self.history(&scope, &HistoryQuery::parse(&pairs)?).await?,
            Named::Search(scope) => {
                self.search_in(&scope, &pairs, SearchOptions { handling }).await?.bundle
            }
            Named::Operation(operation, target) => {
                let inputs = Inputs::read(operation, self.definitions(), &pairs, None)?;
                Box::pin(self.operate(operation, &target, &inputs)).await?
            }
        };
        Ok(EntryAnswer::Read { body: (!get.is_head).then_some(body), version: None })
    }

    /// A resource or the part of it that is asked for, or that the client has it already.
    fn shown(
        &self,
        get: &Get,
        stored: &Stored,
        pairs: &[(String, String)],
    ) -> Result<EntryAnswer, Failure> {
        let (version, last_updated) = (stored.version, stored.last_updated);
        if get.conditions.is_known(stored)? {
            return Ok(EntryAnswer::NotModified { version, last_updated });
        }
        let part = self.part_of(stored, pairs)?;
        let whole = || stored.body.as_deref().unwrap_or_default().to_vec();
        let body = (!get.is_head).then(|| part.unwrap_or_else(whole));
        Ok(EntryAnswer::Read { body, version: Some((version, last_updated)) })
    }

    fn named(&self, path: &str) -> Result<Named, Failure> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let key = |type_name: &str, id: &str| -> Result<ResourceKey, Failure> {
            let resource_type = self.resource_type(type_name)?;
            let id = ResourceId::parse(id).ok_or_else(bad_url)?;
            Ok(ResourceKey { resource_type, id })
        };
        if parts.iter().any(|part| part.starts_with('$')) {
            let (operation, target) = self.operation_at(path)?;
            if operation.affects_state || !operation.is_run_here() {
                return Err(Failure::new(
                    Category::NotSupported,
                    IssueCode::NotSupported,
                    "request.url",
                    "this operation is not run inside of a Bundle; call it on its own",
                ));
            }
            return Ok(Named::Operation(operation, target));
        }
        match parts[..] {
            [] => Ok(Named::Search(SearchScope::System)),
            ["_history"] => Ok(Named::History(HistoryScope::System)),
            [type_name] => Ok(Named::Search(SearchScope::Type(self.resource_type(type_name)?))),
            [type_name, "_history"] => {
                Ok(Named::History(HistoryScope::Type(self.resource_type(type_name)?)))
            }
            [type_name, id] => Ok(Named::Resource(key(type_name, id)?)),
            [type_name, id, "_history"] => {
                Ok(Named::History(HistoryScope::Instance(key(type_name, id)?)))
            }
            [type_name, id, "_history", version] => {
                let version = VersionId::parse(version).ok_or_else(bad_url)?;
                Ok(Named::Version(key(type_name, id)?, version))
            }
            [type_name, id, member] => {
                let owner = key(type_name, id)?;
                let member = match member {
                    "*" => None,
                    member => Some(self.resource_type(member)?),
                };
                Ok(Named::Search(SearchScope::Compartment { owner, member }))
            }
            _ => Err(bad_url()),
        }
    }
}

fn path_of(url: &str) -> (&str, &str) {
    url.split_once('?').unwrap_or((url, ""))
}

fn bad_url() -> Failure {
    Failure::new(
        Category::Invalid,
        IssueCode::Value,
        "request.url",
        "a GET in a Bundle reads Type/id or Type/id/_history/version, a _history, or searches Type?…",
    )
}
