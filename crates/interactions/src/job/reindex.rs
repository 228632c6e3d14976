//! The work of a reindex: index rows of what is in the store already, written again by the
//! definitions in force, for all parameters or for some.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::search::{IndexEntry, Indexed, ParameterId};
use fhir::{IssueCode, ResourceType, Tree};
use serde::{Deserialize, Serialize};
use store::{Leftover, ParameterState, Reindexed, ScanPart, Stored};
use tokio::time::Instant;

use super::record::{Progress, Record, Work};
use super::runner::{Step, blocking};
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::in_force::InForce;

/// Resources of a part at the most: the store's writer is held for that long.
const PART: usize = 250;

/// What is indexed anew of a type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    type_name: String,
    /// The codes of the parameters; `None` means all.
    codes: Option<Vec<String>>,
}

/// A parameter of a type whose index is whole when the job is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Lacking {
    type_name: String,
    code: String,
    /// Tells this change of the parameter from later ones.
    since: i64,
}

/// A type that has rows of parameters out of force until the job is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Left {
    type_name: String,
    /// Tells these rows from later ones.
    since: i64,
}

/// What is to be indexed anew; nothing named means everything.
#[derive(Clone, Debug, Default)]
pub struct ReindexRequest {
    /// Names of types.
    pub types: Vec<String>,
    /// Codes or canonical URLs of parameters.
    pub parameters: Vec<String>,
}

/// A reindex's state.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Reindex {
    targets: Vec<Target>,
    /// What lacked when the job was made.
    lacking: Vec<Lacking>,
    /// What was too much when the job was made.
    #[serde(default)]
    leftovers: Vec<Left>,
    /// The target that it is at.
    at: usize,
    after: Option<u64>,
    /// Resources of that target that are done.
    done: u64,
    /// Whether all that was indexed by earlier definitions is known to be in the store.
    is_settled: bool,
}

impl App {
    /// Begins to index anew what the request names; gives the job's id.
    pub async fn start_reindex(&self, request: &ReindexRequest) -> Result<Box<str>, Failure> {
        let definitions = self.definitions();
        let mut types = Vec::new();
        for name in &request.types {
            types.push(self.resource_type(name)?);
        }
        if types.is_empty() {
            types = definitions.resource_types().to_vec();
        }
        types.sort_unstable();
        types.dedup();
        let mut targets = Vec::new();
        let mut is_used = vec![false; request.parameters.len()];
        for resource_type in types {
            let mut codes = Vec::new();
            for (index, name) in request.parameters.iter().enumerate() {
                let mut all = definitions.search_parameters(resource_type);
                if let Some(found) = all.find(|each| each.code == name || each.url == name) {
                    codes.push(found.code.to_owned());
                    is_used[index] = true;
                }
            }
            if request.parameters.is_empty() || !codes.is_empty() {
                let codes = (!request.parameters.is_empty()).then_some(codes);
                targets.push(Target { type_name: resource_type.as_str().to_owned(), codes });
            }
        }
        if let Some(index) = is_used.iter().position(|is_used| !is_used) {
            let shown: String = request.parameters[index].chars().take(64).collect();
            return Err(Failure::new(
                Category::Invalid,
                IssueCode::NotFound,
                "parameter",
                format!("{shown:?} is no search parameter of these types"),
            ));
        }
        let lacking = self.lacking().await?;
        let is_meant = |lacking: &Lacking| {
            let is_of = |target: &Target| {
                target.type_name == lacking.type_name
                    && target.codes.as_ref().is_none_or(|codes| codes.contains(&lacking.code))
            };
            targets.iter().any(is_of)
        };
        let lacking = lacking.into_iter().filter(is_meant).collect();
        let mut leftovers = self.leftovers().await?;
        leftovers.retain(|left| targets.iter().any(|target| target.type_name == left.type_name));
        self.start_reindex_of(targets, lacking, leftovers).await
    }

    /// Begins to index what lacks, and to take away rows of parameters that are out of force, unless
    /// a job does so already.
    pub(crate) async fn index_what_lacks(&self) -> Result<(), Failure> {
        let mut lacking = self.lacking().await?;
        let mut leftovers = self.leftovers().await?;
        for job in self.store.jobs(true).await? {
            if let Ok(Record { work: Work::Reindex(work), .. }) = Record::of(&job) {
                lacking.retain(|each| !work.lacking.contains(each));
                leftovers.retain(|each| !work.leftovers.contains(each));
            }
        }
        if lacking.is_empty() && leftovers.is_empty() {
            return Ok(());
        }
        let mut by_type: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for each in &lacking {
            by_type.entry(each.type_name.clone()).or_default().push(each.code.clone());
        }
        for each in &leftovers {
            by_type.entry(each.type_name.clone()).or_default();
        }
        let target = |(type_name, codes)| Target { type_name, codes: Some(codes) };
        let targets = by_type.into_iter().map(target).collect();
        self.start_reindex_of(targets, lacking, leftovers).await.map(|_| ())
    }

    async fn start_reindex_of(
        &self,
        targets: Vec<Target>,
        lacking: Vec<Lacking>,
        leftovers: Vec<Left>,
    ) -> Result<Box<str>, Failure> {
        let work =
            Reindex { targets, lacking, leftovers, at: 0, after: None, done: 0, is_settled: false };
        let record = Record::new(Work::Reindex(work), String::new(), self.clock.now());
        let id = self.job_id();
        self.start_job(id.clone(), &record).await?;
        Ok(id)
    }

    /// The types that have rows of parameters out of force.
    async fn leftovers(&self) -> Result<Vec<Left>, Failure> {
        let left = |left: Leftover| Left {
            type_name: left.resource_type.as_str().to_owned(),
            since: left.since,
        };
        Ok(self.store.leftovers().await?.into_iter().map(left).collect())
    }

    /// The parameters whose rows are not there for all resources.
    async fn lacking(&self) -> Result<Vec<Lacking>, Failure> {
        let states = self.store.parameter_states().await?;
        let definitions = self.definitions();
        let lacking = |state: ParameterState| Lacking {
            type_name: state.resource_type.as_str().to_owned(),
            code: definitions.parameter(state.parameter.0).code.to_owned(),
            since: state.since,
        };
        let lacking: Vec<Lacking> = states.into_iter().map(lacking).collect();
        self.building.set(lacking.iter().map(|each| (&*each.type_name, &*each.code)));
        Ok(lacking)
    }
}

impl Reindex {
    pub(crate) async fn step(
        &mut self,
        app: &Arc<App>,
        progress: &mut Progress,
    ) -> Result<Step, Failure> {
        if !self.is_settled {
            if app.has_writers_by_older_definitions() {
                return Ok(Step::Wait);
            }
            // Of those who have gone a commit may still be on its way. The state is saved before
            // the next step, behind all that was handed to the store by now.
            self.is_settled = true;
            return Ok(Step::More);
        }
        progress.total = Some(self.total(app).await?);
        let started = Instant::now();
        loop {
            let Some(target) = self.targets.get(self.at).cloned() else {
                self.complete(app).await?;
                return Ok(Step::Done);
            };
            let Some(resource_type) = app.definitions().resource_type(&target.type_name) else {
                self.at += 1;
                continue;
            };
            let limit = app.options.jobs.step_resources.clamp(1, PART);
            let part = ScanPart { resource_type, after: self.after, since: None, limit };
            let scanned = app.store.scan(part).await?;
            self.done += scanned.resources.len() as u64;
            progress.done += scanned.resources.len() as u64;
            self.after = scanned.next;
            write(app, resource_type, &target, scanned.resources).await?;
            let is_of = |each: &&Lacking| each.type_name == target.type_name;
            for each in self.lacking.iter().filter(is_of) {
                app.building.progress(&each.type_name, &each.code, self.done);
            }
            if self.after.is_none() {
                self.at += 1;
                self.done = 0;
            }
            if started.elapsed() >= app.options.jobs.step_time {
                return Ok(Step::More);
            }
        }
    }

    /// Tells the store that nothing lacks any more, and nothing is too much.
    async fn complete(&self, app: &App) -> Result<(), Failure> {
        let definitions = app.definitions();
        let state = |lacking: &Lacking| {
            let resource_type = definitions.resource_type(&lacking.type_name)?;
            let parameter = definitions.search_parameter(resource_type, &lacking.code)?;
            let parameter = ParameterId(parameter.id);
            Some(ParameterState { resource_type, parameter, since: lacking.since })
        };
        let states: Vec<_> = self.lacking.iter().filter_map(state).collect();
        if !states.is_empty() {
            app.store.complete(states).await?;
        }
        let leftover = |left: &Left| {
            let resource_type = definitions.resource_type(&left.type_name)?;
            Some(Leftover { resource_type, since: left.since })
        };
        let leftovers: Vec<_> = self.leftovers.iter().filter_map(leftover).collect();
        if !leftovers.is_empty() {
            app.store.clear(leftovers).await?;
        }
        app.lacking().await.map(|_| ())
    }

    async fn total(&self, app: &App) -> Result<u64, Failure> {
        let counts = app.store.type_counts().await?;
        let is_meant = |name: &str| self.targets.iter().any(|target| target.type_name == name);
        Ok(counts.iter().filter(|(of, _)| is_meant(of.as_str())).map(|(_, count)| count).sum())
    }
}

/// Writes the rows of some resources anew.
async fn write(
    app: &Arc<App>,
    resource_type: ResourceType,
    target: &Target,
    resources: Vec<Stored>,
) -> Result<(), Failure> {
    let in_force = app.in_force();
    let parameters = parameters_of(&in_force, resource_type, target);
    if resources.is_empty() {
        return Ok(());
    }
    let (owned, by) = (Arc::clone(app), Arc::clone(&in_force));
    let rows = blocking("reindex", move || {
        let rows = resources.iter();
        rows.filter_map(|each| row(&owned, &by, &parameters, each)).collect()
    });
    app.store.reindex(rows.await?).await?;
    // Held until here, like that of any writer.
    drop(in_force);
    Ok(())
}

/// The parameters of a target that are in force, sorted.
fn parameters_of(
    in_force: &InForce,
    resource_type: ResourceType,
    target: &Target,
) -> Vec<ParameterId> {
    let is_meant = |code: &str| {
        target.codes.as_ref().is_none_or(|codes| codes.iter().any(|wanted| wanted == code))
    };
    let mut parameters: Vec<_> = in_force
        .definitions
        .search_parameters(resource_type)
        .filter(|parameter| is_meant(parameter.code))
        .map(|parameter| ParameterId(parameter.id))
        .collect();
    parameters.sort_unstable();
    parameters
}

fn row(
    app: &App,
    in_force: &InForce,
    parameters: &[ParameterId],
    stored: &Stored,
) -> Option<Reindexed> {
    let (key, version) = (stored.key.clone(), stored.version);
    if parameters.is_empty() {
        // Nothing is put in place of what goes.
        return Some(Reindexed { key, version, parameters: vec![], indexed: Indexed::default() });
    }
    let tree = Tree::parse(stored.body.as_deref()?).ok()?;
    let extracted = in_force.indexer.extract(tree.root(), &|text| app.local_target(text));
    let is_meant = |entry: &IndexEntry| parameters.binary_search(&entry.parameter).is_ok();
    let mut indexed =
        Indexed::from(extracted.entries.into_iter().filter(is_meant).collect::<Vec<_>>());
    for mut contained in extracted.contained {
        contained.entries.retain(is_meant);
        indexed.contained.push(contained);
    }
    Some(Reindexed { key, version, parameters: parameters.to_vec(), indexed })
}
