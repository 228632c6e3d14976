//! The way to the writer: a bounded queue of what callers wait for, and one of work that may wait
//! until there is room between them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use store::StoreError;
use tokio::sync::Semaphore;

use super::Request;

/// Requests that wait at the most; those who come then wait to be let in.
const QUEUE_MAX: usize = 1024;

/// How long work that may wait is put off at the most, while others come without end.
const PUT_OFF_MAX: Duration = Duration::from_millis(100);

/// What waits for the writer.
pub(crate) struct Queue {
    state: Mutex<State>,
    ready: Condvar,
    room: Semaphore,
}

#[derive(Default)]
struct State {
    urgent: VecDeque<Request>,
    later: VecDeque<Request>,
    closed: bool,
}

/// What the writer does next.
pub(super) enum Next {
    /// A request that somebody waits for.
    Urgent(Request),
    /// Work that was put off until now.
    Later(Request),
    /// Nothing came for as long as was asked.
    Idle,
    /// Nothing will come any more.
    Closed,
}

impl Queue {
    pub(super) fn new() -> Queue {
        Queue { state: Mutex::default(), ready: Condvar::new(), room: Semaphore::new(QUEUE_MAX) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a request; waits while the queue is full.
    pub(super) async fn send(&self, request: Request) -> Result<(), StoreError> {
        self.room.acquire().await.map_err(|_| StoreError::closed())?.forget();
        let mut state = self.state();
        if state.closed {
            return Err(StoreError::closed());
        }
        if request.may_wait() {
            state.later.push_back(request);
        } else {
            state.urgent.push_back(request);
        }
        drop(state);
        self.ready.notify_one();
        Ok(())
    }

    /// Nothing more comes; what waits is still served.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.ready.notify_all();
    }

    /// Forgets what waits, whose callers are told so: the writer is gone.
    pub(super) fn abandon(&self) {
        let mut state = self.state();
        state.closed = true;
        state.urgent.clear();
        state.later.clear();
        self.room.close();
    }

    /// Another request that somebody waits for, if one is there.
    pub(super) fn urgent(&self) -> Option<Request> {
        let request = self.state().urgent.pop_front()?;
        self.room.add_permits(1);
        Some(request)
    }

    /// What comes next; `put_off` is when work that may wait was last done. Without a time to wait,
    /// it waits until something comes.
    pub(super) fn next(&self, put_off: Instant, wait: Option<Duration>) -> Next {
        let until = wait.map(|wait| Instant::now() + wait);
        let mut state = self.state();
        loop {
            let overdue = !state.later.is_empty() && put_off.elapsed() >= PUT_OFF_MAX;
            let urgent = if overdue { None } else { state.urgent.pop_front() };
            if let Some(request) = urgent {
                self.room.add_permits(1);
                return Next::Urgent(request);
            }
            if let Some(request) = state.later.pop_front() {
                self.room.add_permits(1);
                return Next::Later(request);
            }
            if state.closed {
                return Next::Closed;
            }
            state = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => self.ready.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return Next::Idle,
                Some(left) => {
                    self.ready.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}
