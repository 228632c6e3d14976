//! Which source Patients are one person: decided by `matching`, kept as resources.
//!
//! A `Person` links the Patients of one human being; a doubtful match is a `Task` that waits for a
//! person; a ruling is the completed `Task`. Everything is rebuilt from those resources at start-up,
//! so nothing of it lives in memory only. Decisions are made one after another by [`Linking::run`],
//! fed with the Patients that commits have touched. See ADR 2 and `docs/matching.md`.

mod demographics;
mod pairs;
mod person;
mod register;
mod review;
mod rule;

use std::sync::Arc;

use fhir::{ResourceId, ResourceType};
use store::ResourceKey;
use tokio::sync::mpsc;

pub(crate) use demographics::NHS_NUMBER;
pub use demographics::demographics_of;
pub use pairs::{PatientPair, Ruled};
pub use review::{OpenReview, ReviewSide};
pub use rule::{Judged, RulingRequest};

use crate::app::App;
use crate::failure::Failure;
use register::Register;

/// The type of source records.
pub(crate) const PATIENT: ResourceType = ResourceType::from_static("Patient");
/// The type that links them.
pub(crate) const PERSON: ResourceType = ResourceType::from_static("Person");
/// The type of reviews.
pub(crate) const TASK: ResourceType = ResourceType::from_static("Task");

/// The code system of what Careloom itself says in resources.
pub const CARELOOM_SYSTEM: &str = "urn:careloom:code";
/// The code of a Task that asks whether two Patients are one person.
pub(crate) const REVIEW_CODE: &str = "review-link";

/// The state of linking, and the queue of Patients to look at.
pub struct Linking {
    register: tokio::sync::Mutex<Register>,
    sender: mpsc::UnboundedSender<Work>,
    receiver: std::sync::Mutex<Option<mpsc::UnboundedReceiver<Work>>>,
    pending: std::sync::atomic::AtomicUsize,
}

/// What the queue carries.
enum Work {
    Patient(ResourceId),
    /// Answered when everything queued before it is done.
    Flush(tokio::sync::oneshot::Sender<()>),
}

impl Default for Linking {
    fn default() -> Linking {
        let (sender, receiver) = mpsc::unbounded_channel();
        Linking {
            register: tokio::sync::Mutex::new(Register::default()),
            sender,
            receiver: std::sync::Mutex::new(Some(receiver)),
            pending: std::sync::atomic::AtomicUsize::new(0),
        }
    }
}

impl Linking {
    /// Queues a Patient that was written or deleted.
    pub(crate) fn touched(&self, id: &ResourceId) {
        self.pending.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        // The receiver lives as long as the process; when it is gone the start-up scan catches up.
        let _ = self.sender.send(Work::Patient(id.clone()));
    }

    /// Patients that wait to be looked at.
    pub fn pending(&self) -> usize {
        self.pending.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Waits until every Patient touched so far has been looked at.
    pub async fn settled(&self) {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        if self.sender.send(Work::Flush(sender)).is_ok() {
            let _ = receiver.await;
        }
    }
}

impl App {
    /// Loads what is linked and ruled so far, and queues every Patient that has no Person yet.
    pub async fn load_links(&self) -> Result<usize, Failure> {
        let unlinked = Register::load(self).await?;
        let count = unlinked.len();
        for id in unlinked {
            self.linking.touched(&id);
        }
        Ok(count)
    }

    /// Links Patients as they are touched, until the application ends. Call it once, in a task.
    pub async fn run_linking(self: Arc<Self>) {
        let receiver = self.linking.receiver.lock().ok().and_then(|mut slot| slot.take());
        let Some(mut receiver) = receiver else { return };
        while let Some(work) = receiver.recv().await {
            match work {
                Work::Flush(sender) => {
                    let _ = sender.send(());
                }
                Work::Patient(id) => {
                    if let Err(failure) = self.link_patient(&id).await {
                        tracing::error!(%failure, patient = %id, "linking failed; it is tried again at the next change or start");
                    }
                    self.linking.pending.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
                }
            }
        }
    }
}

pub(crate) fn patient_key(id: &ResourceId) -> ResourceKey {
    ResourceKey { resource_type: PATIENT, id: id.clone() }
}
