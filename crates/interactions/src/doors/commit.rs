//! Writes: what is there must be the caller's to change, and what comes of it must be theirs to have
//! written. Both are held against the policy here; that nothing came between is the store's to check.

use std::collections::BTreeSet;

use ::access::Action;
use ::search::Expression;
use ::store::{Batch, Change, ChangeKind, Expected, Refusal, StoreError};

use super::Doors;

impl Doors {
    /// The batch as it may be committed, or the refusal.
    pub(super) async fn checked(&self, mut batch: Batch) -> Result<Batch, StoreError> {
        if !batch.outcomes.is_empty() {
            return self.closed("the ledger");
        }
        for guard in &mut batch.guards {
            for branch in &mut guard.search.branches {
                let filter = std::mem::replace(&mut branch.filter, Expression::Never);
                branch.filter = self.joined(branch.resource_type, filter, &BTreeSet::new()).await?;
            }
        }
        for change in &mut batch.changes {
            self.check(change).await?;
        }
        Ok(batch)
    }

    async fn check(&self, change: &mut Change) -> Result<(), StoreError> {
        let key = &change.key;
        let current = self.raw.read(key).await?;
        let is_there = current.as_ref().is_some_and(|current| current.body.is_some());
        let action = match (&change.kind, is_there) {
            (ChangeKind::Delete, _) => Action::Delete,
            (ChangeKind::Write { .. }, true) => Action::Update,
            (ChangeKind::Write { .. }, false) => Action::Create,
        };
        if let Some(current) = current.as_ref().filter(|_| is_there)
            && !self.lets_version(action, current).await?
        {
            return Err(self.not_theirs(change));
        }
        if let ChangeKind::Write { indexed, .. } = &change.kind
            && !self.lets(action, key.resource_type, &key.id, indexed).await?
        {
            return Err(self.not_theirs(change));
        }
        if matches!(change.kind, ChangeKind::Delete) && !is_there {
            // Whether there is such a type for the caller at all is decided; nothing else is told.
            self.decided(action, key.resource_type, &BTreeSet::new()).await?;
        }
        // What was looked at is what must be there when it is written.
        if change.expected == Expected::Any {
            change.expected = match &current {
                Some(current) if is_there => Expected::Version(current.version),
                _ => Expected::Absent,
            };
        }
        Ok(())
    }

    fn not_theirs(&self, change: &Change) -> StoreError {
        let words = format!(
            "{} is not within what you may change: it belongs to a record that you have no access to, or \
             the constraint of a scope does not hold of it",
            change.key
        );
        self.refuse(StoreError::refused(Refusal::Forbidden, words))
    }
}
