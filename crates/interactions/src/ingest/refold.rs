//! A late item: everything behind the person's resources is folded again, in event order.

use std::collections::{BTreeMap, BTreeSet};

use mapping::Mapped;
use store::{Item, ItemId, ResourceKey};

use super::state::{States, is_shared, key_of};
use super::{Feed, event_time};
use crate::app::App;
use crate::failure::Failure;

impl App {
    /// Folds the resources of `mapped` from the beginning, with the late item in its place.
    ///
    /// The items are those of the item's subjects in its feed, and those that the resources' present
    /// values came from (a merge message of another subject is found that way).
    pub(super) async fn refold(
        &self,
        feed: &Feed,
        item: &Item,
        mapped: &Mapped,
        states: &mut States,
    ) -> Result<(), Failure> {
        let items = self.items_behind(feed, mapped, states).await?;
        let affected: BTreeSet<ResourceKey> =
            mapped.contributions.iter().map(key_of).filter(|key| !is_shared(key)).collect();
        for key in &affected {
            states.restart(key);
        }
        let mut ordered: Vec<(i64, ItemId, Mapped)> = items
            .into_values()
            .filter(|earlier| earlier.id != item.id)
            .map(|earlier| {
                let mapped = self.map_item(feed, &earlier);
                (event_time(&mapped, &earlier), earlier.id, mapped)
            })
            .filter(|(.., mapped)| !mapped.is_set_aside())
            .collect();
        ordered.push((event_time(mapped, item), item.id, mapped.clone()));
        ordered.sort_by(|a, b| (a.0, &a.2.control_id, a.1).cmp(&(b.0, &b.2.control_id, b.1)));
        for (event_time, id, mapped) in &ordered {
            for contribution in &mapped.contributions {
                let is_own = *id == item.id;
                if is_own || affected.contains(&key_of(contribution)) {
                    states.fold_one(contribution, *event_time, *id);
                }
            }
        }
        Ok(())
    }

    async fn items_behind(
        &self,
        feed: &Feed,
        mapped: &Mapped,
        states: &States,
    ) -> Result<BTreeMap<ItemId, Item>, Failure> {
        let mut items = BTreeMap::new();
        let subjects = std::iter::once(&mapped.subject).chain(&mapped.other_subjects);
        for subject in subjects.filter(|subject| !subject.is_empty()) {
            for item in self.store.items_of_subject(&feed.name, subject).await? {
                items.insert(item.id, item);
            }
        }
        let named: BTreeSet<ItemId> = states
            .by_key
            .iter()
            .filter(|(key, _)| !is_shared(key))
            .flat_map(|(_, state)| state.sources.iter().map(|sourced| ItemId(sourced.item)))
            .collect();
        for id in named {
            if items.contains_key(&id) {
                continue;
            }
            if let Some((item, _)) = self.store.item(id).await? {
                items.insert(id, item);
            }
        }
        Ok(items)
    }
}
