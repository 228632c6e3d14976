//! Runs jobs: takes up what is unfinished, a step at a time, and saves after each.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use fhir::IssueCode;
use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::forget::overtaken;
use super::record::{KINDS, Record, Status, Work};
use super::throttle::rest_after;
use super::{Control, files, held};
use crate::app::App;
use crate::failure::{Category, Failure};

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A part; there is more.
    More,
    /// Nothing, because something has to happen first; try again soon.
    Wait,
    /// The last part.
    Done,
}

/// How long a step that has to wait waits.
const WAIT: Duration = Duration::from_millis(50);
/// How often jobs whose time is over are looked for.
const SWEEP: Duration = Duration::from_secs(10);
/// How long a folder that belongs to no job is left alone.
const ORPHAN_AGE: Duration = Duration::from_secs(60 * 60);
/// How often a step is tried again when the store is busy.
const TRIES_MAX: u32 = 5;

impl App {
    /// Runs jobs until it is dropped: first those that were unfinished when the process ended, then
    /// what comes. What a dropped one leaves unfinished goes on when this is called again.
    pub async fn run_jobs(self: Arc<Self>) {
        // What is indexed anew is indexed by all that is in force.
        self.settle_parameters().await;
        if let Err(failure) = self.take_up_unfinished().await {
            tracing::error!(%failure, "unfinished jobs could not be read");
        }
        if let Err(failure) = self.index_what_lacks().await {
            tracing::error!(%failure, "what the index lacks could not be read");
        }
        let lanes: Vec<_> = KINDS.iter().map(|_| Arc::new(Semaphore::new(1))).collect();
        let mut tasks = JoinSet::new();
        let mut sweep = tokio::time::interval(SWEEP);
        loop {
            let waiting = std::mem::take(&mut *held(&self.jobs.waiting));
            for id in waiting {
                let Some(control) = self.jobs.control(&id) else { continue };
                let (app, lanes) = (Arc::clone(&self), lanes.clone());
                tasks.spawn(async move { app.run_job(&id, &control, &lanes).await });
            }
            tokio::select! {
                () = self.jobs.wake.notified() => {}
                () = self.parameters.changed() => self.settle_parameters().await,
                () = self.left_behind.changed() => self.follow_left_behind().await,
                _ = tasks.join_next(), if !tasks.is_empty() => {}
                _ = sweep.tick() => self.sweep().await,
            }
        }
    }

    async fn take_up_unfinished(&self) -> Result<(), Failure> {
        let unfinished = self.store.jobs(true).await?;
        for job in unfinished {
            match Record::of(&job) {
                Ok(_) => {
                    let _ = self.jobs.take_up(&job.id);
                }
                Err(failure) => {
                    tracing::error!(job = %job.id, %failure, "a job is given up");
                    self.store.save_job(store::Job { done: true, ..job }).await?;
                }
            }
        }
        Ok(())
    }

    /// Runs one job to its end, and keeps a fault of ours from taking the others along.
    async fn run_job(self: Arc<Self>, id: &str, control: &Control, lanes: &[Arc<Semaphore>]) {
        let Ok(Some(waiting)) = self.record_of(id).await else {
            self.jobs.ended(id);
            return;
        };
        let turn = Arc::clone(&lanes[waiting.work.lane()]).acquire_owned();
        let mut turn = std::pin::pin!(turn);
        let _turn = loop {
            tokio::select! {
                turn = &mut turn => match turn {
                    Ok(turn) => break turn,
                    Err(_) => return,
                },
                () = tokio::time::sleep(WAIT) => {}
            }
            if control.is_cancelled() {
                self.jobs.ended(id);
                return;
            }
        };
        // It may have been taken away while it waited.
        let Ok(Some(mut record)) = self.record_of(id).await else {
            self.jobs.ended(id);
            return;
        };
        if record.status.is_end() {
            self.jobs.ended(id);
            return;
        }
        let was_cut_off = record.status == Status::Running;
        record.status = Status::Running;
        tracing::info!(job = id, kind = record.work.kind(), resumed = was_cut_off, "a job runs");
        record.work.resume(was_cut_off);
        let steps = AssertUnwindSafe(self.run_steps(id, control, &mut record)).catch_unwind();
        let ended = steps.await.unwrap_or_else(|_| {
            Err(Failure::plain(Category::Fault, IssueCode::Exception, "a fault of the server"))
        });
        let is_overtaken = control.is_overtaken() && record.work.keeps_resources();
        match ended {
            Ok(Status::Queued | Status::Running) => return,
            Ok(_) if is_overtaken => record.fail(&overtaken()),
            Ok(end) => record.status = end,
            Err(failure) => {
                if is_closing(&failure) {
                    return;
                }
                tracing::warn!(job = id, %failure, "a job failed");
                record.fail(&failure);
            }
        }
        record.ended = Some(self.clock.now());
        record.work.close();
        if record.status != Status::Cancelled
            && !control.is_cancelled()
            && let Err(failure) = self.save_record(id, &record).await
        {
            tracing::error!(job = id, %failure, "the end of a job could not be kept");
        }
        self.tidy_up(id, &record).await;
        tracing::info!(
            job = id,
            kind = record.work.kind(),
            status = record.status.as_str(),
            done = record.progress.done,
            "a job ended"
        );
        self.jobs.ended(id);
    }

    /// Takes away the files of a job that nobody can ask for: all of one that failed, and what an
    /// import was sent.
    async fn tidy_up(&self, id: &str, record: &Record) {
        if record.failure.is_some() {
            self.remove_files(id).await;
        } else if let Work::Import(_) = record.work
            && let Ok(folder) = files::folder(&self.options.jobs, id)
        {
            // Files that were named have none.
            let _ = tokio::fs::remove_file(folder.join(files::UPLOAD)).await;
        }
    }

    async fn run_steps(
        self: &Arc<Self>,
        id: &str,
        control: &Control,
        record: &mut Record,
    ) -> Result<Status, Failure> {
        let mut tries = 0;
        let mut seen = self.jobs.foreground.count();
        if control.is_cancelled() {
            return Ok(Status::Cancelled);
        }
        // That it has begun is known before anything is done, so that a job that was cut off can
        // tell so.
        self.save_record(id, record).await?;
        loop {
            if control.is_cancelled() {
                return Ok(Status::Cancelled);
            }
            if control.is_overtaken() && matches!(record.work, Work::Export(_)) {
                return Err(overtaken());
            }
            let started = Instant::now();
            let step = match &mut record.work {
                Work::Export(work) => work.step(self, id, &mut record.progress).await,
                Work::Import(work) => work.step(self, id, &mut record.progress).await,
                Work::Reindex(work) => work.step(self, &mut record.progress).await,
                Work::Async(work) => work.step(self, id, &mut record.progress).await,
            };
            let worked = started.elapsed();
            match step {
                Ok(Step::Done) => return Ok(Status::Completed),
                Ok(Step::Wait) => tokio::time::sleep(WAIT).await,
                Ok(Step::More) => {
                    tries = 0;
                    record.progress.worked += worked.as_micros() as u64;
                    *held(&control.progress) = record.progress;
                    self.save_record(id, record).await?;
                }
                Err(failure) if failure.category == Category::Unavailable && tries < TRIES_MAX => {
                    tries += 1;
                    tracing::warn!(job = id, %failure, tries, "a step is tried again");
                    tokio::time::sleep(WAIT * 2_u32.pow(tries)).await;
                    // The step may have got half way: it is done again from what was saved.
                    *record = self.record_of(id).await?.ok_or_else(|| super::no_job(id))?;
                    record.work.resume(true);
                }
                Err(failure) => return Err(failure),
            }
            let is_busy = self.jobs.foreground.is_busy_since(seen);
            seen = self.jobs.foreground.count();
            let rest = rest_after(worked, self.options.jobs.share, is_busy);
            if rest.is_zero() {
                tokio::task::yield_now().await;
            } else {
                tokio::select! {
                    () = tokio::time::sleep(rest) => {}
                    () = control.told.notified() => {}
                }
            }
        }
    }

    /// Takes away jobs whose time is over, and folders whose job is gone.
    async fn sweep(&self) {
        let Ok(jobs) = self.store.jobs(false).await else { return };
        // Those that another process has put there: `careloom reindex`.
        for job in jobs.iter().filter(|job| !job.done) {
            if self.jobs.control(&job.id).is_none() {
                let _ = self.jobs.take_up(&job.id);
            }
        }
        let keep = i64::try_from(self.options.jobs.keep.as_micros()).unwrap_or(i64::MAX);
        let before = self.clock.now().saturating_sub(keep);
        for job in jobs.iter().filter(|job| job.done && job.updated < before) {
            tracing::info!(job = %job.id, kind = %job.kind, "a job's time is over");
            if let Err(failure) = self.cancel_job(&job.id).await {
                tracing::warn!(job = %job.id, %failure, "a job could not be taken away");
            }
        }
        let known: Vec<_> = jobs.into_iter().map(|job| job.id).collect();
        let (options, now) = (self.options.jobs.clone(), self.clock.now());
        let _ = blocking("sweep", move || remove_orphans(&options, &known, now)).await;
    }
}

/// Whether the failure is that the store is being closed: the job goes on at the next start.
fn is_closing(failure: &Failure) -> bool {
    failure.category == Category::Unavailable
        && failure.issues.iter().all(|issue| issue.code == IssueCode::Transient)
}

impl Work {
    /// Forgets what only the run before knew: files that were open, lists in memory.
    fn resume(&mut self, was_cut_off: bool) {
        match self {
            Work::Export(work) => work.resume(),
            Work::Import(work) => work.resume(),
            Work::Reindex(_) => {}
            Work::Async(work) => work.resume(was_cut_off),
        }
    }

    /// Lets go of files.
    fn close(&mut self) {
        self.resume(false);
    }
}

/// Runs work that blocks, where it does not hold up requests.
pub(crate) async fn blocking<R: Send + 'static>(
    what: &'static str,
    work: impl FnOnce() -> R + Send + 'static,
) -> Result<R, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|_| {
        Failure::plain(Category::Fault, IssueCode::Exception, format!("a fault in: {what}"))
    })
}

/// Takes away the folders of uploads that broke off when the process ended: those that belong to no
/// job and have not been written to for an hour.
fn remove_orphans(options: &super::JobOptions, known: &[Box<str>], now: i64) {
    let Some(folder) = &options.folder else { return };
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let written = entry.metadata().and_then(|data| data.modified()).ok();
        let written = written.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let is_old = written.is_some_and(|at| (at + ORPHAN_AGE).as_micros() < now.max(0) as u128);
        if is_old && !known.iter().any(|id| &**id == name) {
            files::remove(options, name);
        }
    }
}
