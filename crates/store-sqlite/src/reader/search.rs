//! Running a search: which part drives it, its page, its includes, its total.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::{FixedState, RandomState};
use rusqlite::Connection;
use search::{Include, IncludeTarget, Search, Total};
use store::sql::Query;
use store::{SearchCursor, SearchHit, SearchHitKind, SearchPage, StoreError, Stored};

use super::Reader;
use super::lists::LIST_MAX;
use crate::dialect::{Sqlite, run_number, run_numbers};
use crate::numbers::Moment;

/// How far the matches of a part are counted before another part is preferred.
const PROBE_MAX: u32 = 500;

/// A part with so few matches drives the search without looking at the others.
const FEW: i64 = 32;

/// Included resources on a page at the most.
const INCLUDED_MAX: usize = 1000;

/// Rounds of `:iterate` at the most.
const ROUNDS_MAX: usize = 16;

/// Where a page goes on.
enum Place {
    /// In the store's own order, after this resource.
    After(i64),
    /// In a kept list, at this place.
    List(u64, usize),
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
        let query = Query::new(&Sqlite, &moment, search)?;
        let driver = driver(db, &query)?;
        let place = cursor.map(parse).transpose()?;
        let mut page = match place {
            Some(Place::List(name, offset)) => self.page_of_list(db, search, name, offset)?,
            Some(Place::After(_)) if !sort(search).is_empty() => return Err(StoreError::cursor()),
            None if !sort(search).is_empty() => {
                self.first_sorted_page(db, search, &query, driver)?
            }
            None => self.page_after(db, search, &query, driver, 0)?,
            Some(Place::After(rid)) => self.page_after(db, search, &query, driver, rid)?,
        };
        if search.total != Total::None && page.total.is_none() {
            page.total = Some(run_number(db, &query.count(driver)?)? as u64);
        }
        Ok(page)
    }

    /// How many resources match.
    pub(crate) fn search_count(&self, db: &Connection, search: &Search) -> Result<u64, StoreError> {
        let numbers = self.numbers();
        let moment = Moment { numbers: &numbers, db };
        let query = Query::new(&Sqlite, &moment, search)?;
        let driver = driver(db, &query)?;
        run_number(db, &query.count(driver)?).map(|count| count as u64)
    }

    /// Resources keep their number for good, so the next page begins after the last number.
    fn page_after(
        &self,
        db: &Connection,
        search: &Search,
        query: &Query<'_>,
        driver: Option<usize>,
        after: i64,
    ) -> Result<SearchPage, StoreError> {
        let mut rids = run_numbers(db, &query.page(driver, after, search.count + 1)?)?;
        let more = rids.len() > search.count;
        rids.truncate(search.count);
        let mut page = self.with_includes(db, search, &rids)?;
        if more {
            let last = rids.last().copied().unwrap_or(after);
            page.next = Some(SearchCursor(format!("r{last}")));
        } else if after == 0 {
            page.total = Some(rids.len() as u64);
        }
        Ok(page)
    }

    fn first_sorted_page(
        &self,
        db: &Connection,
        search: &Search,
        query: &Query<'_>,
        driver: Option<usize>,
    ) -> Result<SearchPage, StoreError> {
        let mut rids = run_numbers(db, &query.sorted(driver, sort(search), LIST_MAX + 1)?)?;
        let cut = rids.len() > LIST_MAX;
        rids.truncate(LIST_MAX);
        let mut page = self.with_includes(db, search, &rids[..rids.len().min(search.count)])?;
        page.total = (!cut).then_some(rids.len() as u64);
        if rids.len() > search.count || cut {
            let name = self.lists.keep(rids.into(), cut, fingerprint(search));
            page.next = Some(SearchCursor(format!("l{name}-{}", search.count)));
        }
        Ok(page)
    }

    fn page_of_list(
        &self,
        db: &Connection,
        search: &Search,
        name: u64,
        offset: usize,
    ) -> Result<SearchPage, StoreError> {
        let list = self.lists.get(name).filter(|list| list.fingerprint == fingerprint(search));
        let list = list.ok_or_else(StoreError::cursor)?;
        let rest = list.rids.get(offset..).ok_or_else(StoreError::cursor)?;
        if rest.is_empty() && list.cut {
            return Err(StoreError::unsupported(format!(
                "more than {LIST_MAX} resources in a sorted search; narrow it, or search without _sort"
            )));
        }
        let taken = rest.len().min(search.count);
        let mut page = self.with_includes(db, search, &rest[..taken])?;
        if rest.len() > taken || list.cut {
            page.next = Some(SearchCursor(format!("l{name}-{}", offset + taken)));
        }
        Ok(page)
    }

    fn with_includes(
        &self,
        db: &Connection,
        search: &Search,
        rids: &[i64],
    ) -> Result<SearchPage, StoreError> {
        let mut page = SearchPage::default();
        let mut matches = Vec::with_capacity(rids.len());
        for rid in rids {
            // A resource of a kept list may be gone by now.
            if let Some(resource) = self.live(db, *rid)? {
                matches.push((*rid, resource.key.resource_type));
                page.hits.push(SearchHit { resource, kind: SearchHitKind::Match });
            }
        }
        if !search.includes.is_empty() {
            let mut includes = Includes {
                reader: self,
                db,
                seen: rids.iter().copied().collect(),
                found: Vec::new(),
                cut: false,
            };
            includes.gather(&search.includes, matches)?;
            page.includes_cut = includes.cut;
            page.hits.extend(
                includes
                    .found
                    .into_iter()
                    .map(|resource| SearchHit { resource, kind: SearchHitKind::Include }),
            );
        }
        Ok(page)
    }
}

/// Gathers what includes name, each resource once.
struct Includes<'i> {
    reader: &'i Reader,
    db: &'i Connection,
    seen: HashSet<i64, RandomState>,
    found: Vec<Stored>,
    cut: bool,
}

type Sources = Vec<(i64, fhir::ResourceType)>;

impl Includes<'_> {
    fn gather(&mut self, includes: &[Include], matches: Sources) -> Result<(), StoreError> {
        let mut sources = matches;
        for round in 0..=ROUNDS_MAX {
            let mut next = Sources::new();
            for include in includes.iter().filter(|include| round == 0 || include.iterate) {
                self.follow(include, &sources, &mut next)?;
            }
            if next.is_empty() || self.cut {
                return Ok(());
            }
            sources = next;
        }
        self.cut = includes.iter().any(|include| include.iterate);
        Ok(())
    }

    fn follow(
        &mut self,
        include: &Include,
        sources: &Sources,
        next: &mut Sources,
    ) -> Result<(), StoreError> {
        let number = |parameter| {
            let place = self.reader.numbers().parameter_number(include.source, parameter);
            place.map(|(number, _)| number)
        };
        let parameters: Vec<i64> =
            include.parameters.iter().filter_map(|each| number(*each)).collect();
        for (rid, resource_type) in sources {
            let found = match include.target {
                IncludeTarget::Forward(_) if *resource_type == include.source => {
                    Reader::targets(self.db, *rid, &parameters)?
                }
                IncludeTarget::Forward(_) => continue,
                IncludeTarget::Reverse => {
                    // One more than there is room for, and those on the page already come on top.
                    let room = INCLUDED_MAX - self.found.len() + self.seen.len() + 1;
                    run_numbers(self.db, &Query::referring(&Sqlite, &parameters, *rid, room))?
                }
            };
            for each in found {
                self.take(include, each, next)?;
                if self.cut {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, include: &Include, rid: i64, next: &mut Sources) -> Result<(), StoreError> {
        if self.seen.contains(&rid) {
            return Ok(());
        }
        let Some(resource) = self.reader.live(self.db, rid)? else { return Ok(()) };
        let resource_type = resource.key.resource_type;
        if let IncludeTarget::Forward(Some(only)) = include.target
            && only != resource_type
        {
            return Ok(());
        }
        if self.found.len() == INCLUDED_MAX {
            self.cut = true;
            return Ok(());
        }
        self.seen.insert(rid);
        self.found.push(resource);
        next.push((rid, resource_type));
        Ok(())
    }
}

/// Looks at how many resources each part matches, and takes the least.
fn driver(db: &Connection, query: &Query<'_>) -> Result<Option<usize>, StoreError> {
    let mut least: Option<(i64, usize)> = None;
    for (index, statement) in query.candidates(PROBE_MAX)? {
        let matches = run_number(db, &statement)?;
        if least.is_none_or(|(count, _)| matches < count) {
            least = Some((matches, index));
        }
        if matches <= FEW {
            break;
        }
    }
    Ok(least.map(|(_, index)| index))
}

/// The keys of a search of one type.
fn sort(search: &Search) -> &[search::SortKey] {
    search.branches.first().map_or(&[], |branch| branch.sort.as_slice())
}

fn parse(cursor: &SearchCursor) -> Result<Place, StoreError> {
    let text = cursor.0.as_str();
    let place = if let Some(rid) = text.strip_prefix('r') {
        rid.parse().ok().map(Place::After)
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
