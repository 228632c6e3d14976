//! An erasure reaches the copies that jobs keep: the files of exports, and answers given later.
//! Spec: <https://hl7.org/fhir/uv/bulkdata/STU2/export.html#security-considerations>.
//!
//! What a file holds is known by type, not by resource, so a job goes whole: it ends as failed, says
//! why, and can be asked for again. To add a kind of job that keeps resources, add it to
//! [`Record::may_hold`].

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use fhir::{IssueCode, ResourceType};

use super::files;
use super::record::{Record, Work};
use crate::app::App;
use crate::failure::{Category, Failure};

/// Why a job has no result any more.
pub(super) fn overtaken() -> Failure {
    Failure::plain(
        Category::Gone,
        IssueCode::Deleted,
        "resources that this result may hold were erased since, so it is not kept; if it was asked to write, that was done; otherwise ask again",
    )
}

impl Record {
    /// Whether what the job keeps, or is about to, may hold resources of these types.
    fn may_hold(&self, types: &BTreeSet<ResourceType>) -> bool {
        match &self.work {
            // What an export has read, but not written yet, is known to itself only.
            Work::Export(work) => !self.status.is_end() || work.may_hold(types),
            // An erasure that is itself answered later has nothing to forget.
            Work::Async(work) => !work.erases(),
            Work::Import(_) | Work::Reindex(_) => false,
        }
    }
}

impl App {
    /// Takes away what jobs keep of resources of these types; gives how many jobs that were. An
    /// erasure calls it once its resources are gone, so that what begins later is without them.
    pub(crate) async fn forget_copies(
        &self,
        types: &BTreeSet<ResourceType>,
    ) -> Result<usize, Failure> {
        let mut forgotten = 0;
        if types.is_empty() {
            return Ok(forgotten);
        }
        for job in self.store.jobs(false).await? {
            // What cannot be read was told of when the server started.
            let Ok(record) = Record::of(&job) else { continue };
            if record.failure.is_none() && record.may_hold(types) {
                self.forget_copy(&job.id).await?;
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }

    async fn forget_copy(&self, id: &str) -> Result<(), Failure> {
        if let Some(control) = self.jobs.control(id) {
            control.is_overtaken.store(true, Ordering::Release);
            control.told.notify_one();
            if self.record_of(id).await?.is_some_and(|record| record.has_begun()) {
                self.wait_for_end(id, &control).await;
            }
        }
        // It may have ended by itself, or with the word of its being overtaken.
        let Some(mut record) = self.record_of(id).await? else { return Ok(()) };
        // A request that nobody has begun to answer is answered without what was erased.
        if matches!(record.work, Work::Async(_)) && !record.has_begun() && !record.status.is_end() {
            return Ok(());
        }
        if record.failure.is_none() {
            record.fail(&overtaken());
            record.ended = record.ended.or(Some(self.clock.now()));
            self.save_record(id, &record).await?;
        }
        self.jobs.ended(id);
        self.remove_files(id).await;
        Ok(())
    }

    /// Takes a job's files away.
    pub(super) async fn remove_files(&self, id: &str) {
        let (options, id) = (self.options.jobs.clone(), Box::<str>::from(id));
        let _ = tokio::task::spawn_blocking(move || files::remove(&options, &id)).await;
    }
}
