//! A transaction: all entries in one commit, or nothing.

use std::ops::Range;
use std::sync::Arc;

use fhir::{Draft, VersionId, stamp};
use store::{Batch, Change, ChangeKind, CommitError, Committed};

use super::BundleRequest;
use super::action::Action;
use super::answer::EntryAnswer;
use super::plan::{Entry, Plan};
use super::resolve::{Resolution, Resolved, entry_value};
use crate::app::App;
use crate::failure::Failure;
use crate::in_force::InForce;
use crate::precondition::Preconditions;
use crate::write::{Return, unmet};

struct Prepared {
    batch: Batch,
    /// For each entry its changes.
    changes_of: Vec<Range<usize>>,
    drafts: Vec<Option<Draft>>,
    resolved: Vec<Resolved>,
}

impl App {
    pub(super) async fn run_transaction(
        self: &Arc<Self>,
        request: &BundleRequest,
        plan: Plan,
    ) -> Result<Vec<EntryAnswer>, Failure> {
        let entries: Arc<Vec<Entry>> =
            Arc::new(plan.entries.into_iter().collect::<Result<_, _>>()?);
        for _ in 0..=self.options.conflict_retries_max {
            let in_force = self.in_force();
            let resolution = self.resolve(request, &entries).await?;
            let (app, owned, listed) = (Arc::clone(self), request.clone(), Arc::clone(&entries));
            let kept = Arc::clone(&in_force);
            let mut prepared = self
                .off_thread(request.tree.text().len(), move || {
                    Ok(app.prepare(&kept, &owned, &listed, resolution))
                })
                .await?;
            let batch = std::mem::take(&mut prepared.batch);
            match self.commit(batch).await {
                Ok(committed) => {
                    return self.answer(request, &entries, &prepared, &committed).await;
                }
                Err(CommitError::Guard(_)) => {}
                Err(CommitError::Expected(change, found)) => {
                    let entry = prepared.entry_of(change);
                    if !entry.is_some_and(|entry| may_try_again(&entries[entry].action)) {
                        return Err(prepared.unmet(&entries, change, found));
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommitError::Guard(0).into())
    }

    fn prepare(
        &self,
        in_force: &InForce,
        request: &BundleRequest,
        entries: &[Entry],
        resolution: Resolution,
    ) -> Prepared {
        let Resolution { entries: resolved, identities, guards } = resolution;
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by_key(|index| entries[*index].action.rank());
        let mut batch = Batch { guards, ..Batch::default() };
        let mut changes_of = vec![0..0; entries.len()];
        let mut drafts = vec![None; entries.len()];
        for index in order {
            let first = batch.changes.len();
            match &resolved[index] {
                Resolved::Write { key, method, expected, patched } => {
                    let own = || entry_value(request, &entries[index]);
                    let value = patched.as_ref().map_or_else(own, |tree| Some(tree.root()));
                    let Some(value) = value else { continue };
                    let draft = stamp(value, key.id.as_str(), &mut |v| identities.edit(v));
                    let resolve = |text: &str| identities.resolve(self, text);
                    let indexed = in_force.indexer.extract(value, &resolve);
                    if request.answer == Return::Representation {
                        drafts[index] = Some(draft.clone());
                    }
                    let kind = ChangeKind::Write { method: *method, draft, indexed };
                    let (key, expected) = (key.clone(), *expected);
                    batch.changes.push(Change { key, expected, kind, lineage: None });
                }
                Resolved::Delete { targets } => {
                    for (key, expected) in targets {
                        let (key, expected) = (key.clone(), *expected);
                        let kind = ChangeKind::Delete;
                        batch.changes.push(Change { key, expected, kind, lineage: None });
                    }
                }
                Resolved::Exists(_) | Resolved::Get => {}
            }
            changes_of[index] = first..batch.changes.len();
        }
        Prepared { batch, changes_of, drafts, resolved }
    }

    async fn answer(
        &self,
        request: &BundleRequest,
        entries: &[Entry],
        prepared: &Prepared,
        committed: &[Committed],
    ) -> Result<Vec<EntryAnswer>, Failure> {
        let mut answers = Vec::with_capacity(entries.len());
        for (index, resolved) in prepared.resolved.iter().enumerate() {
            let done = &committed[prepared.changes_of[index].clone()];
            answers.push(match (resolved, done, &entries[index].action) {
                (Resolved::Exists(stored), ..) => EntryAnswer::Written {
                    key: stored.key.clone(),
                    status: 200,
                    version: stored.version,
                    last_updated: stored.last_updated,
                    body: stored.body.as_deref().map(<[u8]>::to_vec),
                },
                (Resolved::Write { key, .. }, [done], _) => {
                    let modified = fhir::format_instant(done.last_updated);
                    let draft = prepared.drafts[index].as_ref();
                    EntryAnswer::Written {
                        key: key.clone(),
                        status: if done.created { 201 } else { 200 },
                        version: done.version,
                        last_updated: done.last_updated,
                        body: draft.map(|draft| draft.fill(done.version.0, &modified)),
                    }
                }
                (Resolved::Delete { .. }, done, _) => deleted(done),
                (_, _, Action::Get(get)) => match self.run_get(get, request.handling).await {
                    Ok(answer) => answer,
                    // With nothing written the whole can still fail, as it should.
                    Err(failure) if committed.is_empty() => {
                        return Err(failure.inside(&format!("Bundle.entry[{index}]")));
                    }
                    Err(failure) => {
                        EntryAnswer::Failed(failure.inside(&format!("Bundle.entry[{index}]")))
                    }
                },
                _ => continue,
            });
        }
        Ok(answers)
    }
}

impl Prepared {
    fn entry_of(&self, change: usize) -> Option<usize> {
        self.changes_of.iter().position(|changes| changes.contains(&change))
    }

    /// The failure for a change that expected another version.
    fn unmet(&self, entries: &[Entry], change: usize, found: Option<VersionId>) -> Failure {
        let Some(entry) = self.entry_of(change) else {
            return CommitError::Expected(change, found).into();
        };
        let (key, expected) = match &self.resolved[entry] {
            Resolved::Write { key, expected, .. } => (key, *expected),
            Resolved::Delete { targets } => {
                match targets.get(change - self.changes_of[entry].start) {
                    Some((key, expected)) => (key, *expected),
                    None => return CommitError::Expected(change, found).into(),
                }
            }
            _ => return CommitError::Expected(change, found).into(),
        };
        let create_only =
            entries[entry].action.conditions().is_some_and(Preconditions::create_only);
        unmet(key, expected, create_only, found).inside(&format!("Bundle.entry[{entry}]"))
    }
}

/// Whether an entry's expectation is ours and not the client's, so that a new try may hold.
fn may_try_again(action: &Action) -> bool {
    let decided_on_reading = action.conditions().is_some_and(Preconditions::may_try_again);
    match action {
        Action::Patch { .. } => true,
        Action::Delete { .. } => decided_on_reading || action.condition().is_some(),
        Action::Update { .. } => decided_on_reading,
        Action::Create { .. } | Action::Get(_) => false,
    }
}

fn deleted(done: &[Committed]) -> EntryAnswer {
    let there: Vec<&Committed> = done.iter().filter(|done| done.version.0 > 0).collect();
    let version = match there.as_slice() {
        [one] => Some((one.version, one.last_updated)),
        _ => None,
    };
    EntryAnswer::Deleted { version, count: there.len() }
}
