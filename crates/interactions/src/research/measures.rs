//! How many began and finished each task, by site and day.
//!
//! Steps are counted in memory and added to the store once a minute and at the end: a count is lost at the
//! most of the last minute before a crash. The steps of one person are not joined: who begins twice counts
//! twice, so what is left between "started" and "finished" is the most that gave up, and is told as that.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ::store::{KeptChange, KeptExpected};
use access::Duty;
use access::rollout::{Shown, shown};

use super::tasks::{Step, TASKS, Task};
use super::{KEPT_FOR, damaged};
use crate::app::App;
use crate::failure::Failure;

/// The kind of records that counts are kept as.
const MEASURE: &str = "research-measure";
/// How often counts are written.
const EVERY: Duration = Duration::from_secs(60);
/// Counts that are read for one page.
const COUNTS_MAX: usize = 20_000;
/// How often a count is added again when another process came between.
const TRIES: usize = 4;

/// What is counted: the day, the site, the task, the step.
type Key = (String, String, &'static str, Step);

/// Counts that are not written yet.
#[derive(Default)]
pub(crate) struct Counters(Mutex<BTreeMap<Key, u64>>);

impl Counters {
    fn add(&self, key: Key, count: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += count;
    }

    fn take(&self) -> BTreeMap<Key, u64> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One task at one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureOf {
    /// The task.
    pub task: &'static Task,
    /// How many began it.
    pub started: Shown,
    /// How many finished it.
    pub finished: Shown,
    /// How many a rule refused.
    pub refused: Shown,
    /// Hundredths of those that began who finished; none where either is too small to be shown.
    pub finished_of_100: Option<u64>,
}

/// The tasks at one site over some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// The site's name; empty for people of none and those who have not signed in.
    pub site: String,
    /// Every task.
    pub tasks: Vec<MeasureOf>,
}

impl App {
    /// Counts a step of a task at a site.
    pub fn count_step(&self, site: &str, task: &'static str, step: Step) {
        self.research.add((self.rollout_day(), site.to_owned(), task, step), 1);
    }

    /// Writes counts once a minute, until the application ends. Call it once, in a task.
    pub async fn run_measures(self: std::sync::Arc<Self>) {
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(failure) = self.write_measures().await {
                tracing::error!(%failure, "counts of tasks could not be written; it is tried again");
            }
        }
    }

    /// Adds what was counted since the last time to the store.
    pub async fn write_measures(&self) -> Result<(), Failure> {
        let app = self.elevated();
        for (key, count) in self.research.take() {
            let added = app.add_to_measure(&key, count).await;
            if !matches!(added, Ok(true)) {
                self.research.add(key, count);
            }
            added?;
        }
        Ok(())
    }

    async fn add_to_measure(&self, key: &Key, count: u64) -> Result<bool, Failure> {
        let (day, site, task, step) = key;
        let name = format!("{day}/{task}/{}/{site}", step.as_str());
        for _ in 0..TRIES {
            let kept = self.store.kept(MEASURE, &name).await?;
            let known = match &kept {
                Some(kept) => serde_json::from_slice(&kept.value).map_err(|e| damaged(&e))?,
                None => 0_u64,
            };
            let value = serde_json::to_vec(&(known + count)).map_err(|e| damaged(&e))?;
            let change = KeptChange {
                kind: MEASURE.into(),
                key: name.clone().into(),
                expected: kept
                    .map_or(KeptExpected::Absent, |kept| KeptExpected::Version(kept.version)),
                becomes: Some((value.into(), self.clock.now().saturating_add(KEPT_FOR))),
            };
            if self.store.keep(vec![change]).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The tasks of every site that has any, from a day to a day (as FHIR writes them, both included).
    pub async fn measures(&self, from: &str, to: &str) -> Result<Vec<Measure>, Failure> {
        let app = self.on_duty(Duty::Settings)?;
        // What was counted a moment ago is on the page too.
        self.write_measures().await?;
        let mut sites: BTreeMap<String, BTreeMap<(&'static str, Step), u64>> = BTreeMap::new();
        let kept = app.store.kept_after(MEASURE, from, COUNTS_MAX).await?;
        for kept in &kept {
            let mut parts = kept.key.splitn(4, '/');
            let (Some(day), Some(task), Some(step), Some(site)) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            if day > to {
                break;
            }
            let task = TASKS.iter().find(|known| known.id == task);
            let step = Step::ALL.into_iter().find(|known| known.as_str() == step);
            let (Some(task), Some(step)) = (task, step) else { continue };
            let count: u64 = serde_json::from_slice(&kept.value).map_err(|e| damaged(&e))?;
            *sites.entry(site.to_owned()).or_default().entry((task.id, step)).or_default() += count;
        }
        Ok(sites.into_iter().map(|(site, counts)| measure(site, &counts)).collect())
    }
}

fn measure(site: String, counts: &BTreeMap<(&'static str, Step), u64>) -> Measure {
    let count = |task: &Task, step| counts.get(&(task.id, step)).copied().unwrap_or(0);
    let of = |task: &'static Task| {
        let (started, finished) = (count(task, Step::Started), count(task, Step::Finished));
        let (started_shown, finished_shown) = (shown(started), shown(finished));
        let can_tell = started_shown != Shown::Few && finished_shown != Shown::Few;
        MeasureOf {
            task,
            started: started_shown,
            finished: finished_shown,
            refused: shown(count(task, Step::Refused)),
            finished_of_100: can_tell.then(|| finished.min(started) * 100 / started.max(1)),
        }
    };
    Measure { site, tasks: TASKS.iter().map(of).collect() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::tasks::Step;
    use super::measure;

    #[test]
    fn what_is_small_is_not_shown_and_no_share_is_made_of_it() {
        let table = [
            (0, 0, "fewer than 5", "fewer than 5", None),
            (4, 4, "fewer than 5", "fewer than 5", None),
            (5, 4, "5", "fewer than 5", None),
            (5, 5, "5", "5", Some(100)),
            (200, 151, "200", "151", Some(75)),
            // Begun on the day before.
            (5, 9, "5", "9", Some(100)),
        ];
        for (started, finished, first, second, share) in table {
            let counts = BTreeMap::from([
                (("book", Step::Started), started),
                (("book", Step::Finished), finished),
            ]);
            let measure = measure(String::new(), &counts);
            let book = measure.tasks.iter().find(|of| of.task.id == "book").expect("the task");
            assert_eq!(book.started.to_string(), first, "{started}");
            assert_eq!(book.finished.to_string(), second, "{finished}");
            assert_eq!(book.finished_of_100, share, "{started} {finished}");
        }
    }
}
