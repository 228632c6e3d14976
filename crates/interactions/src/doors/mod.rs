//! The doors: what stands between a caller and the store.
//!
//! Every use case reaches resources through [`App::store`](crate::App), and for a caller who is not
//! unrestricted that is a [`Doors`]: a store that asks [`access::decide`] for each type it touches, joins
//! the answer to searches, holds resources against it, and refuses what it does not know. So there is one
//! place where it is decided, and a use case that nobody thought of when it was written is guarded too.
//! To open another method of the store to callers, write how it is guarded here; the others are refused
//! by [`Doors::closed`].

mod commit;
mod relation;
mod search;
mod seen;
mod store;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use ::access::{Action, Caller, Decision, DenialKind, Facts, decide, holds, patients_of};
use ::search::{Handling, Indexed};
use ::store::{Refusal, Store, StoreError, Stored};
use fhir::{ResourceId, ResourceType, Tree};

pub(crate) use self::seen::Seen;
use crate::app::Shared;
use crate::linking::PATIENT;

/// The store as one caller may reach it.
pub(crate) struct Doors {
    raw: Arc<dyn Store>,
    shared: Arc<Shared>,
    caller: Caller,
    seen: Mutex<Seen>,
    known: Mutex<relation::Known>,
}

impl Doors {
    pub(crate) fn new(raw: Arc<dyn Store>, shared: Arc<Shared>, caller: Caller) -> Doors {
        Doors { raw, shared, caller, seen: Mutex::default(), known: Mutex::default() }
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What was seen so far.
    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the caller may do with a type, where these patients are asked about. Denied is an error.
    async fn decided(
        &self,
        action: Action,
        resource_type: ResourceType,
        patients: &BTreeSet<ResourceId>,
    ) -> Result<Decision, StoreError> {
        let related = self.related(patients).await?;
        let in_force = self.shared.current.get();
        let facts = Facts { definitions: in_force.definitions, related: &related };
        let decision = decide(&self.caller, action, resource_type, &facts);
        match refusal(&decision) {
            Some(refused) => Err(self.refuse(refused)),
            None => Ok(decision),
        }
    }

    /// Whether a caller may do something with a resource as it is found by `indexed`.
    async fn lets(
        &self,
        action: Action,
        resource_type: ResourceType,
        id: &ResourceId,
        indexed: &Indexed,
    ) -> Result<bool, StoreError> {
        let in_force = self.shared.current.get();
        let patients = patients_of(in_force.definitions, resource_type, id, indexed);
        let decision = self.decided(action, resource_type, &patients).await?;
        let options = self.shared.parse_options(Handling::Strict);
        let condition = decision.filter.expression(in_force.definitions, resource_type, &options);
        // What cannot be decided of the resource alone is not let through.
        let lets = condition.and_then(|condition| holds(&condition, id, indexed)).unwrap_or(false);
        if lets {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.patients.extend(patients);
        }
        Ok(lets)
    }

    /// What the caller may do with one resource, and why; what is not there is answered as what is not
    /// theirs.
    pub(crate) async fn explained(
        &self,
        action: Action,
        key: &::store::ResourceKey,
    ) -> Result<(Decision, bool), StoreError> {
        let in_force = self.shared.current.get();
        let stored = self.raw.read(key).await?.filter(|stored| stored.body.is_some());
        let tree = stored.as_ref().and_then(|s| Tree::parse(s.body.as_deref()?).ok());
        let indexed = tree.as_ref().map(|tree| self.indexed(tree));
        let patients = match &indexed {
            Some(indexed) => patients_of(in_force.definitions, key.resource_type, &key.id, indexed),
            None => BTreeSet::new(),
        };
        let related = self.related(&patients).await?;
        let facts = Facts { definitions: in_force.definitions, related: &related };
        let decision = decide(&self.caller, action, key.resource_type, &facts);
        let allowed = match indexed {
            Some(indexed) if decision.denied.is_none() => {
                self.lets(action, key.resource_type, &key.id, &indexed).await?
            }
            _ => false,
        };
        Ok((decision, allowed))
    }

    /// Notes that something of these patients is shown by another way.
    pub(crate) fn note_shown<'p>(&self, patients: impl IntoIterator<Item = &'p ResourceId>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.patients.extend(patients.into_iter().cloned());
    }

    /// Notes that a message is shown.
    pub(crate) fn note_message(&self) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).message = true;
    }

    /// Notes whose record a resource is of.
    pub(crate) fn note(&self, stored: &Stored) {
        let key = &stored.key;
        let Some(body) = stored.body.as_deref() else { return };
        let seen = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // A Patient is its own, whomever its text mentions.
        if key.resource_type != PATIENT && seen().has_all_of(body) {
            return;
        }
        let Ok(tree) = Tree::parse(body) else { return };
        let definitions = self.shared.current.get().definitions;
        let patients = patients_of(definitions, key.resource_type, &key.id, &self.indexed(&tree));
        seen().patients.extend(patients);
    }

    /// Whether a caller may do something with a version; a deletion has nothing that could tell.
    async fn lets_version(&self, action: Action, stored: &Stored) -> Result<bool, StoreError> {
        let key = &stored.key;
        if let Some(tree) = stored.body.as_deref().and_then(|body| Tree::parse(body).ok()) {
            return self.lets(action, key.resource_type, &key.id, &self.indexed(&tree)).await;
        }
        let decision = self.decided(action, key.resource_type, &BTreeSet::new()).await?;
        Ok(decision.filter == ::access::Filter::Everything)
    }

    fn indexed(&self, tree: &Tree) -> Indexed {
        let in_force = self.shared.current.get();
        in_force.indexer.extract(tree.root(), &|text| self.shared.local_target(text))
    }

    /// What a caller may not reach at all, because nothing says how it would be guarded.
    fn closed<T>(&self, what: &str) -> Result<T, StoreError> {
        let words = format!("{what} is open to those who run this server only");
        Err(self.refuse(StoreError::refused(Refusal::Forbidden, words)))
    }

    fn refuse(&self, refused: StoreError) -> StoreError {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).refused = true;
        refused
    }
}

/// A denial as the store's error; `None` where there is none.
pub(crate) fn refusal(decision: &Decision) -> Option<StoreError> {
    let kind = match decision.denied? {
        DenialKind::SignIn => Refusal::SignIn,
        DenialKind::StepUp => Refusal::StepUp,
        DenialKind::Scope | DenialKind::Role | DenialKind::NotThisWay => Refusal::Forbidden,
    };
    Some(StoreError::refused(kind, decision.denial().unwrap_or("this is not allowed")))
}
