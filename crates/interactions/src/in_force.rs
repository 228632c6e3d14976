//! What is in force now: the definitions with the SearchParameters that the store holds, and the
//! index extraction made from them. It changes while the server runs, as a whole.
//! Spec: <https://hl7.org/fhir/R4/searchparameter.html>.
//!
//! Who writes resources takes [`App::in_force`] before it extracts index entries and keeps it until
//! its commit has answered: a snapshot that nobody holds any more can have no commit under way, and
//! that is how a reindex knows that everything not indexed by the new definitions is in the store.

use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use ::search::{DefinedTerminology, Indexer, Terminology};
use definitions::Definitions;
use store::Catalogue;

use crate::app::App;
use crate::failure::Failure;

/// Definitions and index extraction that belong together.
#[derive(Debug)]
pub struct InForce {
    /// The definitions.
    pub definitions: &'static Definitions,
    /// Index extraction, compiled from them.
    pub indexer: Indexer,
    /// What searches ask of their code systems and value sets.
    pub terminology: Arc<dyn Terminology>,
}

impl InForce {
    /// What follows from the definitions.
    pub fn of(definitions: &'static Definitions) -> InForce {
        let terminology = Arc::new(DefinedTerminology::new(definitions));
        InForce { definitions, indexer: Indexer::new(definitions), terminology }
    }
}

/// Where the snapshot in force is kept, and those before it that somebody still uses.
#[derive(Debug)]
pub(crate) struct Current {
    now: RwLock<Arc<InForce>>,
    before: Mutex<Vec<Weak<InForce>>>,
}

impl Current {
    pub(crate) fn new(definitions: &'static Definitions) -> Current {
        Current {
            now: RwLock::new(Arc::new(InForce::of(definitions))),
            before: Mutex::new(Vec::new()),
        }
    }

    pub(crate) fn get(&self) -> Arc<InForce> {
        // Nothing is done under the lock that could leave the value half changed.
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another snapshot in force; the one before is remembered until nobody uses it.
    pub(crate) fn replace(&self, next: InForce) {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *now, Arc::new(next));
        let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        before.retain(|old| old.strong_count() > 0);
        before.push(Arc::downgrade(&old));
    }

    /// Whether somebody still works by a snapshot that is no longer in force.
    pub(crate) fn has_older_users(&self) -> bool {
        let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        before.retain(|old| old.strong_count() > 0);
        !before.is_empty()
    }
}

impl App {
    /// What is in force now; a writer keeps it until its commit has answered.
    pub fn in_force(&self) -> Arc<InForce> {
        self.current.get()
    }

    /// Puts other definitions in force, in the store first: what is indexed by them from now on
    /// finds its parameters there.
    pub async fn put_in_force(&self, definitions: &'static Definitions) -> Result<(), Failure> {
        self.store.put_in_force(Catalogue::of(definitions)).await?;
        self.current.replace(InForce::of(definitions));
        Ok(())
    }

    /// Whether a writer may still commit what it indexed by definitions that were in force before.
    pub fn has_writers_by_older_definitions(&self) -> bool {
        self.current.has_older_users()
    }

    /// The definitions in force now.
    pub fn definitions(&self) -> &'static Definitions {
        self.current.get().definitions
    }
}

#[cfg(test)]
mod tests {
    use super::{Current, InForce};

    #[test]
    fn a_snapshot_is_old_while_somebody_holds_it() {
        let definitions = definitions::embedded();
        let current = Current::new(definitions);
        assert!(!current.has_older_users());
        let held = current.get();
        current.replace(InForce::of(definitions));
        assert!(current.has_older_users(), "a writer works by the first one");
        current.replace(InForce::of(definitions));
        assert!(current.has_older_users(), "and still does after another change");
        drop(held);
        assert!(!current.has_older_users());
        let _newest = current.get();
        assert!(!current.has_older_users(), "who uses the newest holds nobody up");
    }
}
