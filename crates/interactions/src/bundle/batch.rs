//! A batch: each entry is an interaction of its own, and one that fails does not hurt the others.

use fhir::{IssueCode, Tree};
use store::ResourceKey;

use super::BundleRequest;
use super::answer::EntryAnswer;
use super::plan::{Action, Entry, Plan, Target};
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::search::{SearchOptions, decode_query};
use crate::write::{UpdateTarget, WriteOptions, Written};

impl App {
    pub(super) async fn run_batch(&self, request: &BundleRequest, plan: &Plan) -> Vec<EntryAnswer> {
        let mut order: Vec<usize> = (0..plan.entries.len()).collect();
        order.sort_by_key(|index| plan.entries[*index].as_ref().map_or(0, |e| e.action.rank()));
        let mut answers = vec![None; plan.entries.len()];
        for index in order {
            let prefix = format!("Bundle.entry[{index}]");
            let answer = match &plan.entries[index] {
                Err(failure) => Err(failure.clone()),
                Ok(entry) => self.run_entry(request, entry).await.map_err(|f| f.inside(&prefix)),
            };
            answers[index] = Some(answer.unwrap_or_else(EntryAnswer::Failed));
        }
        answers.into_iter().flatten().collect()
    }

    async fn run_entry(
        &self,
        request: &BundleRequest,
        entry: &Entry,
    ) -> Result<EntryAnswer, Failure> {
        match &entry.action {
            Action::Create { resource_type, if_none_exist } => {
                let tree = entry_tree(request, entry)?;
                let if_none_exist = if_none_exist.as_deref().map(str::to_owned);
                let options = WriteOptions { if_none_exist, ..WriteOptions::default() };
                Ok(answer_of(self.create(*resource_type, &tree, &options).await?))
            }
            Action::Update { resource_type, target, if_match } => {
                let tree = entry_tree(request, entry)?;
                let target = match target {
                    Target::Id(id) => UpdateTarget::Id(id.clone()),
                    Target::Query(query) => UpdateTarget::Query(query.to_string()),
                };
                let options = WriteOptions { if_match: *if_match, ..WriteOptions::default() };
                Ok(answer_of(self.update(*resource_type, &target, &tree, &options).await?))
            }
            Action::Delete { resource_type, target: Target::Id(id), if_match } => {
                let key = ResourceKey { resource_type: *resource_type, id: id.clone() };
                let committed = self.delete(&key, *if_match).await?;
                let (version, last_updated) = (committed.version, committed.last_updated);
                Ok(EntryAnswer::Written { key, status: 204, version, last_updated, body: None })
            }
            Action::Delete { target: Target::Query(_), .. } => Err(conditional_delete()),
            Action::Get { url } => self.run_get(url).await,
        }
    }

    /// Reads what a GET entry names: a resource, a version, or a search.
    pub(super) async fn run_get(&self, url: &str) -> Result<EntryAnswer, Failure> {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let key = |type_name: &str, id: &str| -> Result<ResourceKey, Failure> {
            let resource_type = self.resource_type(type_name)?;
            let id = fhir::ResourceId::parse(id).ok_or_else(bad_url)?;
            Ok(ResourceKey { resource_type, id })
        };
        let stored = match parts[..] {
            [type_name] => {
                let options = SearchOptions { handling: ::search::Handling::Strict };
                let resource_type = self.resource_type(type_name)?;
                let answer = self.search(resource_type, &decode_query(query), options).await?;
                return Ok(EntryAnswer::Read { body: answer.bundle, version: None });
            }
            [type_name, id] => self.read(&key(type_name, id)?).await?,
            [type_name, id, "_history", version] => {
                let version = fhir::VersionId::parse(version).ok_or_else(bad_url)?;
                self.read_version(&key(type_name, id)?, version).await?
            }
            _ => return Err(bad_url()),
        };
        let body = stored.body.as_deref().unwrap_or_default().to_vec();
        Ok(EntryAnswer::Read { body, version: Some((stored.version, stored.last_updated)) })
    }
}

fn bad_url() -> Failure {
    Failure::new(
        Category::Invalid,
        IssueCode::Value,
        "request.url",
        "a GET in a Bundle reads Type/id, Type/id/_history/version or searches Type?…",
    )
}

pub(super) fn conditional_delete() -> Failure {
    Failure::new(
        Category::NotSupported,
        IssueCode::NotSupported,
        "request.url",
        "conditional delete is not supported yet; search first and delete by id",
    )
}

fn entry_tree(request: &BundleRequest, entry: &Entry) -> Result<Tree, Failure> {
    let value = entry.resource.and_then(|index| request.tree.value(index));
    let raw = value.map(fhir::Value::raw).unwrap_or_default();
    Tree::parse(raw.as_bytes()).map_err(|error| {
        Failure::new(Category::Invalid, IssueCode::Structure, "resource", error.to_string())
    })
}

fn answer_of(written: Written) -> EntryAnswer {
    EntryAnswer::Written {
        key: written.stored.key,
        status: if written.created { 201 } else { 200 },
        version: written.stored.version,
        last_updated: written.stored.last_updated,
        body: written.stored.body.map(|body| body.to_vec()),
    }
}
