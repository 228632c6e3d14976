//! From a world and a search that judge and store disagree on to the least such pair.
//!
//! To shrink one more thing, add its smaller forms to [`smaller_queries`] or [`smaller_elements`].

use fhir::Element;

use crate::query::{Contained, Query, Scope, Test};

/// Tries at the most; each costs a store.
const TRIES_MAX: usize = 600;

/// Takes away resources, then what is in them, then parts of the search, as long as `disagrees`.
pub fn shrink(
    resources: Vec<Element>,
    query: Query,
    mut disagrees: impl FnMut(&[Element], &Query) -> bool,
) -> (Vec<Element>, Query) {
    let (mut resources, mut query) = (resources, query);
    let mut tries = 0;
    let mut test = |resources: &[Element], query: &Query| {
        tries += 1;
        tries <= TRIES_MAX && disagrees(resources, query)
    };
    loop {
        let mut is_smaller = false;
        let smaller = smaller_queries(&query).into_iter().find(|each| test(&resources, each));
        if let Some(smaller) = smaller {
            (query, is_smaller) = (smaller, true);
        }
        let mut chunk = resources.len().div_ceil(2);
        while chunk > 0 {
            let mut start = 0;
            while start < resources.len() {
                let mut fewer = resources.clone();
                fewer.drain(start..(start + chunk).min(fewer.len()));
                if test(&fewer, &query) {
                    (resources, is_smaller) = (fewer, true);
                } else {
                    start += chunk;
                }
            }
            chunk /= 2;
        }
        for index in 0..resources.len() {
            for smaller in smaller_elements(&resources[index]) {
                let mut changed = resources.clone();
                changed[index] = smaller;
                if test(&changed, &query) {
                    (resources, is_smaller) = (changed, true);
                    break;
                }
            }
        }
        if !is_smaller {
            return (resources, query);
        }
    }
}

/// The value without one of its parts, the outermost first.
fn smaller_elements(element: &Element) -> Vec<Element> {
    let mut smaller = Vec::new();
    match element {
        Element::Object(members) => {
            for (index, (name, value)) in members.iter().enumerate() {
                if !matches!(name.as_ref(), "resourceType" | "id") {
                    let mut fewer = members.clone();
                    fewer.remove(index);
                    smaller.push(Element::Object(fewer));
                }
                for inner in smaller_elements(value) {
                    let mut changed = members.clone();
                    changed[index].1 = inner;
                    smaller.push(Element::Object(changed));
                }
            }
        }
        Element::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                let mut fewer = items.clone();
                fewer.remove(index);
                if !fewer.is_empty() {
                    smaller.push(Element::Array(fewer));
                }
                for inner in smaller_elements(value) {
                    let mut changed = items.clone();
                    changed[index] = inner;
                    smaller.push(Element::Array(changed));
                }
            }
        }
        _ => {}
    }
    smaller
}

/// The search without one of its parts.
fn smaller_queries(query: &Query) -> Vec<Query> {
    let mut smaller = Vec::new();
    let mut put = |change: &dyn Fn(&mut Query)| {
        let mut changed = query.clone();
        change(&mut changed);
        if changed != *query {
            smaller.push(changed);
        }
    };
    put(&|query| query.count = None);
    put(&|query| query.contained = Contained::No);
    for index in 0..query.sort.len() {
        put(&|query| drop(query.sort.remove(index)));
    }
    for index in 0..query.includes.len() {
        put(&|query| drop(query.includes.remove(index)));
    }
    for index in 0..query.criteria.len() {
        put(&|query| drop(query.criteria.remove(index)));
        if let Test::Parameter { values, .. } = &query.criteria[index].test
            && values.len() > 1
        {
            for which in 0..values.len() {
                put(&|query| {
                    if let Test::Parameter { values, .. } = &mut query.criteria[index].test {
                        values.remove(which);
                    }
                });
            }
        }
    }
    if let Scope::Compartment { member: Some(member), .. } = &query.scope {
        put(&|query| query.scope = Scope::Type(*member));
    }
    smaller
}
