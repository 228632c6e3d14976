//! What `_include` and `_revinclude` bring along.
//! Spec: <https://hl7.org/fhir/R4/search.html#include>.
//!
//! Includes look at the matches of a page; those with `:iterate` also at what was included, again
//! and again until nothing new comes.

use std::collections::BTreeSet;

use definitions::ParameterKind;
use fhir::ResourceType;

use crate::judge::{Judge, Key};
use crate::query::{Include, IncludeSource};
use crate::world::{Site, World};

impl Judge {
    /// The resources that belong on a page with these matches, the matches aside.
    pub fn included(
        &self,
        world: &World,
        page: &BTreeSet<Key>,
        includes: &[Include],
    ) -> BTreeSet<Key> {
        let mut included = BTreeSet::new();
        for include in includes {
            included.extend(self.step(world, page, include));
        }
        loop {
            let mut all = page.clone();
            all.extend(included.iter().cloned());
            let before = included.len();
            for include in includes.iter().filter(|include| include.is_iterated) {
                included.extend(self.step(world, &all, include));
            }
            if included.len() == before {
                return included.difference(page).cloned().collect();
            }
        }
    }

    /// What one include finds from these resources.
    fn step(&self, world: &World, from: &BTreeSet<Key>, include: &Include) -> BTreeSet<Key> {
        let mut found = BTreeSet::new();
        for site in world.sites() {
            if include.is_reverse {
                let refers = |(_, target): (ResourceType, Key)| from.contains(&target);
                if self.followed(world, site, include).into_iter().any(refers) {
                    found.insert(site.key.clone());
                }
            } else if from.contains(site.key) {
                found.extend(self.followed(world, site, include).into_iter().map(|(_, key)| key));
            }
        }
        found
    }

    /// The resources that an include's references lead to from a site.
    fn followed(
        &self,
        world: &World,
        site: Site<'_>,
        include: &Include,
    ) -> Vec<(ResourceType, Key)> {
        let of_this_type = |wanted: ResourceType| wanted == site.resource_type;
        let codes: Vec<&str> = match &include.source {
            IncludeSource::Parameter(source, code) if of_this_type(*source) => vec![code],
            IncludeSource::OfType(source) if of_this_type(*source) => self.reference_codes(*source),
            IncludeSource::All => self.reference_codes(site.resource_type),
            _ => return Vec::new(),
        };
        let targets = codes.into_iter().flat_map(|code| self.targets(world, site, code));
        targets
            .filter(|target| target.contained.is_none())
            .filter(|target| include.target.is_none_or(|wanted| wanted == target.resource_type))
            .map(|target| (target.resource_type, target.key.clone()))
            .collect()
    }

    fn reference_codes(&self, resource_type: ResourceType) -> Vec<&'static str> {
        let all = self.definitions.search_parameters(resource_type);
        all.filter(|each| each.kind == ParameterKind::Reference).map(|each| each.code).collect()
    }
}
