//! A store and a world with the same resources in both.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use fhir::{Edit, Element, ResourceId, ResourceType, Tree, stamp};
use judge::{Judge, Key, World};
use search::{DefinedTerminology, Handling, Indexer, ParseOptions, Terminology};
use store::{Batch, Catalogue, Change, ChangeKind, Expected, Method, ResourceKey, Store};
use store_sqlite::{Options, SqliteStore};
use tokio::runtime::Runtime;

/// 2026-07-22T00:00:00Z
const NOW: i64 = 1_784_678_400_000_000;

/// A judge of the embedded definitions.
pub(super) fn judge() -> Judge {
    Judge::new(definitions::embedded(), NOW)
}

static TERMINOLOGY: LazyLock<Arc<dyn Terminology>> =
    LazyLock::new(|| Arc::new(DefinedTerminology::new(definitions::embedded())));

/// How queries are read.
pub(super) fn options() -> ParseOptions {
    ParseOptions {
        handling: Handling::Strict,
        count_default: 50,
        count_max: 1000,
        base_url: judge::render::OWN_BASE.to_owned(),
        now: NOW,
        terminology: TERMINOLOGY.clone(),
    }
}

/// A store, and the same as a world.
pub(super) struct Bench {
    pub(super) world: World,
    pub(super) store: Arc<dyn Store>,
    pub(super) runtime: Runtime,
    indexer: Indexer,
    _folder: tempfile::TempDir,
}

/// A clock whose looks are from a millisecond to some seconds apart: lists of a sorted search lapse
/// after a quarter of an hour.
fn clock() -> Arc<dyn Fn() -> i64 + Send + Sync> {
    let time = AtomicI64::new(NOW - 400 * 86_400_000_000);
    Arc::new(move || {
        let before = time.load(Ordering::Relaxed);
        time.fetch_add(1_000 + before.wrapping_mul(7_919).rem_euclid(9_000_000), Ordering::Relaxed)
    })
}

impl Bench {
    /// An empty store in memory-backed files where there are any.
    pub(super) fn new() -> Bench {
        let memory = Path::new("/dev/shm");
        let in_memory = memory.is_dir().then(|| tempfile::tempdir_in(memory));
        let folder = in_memory.unwrap_or_else(tempfile::tempdir).unwrap();
        let definitions = definitions::embedded();
        let path = folder.path().join("judged.db");
        // The ways of large stores are gone in small ones too.
        let options = Options { sorted_min: 2, ..Options::with_clock(clock()) };
        let store = SqliteStore::open(&path, &Catalogue::of(definitions), options).unwrap();
        Bench {
            world: World::default(),
            store: Arc::new(store),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
            indexer: Indexer::new(definitions),
            _folder: folder,
        }
    }

    /// Deletes everything.
    pub(super) fn clear(&mut self) {
        let keys: Vec<Key> = self.world.iter().map(|(key, _)| key.clone()).collect();
        self.write(keys.into_iter().map(|key| (key, None)).collect());
    }

    /// Writes (or deletes) resources here and there; of several changes of one resource the first counts.
    pub(super) fn write(&mut self, changes: Vec<(Key, Option<Element>)>) {
        let mut once: Vec<(Key, Option<Tree>)> = Vec::new();
        for (key, resource) in changes {
            if once.iter().all(|(known, _)| *known != key) {
                let tree = resource.map(|each| Tree::parse(&each.to_compact()).unwrap());
                once.push((key, tree));
            }
        }
        if once.is_empty() {
            return;
        }
        let changes = once.iter().map(|(key, tree)| self.change(key, tree.as_ref())).collect();
        let batch = Batch { changes, ..Batch::default() };
        let committed = self.runtime.block_on(self.store.commit(batch)).unwrap();
        for ((key, tree), committed) in once.into_iter().zip(committed) {
            match tree {
                Some(tree) => self.world.put(key, tree, committed.last_updated),
                None => self.world.remove(&key),
            }
        }
    }

    fn change(&self, key: &Key, tree: Option<&Tree>) -> Change {
        let kind = match tree {
            None => ChangeKind::Delete,
            Some(tree) => ChangeKind::Write {
                method: Method::Put,
                draft: stamp(tree.root(), &key.1, &mut |_| Edit::Keep),
                indexed: self.indexer.extract(tree.root(), &own),
            },
        };
        Change { key: resource_key(key), expected: Expected::Any, kind, lineage: None }
    }
}

/// The resource of this server that an absolute address names.
fn own(text: &str) -> Option<(ResourceType, ResourceId)> {
    let (name, id) =
        text.strip_prefix(judge::render::OWN_BASE)?.strip_prefix('/')?.split_once('/')?;
    let id = id.split('/').next()?;
    Some((definitions::embedded().resource_type(name)?, ResourceId::parse(id)?))
}

/// A key as the store has it.
pub(super) fn resource_key(key: &Key) -> ResourceKey {
    ResourceKey { resource_type: key.0, id: ResourceId::parse(&key.1).unwrap() }
}

/// The key that a resource says it has.
pub(super) fn key_of(resource: &Element) -> Key {
    let text = |name| resource.get(name).and_then(Element::as_str).unwrap_or("");
    let resource_type = definitions::embedded().resource_type(text("resourceType"));
    (resource_type.unwrap(), text("id").to_owned())
}
