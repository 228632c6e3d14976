//! The judge: what a search must find, one resource after another.
//! Spec: <https://hl7.org/fhir/R4/search.html>.
//!
//! Everything is worked out afresh from the resources; nothing is indexed but what an expression
//! found in a version.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use definitions::{Definitions, ParameterKind, SearchParameter};
use fhir::ResourceType;
use fhirpath::Item;

use crate::expression::{self, Compiled};
use crate::kind::{Fact, reference};
use crate::query::{Contained, Criterion, Query, Scope, Step, Test};
use crate::span::{End, Span};
use crate::terminology::Codings;
use crate::text;
use crate::world::{Site, World};

pub(crate) use crate::world::Key;

/// Evaluates searches.
#[derive(Debug)]
pub struct Judge {
    pub(crate) definitions: &'static Definitions,
    /// The time now in microseconds since 1970, for `ap`.
    pub(crate) now: i64,
    expressions: RefCell<HashMap<&'static str, Rc<Compiled>>>,
    /// The members of value sets that were asked for.
    pub(crate) members: RefCell<HashMap<String, Rc<Codings>>>,
}

/// What a search finds: a resource, or one that it contains.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// The resource.
    pub key: Key,
    /// The contained resource's id, where that is answered itself.
    pub contained: Option<String>,
}

impl Judge {
    /// A judge that goes by these definitions at this time.
    pub fn new(definitions: &'static Definitions, now: i64) -> Judge {
        Judge { definitions, now, expressions: RefCell::default(), members: RefCell::default() }
    }

    /// The definitions that it goes by.
    pub fn definitions(&self) -> &'static Definitions {
        self.definitions
    }

    /// What a search must find, order and pages aside.
    pub fn matches(&self, world: &World, query: &Query) -> BTreeSet<Match> {
        let mut found = BTreeSet::new();
        for site in world.sites() {
            let contained = query.contained;
            if !matches!(contained, Contained::Only | Contained::OnlyThemselves)
                && self.is_match(world, site, query)
            {
                found.insert(Match { key: site.key.clone(), contained: None });
            }
            if contained == Contained::No {
                continue;
            }
            let itself = matches!(contained, Contained::OnlyThemselves | Contained::BothThemselves);
            for inner in self.contained_in(site) {
                if self.is_match(world, inner, query) {
                    let id = inner.resource().text_of("id").map(str::to_owned);
                    let contained = if itself { id } else { None };
                    found.insert(Match { key: site.key.clone(), contained });
                }
            }
        }
        found
    }

    /// The resources contained in a site.
    fn contained_in<'w>(&self, site: Site<'w>) -> Vec<Site<'w>> {
        let inner = site.entry.tree().root().all("contained").enumerate();
        inner
            .filter_map(|(index, value)| {
                let resource_type =
                    self.definitions.resource_type(value.text_of("resourceType")?)?;
                Some(Site { contained: Some(index), resource_type, ..site })
            })
            .collect()
    }

    fn is_match(&self, world: &World, site: Site<'_>, query: &Query) -> bool {
        self.is_in_scope(site, &query.scope)
            && query.criteria.iter().all(|criterion| self.holds(world, site, criterion))
    }

    fn is_in_scope(&self, site: Site<'_>, scope: &Scope) -> bool {
        match scope {
            Scope::Type(resource_type) => site.resource_type == *resource_type,
            Scope::System(types) => types.is_empty() || types.contains(&site.resource_type),
            Scope::Compartment { of, id, member } => {
                member.is_none_or(|member| member == site.resource_type)
                    && self.is_in_compartment(site, *of, id)
            }
        }
    }

    /// Spec: <https://hl7.org/fhir/R4/compartmentdefinition.html>.
    fn is_in_compartment(&self, site: Site<'_>, of: ResourceType, id: &str) -> bool {
        let Some(compartment) = self.definitions.compartment(of) else { return false };
        let is_it = site.contained.is_none() && site.key.0 == of && site.key.1 == id;
        compartment.parameters_of(site.resource_type).iter().any(|code| {
            if *code == "{def}" {
                return is_it;
            }
            self.references(site, code).iter().any(|said| {
                said.key(self.definitions).is_some_and(|key| key.0 == of && key.1 == id)
            })
        })
    }

    fn holds(&self, world: &World, site: Site<'_>, criterion: &Criterion) -> bool {
        self.holds_along(world, site, &criterion.path, &criterion.test)
    }

    /// Whether following the path from a site leads to a resource for which the test holds.
    pub(crate) fn holds_along(
        &self,
        world: &World,
        site: Site<'_>,
        path: &[Step],
        test: &Test,
    ) -> bool {
        let Some((step, rest)) = path.split_first() else {
            return self.test_holds(world, site, test);
        };
        match step {
            Step::Chain { parameter, target } => {
                let reached = self.targets(world, site, parameter);
                reached.into_iter().any(|reached| {
                    target.is_none_or(|target| target == reached.resource_type)
                        && self.holds_along(world, reached, rest, test)
                })
            }
            Step::Has { source, parameter } => world.sites().any(|other| {
                other.resource_type == *source
                    && self.refers_to(other, parameter, site)
                    && self.holds_along(world, other, rest, test)
            }),
        }
    }

    /// Whether a reference parameter of `other` leads to `site`.
    fn refers_to(&self, other: Site<'_>, parameter: &str, site: Site<'_>) -> bool {
        site.contained.is_none()
            && self.references(other, parameter).iter().any(|said| {
                said.key(self.definitions).as_ref() == Some(site.key)
                    || said.canonical().is_some_and(|said| is_canonical_of(site, said))
            })
    }

    /// The resources that a reference parameter of a site leads to: current ones of this server,
    /// contained ones, and those that bear a canonical.
    pub(crate) fn targets<'w>(
        &self,
        world: &'w World,
        site: Site<'w>,
        parameter: &str,
    ) -> Vec<Site<'w>> {
        let allowed: &[ResourceType] =
            self.parameter(site.resource_type, parameter).map_or(&[], |p| &p.targets);
        let mut reached = Vec::new();
        for said in self.references(site, parameter) {
            if let Some(id) = said.contained() {
                let inner = self.contained_in(Site { contained: None, ..site });
                reached.extend(
                    inner.into_iter().filter(|each| each.resource().text_of("id") == Some(id)),
                );
            } else if let Some(canonical) = said.canonical() {
                reached.extend(world.sites().filter(|each| {
                    allowed.contains(&each.resource_type) && is_canonical_of(*each, canonical)
                }));
            } else if let Some(key) = said.key(self.definitions) {
                reached.extend(world.site(&key));
            }
        }
        reached
    }

    pub(crate) fn test_holds(&self, world: &World, site: Site<'_>, test: &Test) -> bool {
        match test {
            Test::Missing { code, is_missing } => {
                // The server keeps one for each resource; what is contained has its container's.
                if code == "_lastUpdated" {
                    return !*is_missing;
                }
                let parameter = self.parameter(site.resource_type, code);
                parameter.is_some_and(|each| self.facts(site, each).is_empty() == *is_missing)
            }
            Test::Parameter { code, modifier, values } => self
                .parameter(site.resource_type, code)
                .is_some_and(|each| self.fulfils(world, site, each, modifier, values)),
            Test::List(ids) => ids.iter().any(|id| self.is_listed(world, site, id)),
            // Words are those of whole resources; what is contained has none of its own.
            Test::Text(_) | Test::Content(_) if site.contained.is_some() => false,
            Test::Text(wanted) => text::hold(&site.words()[0], wanted),
            Test::Content(wanted) => text::hold(&site.words()[1], wanted),
            Test::Filter(filter) => self.passes(world, site, filter),
        }
    }

    /// Whether a List of this server has the resource as an item.
    fn is_listed(&self, world: &World, site: Site<'_>, id: &str) -> bool {
        let list = ResourceType::from_static("List");
        world.site(&(list, id.to_owned())).is_some_and(|list| self.refers_to(list, "item", site))
    }

    /// The parameter with this code on a type.
    pub(crate) fn parameter(
        &self,
        resource_type: ResourceType,
        code: &str,
    ) -> Option<&'static SearchParameter> {
        self.definitions.search_parameter(resource_type, code)
    }

    /// What a site says to a parameter: one fact an element.
    pub(crate) fn facts(
        &self,
        site: Site<'_>,
        parameter: &'static SearchParameter,
    ) -> Rc<Vec<Fact>> {
        if parameter.code == "_lastUpdated" {
            // The store writes this element; its moments are whole milliseconds.
            let first = site.entry.last_updated();
            let span = Span { low: End::closed(first), high: End::closed(first + 999) };
            return Rc::new(if site.contained.is_none() {
                vec![Fact::Date(span)]
            } else {
                Vec::new()
            });
        }
        site.remembered(parameter.url, || {
            if parameter.kind == ParameterKind::Composite {
                return self.composites(site, parameter);
            }
            let expression = self.compiled(parameter.expression);
            let items = expression::run(self, &expression, site.resource(), None);
            self.read(parameter.kind, &items)
        })
    }

    /// One fact for each element that a composite's expression finds.
    fn composites(&self, site: Site<'_>, parameter: &'static SearchParameter) -> Vec<Fact> {
        let outer = self.compiled(parameter.expression);
        let elements = expression::run(self, &outer, site.resource(), None);
        let parts = |element: Item<'_>| {
            let components = parameter.components.iter().map(|(url, path)| {
                let Some(component) = self.definitions.parameter_by_url(url) else {
                    return Vec::new();
                };
                let path = self.compiled(path);
                let items = expression::run(self, &path, site.resource(), Some(element.clone()));
                self.read(component.kind, &items)
            });
            components.collect::<Vec<Vec<Fact>>>()
        };
        let all = elements.into_iter().map(parts);
        all.filter(|parts| parts.iter().all(|part| !part.is_empty())).map(Fact::Composite).collect()
    }

    fn read(&self, kind: ParameterKind, items: &[Item<'_>]) -> Vec<Fact> {
        let found = items.iter().filter_map(expression::found);
        found.filter_map(|found| crate::kind::read(self, kind, found)).collect()
    }

    /// What a reference parameter of a site refers to.
    pub(crate) fn references(&self, site: Site<'_>, code: &str) -> Vec<reference::Said> {
        let Some(parameter) = self.parameter(site.resource_type, code) else { return Vec::new() };
        let facts = self.facts(site, parameter);
        let said = facts.iter().filter_map(|fact| match fact {
            Fact::Reference(said) => Some(said.clone()),
            _ => None,
        });
        said.collect()
    }

    fn compiled(&self, text: &'static str) -> Rc<Compiled> {
        let known = self.expressions.borrow().get(text).cloned();
        known.unwrap_or_else(|| {
            // R4 writes `DateTime` in places; the type is called `dateTime`.
            let compiled = Rc::new(expression::compile(&text.replace("DateTime", "dateTime")));
            self.expressions.borrow_mut().insert(text, compiled.clone());
            compiled
        })
    }
}

/// Whether a resource bears this URL, and this version where one is asked for.
fn is_canonical_of(site: Site<'_>, (url, version): (&str, Option<&str>)) -> bool {
    let resource = site.resource();
    resource.text_of("url") == Some(url)
        && version.is_none_or(|version| resource.text_of("version") == Some(version))
}
