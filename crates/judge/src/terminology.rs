//! Membership of value sets and subsumption, by the definitions alone.
//! Spec: <https://hl7.org/fhir/R4/valueset.html#compositions>, <https://hl7.org/fhir/R4/search.html#token>.

use std::collections::BTreeSet;
use std::rc::Rc;

use definitions::{CodeSystem, Definitions, Include};

use crate::judge::Judge;
use crate::kind::token::Said;
use crate::query::{Modifier, System, Token};

/// Value sets may name each other; a circle has no meaning.
const DEPTH_MAX: usize = 8;

/// Systems and codes.
pub(crate) type Codings = BTreeSet<(String, String)>;

/// Whether one of the codings is a member of the value set (`:in`).
pub(crate) fn is_member(judge: &Judge, said: &Said, url: &str) -> bool {
    let mut known = judge.members.borrow_mut();
    let members =
        known.entry(url.to_owned()).or_insert_with(|| Rc::new(members(judge.definitions, url, 0)));
    said.codings.iter().any(|coding| match coding {
        (Some(system), Some(code)) => members.contains(&(system.clone(), code.clone())),
        _ => false,
    })
}

/// The members of a value set: as its publisher worked them out, else by its rules.
fn members(definitions: &Definitions, url: &str, depth: usize) -> Codings {
    let Some(set) = definitions.value_set(url).filter(|_| depth < DEPTH_MAX) else {
        return Codings::new();
    };
    if let Some(expansion) = set.expansion().filter(|expansion| !expansion.is_partial) {
        let all = expansion.members.iter();
        return all.map(|member| (member.system.to_owned(), member.code.to_owned())).collect();
    }
    let mut all = Codings::new();
    for include in set.includes() {
        all.extend(of_rule(definitions, include, depth));
    }
    for exclude in set.excludes() {
        for coding in of_rule(definitions, exclude, depth) {
            all.remove(&coding);
        }
    }
    all
}

/// What one rule says: codes of a system, and members of every value set that it names.
fn of_rule(definitions: &Definitions, rule: &Include, depth: usize) -> Codings {
    let mut parts: Vec<Codings> = Vec::new();
    if let Some(system) = rule.system {
        let coding = |code: &str| (system.to_owned(), code.to_owned());
        parts.push(if rule.concepts.is_empty() {
            let known = definitions.code_system(system).map_or(&[][..], CodeSystem::concepts);
            let places = (0..known.len())
                .filter(|place| rule.filters.iter().all(|filter| passes(known, *place, *filter)));
            places.map(|place| coding(known[place].code)).collect()
        } else {
            rule.concepts.iter().map(|(code, _)| coding(code)).collect()
        });
    }
    parts.extend(rule.value_sets.iter().map(|url| members(definitions, url, depth + 1)));
    parts.into_iter().reduce(|a, b| a.intersection(&b).cloned().collect()).unwrap_or_default()
}

/// Whether a concept passes a filter of a value set; one that is not known passes nothing.
fn passes(
    concepts: &[definitions::Concept],
    place: usize,
    (property, operator, value): (&str, &str, &str),
) -> bool {
    let concept = &concepts[place];
    match (property, operator) {
        ("concept" | "code", "is-a") => lineage(concepts, place).contains(value),
        ("concept" | "code", "descendent-of") => {
            concept.code != value && lineage(concepts, place).contains(value)
        }
        ("concept" | "code", "is-not-a") => !lineage(concepts, place).contains(value),
        (_, "=") => concept.properties.contains(&(property, value)),
        _ => false,
    }
}

/// A concept's code with those of all that it stands under.
fn lineage(concepts: &[definitions::Concept], place: usize) -> BTreeSet<&str> {
    let mut codes = BTreeSet::new();
    let mut waiting = vec![place];
    while let Some(place) = waiting.pop() {
        let concept = &concepts[place];
        if !codes.insert(concept.code) {
            continue;
        }
        waiting.extend(concept.parent.map(|parent| parent as usize));
        // A concept can have more parents than the one that it stands under, named by properties.
        let is_parent = |name: &str| matches!(name, "subsumedBy" | "parent");
        let named = concept.properties.iter().filter(|(name, _)| is_parent(name));
        waiting.extend(
            named.filter_map(|(_, code)| concepts.iter().position(|other| other.code == *code)),
        );
    }
    codes
}

/// Whether one of the codings is subsumed by the wanted one (`:below`), or subsumes it (`:above`).
pub(crate) fn is_related(
    definitions: &Definitions,
    said: &Said,
    modifier: &Modifier,
    wanted: &Token,
) -> bool {
    let (System::Is(system), Some(code)) = (&wanted.system, &wanted.code) else { return false };
    let Some(known) = definitions.code_system(system) else { return said.fits(wanted) };
    let concepts = known.concepts();
    let lineage_of = |code: &str| {
        let place = concepts.iter().position(|concept| concept.code == code);
        place.map_or_else(BTreeSet::new, |place| lineage(concepts, place))
    };
    said.codings.iter().any(|(own_system, own_code)| {
        let (Some(own_system), Some(own_code)) = (own_system, own_code) else { return false };
        own_system == system
            && (own_code == code
                || match modifier {
                    Modifier::Below => lineage_of(own_code).contains(code.as_str()),
                    _ => lineage_of(code).contains(own_code.as_str()),
                })
    })
}
