//! Long work that outlives a request and the process: exports, imports, reindexing, and requests
//! that are answered later. Spec: <https://hl7.org/fhir/R4/async.html>,
//! <https://hl7.org/fhir/uv/bulkdata/>.
//!
//! A job is a [`Work`] that is done in bounded steps. Its state is saved in the store after each
//! step, and a step that is cut off is done again from the state before it; what it had written by
//! then is cut back (files) or recognised (resources), so nothing is lost or there twice.
//! [`App::run_jobs`] runs all that are unfinished, few at a time, and rests between steps while
//! requests are being served.
//!
//! To add a kind: a module with a state and `step`, a variant of [`Work`], a line in [`Work::lane`].

mod export;
mod files;
mod forget;
mod import;
mod manifest;
mod options;
mod record;
mod reindex;
mod request;
mod result;
mod runner;
mod throttle;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use fhir::IssueCode;
use store::Job;
use tokio::sync::Notify;

pub use export::ExportRequest;
pub use files::{JobFile, Upload};
pub use import::ImportRequest;
pub use options::JobOptions;
pub use record::{Progress, Status};
pub use reindex::ReindexRequest;
pub use request::{Answering, Executor, KeptRequest, KeptResponse};
pub use result::{JobResult, JobView};

use crate::app::App;
use crate::failure::{Category, Failure};
use record::Record;
use throttle::Foreground;
pub use throttle::Serving;

/// What is known of unfinished jobs in this process.
#[derive(Default)]
pub(crate) struct Jobs {
    /// Those that wait or run, by id.
    unfinished: Mutex<HashMap<Box<str>, Arc<Control>>>,
    /// Those that wait for the runner to take them up.
    waiting: Mutex<Vec<Box<str>>>,
    /// Tells the runner that there are some.
    wake: Notify,
    /// What else the process has to do.
    pub(crate) foreground: Foreground,
    /// Who answers requests that were put off.
    executor: OnceLock<Executor>,
}

/// What others may tell a job that runs, and see of it.
#[derive(Debug, Default)]
pub(crate) struct Control {
    cancelled: AtomicBool,
    /// Whether what it reads may have been erased since.
    is_overtaken: AtomicBool,
    progress: Mutex<Progress>,
    /// Wakes it when it was told something while it rests.
    told: Notify,
    ended: Notify,
}

impl Control {
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    pub(crate) fn is_overtaken(&self) -> bool {
        self.is_overtaken.load(Ordering::Acquire)
    }
}

/// A lock whose holder cannot leave its value half changed.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Jobs {
    fn take_up(&self, id: &str) -> Arc<Control> {
        let control = Arc::clone(held(&self.unfinished).entry(id.into()).or_default());
        held(&self.waiting).push(id.into());
        self.wake.notify_one();
        control
    }

    fn control(&self, id: &str) -> Option<Arc<Control>> {
        held(&self.unfinished).get(id).cloned()
    }

    fn ended(&self, id: &str) {
        if let Some(control) = held(&self.unfinished).remove(id) {
            control.ended.notify_waiters();
        }
    }

    /// Sets who answers requests that were put off; the first one stays.
    pub(crate) fn set_executor(&self, executor: Executor) {
        let _ = self.executor.set(executor);
    }
}

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jobs")
            .field("unfinished", &held(&self.unfinished).len())
            .finish_non_exhaustive()
    }
}

impl App {
    /// Notes that something is being served for as long as the answer lives, so that jobs rest
    /// between their steps.
    pub fn serving(&self) -> Serving<'_> {
        self.jobs.foreground.serve()
    }

    /// Sets who answers requests that were put off with `Prefer: respond-async`.
    pub fn set_executor(&self, executor: Executor) {
        self.jobs.set_executor(executor);
    }

    /// Begins a job; it is durable when this returns, and runs when its turn comes.
    pub(crate) async fn start_job(&self, id: Box<str>, record: &Record) -> Result<(), Failure> {
        let begun = self.keep_new(&id, record).await;
        if begun.is_err() {
            self.remove_files(&id).await;
            return begun;
        }
        self.jobs.take_up(&id);
        Ok(())
    }

    async fn keep_new(&self, id: &str, record: &Record) -> Result<(), Failure> {
        let kept = self.store.jobs(false).await?;
        let max = self.options.jobs.kept_max;
        let listed = kept.iter().filter(|job| job.kind.as_ref() == record.work.kind()).count();
        if listed >= max && record.work.is_limited() {
            return Err(Failure::plain(
                Category::TooMany,
                IssueCode::Throttled,
                format!(
                    "there are {max} jobs of this kind already; delete one that is done, or wait for it to lapse"
                ),
            ));
        }
        self.save_record(id, record).await
    }

    /// Writes a job's state.
    pub(crate) async fn save_record(&self, id: &str, record: &Record) -> Result<(), Failure> {
        let job = Job {
            id: id.into(),
            kind: record.work.kind().into(),
            done: record.status.is_end(),
            created: record.created,
            updated: self.clock.now(),
            state: record.to_bytes()?,
        };
        Ok(self.store.save_job(job).await?)
    }

    /// A job's record, where there is such a job.
    pub(crate) async fn record_of(&self, id: &str) -> Result<Option<Record>, Failure> {
        match self.store.job(id).await? {
            Some(job) => Record::of(&job).map(Some),
            None => Ok(None),
        }
    }

    /// Stops a job that runs, or forgets one that is done; its files go with it.
    pub async fn cancel_job(&self, id: &str) -> Result<(), Failure> {
        let known = self.store.job(id).await?.ok_or_else(|| no_job(id))?;
        if let Some(control) = self.jobs.control(id) {
            control.cancelled.store(true, Ordering::Release);
            control.told.notify_one();
            // The runner ends it at the next step. Where none runs, it is taken away here.
            self.wait_for_end(id, &control).await;
        }
        self.jobs.ended(id);
        self.remove_files(&known.id).await;
        Ok(self.store.remove_job(&known.id).await?)
    }

    /// Waits until the runner has let go of a job that was told to end.
    async fn wait_for_end(&self, id: &str, control: &Control) {
        let ended = control.ended.notified();
        // It may have ended before anybody listened.
        if self.jobs.control(id).is_none() {
            return;
        }
        if tokio::time::timeout(self.options.jobs.cancel_wait, ended).await.is_err() {
            tracing::warn!(job = id, "a job did not stop in time; it is ended under it");
        }
    }

    /// A new job's id: hard to guess, because whoever knows it can read the result.
    pub(crate) fn job_id(&self) -> Box<str> {
        self.ids.secret().as_str().into()
    }
}

/// The failure for a job that is not there.
pub(crate) fn no_job(id: &str) -> Failure {
    let shown: String = id.chars().take(64).collect();
    Failure::plain(
        Category::NotFound,
        IssueCode::NotFound,
        format!("there is no job {shown:?}; it may have been deleted, or its result has lapsed"),
    )
}

/// The failure where no folder is set for what jobs write.
pub(crate) fn no_folder() -> Failure {
    Failure::plain(
        Category::NotSupported,
        IssueCode::NotSupported,
        "this server has no data folder for the files of jobs; set one in its configuration",
    )
}
