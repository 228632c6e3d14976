//! The resources that a search is judged over: all current ones of a store.
//!
//! What an expression finds in a resource is worked out when it is first asked for and kept beside
//! the resource, since a version never changes.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use fhir::{ResourceType, Tree, Value};

use crate::kind::Fact;
use crate::text;

/// A resource's type and id.
pub type Key = (ResourceType, String);

/// Current resources by type and id.
#[derive(Debug, Default)]
pub struct World {
    entries: BTreeMap<Key, Entry>,
}

type FactsByParameter = HashMap<(Option<usize>, &'static str), Rc<Vec<Fact>>>;

/// The words of each text: of the narrative, and of everything.
type AllWords = [Vec<Vec<String>>; 2];

/// A current resource.
#[derive(Debug)]
pub struct Entry {
    tree: Tree,
    last_updated: i64,
    facts: RefCell<FactsByParameter>,
    words: RefCell<Option<Rc<AllWords>>>,
}

/// A place where a search looks: a resource, or one contained in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site<'w> {
    pub(crate) key: &'w Key,
    pub(crate) entry: &'w Entry,
    /// The place among the contained resources.
    pub(crate) contained: Option<usize>,
    pub(crate) resource_type: ResourceType,
}

impl World {
    /// Writes a version; it takes the place of the one before.
    pub fn put(&mut self, key: Key, tree: Tree, last_updated: i64) {
        let entry =
            Entry { tree, last_updated, facts: RefCell::default(), words: RefCell::default() };
        self.entries.insert(key, entry);
    }

    /// Deletes a resource.
    pub fn remove(&mut self, key: &Key) {
        self.entries.remove(key);
    }

    /// The resource with this type and id.
    pub fn get(&self, key: &Key) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// All resources, by type and id.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Entry)> {
        self.entries.iter()
    }

    /// How many resources there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every resource as a place to look.
    pub(crate) fn sites(&self) -> impl Iterator<Item = Site<'_>> {
        self.entries.iter().map(|(key, entry)| Site {
            key,
            entry,
            contained: None,
            resource_type: key.0,
        })
    }

    /// The resource with this key as a place to look.
    pub(crate) fn site(&self, key: &Key) -> Option<Site<'_>> {
        let (key, entry) = self.entries.get_key_value(key)?;
        Some(Site { key, entry, contained: None, resource_type: key.0 })
    }
}

impl Entry {
    /// The resource.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// When it was written: microseconds since 1970.
    pub fn last_updated(&self) -> i64 {
        self.last_updated
    }
}

impl<'w> Site<'w> {
    /// The resource that is looked at.
    pub(crate) fn resource(&self) -> Value<'w> {
        let root = self.entry.tree.root();
        self.contained.and_then(|index| root.all("contained").nth(index)).unwrap_or(root)
    }

    /// The facts that were found before for this parameter, or those that `find` finds.
    pub(crate) fn remembered(
        &self,
        parameter: &'static str,
        find: impl FnOnce() -> Vec<Fact>,
    ) -> Rc<Vec<Fact>> {
        let place = (self.contained, parameter);
        if let Some(known) = self.entry.facts.borrow().get(&place) {
            return known.clone();
        }
        let found = Rc::new(find());
        self.entry.facts.borrow_mut().insert(place, found.clone());
        found
    }

    /// The words of the narrative and of everything.
    pub(crate) fn words(&self) -> Rc<AllWords> {
        let read = || {
            let resource = self.resource();
            Rc::new([text::narrative(resource), text::content(resource)])
        };
        if self.contained.is_some() {
            return read();
        }
        self.entry.words.borrow_mut().get_or_insert_with(read).clone()
    }
}
