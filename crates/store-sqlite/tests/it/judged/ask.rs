//! One search asked of both: what was found, in which order, on which pages, with which includes.

use std::collections::BTreeSet;
use std::fmt;

use fhir::ResourceId;
use judge::generate::Prng;
use judge::{Contained, Judge, Key, Match, Query, Scope, may_follow, render};
use search::{CompartmentOf, Search, parse_compartment_query, parse_query, parse_system_query};
use store::{SearchHitKind, SearchPage};

use super::bench::{Bench, options};

/// How the two differ.
#[derive(Debug)]
pub(super) struct Disagreement {
    pub(super) kind: &'static str,
    words: String,
}

impl Disagreement {
    /// Whether the other is of the same kind, so that shrinking stays with one fault.
    pub(super) fn is_like(&self, other: &Disagreement) -> bool {
        self.kind == other.kind
    }
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.words)
    }
}

fn differ(kind: &'static str, words: impl Into<String>) -> Disagreement {
    Disagreement { kind, words: words.into() }
}

/// Asks both; gives how many matches there are.
pub(super) fn ask(
    judge: &Judge,
    bench: &mut Bench,
    query: &Query,
    prng: &mut Prng,
) -> Result<u64, Disagreement> {
    let search = parse(judge, query)?;
    let expected: Vec<Key> =
        judge.matches(&bench.world, query).into_iter().map(|found| found.key).collect();
    let found = pages(judge, bench, query, &search)?;
    let wanted: BTreeSet<&Key> = expected.iter().collect();
    let got: BTreeSet<&Key> = found.iter().collect();
    if let Some(twice) = twice(&found) {
        return Err(differ("a match comes twice", format!("{twice:?}")));
    }
    if wanted != got {
        let missed: Vec<_> = wanted.difference(&got).collect();
        let surplus: Vec<_> = got.difference(&wanted).collect();
        let kind = if missed.is_empty() { "found too much" } else { "missed" };
        return Err(differ(kind, format!("missed {missed:?}, found besides {surplus:?}")));
    }
    in_order(judge, bench, query, &found)?;
    let total = bench.runtime.block_on(bench.store.count(&search));
    let total = total.map_err(|error| differ("count failed", error.to_string()))?;
    if total != wanted.len() as u64 {
        return Err(differ("total", format!("{} matches, counted {total}", wanted.len())));
    }
    if query.count.is_some() && wanted.len() > 1 && prng.percent(20) {
        while_writes_go_on(judge, bench, query, &search, prng)?;
    }
    Ok(wanted.len() as u64)
}

fn parse(judge: &Judge, query: &Query) -> Result<Search, Disagreement> {
    let (definitions, pairs) = (judge.definitions(), render::pairs(query));
    let options = options();
    let read = match &query.scope {
        Scope::Type(resource_type) => parse_query(definitions, *resource_type, &pairs, &options),
        Scope::System(_) => parse_system_query(definitions, &pairs, &options),
        Scope::Compartment { of, id, member } => {
            let id = ResourceId::parse(id).unwrap();
            let around = CompartmentOf { resource_type: *of, id };
            parse_compartment_query(definitions, &around, *member, &pairs, &options)
        }
    };
    match read {
        Ok((search, ignored)) if ignored.is_empty() => Ok(search),
        Ok((_, ignored)) => Err(differ("passed over", format!("{ignored:?}"))),
        Err(issues) => Err(differ("refused", format!("{issues:?}"))),
    }
}

fn twice(found: &[Key]) -> Option<&Key> {
    found.iter().enumerate().find(|(index, key)| found[..*index].contains(key)).map(|(_, key)| key)
}

fn key(resource: &store::Stored) -> Key {
    (resource.key.resource_type, resource.key.id.to_string())
}

/// All matches, page by page; the includes of each page are compared on the way.
fn pages(
    judge: &Judge,
    bench: &Bench,
    query: &Query,
    search: &Search,
) -> Result<Vec<Key>, Disagreement> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = bench.runtime.block_on(bench.store.search(search, cursor.as_ref()));
        let page = page.map_err(|error| differ("failed", error.to_string()))?;
        let matches = matches_of(&page);
        if matches.len() > search.count {
            return Err(differ("page", format!("{} matches of {}", matches.len(), search.count)));
        }
        compare_includes(judge, bench, query, &page, &matches)?;
        found.extend(matches);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(found);
        }
        if found.len() > 10_000 {
            return Err(differ("page", "the pages do not end"));
        }
    }
}

fn matches_of(page: &SearchPage) -> Vec<Key> {
    let matches = page.hits.iter().filter(|hit| hit.kind == SearchHitKind::Match);
    matches.map(|hit| key(&hit.resource)).collect()
}

fn compare_includes(
    judge: &Judge,
    bench: &Bench,
    query: &Query,
    page: &SearchPage,
    matches: &[Key],
) -> Result<(), Disagreement> {
    let included: Vec<Key> = page
        .hits
        .iter()
        .filter(|hit| hit.kind == SearchHitKind::Include)
        .map(|hit| key(&hit.resource))
        .collect();
    if let Some(twice) = twice(&included) {
        return Err(differ("an include comes twice", format!("{twice:?}")));
    }
    if query.contained != Contained::No || page.includes_cut {
        return Ok(());
    }
    let matches: BTreeSet<Key> = matches.iter().cloned().collect();
    let wanted = judge.included(&bench.world, &matches, &query.includes);
    let got: BTreeSet<Key> = included.into_iter().collect();
    if wanted == got {
        return Ok(());
    }
    let missed: Vec<_> = wanted.difference(&got).collect();
    let surplus: Vec<_> = got.difference(&wanted).collect();
    let words = format!("of {matches:?}: missed {missed:?}, besides {surplus:?}");
    Err(differ("includes", words))
}

fn in_order(
    judge: &Judge,
    bench: &Bench,
    query: &Query,
    found: &[Key],
) -> Result<(), Disagreement> {
    let values: Vec<_> =
        found.iter().map(|key| judge.sort_values(&bench.world, key, &query.sort)).collect();
    for (index, pair) in values.windows(2).enumerate() {
        if !may_follow(&pair[0], &pair[1], &query.sort) {
            let words = format!(
                "{:?} with {:?} before {:?} with {:?}",
                found[index],
                pair[0],
                found[index + 1],
                pair[1]
            );
            return Err(differ("order", words));
        }
    }
    Ok(())
}

/// Pages through while resources are written and deleted: what matched before and after and was not
/// touched is found once, and nothing is found twice.
fn while_writes_go_on(
    judge: &Judge,
    bench: &mut Bench,
    query: &Query,
    search: &Search,
    prng: &mut Prng,
) -> Result<(), Disagreement> {
    let before = keys(judge, bench, query);
    let (mut found, mut cursor, mut touched) = (Vec::new(), None, BTreeSet::new());
    loop {
        let page = bench.runtime.block_on(bench.store.search(search, cursor.as_ref()));
        let page = page.map_err(|error| differ("failed while writing", error.to_string()))?;
        found.extend(matches_of(&page));
        cursor = page.next;
        if cursor.is_none() || found.len() > 10_000 {
            break;
        }
        let changes: Vec<_> = (0..prng.between(1, 3)).map(|_| super::change(prng, 30)).collect();
        touched.extend(changes.iter().map(|(key, _)| key.clone()));
        bench.write(changes);
    }
    let after = keys(judge, bench, query);
    if let Some(twice) = twice(&found) {
        return Err(differ("twice while writing", format!("{twice:?}")));
    }
    let stayed = before.intersection(&after).filter(|key| !touched.contains(key));
    if let Some(lost) = stayed.into_iter().find(|key| !found.contains(key)) {
        return Err(differ("lost while writing", format!("{lost:?}")));
    }
    let never = found
        .iter()
        .find(|key| !touched.contains(key) && !before.contains(key) && !after.contains(key));
    match never {
        Some(key) => Err(differ("wrong while writing", format!("{key:?}"))),
        None => Ok(()),
    }
}

fn keys(judge: &Judge, bench: &Bench, query: &Query) -> BTreeSet<Key> {
    judge.matches(&bench.world, query).into_iter().map(|found: Match| found.key).collect()
}
