//! Small worlds whose answers stand in the specification's own words.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generated;
mod kinds;
mod paths;
mod rendered;

use fhir::{ResourceType, Tree};
use judge::{Criterion, Judge, Modifier, Operand, Query, Scope, Step, Test, World};

/// 2026-07-22T00:00:00Z
const NOW: i64 = 1_784_678_400_000_000;

fn resource_type(name: &str) -> ResourceType {
    definitions::embedded().resource_type(name).unwrap()
}

/// A world of these resources; `lastUpdated` is NOW for all.
fn world(resources: &[&str]) -> World {
    let mut world = World::default();
    for text in resources {
        let tree = Tree::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
        let root = tree.root();
        let id = root.text_of("id").unwrap().to_owned();
        let key = (resource_type(root.text_of("resourceType").unwrap()), id);
        world.put(key, tree, NOW);
    }
    world
}

fn criterion(path: Vec<Step>, code: &str, modifier: Modifier, values: Vec<Operand>) -> Criterion {
    Criterion { path, test: Test::Parameter { code: code.to_owned(), modifier, values } }
}

/// The ids that a search of a type finds.
fn found(world: &World, type_name: &str, criteria: Vec<Criterion>) -> Vec<String> {
    let mut query = Query::of_type(resource_type(type_name));
    query.criteria = criteria;
    found_by(world, &query)
}

fn found_by(world: &World, query: &Query) -> Vec<String> {
    let judge = Judge::new(definitions::embedded(), NOW);
    judge.matches(world, query).into_iter().map(|found| found.key.1).collect()
}

/// Everything of a compartment.
fn compartment(of: &str, id: &str, member: Option<&str>) -> Query {
    let mut query = Query::of_type(resource_type(of));
    let member = member.map(resource_type);
    query.scope = Scope::Compartment { of: resource_type(of), id: id.to_owned(), member };
    query
}
