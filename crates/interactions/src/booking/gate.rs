//! What one person does is done one after another, so that limits for each person hold.
//!
//! That two people do not get one slot is decided in the store, by versions; how many bookings and
//! holds one person has is not one resource's version. All requests come through this process
//! (`ARCHITECTURE.md`), so a lock in it is enough.

use std::hash::{DefaultHasher, Hash, Hasher};

use access::Who;
use fhir::ResourceId;
use tokio::sync::{Mutex, MutexGuard};

use super::seeker::Booker;
use crate::app::App;

/// Locks; two people may share one, which costs them a moment.
const LOCKS: usize = 256;

/// The locks.
pub(crate) struct Gates {
    people: Vec<Mutex<()>>,
    queues: Mutex<()>,
}

impl Default for Gates {
    fn default() -> Gates {
        let people = (0..LOCKS).map(|_| Mutex::new(())).collect();
        Gates { people, queues: Mutex::new(()) }
    }
}

impl Gates {
    /// Waits for a person's turn. Nobody may wait for a second one meanwhile.
    pub(crate) async fn of_person(&self, person: &ResourceId) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        person.as_str().hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % LOCKS as u64).unwrap_or(0);
        self.people[at].lock().await
    }

    /// Waits until nobody else moves in a queue. Whoever has a person's turn may wait for this one.
    pub(super) async fn of_queues(&self) -> MutexGuard<'_, ()> {
        self.queues.lock().await
    }
}

impl App {
    /// Waits until nothing else is done for the one who books.
    pub(super) async fn one_by_one(&self, booker: &Booker) -> MutexGuard<'_, ()> {
        // The person, whichever of their records is named: at the desk and in the app it is one person.
        let person = match booker {
            Booker::Own | Booker::OwnBy111 => match &self.caller().who {
                Who::Citizen(citizen) => citizen.subject.clone(),
                // Nobody who could book: the use case says so.
                _ => ResourceId::from_uuid_bytes([0; 16]),
            },
            Booker::Desk(patient) | Booker::Staff(patient) => {
                let person = self.person_of_patient(patient).await;
                person.map_or_else(|| patient.clone(), |(person, _)| person)
            }
        };
        self.booking.of_person(&person).await
    }

    /// Waits until nothing else is done for the person of a Patient.
    pub(super) async fn one_by_one_of(&self, patient: &ResourceId) -> MutexGuard<'_, ()> {
        let person = self.person_of_patient(patient).await;
        let person = person.map_or_else(|| patient.clone(), |(person, _)| person);
        self.booking.of_person(&person).await
    }
}
