//! The resources that an item touches: as they are, and as they become.

use std::collections::BTreeMap;

use fhir::{Edit, Element, Tree, same_content, stamp};
use mapping::{Contribution, Mapped, Sourced, Trace};
use store::{Change, ChangeKind, Expected, ItemId, Lineage, LineageEntry, Method, ResourceKey};

use crate::app::App;
use crate::failure::{Category, Failure};

/// Types that belong to nobody's order of events.
const SHARED_TYPES: [&str; 4] = ["Practitioner", "PractitionerRole", "Organization", "Location"];

/// One resource before and after.
#[derive(Debug, Default)]
pub(crate) struct State {
    stored: Option<(Tree, fhir::VersionId)>,
    deleted_version: bool,
    pub(crate) event_time: i64,
    pub(crate) element: Option<Element>,
    pub(crate) sources: Vec<Sourced>,
    touched: bool,
}

/// All resources that an item touches.
#[derive(Debug, Default)]
pub(crate) struct States {
    pub(crate) by_key: BTreeMap<ResourceKey, State>,
}

pub(crate) fn key_of(contribution: &Contribution) -> ResourceKey {
    ResourceKey { resource_type: contribution.resource_type, id: contribution.id.clone() }
}

pub(crate) fn is_shared(key: &ResourceKey) -> bool {
    SHARED_TYPES.contains(&key.resource_type.as_str())
}

impl States {
    /// Reads what is there now of the resources that `mapped` contributes to.
    pub(crate) async fn load(app: &App, mapped: &Mapped) -> Result<States, Failure> {
        let keys: Vec<ResourceKey> = mapped.contributions.iter().map(key_of).collect();
        let stored = app.store.read_many(&keys).await?;
        let mut states = States::default();
        for (key, stored) in keys.into_iter().zip(stored) {
            if states.by_key.contains_key(&key) {
                continue;
            }
            let mut state = State { event_time: i64::MIN, ..State::default() };
            if let Some(stored) = stored {
                match stored.body {
                    None => state.deleted_version = true,
                    Some(body) => {
                        let tree = Tree::parse(&body).map_err(|_| {
                            Failure::plain(
                                Category::Fault,
                                fhir::IssueCode::Exception,
                                format!("{key} is stored as something that is no json"),
                            )
                        })?;
                        state.element = Some(Element::from(&tree));
                        state.stored = Some((tree, stored.version));
                        if let Some(lineage) = app.store.lineage(&key, stored.version).await? {
                            state.event_time = lineage.event_time;
                            state.sources = lineage.entries.into_iter().map(sourced).collect();
                        }
                    }
                }
            }
            states.by_key.insert(key, state);
        }
        Ok(states)
    }

    /// Whether an item is not newer than what one of its person's resources stands for already.
    ///
    /// Items of the same moment are put in order by folding again, so they count as late.
    pub(crate) fn is_late(&self, event_time: i64) -> bool {
        self.by_key.iter().any(|(key, state)| !is_shared(key) && state.event_time >= event_time)
    }

    /// Folds an item's contributions onto the current states.
    pub(crate) fn fold(&mut self, mapped: &Mapped, event_time: i64, item: ItemId) {
        for contribution in &mapped.contributions {
            self.fold_one(contribution, event_time, item);
        }
    }

    pub(crate) fn fold_one(&mut self, contribution: &Contribution, event_time: i64, item: ItemId) {
        let key = key_of(contribution);
        let Some(state) = self.by_key.get_mut(&key) else { return };
        if is_shared(&key) && state.event_time > event_time {
            return;
        }
        let current = state.element.as_ref().map(|element| (element, state.sources.as_slice()));
        if let Some((element, sources)) = mapping::fold(current, contribution, item.0) {
            state.element = Some(element);
            state.sources = sources;
        } else {
            state.element = None;
            state.sources.clear();
        }
        state.event_time = state.event_time.max(event_time);
        state.touched = true;
    }

    /// Forgets the present state of a resource, so that it can be folded from the beginning.
    pub(crate) fn restart(&mut self, key: &ResourceKey) {
        if let Some(state) = self.by_key.get_mut(key) {
            state.element = None;
            state.sources.clear();
            state.event_time = i64::MIN;
        }
    }

    /// The changes that bring the store to these states; unchanged resources are left alone.
    pub(crate) fn changes(
        self,
        app: &App,
        item: ItemId,
        event_time: i64,
    ) -> Result<Vec<Change>, Failure> {
        let mut changes = Vec::new();
        for (key, state) in self.by_key {
            if let Some(change) = state.change(app, key, item, event_time)? {
                changes.push(change);
            }
        }
        Ok(changes)
    }
}

impl State {
    fn change(
        self,
        app: &App,
        key: ResourceKey,
        item: ItemId,
        event_time: i64,
    ) -> Result<Option<Change>, Failure> {
        if !self.touched {
            return Ok(None);
        }
        let Some(element) = &self.element else {
            let gone = self.stored.map(|(_, version)| Change {
                key,
                expected: Expected::Version(version),
                kind: ChangeKind::Delete,
                lineage: None,
            });
            return Ok(gone);
        };
        let json = element.to_compact();
        let tree = Tree::parse(&json).map_err(|error| {
            Failure::plain(
                Category::Fault,
                fhir::IssueCode::Exception,
                format!("the mapping made something that is no json: {error}"),
            )
        })?;
        let is_same = self.stored.as_ref().is_some_and(|(stored, _)| same_content(stored, &tree));
        if is_same {
            return Ok(None);
        }
        let expected = match &self.stored {
            Some((_, version)) => Expected::Version(*version),
            None if self.deleted_version => Expected::Any,
            None => Expected::Absent,
        };
        let draft = stamp(tree.root(), key.id.as_str(), &mut |_| Edit::Keep);
        let indexed = app.in_force().indexer.extract(tree.root(), &|text| app.local_target(text));
        let lineage = Lineage {
            item,
            event_time: self.event_time.max(event_time),
            entries: self.sources.into_iter().map(entry_of).collect(),
        };
        let kind = ChangeKind::Write { method: Method::Put, draft, indexed };
        Ok(Some(Change { key, expected, kind, lineage: Some(lineage) }))
    }
}

fn sourced(entry: LineageEntry) -> Sourced {
    let LineageEntry { path, item, start, end, locator, rule } = entry;
    Sourced { item: item.0, trace: Trace { path, locator, start, end, rule: rule.into() } }
}

fn entry_of(sourced: Sourced) -> LineageEntry {
    let Sourced { item, trace: Trace { path, locator, start, end, rule } } = sourced;
    LineageEntry { path, item: ItemId(item), start, end, locator, rule: rule.to_string() }
}
