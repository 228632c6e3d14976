//! One feed's waiting items → resources: items of one person strictly in the order received, those
//! of different persons at once.
//!
//! An item about several persons (a merge) keeps its place in the order of each; an item of nobody
//! in particular waits for all before it, and all after it wait for it. A failure of the store is
//! tried again with growing pauses while the item stays waiting; an item that the program fails on
//! is set aside with cause `fault`, so that it stops nobody else.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use interactions::{App, Failure, Feed};
use store::{Item, ItemId};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::progress::Progress;
use crate::{is_stopping, until};

/// Items taken from the store at once.
const PAGE: usize = 256;
/// Items in hand at once: running, or waiting for an earlier one of the same person.
const WINDOW: usize = 1024;
/// How often the store is looked at although nobody said that something waits.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Tries of one item before it counts as a fault of the program.
const TRIES_MAX: u32 = 6;
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Becomes true when an item is done.
type Done = watch::Receiver<bool>;

pub(crate) struct Processor {
    worker: Arc<Worker>,
    arrivals: watch::Receiver<u64>,
    lanes: Lanes,
    tasks: JoinSet<ItemId>,
    in_hand: HashSet<ItemId>,
}

/// What processing one item needs.
struct Worker {
    app: Arc<App>,
    feed: Arc<Feed>,
    slots: Semaphore,
    progress: Arc<Progress>,
}

/// The last item in hand of every person.
#[derive(Default)]
struct Lanes {
    last: HashMap<String, Done>,
    barrier: Option<Done>,
}

impl Processor {
    pub(crate) fn new(
        app: Arc<App>,
        feed: Arc<Feed>,
        concurrency_max: usize,
        progress: Arc<Progress>,
    ) -> Processor {
        let arrivals = app.arrivals.watch(&feed.name);
        let slots = Semaphore::new(concurrency_max.max(1));
        Processor {
            worker: Arc::new(Worker { app, feed, slots, progress }),
            arrivals,
            lanes: Lanes::default(),
            tasks: JoinSet::new(),
            in_hand: HashSet::new(),
        }
    }

    pub(crate) async fn run(mut self, mut shutdown: watch::Receiver<bool>) {
        let mut cursor = None;
        let mut pause = PAUSE_MIN;
        while !is_stopping(&shutdown) {
            self.arrivals.mark_unchanged();
            let worker = &self.worker;
            let page = match worker.app.store.waiting(&worker.feed.name, cursor, PAGE).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::error!(feed = %worker.feed.name, %error, "waiting items cannot be read");
                    sleep(pause, &mut shutdown).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                    continue;
                }
            };
            pause = PAUSE_MIN;
            if let Some(last) = page.last() {
                cursor = Some(last.id);
                self.schedule(page, &shutdown).await;
            } else if cursor.is_some() && self.tasks.is_empty() {
                // An item put back in line has an older number: look from the beginning.
                cursor = None;
            } else if self.tasks.is_empty() {
                self.rest(&mut shutdown).await;
            } else {
                self.reap(&mut shutdown).await;
            }
        }
        while let Some(ended) = self.tasks.join_next().await {
            report(ended);
        }
    }

    /// Waits for one item to be done, for an arrival, or for the moment to look at the store again.
    async fn reap(&mut self, shutdown: &mut watch::Receiver<bool>) {
        tokio::select! {
            Some(ended) = self.tasks.join_next() => self.forget(ended),
            _ = self.arrivals.changed() => {}
            () = until(shutdown) => {}
        }
        while let Some(ended) = self.tasks.try_join_next() {
            self.forget(ended);
        }
        if self.tasks.is_empty() {
            self.lanes = Lanes::default();
            self.in_hand.clear();
        }
    }

    async fn rest(&mut self, shutdown: &mut watch::Receiver<bool>) {
        tokio::select! {
            _ = self.arrivals.changed() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            () = until(shutdown) => {}
        }
    }

    fn forget(&mut self, ended: Result<ItemId, tokio::task::JoinError>) {
        if let Some(id) = report(ended) {
            self.in_hand.remove(&id);
        }
    }

    /// Starts a task for every item of a page that is not in hand already.
    async fn schedule(&mut self, page: Vec<Item>, shutdown: &watch::Receiver<bool>) {
        // Items of this page that end meanwhile stay in hand until the page is through, so that
        // none is started twice.
        let mut ended = Vec::new();
        for item in page {
            if !self.in_hand.insert(item.id) {
                continue;
            }
            while self.tasks.len() >= WINDOW {
                match self.tasks.join_next().await {
                    Some(result) => ended.push(result),
                    None => break,
                }
            }
            let (sender, done) = watch::channel(false);
            let subjects = self.worker.app.subjects_of(&self.worker.feed, &item);
            let before = self.lanes.enter(subjects, &done);
            let (worker, shutdown) = (Arc::clone(&self.worker), shutdown.clone());
            self.tasks.spawn(async move {
                let id = item.id;
                if worker.take_turn(item, before, shutdown).await {
                    sender.send_replace(true);
                }
                id
            });
        }
        for result in ended {
            self.forget(result);
        }
        self.lanes.prune();
    }
}

impl Lanes {
    /// Puts an item at the end of its persons' lanes; what it must wait for.
    fn enter(&mut self, subjects: Vec<String>, done: &Done) -> Vec<Done> {
        let mut before: Vec<Done> = self.barrier.iter().cloned().collect();
        if subjects.is_empty() {
            before.extend(self.last.drain().map(|(_, last)| last));
            self.barrier = Some(done.clone());
        }
        for subject in subjects {
            before.extend(self.last.insert(subject, done.clone()));
        }
        before
    }

    /// Forgets lanes whose last item is done.
    fn prune(&mut self) {
        if self.last.len() > 2 * WINDOW {
            self.last.retain(|_, last| !*last.borrow());
        }
    }
}

impl Worker {
    /// Waits for what comes before, then processes the item; whether it is done.
    async fn take_turn(
        self: &Arc<Self>,
        item: Item,
        before: Vec<Done>,
        mut shutdown: watch::Receiver<bool>,
    ) -> bool {
        for mut earlier in before {
            // An item that ends without being done does so because everything stops.
            if earlier.wait_for(|done| *done).await.is_err() {
                return false;
            }
        }
        let item = Arc::new(item);
        let mut pause = PAUSE_MIN;
        let mut tries = 0;
        loop {
            if is_stopping(&shutdown) {
                return false;
            }
            tries += 1;
            if self.attempt(&item, tries).await {
                self.progress.processed();
                return true;
            }
            sleep(pause, &mut shutdown).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// One try, in a task of its own so that a panic ends nothing else; whether the item is done.
    async fn attempt(self: &Arc<Self>, item: &Arc<Item>, tries: u32) -> bool {
        let Ok(_slot) = self.slots.acquire().await else { return false };
        let (worker, owned) = (Arc::clone(self), Arc::clone(item));
        let task = tokio::spawn(async move { worker.app.ingest(&worker.feed, &owned).await });
        let name = &self.feed.name;
        let note = match task.await {
            Ok(Ok(_)) => return true,
            Ok(Err(failure)) => {
                tracing::warn!(feed = %name, item = %item.id, tries, %failure, "an item is tried again");
                if tries < TRIES_MAX {
                    return false;
                }
                format!("it failed {tries} times: {failure}")
            }
            Err(error) => {
                tracing::error!(feed = %name, item = %item.id, %error, "processing an item panicked");
                "the program failed on this item; tell the operator".to_owned()
            }
        };
        self.give_up(item, note).await.is_ok()
    }

    async fn give_up(&self, item: &Item, note: String) -> Result<(), Failure> {
        let set_aside = self.app.set_aside(item, "fault".to_owned(), note).await;
        if let Err(failure) = &set_aside {
            tracing::error!(feed = %self.feed.name, item = %item.id, %failure, "an item cannot be set aside; it stays waiting");
        }
        set_aside
    }
}

fn report(ended: Result<ItemId, tokio::task::JoinError>) -> Option<ItemId> {
    ended.inspect_err(|error| tracing::error!(%error, "an item's task failed")).ok()
}

async fn sleep(pause: Duration, shutdown: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = until(shutdown) => {}
    }
}
