//! How a group is gathered: what waits, and, where the last group had company, those of it who are
//! about to come again.
//!
//! Callers that were answered together ask again together, a moment apart. A group that starts with
//! the first of them makes all others wait for a sync of its own; so the writer looks out for as
//! many as there were, for a small part of the time that a group takes. A caller on its own is
//! never waited with.

use std::time::{Duration, Instant};

use super::Request;
use super::queue::{Next, Queue};

/// Rows of resources and items in one transaction at the most, so that no caller waits long.
const GROUP_MAX: usize = 4096;

/// The longest that a group is waited for.
const PATIENCE_MAX: Duration = Duration::from_micros(500);

/// How long the writer sleeps between two looks.
const LOOK: Duration = Duration::from_micros(40);

pub(super) struct Gathering {
    next: Option<Request>,
    company: usize,
    patience: Duration,
    put_off: Instant,
}

/// What the writer does next.
pub(super) enum Step {
    /// Serves these.
    Group(Vec<Request>),
    /// Uses the time that nobody asks for anything.
    Idle,
    /// Ends.
    Closed,
}

impl Gathering {
    pub(super) fn new() -> Gathering {
        Gathering { next: None, company: 0, patience: Duration::ZERO, put_off: Instant::now() }
    }

    /// The next step; it is idleness after nothing came for `wait`, where that is given.
    pub(super) fn step(&mut self, queue: &Queue, wait: Option<Duration>) -> Step {
        let first = match self.next.take() {
            Some(first) => first,
            None => match queue.next(self.put_off, wait) {
                Next::Urgent(first) => first,
                Next::Later(only) => {
                    self.put_off = Instant::now();
                    return Step::Group(vec![only]);
                }
                Next::Idle => return Step::Idle,
                Next::Closed => return Step::Closed,
            },
        };
        Step::Group(self.group(first, queue))
    }

    fn group(&mut self, first: Request, queue: &Queue) -> Vec<Request> {
        let mut weight = first.weight();
        let mut group = vec![first];
        let started = Instant::now();
        loop {
            if let Some(request) = queue.urgent() {
                weight += request.weight();
                if weight > GROUP_MAX {
                    self.next = Some(request);
                    return group;
                }
                group.push(request);
            } else if group.len() >= self.company || started.elapsed() >= self.patience {
                return group;
            } else {
                std::thread::sleep(LOOK);
            }
        }
    }

    /// Notes how many came and how long they took. Who did not come again is soon not waited for.
    pub(super) fn learn(&mut self, length: usize, time: Duration) {
        self.company = length.max(self.company / 2);
        self.patience = (time / 8).min(PATIENCE_MAX);
    }
}
