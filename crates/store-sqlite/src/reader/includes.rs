//! What a page includes: `_include`, `_revinclude`, and what those include in turn.
//! Spec: <https://hl7.org/fhir/R4/search.html#revinclude>.

use std::collections::HashSet;

use fhir::ResourceType;
use foldhash::fast::RandomState;
use rusqlite::Connection;
use search::{Include, IncludeTarget, ParameterId};
use store::sql::{Query, derived};
use store::{StoreError, Stored};

use super::Reader;
use crate::dialect::{Sqlite, run_numbers};
use crate::row::Row;

/// Included resources on a page at the most.
const INCLUDED_MAX: usize = 1000;

/// Rounds of `:iterate` at the most.
const ROUNDS_MAX: usize = 16;

/// Resources that includes start from.
type Sources = Vec<(i64, ResourceType)>;

/// What includes name, each resource once.
pub(super) struct Includes<'i> {
    reader: &'i Reader,
    db: &'i Connection,
    seen: HashSet<i64, RandomState>,
    pub(super) found: Vec<Stored>,
    /// Whether there was more than a page holds.
    pub(super) cut: bool,
}

impl<'i> Includes<'i> {
    /// Gathers what `includes` name from `matches`; what was seen is not found again.
    pub(super) fn gathered(
        reader: &'i Reader,
        db: &'i Connection,
        includes: &[Include],
        matches: Sources,
        seen: HashSet<i64, RandomState>,
    ) -> Result<Includes<'i>, StoreError> {
        let mut gathered = Includes { reader, db, seen, found: Vec::new(), cut: false };
        gathered.gather(includes, matches)?;
        Ok(gathered)
    }

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
        for (rid, resource_type) in sources {
            let found = match include.target {
                IncludeTarget::Forward(only) if *resource_type == include.source => {
                    self.forward(include, only, *rid)?
                }
                IncludeTarget::Forward(_) => continue,
                IncludeTarget::Reverse => self.reverse(include, *rid, *resource_type)?,
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

    /// What a resource refers to, by number or by a canonical.
    fn forward(
        &self,
        include: &Include,
        only: Option<ResourceType>,
        rid: i64,
    ) -> Result<Vec<i64>, StoreError> {
        let numbers = self.reader.numbers();
        let parameters: Vec<(i64, ParameterId)> = self.parameters(include);
        let mut found = Vec::new();
        for row in Reader::rows(self.db, rid)? {
            let Row::Reference { p, target } = row else { continue };
            let Some((_, parameter)) = parameters.iter().find(|(number, _)| *number == p) else {
                continue;
            };
            if target > 0 {
                found.push(target);
                continue;
            }
            let types = numbers.canonical_targets(*parameter).iter();
            let types = types.filter(|each| only.is_none_or(|only| only == **each));
            let urls: Vec<i64> =
                types.filter_map(|each| numbers.canonical(*parameter, *each)).collect();
            if !urls.is_empty() {
                let query = Query::bearers(&Sqlite, &urls, -target, self.room());
                found.extend(run_numbers(self.db, &query)?);
            }
        }
        Ok(found)
    }

    /// What refers to a resource, by its number or by a canonical that it bears.
    fn reverse(
        &self,
        include: &Include,
        rid: i64,
        resource_type: ResourceType,
    ) -> Result<Vec<i64>, StoreError> {
        let numbers = self.reader.numbers();
        let referring = |parameters: &[i64], target: i64| {
            run_numbers(self.db, &Query::referring(&Sqlite, parameters, target, self.room()))
        };
        let parameters = self.parameters(include);
        let all: Vec<i64> = parameters.iter().map(|(number, _)| *number).collect();
        let mut found = referring(&all, rid)?;
        let by_url = |(number, parameter): &(i64, ParameterId)| {
            numbers.canonical(*parameter, resource_type).map(|url| (*number, url))
        };
        let canonicals: Vec<(i64, i64)> = parameters.iter().filter_map(by_url).collect();
        let Some((_, url)) = canonicals.first() else { return Ok(found) };
        let canonicals: Vec<i64> = canonicals.iter().map(|(number, _)| *number).collect();
        for row in Reader::rows(self.db, rid)? {
            if let Row::Uri { p, u } = row
                && (p == *url || p == *url + derived::OWN_CANONICAL)
            {
                found.extend(referring(&canonicals, -u)?);
            }
        }
        Ok(found)
    }

    /// The parameters of an include with their numbers.
    fn parameters(&self, include: &Include) -> Vec<(i64, ParameterId)> {
        let numbers = self.reader.numbers();
        let number = |parameter: &ParameterId| {
            let place = numbers.parameter_number(include.source, *parameter);
            place.map(|(number, _)| (number, *parameter))
        };
        include.parameters.iter().filter_map(number).collect()
    }

    /// One more than there is room for, and those on the page already come on top.
    fn room(&self) -> usize {
        INCLUDED_MAX - self.found.len() + self.seen.len() + 1
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
