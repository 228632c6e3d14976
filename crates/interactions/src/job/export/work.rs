//! The work of an export: a step reads a part of a type and appends it to the type's file.

use std::collections::BTreeSet;
use std::sync::Arc;

use fhir::{ResourceId, ResourceType};
use serde::{Deserialize, Serialize};
use store::{ScanPart, Stored};
use tokio::time::Instant;

use super::choice::Purpose;
use super::elements::shape_of;
use super::members::Members;
use crate::app::App;
use crate::failure::Failure;
use crate::job::files::{self, Part, PartWriter, broken};
use crate::job::manifest::Manifest;
use crate::job::record::Progress;
use crate::job::runner::{Step, blocking};

/// Bytes that a part should not much exceed: it is held in memory.
const PART_BYTES: usize = 8 << 20;

/// Whose data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Level {
    /// Everything.
    System,
    /// What belongs to patients.
    Patient,
}

/// What is exported of a type.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TypePlan {
    pub(super) name: String,
    /// Queries of which one must select a resource; empty selects all.
    pub(super) filters: Vec<String>,
    /// `_elements`; empty shows all.
    pub(super) elements: Vec<String>,
}

/// What is done with a type now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// Reading it through, from after this place.
    Through(Option<u64>),
    /// Putting in what was changed after the transaction time, as it was then.
    Changed,
    /// Listing what was deleted since `_since`, in history before this place.
    Deleted(Option<u64>),
}

/// An export's state.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Export {
    pub(super) level: Level,
    pub(super) is_limited_to_patients: bool,
    /// What it is for.
    #[serde(default)]
    pub(super) purpose: Purpose,
    /// How many Patients are left out because they chose so.
    #[serde(default)]
    pub(super) left_out: usize,
    pub(super) transaction_time: i64,
    pub(super) since: Option<i64>,
    pub(super) types: Vec<TypePlan>,
    /// The type that it is at.
    at: usize,
    pub(super) phase: Phase,
    pub(super) output: Vec<Part>,
    pub(super) deleted: Vec<Part>,
    /// The `patient` parameter, until the job begins.
    #[serde(skip)]
    pub(super) patients_asked: Vec<String>,
    #[serde(skip)]
    run: Option<Run>,
}

/// What only the process that runs it knows.
#[derive(Debug)]
struct Run {
    members: Arc<Members>,
    writer: Option<PartWriter>,
    /// Resources of the next part.
    limit: usize,
}

impl Export {
    /// An export of nothing yet.
    pub(super) fn of(level: Level) -> Export {
        Export {
            level,
            is_limited_to_patients: false,
            purpose: Purpose::default(),
            left_out: 0,
            transaction_time: 0,
            since: None,
            types: Vec::new(),
            at: 0,
            phase: Phase::Through(None),
            output: Vec::new(),
            deleted: Vec::new(),
            patients_asked: Vec::new(),
            run: None,
        }
    }

    pub(crate) fn resume(&mut self) {
        self.run = None;
    }

    /// Whether a file of it may hold resources of these types, or tell of them.
    pub(crate) fn may_hold(&self, types: &BTreeSet<ResourceType>) -> bool {
        let holds = |part: &Part| types.iter().any(|each| *each.as_str() == *part.resource_type);
        !self.deleted.is_empty() || self.output.iter().any(holds)
    }

    /// The manifest.
    pub(crate) fn manifest(&self, request: &str, files: &str) -> Vec<u8> {
        let deleted = self.since.is_some().then_some(self.deleted.as_slice());
        let transaction_time = self.transaction_time;
        let left_out = (self.purpose == Purpose::ResearchPlanning).then_some(self.left_out);
        let output = &self.output;
        Manifest { transaction_time, request, files, output, deleted, error: &[], left_out }
            .to_json()
    }

    /// Whether a client may fetch this file.
    pub(crate) fn has_file(&self, name: &str) -> bool {
        self.output.iter().chain(&self.deleted).any(|part| part.name == name)
    }

    pub(crate) async fn step(
        &mut self,
        app: &Arc<App>,
        id: &str,
        progress: &mut Progress,
    ) -> Result<Step, Failure> {
        if self.run.is_none() {
            self.run = Some(self.open(app, id).await?);
            progress.total = Some(self.total(app).await?);
        }
        let started = Instant::now();
        loop {
            let Some(plan) = self.types.get(self.at).cloned() else {
                self.flush().await?;
                return Ok(Step::Done);
            };
            let resource_type = app.resource_type(&plan.name)?;
            match self.phase {
                Phase::Through(after) => {
                    let done = self.read_through(app, &plan, resource_type, after).await?;
                    progress.done += done;
                }
                Phase::Changed => {
                    self.put_in_changed(app, &plan, resource_type).await?;
                    self.phase = Phase::Deleted(None);
                }
                Phase::Deleted(before) => {
                    let next = match self.since {
                        Some(since) => self.list_deleted(app, resource_type, since, before).await?,
                        None => None,
                    };
                    if next.is_some() {
                        self.phase = Phase::Deleted(next);
                    } else {
                        self.phase = Phase::Through(None);
                        self.at += 1;
                    }
                }
            }
            if started.elapsed() >= app.options.jobs.step_time {
                self.flush().await?;
                return Ok(Step::More);
            }
        }
    }

    async fn open(&self, app: &Arc<App>, id: &str) -> Result<Run, Failure> {
        let folder = files::folder(&app.options.jobs, id)?;
        let lists = (self.is_limited_to_patients, self.left_out > 0);
        let members = Members::load(folder.clone(), lists).await?;
        let parts: Vec<Part> = self.output.iter().chain(&self.deleted).cloned().collect();
        let bytes_max = app.options.jobs.export_file_bytes;
        let opened = blocking("open the files of an export", move || {
            PartWriter::open(folder, &parts, bytes_max)
        });
        let writer = opened.await?.map_err(|error| broken("open the files", &error))?;
        Ok(Run { members, writer: Some(writer), limit: 50 })
    }

    /// How many resources will be read.
    async fn total(&self, app: &App) -> Result<u64, Failure> {
        let counts = app.store.type_counts().await?;
        let wanted = |name: &str| self.types.iter().any(|plan| plan.name == name);
        Ok(counts.iter().filter(|(of, _)| wanted(of.as_str())).map(|(_, count)| count).sum())
    }

    async fn read_through(
        &mut self,
        app: &Arc<App>,
        plan: &TypePlan,
        resource_type: ResourceType,
        after: Option<u64>,
    ) -> Result<u64, Failure> {
        let run_limit = self.run.as_ref().map_or(1, |run| run.limit);
        let limit = run_limit.min(app.options.jobs.step_resources).max(1);
        let part = ScanPart { resource_type, after, since: self.since, limit };
        let scanned = app.store.scan(part).await?;
        let read = scanned.resources.len();
        let bytes: usize =
            scanned.resources.iter().filter_map(|r| r.body.as_deref()).map(<[u8]>::len).sum();
        let mut wanted = scanned.resources;
        // What is newer than the transaction time comes in another phase, as it was.
        wanted.retain(|each| each.body.is_some() && each.last_updated <= self.transaction_time);
        self.write(app, plan, wanted).await?;
        if let Some(run) = &mut self.run {
            // The next part is as many as fit, going by these, and never grows suddenly.
            let average = bytes / read.max(1);
            run.limit = (PART_BYTES / average.max(1)).clamp(1, (run_limit * 4).max(50));
        }
        self.phase = match scanned.next {
            Some(next) => Phase::Through(Some(next)),
            None => Phase::Changed,
        };
        Ok(read as u64)
    }

    /// Writes those of the resources that the export asks for.
    pub(super) async fn write(
        &mut self,
        app: &Arc<App>,
        plan: &TypePlan,
        mut resources: Vec<Stored>,
    ) -> Result<(), Failure> {
        if resources.is_empty() {
            return Ok(());
        }
        let resource_type = resources[0].key.resource_type;
        if !plan.filters.is_empty() {
            let ids: Vec<ResourceId> = resources.iter().map(|each| each.key.id.clone()).collect();
            let selected = app.selected(plan, resource_type, ids).await?;
            resources.retain(|each| selected.contains(&each.key.id));
        }
        let shape = shape_of(plan, resource_type);
        let (name, level) = (plan.name.clone(), self.level);
        let members = self.members();
        let app = Arc::clone(app);
        self.with_writer(move |writer, output, _| {
            let in_force = app.in_force();
            let mut line = Vec::new();
            for each in &resources {
                let body = each.body.as_deref().unwrap_or_default();
                if members.as_deref().is_none_or(|members| members.leave_out(&each.key, body)) {
                    continue;
                }
                let belongs = |members: &Members| members.hold(&app, &in_force, &each.key, body);
                if level == Level::Patient && !members.as_deref().is_some_and(belongs) {
                    continue;
                }
                line.clear();
                app.shaped(shape.as_ref(), body, &mut line);
                writer.line(output, &name, &name, &line)?;
            }
            Ok(())
        })
        .await
    }

    pub(super) fn members(&self) -> Option<Arc<Members>> {
        self.run.as_ref().map(|run| Arc::clone(&run.members))
    }

    /// Does something with the files, where it does not hold up requests.
    pub(super) async fn with_writer<R: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut PartWriter, &mut Vec<Part>, &mut Vec<Part>) -> std::io::Result<R>
        + Send
        + 'static,
    ) -> Result<R, Failure> {
        let writer = self.run.as_mut().and_then(|run| run.writer.take());
        let mut writer = writer.ok_or_else(|| {
            broken("write an export", &std::io::Error::other("its files are not open"))
        })?;
        let mut output = std::mem::take(&mut self.output);
        let mut deleted = std::mem::take(&mut self.deleted);
        let done = blocking("write an export", move || {
            let result = work(&mut writer, &mut output, &mut deleted);
            (result, writer, output, deleted)
        });
        let (result, writer, output, deleted) = done.await?;
        self.output = output;
        self.deleted = deleted;
        if let Some(run) = &mut self.run {
            run.writer = Some(writer);
        }
        result.map_err(|error| broken("write an export", &error))
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        self.with_writer(|writer, _, _| writer.flush()).await
    }
}
