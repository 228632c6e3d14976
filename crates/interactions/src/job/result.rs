//! What is told of jobs: how far they are, their results, their files, and the list for operators.

use fhir::Element;

use super::files::{JobFile, broken, folder};
use super::record::{Progress, Record, Status, Work};
use super::request::failed_bundle;
use super::{held, no_job};
use crate::app::App;
use crate::failure::Failure;

/// A job as others see it.
#[derive(Clone, Debug)]
pub struct JobView {
    /// Its id.
    pub id: Box<str>,
    /// Its kind: `export`, `import`, `reindex`, `async`.
    pub kind: &'static str,
    /// The request that began it.
    pub request: String,
    /// Where it stands.
    pub status: Status,
    /// How far it is.
    pub progress: Progress,
    /// When it was asked for: microseconds since 1970.
    pub created: i64,
    /// When it ended.
    pub ended: Option<i64>,
    /// When it lapses, where it has ended.
    pub lapses: Option<i64>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

impl JobView {
    /// When it was asked for, as an instant.
    pub fn created_text(&self) -> String {
        fhir::format_instant(self.created)
    }
}

/// What a job's status endpoint answers.
#[derive(Clone, Debug)]
pub enum JobResult {
    /// It is not done.
    Unfinished(JobView),
    /// A manifest, as JSON.
    Manifest(JobView, Vec<u8>),
    /// A resource, as JSON.
    Resource(JobView, Vec<u8>),
    /// It failed.
    Failed(JobView, Failure),
}

impl App {
    /// Where a job is reached.
    pub fn job_url(&self, id: &str) -> String {
        format!("{}/$job/{id}", self.options.base_url)
    }

    /// All jobs, oldest first.
    pub async fn jobs(&self) -> Result<Vec<JobView>, Failure> {
        let jobs = self.store.jobs(false).await?;
        // What cannot be read was told of when the server started.
        Ok(jobs.iter().filter_map(|job| Some(self.view(&job.id, &Record::of(job).ok()?))).collect())
    }

    /// How far a job is, or its result.
    pub async fn job_result(&self, id: &str) -> Result<JobResult, Failure> {
        let record = self.record_of(id).await?.ok_or_else(|| no_job(id))?;
        let view = self.view(id, &record);
        if !record.status.is_end() {
            return Ok(JobResult::Unfinished(view));
        }
        let failure = record.failure();
        let url = self.job_url(id);
        match (&record.work, failure) {
            (Work::Async(_), Some(failure)) => {
                Ok(JobResult::Resource(view, failed_bundle(&failure)))
            }
            (_, Some(failure)) => Ok(JobResult::Failed(view, failure)),
            (Work::Async(work), None) => {
                let bundle = work.bundle(self, id).await?;
                Ok(JobResult::Resource(view, bundle))
            }
            (Work::Export(work), None) => {
                Ok(JobResult::Manifest(view, work.manifest(&record.request, &url)))
            }
            (Work::Import(work), None) => {
                Ok(JobResult::Manifest(view, work.manifest(&record.request, &url)))
            }
            (Work::Reindex(_), None) => {
                let parameters = parameters(std::slice::from_ref(&view));
                Ok(JobResult::Resource(view, parameters))
            }
        }
    }

    /// A file of a job that is done.
    pub async fn job_file(&self, id: &str, name: &str) -> Result<JobFile, Failure> {
        let record = self.record_of(id).await?.ok_or_else(|| no_job(id))?;
        let is_listed = match &record.work {
            Work::Export(work) => work.has_file(name),
            Work::Import(work) => work.has_file(name),
            Work::Reindex(_) | Work::Async(_) => false,
        };
        if !is_listed || record.status != Status::Completed {
            return Err(no_job(&format!("{id}/{name}")));
        }
        let path = folder(&self.options.jobs, id)?.join(name);
        let wrong = |error| broken("read a file of a job", &error);
        let length = tokio::fs::metadata(&path).await.map_err(wrong)?.len();
        Ok(JobFile { path, length, tag: format!("{id}-{name}") })
    }

    /// All jobs as a Parameters resource, for operators.
    pub async fn job_list(&self) -> Result<Vec<u8>, Failure> {
        Ok(parameters(&self.jobs().await?))
    }

    fn view(&self, id: &str, record: &Record) -> JobView {
        let now = self.jobs.control(id).map(|control| *held(&control.progress));
        let keep = i64::try_from(self.options.jobs.keep.as_micros()).unwrap_or(i64::MAX);
        JobView {
            id: id.into(),
            kind: record.work.kind(),
            request: record.request.clone(),
            status: record.status,
            progress: now.filter(|p| p.done > record.progress.done).unwrap_or(record.progress),
            created: record.created,
            ended: record.ended,
            lapses: record.ended.map(|ended| ended.saturating_add(keep)),
            failure: record.failure(),
        }
    }
}

/// Jobs as a Parameters resource, a parameter a job.
fn parameters(jobs: &[JobView]) -> Vec<u8> {
    let object = |members: Vec<(&str, Element)>| {
        Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    };
    let part = |name: &str, kind: &str, value: Element| {
        object(vec![("name", Element::string(name)), (kind, value)])
    };
    let number = |value: u64| Element::Number(value.min(2_147_483_647).to_string().into());
    let job = |job: &JobView| {
        let mut parts = vec![
            part("id", "valueId", Element::string(job.id.clone())),
            part("kind", "valueCode", Element::string(job.kind)),
            part("status", "valueCode", Element::string(job.status.as_str())),
            part("done", "valueUnsignedInt", number(job.progress.done)),
            part("rate", "valueUnsignedInt", number(job.progress.rate() as u64)),
            part("created", "valueInstant", Element::string(fhir::format_instant(job.created))),
        ];
        if let Some(total) = job.progress.total {
            parts.push(part("total", "valueUnsignedInt", number(total)));
        }
        if let Some(ended) = job.ended {
            parts.push(part("ended", "valueInstant", Element::string(fhir::format_instant(ended))));
        }
        if !job.request.is_empty() {
            parts.push(part("request", "valueUri", Element::string(job.request.as_str())));
        }
        if let Some(failure) = &job.failure {
            parts.push(part("error", "valueString", Element::string(failure.to_string())));
        }
        object(vec![("name", Element::string("job")), ("part", Element::Array(parts))])
    };
    let mut out = Element::object();
    out.set("resourceType", Element::string("Parameters"));
    if !jobs.is_empty() {
        out.set("parameter", Element::Array(jobs.iter().map(job).collect()));
    }
    out.to_compact()
}
