//! A batch: each entry is an interaction of its own, and one that fails does not hurt the others.
//!
//! Entries of one rank run side by side, those of one resource one after another; entries with a
//! condition may touch anything, so they run on their own after the others of their rank.

use std::collections::HashMap;
use std::sync::Arc;

use fhir::{IssueCode, Tree};
use store::ResourceKey;
use tokio::task::JoinSet;

use super::BundleRequest;
use super::action::Action;
use super::answer::EntryAnswer;
use super::plan::{Entry, Plan};
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::write::{UpdateTarget, WriteOptions, Written};

/// Lanes of entries that run at the same time.
const LANES_MAX: usize = 8;

impl App {
    pub(super) async fn run_batch(
        self: &Arc<Self>,
        request: &BundleRequest,
        plan: &Arc<Plan>,
    ) -> Vec<EntryAnswer> {
        let mut answers: Vec<Option<EntryAnswer>> = vec![None; plan.entries.len()];
        for rank in 0..=3 {
            let (lanes, conditional) = lanes(plan, rank);
            for (index, answer) in self.run_lanes(request, plan, lanes).await {
                answers[index] = Some(answer);
            }
            for index in conditional {
                answers[index] = Some(self.run_entry_at(request, plan, index).await);
            }
        }
        for (answer, entry) in answers.iter_mut().zip(&plan.entries) {
            if let Err(failure) = entry {
                *answer = Some(EntryAnswer::Failed(failure.clone()));
            }
        }
        answers.into_iter().map(|answer| answer.unwrap_or_else(broken)).collect()
    }

    /// Runs lanes side by side, a bounded number at a time.
    async fn run_lanes(
        self: &Arc<Self>,
        request: &BundleRequest,
        plan: &Arc<Plan>,
        lanes: Vec<Vec<usize>>,
    ) -> Vec<(usize, EntryAnswer)> {
        let mut answers = Vec::new();
        let mut running: JoinSet<Vec<(usize, EntryAnswer)>> = JoinSet::new();
        for lane in lanes {
            if running.len() >= LANES_MAX
                && let Some(Ok(done)) = running.join_next().await
            {
                answers.extend(done);
            }
            let (app, request, plan) = (Arc::clone(self), request.clone(), Arc::clone(plan));
            running.spawn(async move {
                let mut answers = Vec::with_capacity(lane.len());
                for index in lane {
                    answers.push((index, app.run_entry_at(&request, &plan, index).await));
                }
                answers
            });
        }
        while let Some(done) = running.join_next().await {
            answers.extend(done.unwrap_or_default());
        }
        answers
    }

    async fn run_entry_at(
        &self,
        request: &BundleRequest,
        plan: &Plan,
        index: usize,
    ) -> EntryAnswer {
        let done = match &plan.entries[index] {
            Err(failure) => return EntryAnswer::Failed(failure.clone()),
            Ok(entry) => self.run_entry(request, entry).await,
        };
        done.unwrap_or_else(|failure| {
            EntryAnswer::Failed(failure.inside(&format!("Bundle.entry[{index}]")))
        })
    }

    async fn run_entry(
        &self,
        request: &BundleRequest,
        entry: &Entry,
    ) -> Result<EntryAnswer, Failure> {
        let options = WriteOptions { answer: request.answer, ..WriteOptions::default() };
        match &entry.action {
            Action::Create { resource_type, if_none_exist } => {
                let tree = entry_tree(request, entry)?;
                let if_none_exist = if_none_exist.as_deref().map(str::to_owned);
                let options = WriteOptions { if_none_exist, ..options };
                Ok(answer_of(self.create(*resource_type, &tree, &options).await?))
            }
            Action::Update { aim } => {
                let tree = entry_tree(request, entry)?;
                let options = WriteOptions { conditions: aim.conditions.clone(), ..options };
                let done = self.update(aim.resource_type, &aim.target, &tree, &options).await?;
                Ok(answer_of(done))
            }
            Action::Patch { aim, document } => {
                let options = WriteOptions { conditions: aim.conditions.clone(), ..options };
                let done = self.patch(aim.resource_type, &aim.target, document, &options).await?;
                Ok(answer_of(done))
            }
            Action::Delete { aim } => match &aim.target {
                UpdateTarget::Id(id) => {
                    let key = ResourceKey { resource_type: aim.resource_type, id: id.clone() };
                    let done = self.delete(&key, &aim.conditions).await?;
                    let is_there = done.version.0 > 0;
                    let version = is_there.then_some((done.version, done.last_updated));
                    Ok(EntryAnswer::Deleted { version, count: usize::from(is_there) })
                }
                UpdateTarget::Query(query) => {
                    let (of, conditions) = (aim.resource_type, &aim.conditions);
                    let done = self.conditional_delete(of, query, conditions).await?;
                    let version = match done.resources.as_slice() {
                        [(_, one)] => Some((one.version, one.last_updated)),
                        _ => None,
                    };
                    Ok(EntryAnswer::Deleted { version, count: done.resources.len() })
                }
            },
            Action::Get(get) => self.run_get(get, request.handling).await,
        }
    }
}

/// The entries of a rank: lanes that may run side by side, and those that run on their own.
fn lanes(plan: &Plan, rank: u8) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut lanes: Vec<Vec<usize>> = Vec::new();
    let mut lane_of: HashMap<(fhir::ResourceType, &str), usize> = HashMap::new();
    let mut conditional = Vec::new();
    for (index, entry) in plan.entries.iter().enumerate() {
        let Ok(entry) = entry else { continue };
        if entry.action.rank() != rank {
            continue;
        }
        if entry.action.condition().is_some() {
            conditional.push(index);
            continue;
        }
        let aim = match &entry.action {
            Action::Update { aim } | Action::Patch { aim, .. } | Action::Delete { aim } => aim,
            Action::Create { .. } | Action::Get(_) => {
                lanes.push(vec![index]);
                continue;
            }
        };
        let UpdateTarget::Id(id) = &aim.target else { continue };
        let lane = *lane_of.entry((aim.resource_type, id.as_str())).or_insert_with(|| {
            lanes.push(Vec::new());
            lanes.len() - 1
        });
        lanes[lane].push(index);
    }
    (lanes, conditional)
}

fn broken() -> EntryAnswer {
    EntryAnswer::Failed(Failure::plain(
        Category::Fault,
        IssueCode::Exception,
        "a fault of the server; whether this entry was done is not known; read it to see",
    ))
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
