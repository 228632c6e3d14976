//! What a page includes: `_include`, `_revinclude`, and what those include in turn.
//! Spec: <https://hl7.org/fhir/R4/search.html#revinclude>.

use std::collections::HashSet;

use fhir::ResourceType;
use foldhash::fast::RandomState;
use rusqlite::Connection;
use search::{Include, IncludeTarget};
use store::sql::Query;
use store::{StoreError, Stored};

use super::Reader;
use crate::dialect::{Sqlite, run_numbers};

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
        let numbers = self.reader.numbers();
        let number = |parameter| {
            let place = numbers.parameter_number(include.source, parameter);
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
