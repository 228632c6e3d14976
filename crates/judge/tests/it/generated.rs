//! What the generator makes is what it is meant to be, and the same for the same seed.

use std::collections::BTreeMap;

use fhir::{Element, Tree};
use judge::generate::{self, Features, Prng};
use judge::{Judge, Scope, World};

use crate::NOW;

fn random_world(seed: u64) -> (World, Vec<Element>) {
    let mut prng = Prng::new(seed, 0);
    let (mut world, mut all) = (World::default(), Vec::new());
    for _ in 0..150 {
        let key = generate::key(&mut prng);
        let resource = generate::resource(&mut prng, &key);
        world.put(key, Tree::parse(&resource.to_compact()).unwrap(), NOW);
        all.push(resource);
    }
    (world, all)
}

#[test]
fn resources_are_of_the_definitions() {
    let definitions = definitions::embedded();
    let mut problems = BTreeMap::new();
    for seed in 0..20 {
        for resource in random_world(seed).1 {
            let tree = Tree::parse(&resource.to_compact()).unwrap();
            for issue in definitions.check_structure(tree.root()) {
                let text = format!("{} {}", issue.expression.unwrap_or_default(), issue.message);
                problems.entry(text).or_insert_with(|| tree.text().to_owned());
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn a_seed_makes_the_same_again() {
    let judge = Judge::new(definitions::embedded(), NOW);
    let make = |seed| {
        let (world, _) = random_world(seed);
        let mut prng = Prng::new(seed, 1);
        let all = Features::all();
        let queries = (0..50).map(|_| generate::search(&mut prng, &judge, &world, &all));
        queries.map(|query| judge::render::url(&query)).collect::<Vec<_>>()
    };
    assert_eq!(make(7), make(7));
    assert_ne!(make(7), make(8));
}

#[test]
fn searches_find_something_often_enough() {
    let judge = Judge::new(definitions::embedded(), NOW);
    let (world, _) = random_world(1);
    let (mut prng, all) = (Prng::new(1, 1), Features::all());
    let (mut hits, mut narrow, count) = (0, 0, 600);
    for _ in 0..count {
        let query = generate::search(&mut prng, &judge, &world, &all);
        let found = judge.matches(&world, &query).len();
        hits += usize::from(found > 0);
        let is_type = matches!(query.scope, Scope::Type(_));
        narrow += usize::from(is_type && found > 0 && !query.criteria.is_empty());
    }
    assert!(hits * 10 > count * 4, "only {hits} of {count} find anything");
    assert!(narrow * 10 > count * 2, "only {narrow} of {count} find anything by a criterion");
}
