//! Running a search: its parts, which condition drives each, its page, its total.
//!
//! A search has a part for each branch, and where contained resources are asked for another one for
//! those. Unsorted, a page goes through part after part; sorted, the parts' lists are merged.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::{FixedState, RandomState};
use rusqlite::Connection;
use search::{Branch, Contained, ContainedAnswer, Search, SortKey, Total};
use store::sql::{Query, Which, words};
use store::{SearchCursor, SearchHit, SearchHitKind, SearchPage, StoreError};

use super::Reader;
use super::includes::Includes;
use super::lists::LIST_MAX;
use super::{first, sorted, walk};
use crate::dialect::{Sqlite, run_number};
use crate::numbers::Moment;

/// How far the matches of a condition are counted before another one is preferred.
pub(super) const PROBE_MAX: u32 = 500;

/// A condition with so few matches drives the search without looking at the others.
const FEW: i64 = 32;

/// How many matches a condition is taken to have that has more than are counted.
pub(super) const MANY: i64 = 20_000;

/// Where a page goes on.
enum Place {
    /// In the store's own order, in this part after this number.
    After(usize, i64),
    /// In a kept list, at this place.
    List(u64, usize),
}

/// A part of a search.
pub(super) struct Part<'p> {
    pub(super) query: Query<'p>,
    pub(super) which: Which,
    pub(super) sort: &'p [SortKey],
    pub(super) driver: Option<usize>,
    /// How many matches the driver has at the most, where that is known.
    pub(super) matches: Option<i64>,
}

impl Part<'_> {
    /// Looks at how many resources each condition matches, and lets the one with the fewest drive.
    pub(super) fn choose_driver(&mut self, db: &Connection) -> Result<(), StoreError> {
        let candidates = self.query.candidates(PROBE_MAX)?;
        if candidates.is_empty() {
            self.matches =
                self.query.kept_count().map(|count| run_number(db, &count)).transpose()?;
        }
        let mut least: Option<(i64, usize)> = None;
        for (index, statement) in candidates {
            let matches = run_number(db, &statement)?;
            // More than are counted are many, but how many nobody knows.
            let matches = if matches == i64::from(PROBE_MAX) { MANY } else { matches };
            if least.is_none_or(|(count, _)| matches < count) {
                least = Some((matches, index));
            }
            if matches <= FEW {
                break;
            }
        }
        if let Some((matches, index)) = least {
            (self.driver, self.matches) = (Some(index), Some(matches));
        }
        Ok(())
    }
}

/// A match: the number, of the part with this index.
pub(super) type Match = (usize, i64);

/// The parts of a search, in the order of its pages; their drivers are not chosen yet.
pub(super) fn parts<'p>(moment: &'p Moment<'p>, search: &'p Search) -> Vec<Part<'p>> {
    let (own, answer) = match search.contained {
        Contained::No => (true, None),
        Contained::Only(answer) => (false, Some(answer)),
        Contained::Both(answer) => (true, Some(answer)),
    };
    let contained = answer.map(|answer| match answer {
        ContainedAnswer::Itself => Which::Contained,
        ContainedAnswer::Container => Which::Containers,
    });
    let all = own.then_some(Which::Resources).into_iter().chain(contained);
    let all: Vec<(&Branch, Which)> =
        all.flat_map(|which| search.branches.iter().map(move |branch| (branch, which))).collect();
    let part = |(index, (branch, which)): (usize, &(&'p Branch, Which))| Part {
        query: Query::new(&Sqlite, moment, branch, *which).after(&all[..index]),
        which: *which,
        sort: &branch.sort,
        driver: None,
        matches: None,
    };
    all.iter().enumerate().map(part).collect()
}

impl Reader {
    /// A page of a search.
    pub(crate) fn search_page(
        &self,
        db: &Connection,
        search: &Search,
        cursor: Option<&SearchCursor>,
    ) -> Result<SearchPage, StoreError> {
        let numbers = self.numbers();
        let moment = Moment { numbers: &numbers, db };
        let mut parts = parts(&moment, search);
        let page = self.page_of_parts(db, search, cursor, &mut parts);
        page.map_err(|error| self.told(error, &moment, search, &parts))
    }

    fn page_of_parts(
        &self,
        db: &Connection,
        search: &Search,
        cursor: Option<&SearchCursor>,
        parts: &mut [Part<'_>],
    ) -> Result<SearchPage, StoreError> {
        for part in &mut *parts {
            part.choose_driver(db)?;
        }
        let sorted = search.branches.iter().any(|branch| !branch.sort.is_empty());
        let mut page = match cursor.map(parse).transpose()? {
            Some(Place::List(name, offset)) => {
                self.page_of_list(db, search, parts, name, offset)?
            }
            Some(Place::After(..)) if sorted => return Err(StoreError::cursor()),
            None if sorted => self.first_sorted_page(db, search, parts)?,
            None => self.page_after(db, search, parts, (0, 0))?,
            Some(Place::After(part, after)) => self.page_after(db, search, parts, (part, after))?,
        };
        if search.total != Total::None && page.total.is_none() {
            page.total = Some(count(db, parts)?);
        }
        Ok(page)
    }

    /// How many resources match.
    pub(crate) fn search_count(&self, db: &Connection, search: &Search) -> Result<u64, StoreError> {
        let numbers = self.numbers();
        let moment = Moment { numbers: &numbers, db };
        let mut parts = parts(&moment, search);
        let counted = || -> Result<u64, StoreError> {
            for part in &mut parts {
                part.choose_driver(db)?;
            }
            count(db, &parts)
        };
        let mut counted = counted;
        let result = counted();
        result.map_err(|error| self.told(error, &moment, search, &parts))
    }

    /// Numbers are given for good, so the next page begins after the last one.
    fn page_after(
        &self,
        db: &Connection,
        search: &Search,
        parts: &[Part<'_>],
        from: Match,
    ) -> Result<SearchPage, StoreError> {
        let mut found: Vec<Match> = Vec::with_capacity(search.count + 1);
        for (index, part) in parts.iter().enumerate().skip(from.0) {
            let after = if index == from.0 { from.1 } else { 0 };
            let room = search.count + 1 - found.len();
            let numbers = first::page((db, self.options.sorted_min), part, after, room)?.numbers;
            found.extend(numbers.into_iter().map(|number| (index, number)));
            if found.len() > search.count {
                break;
            }
        }
        let more = found.len() > search.count;
        found.truncate(search.count);
        let mut page = self.filled(db, search, parts, &found)?;
        if more {
            let (part, last) = found.last().copied().unwrap_or(from);
            page.next = Some(SearchCursor(match parts.len() {
                1 => format!("r{last}"),
                _ => format!("b{part}r{last}"),
            }));
        } else if from == (0, 0) {
            page.total = Some(found.len() as u64);
        }
        Ok(page)
    }

    fn first_sorted_page(
        &self,
        db: &Connection,
        search: &Search,
        parts: &[Part<'_>],
    ) -> Result<SearchPage, StoreError> {
        if let [part] = parts
            && let Some(walked) = walk::first(db, part, search.count + 1)?
        {
            let shown: Vec<Match> =
                walked.found[..search.count].iter().map(|rid| (0, *rid)).collect();
            let mut page = self.filled(db, search, parts, &shown)?;
            let name = self.lists.begin(shown.into(), fingerprint(search));
            page.next = Some(SearchCursor(format!("l{name}-{}", search.count)));
            return Ok(page);
        }
        let (found, cut) = sorted::list(db, parts)?;
        let mut page = self.filled(db, search, parts, &found[..found.len().min(search.count)])?;
        page.total = (!cut).then_some(found.len() as u64);
        if found.len() > search.count || cut {
            let name = self.lists.keep(found.into(), cut, fingerprint(search));
            page.next = Some(SearchCursor(format!("l{name}-{}", search.count)));
        }
        Ok(page)
    }

    fn page_of_list(
        &self,
        db: &Connection,
        search: &Search,
        parts: &[Part<'_>],
        name: u64,
        offset: usize,
    ) -> Result<SearchPage, StoreError> {
        let list = self.lists.get(name).filter(|list| list.fingerprint == fingerprint(search));
        let mut list = list.ok_or_else(StoreError::cursor)?;
        if list.begun {
            // The rest of the order as it is now, without what was shown: nothing is lost, and
            // nothing is repeated.
            let shown: HashSet<Match, RandomState> = list.found.iter().copied().collect();
            let (rest, cut) = sorted::list(db, parts)?;
            let rest = rest.into_iter().filter(|each| !shown.contains(each));
            (list.found, list.cut) = (list.found.iter().copied().chain(rest).collect(), cut);
            self.lists.complete(name, list.found.clone(), cut, list.fingerprint);
        }
        let rest = list.found.get(offset..).ok_or_else(StoreError::cursor)?;
        if rest.is_empty() && list.cut {
            return Err(StoreError::too_costly(format!(
                "more than {LIST_MAX} resources in a sorted search; narrow it, or search without _sort"
            )));
        }
        let taken = rest.len().min(search.count);
        let mut page = self.filled(db, search, parts, &rest[..taken])?;
        if rest.len() > taken || list.cut {
            page.next = Some(SearchCursor(format!("l{name}-{}", offset + taken)));
        }
        Ok(page)
    }

    /// The resources of a page, with what they include.
    fn filled(
        &self,
        db: &Connection,
        search: &Search,
        parts: &[Part<'_>],
        found: &[Match],
    ) -> Result<SearchPage, StoreError> {
        let mut page = SearchPage::default();
        let mut sources = Vec::with_capacity(found.len());
        let mut seen: HashSet<i64, RandomState> = HashSet::default();
        for (part, number) in found {
            let (rid, contained) = match parts.get(*part).map(|part| part.which) {
                Some(Which::Contained) => match self.container(db, *number)? {
                    Some((container, contained)) => (container, Some(contained)),
                    None => continue,
                },
                _ => (*number, None),
            };
            // A resource of a kept list may be gone by now.
            if let Some(resource) = self.live(db, rid)? {
                if seen.insert(rid) {
                    sources.push((rid, resource.key.resource_type));
                }
                page.hits.push(SearchHit { resource, kind: SearchHitKind::Match, contained });
            }
        }
        if !search.includes.is_empty() {
            let includes = Includes::gathered(self, db, &search.includes, sources, seen)?;
            page.includes_cut = includes.cut;
            page.hits.extend(includes.found.into_iter().map(|resource| SearchHit {
                resource,
                kind: SearchHitKind::Include,
                contained: None,
            }));
        }
        Ok(page)
    }

    /// What a search that took too long is told: what drove it, and what to narrow.
    fn told(
        &self,
        error: StoreError,
        moment: &Moment<'_>,
        search: &Search,
        parts: &[Part<'_>],
    ) -> StoreError {
        if !error.is_interrupted() {
            return error;
        }
        let mut text = format!("it was stopped after {} s", self.deadline().as_secs_f64());
        for (part, branch) in parts.iter().zip(search.branches.iter().cycle()) {
            let of = branch.resource_type;
            let drives = part.query.chosen(part.driver);
            let name = |index: usize| words(moment, &part.query.parts()[index]);
            match drives {
                Some(index) => {
                    text += &format!("; of {of} it reads all that {} finds", name(index));
                }
                None => text += &format!("; of {of} it reads all resources"),
            }
            let others: Vec<String> = (0..part.query.parts().len())
                .filter(|index| Some(*index) != drives)
                .map(name)
                .collect();
            if !others.is_empty() {
                text += &format!(", and looks at each by {}", others.join(", "));
            }
        }
        StoreError::too_costly(text + "; add a parameter that fewer resources match")
    }
}

fn count(db: &Connection, parts: &[Part<'_>]) -> Result<u64, StoreError> {
    let mut sum = 0;
    for part in parts {
        let counted = match part.query.kept_count() {
            Some(kept) => kept,
            None => part.query.count(part.driver)?,
        };
        sum += run_number(db, &counted)? as u64;
    }
    Ok(sum)
}

fn parse(cursor: &SearchCursor) -> Result<Place, StoreError> {
    let text = cursor.0.as_str();
    let place = if let Some(rid) = text.strip_prefix('r') {
        rid.parse().ok().map(|rid| Place::After(0, rid))
    } else if let Some(text) = text.strip_prefix('b') {
        text.split_once('r')
            .and_then(|(part, rid)| Some(Place::After(part.parse().ok()?, rid.parse().ok()?)))
    } else {
        text.strip_prefix('l').and_then(|text| {
            let (name, offset) = text.split_once('-')?;
            Some(Place::List(name.parse().ok()?, offset.parse().ok()?))
        })
    };
    place.ok_or_else(StoreError::cursor)
}

/// Tells whether a cursor is used with the search that it came from; not its page size.
fn fingerprint(search: &Search) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    let text = format!("{:?} {:?}", search.branches, search.contained);
    hasher.write(text.as_bytes());
    hasher.finish()
}
