//! Definition resources as FHIR JSON → the asset. Serves `cargo xtask definitions`, and tests and
//! later packages at run time, so it reads bytes and returns bytes and touches no files.
//!
//! To take in one more resource type, add it to [`Builder`], give it a `pack` and a section place.

use fhir::{Tree, Value};

use crate::asset::{self, LoadError};
use crate::compartment::Compartment;
use crate::naming::NamingSystem;
use crate::packed::Packer;
use crate::parameter::SearchParameter;
use crate::structure::{ConstraintTable, Structure};
use crate::terminology::{CodeSystem, ValueSet};
use crate::{Definitions, Map};

/// Collects definition resources and packs them.
#[derive(Default)]
pub struct Builder {
    structures: Vec<Tree>,
    parameters: Vec<Tree>,
    compartments: Vec<Tree>,
    naming_systems: Vec<Tree>,
    code_systems: Vec<Tree>,
    value_sets: Vec<Tree>,
    /// Value sets that only lend their expansion.
    expansions: Vec<Tree>,
}

/// Definitions under these URLs are examples of how to write one and say nothing true.
const EXAMPLE_PREFIXES: [&str; 3] = [
    "http://hl7.org/fhir/SearchParameter/example",
    "http://hl7.org/fhir/CompartmentDefinition/example",
    "http://hl7.org/fhir/StructureDefinition/example",
];

impl Builder {
    /// Takes a resource; of a Bundle only the NamingSystems and value set expansions are taken,
    /// because packages repeat in Bundles what they hold singly. Of two definitions with one URL
    /// the first counts. Resources of other types, and differentials without snapshot, are passed over.
    pub fn add(&mut self, tree: Tree) {
        let url = tree.root().text_of("url").unwrap_or("");
        if EXAMPLE_PREFIXES.iter().any(|prefix| url.starts_with(prefix)) {
            return;
        }
        let has_snapshot = tree.root().get("snapshot").is_some();
        match tree.resource_type() {
            Some("StructureDefinition") if has_snapshot => self.structures.push(tree),
            Some("SearchParameter") => self.parameters.push(tree),
            Some("CompartmentDefinition") => self.compartments.push(tree),
            Some("CodeSystem") => self.code_systems.push(tree),
            Some("ValueSet") => self.value_sets.push(tree),
            Some("NamingSystem") => self.naming_systems.push(tree),
            Some("Bundle") => self.add_entries(&tree),
            _ => {}
        }
    }

    fn add_entries(&mut self, bundle: &Tree) {
        for resource in bundle.root().all("entry").filter_map(|entry| entry.get("resource")) {
            let is_expanded = resource.get("expansion").is_some();
            let target = match resource.text_of("resourceType") {
                Some("NamingSystem") => &mut self.naming_systems,
                Some("ValueSet") if is_expanded => &mut self.expansions,
                _ => continue,
            };
            let mut text = Vec::new();
            resource.write_compact(&mut text);
            target.extend(Tree::parse(&text));
        }
    }

    /// The asset, compressed at `level` (1 to 22).
    pub fn pack(mut self, level: i32) -> Vec<u8> {
        for trees in [
            &mut self.structures,
            &mut self.parameters,
            &mut self.compartments,
            &mut self.code_systems,
            &mut self.value_sets,
        ] {
            sort_by_url(trees);
        }
        self.naming_systems
            .sort_by_cached_key(|tree| tree.root().text_of("name").map(str::to_owned));
        let sections = [self.core(), self.terms()];
        asset::compress(&sections, level)
    }

    /// The definitions in use, without a file. What they hold is never given back, as for the
    /// embedded ones, so this is for a handful of calls in a process.
    pub fn build(self) -> Result<Definitions, LoadError> {
        Definitions::load(&self.pack(1))
    }

    fn core(&self) -> Vec<u8> {
        let mut out = Packer::default();
        let mut constraints = ConstraintTable::default();
        let structures = out.aside(|out| {
            out.list(roots(&self.structures), |out, root| {
                Structure::pack(root, &mut constraints, out);
            });
        });
        constraints.finish(&mut out);
        out.append(&structures);
        out.list(roots(&self.parameters), |out, root| SearchParameter::pack(root, out));
        out.list(roots(&self.compartments), |out, root| Compartment::pack(root, out));
        out.list(roots(&self.naming_systems), |out, root| NamingSystem::pack(root, out));
        out.finish()
    }

    fn terms(&self) -> Vec<u8> {
        let mut out = Packer::default();
        let mut expanded: Map<&str, Value<'_>> = Map::default();
        for root in roots(&self.expansions) {
            expanded.entry(root.text_of("url").unwrap_or("")).or_insert(root);
        }
        out.list(roots(&self.code_systems), |out, root| CodeSystem::pack(root, out));
        out.list(roots(&self.value_sets), |out, root| {
            let expanded = root.text_of("url").and_then(|url| expanded.get(url).copied());
            ValueSet::pack(root, expanded, out);
        });
        out.finish()
    }
}

fn roots(trees: &[Tree]) -> impl Iterator<Item = Value<'_>> {
    trees.iter().map(Tree::root)
}

/// Sorts by URL and drops what has none or one that stood earlier.
fn sort_by_url(trees: &mut Vec<Tree>) {
    let url = |tree: &Tree| tree.root().text_of("url").map(str::to_owned);
    trees.retain(|tree| url(tree).is_some());
    trees.sort_by_cached_key(url);
    trees.dedup_by_key(|tree| url(tree));
}
