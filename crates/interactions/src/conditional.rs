//! Conditions that are searches: If-None-Exist, conditional update, patch and delete, conditional
//! references. Spec: <https://hl7.org/fhir/R4/http.html#ccreate>.

use ::search::Search;
use fhir::{IssueCode, ResourceType};
use store::{Guard, Stored};

use crate::app::App;
use crate::failure::{Category, Failure};
use crate::search::{check_query, decode_query};
use crate::write::guard_of;

/// What a condition found; more than one is a failure.
#[derive(Clone, Debug)]
pub enum Found {
    /// No match.
    Nothing,
    /// One match.
    One(Box<Stored>),
}

/// Parameters that shape an answer and select nothing.
const SHAPING: [&str; 13] = [
    "_contained",
    "_containedType",
    "_count",
    "_elements",
    "_explain",
    "_format",
    "_include",
    "_pretty",
    "_revinclude",
    "_score",
    "_sort",
    "_summary",
    "_total",
];

impl App {
    /// Runs a condition, and gives the guard that keeps its answer true until the commit.
    pub(crate) async fn find_one(
        &self,
        resource_type: ResourceType,
        query: &str,
    ) -> Result<(Found, Guard), Failure> {
        let search = self.condition(resource_type, query, 2)?;
        let page = self.store.search(&search, None).await?;
        let mut hits = page.hits.into_iter();
        let found = match (hits.next(), hits.next()) {
            (None, _) => Found::Nothing,
            (Some(hit), None) => Found::One(Box::new(hit.resource)),
            (Some(_), Some(_)) => return Err(too_many(resource_type, 1)),
        };
        let guard = guard_of(search, &found);
        Ok((found, guard))
    }

    /// Runs a condition that may find several; where it finds one or nothing, with the guard that
    /// keeps that true.
    pub(crate) async fn find_up_to(
        &self,
        resource_type: ResourceType,
        query: &str,
        max: usize,
    ) -> Result<(Vec<Stored>, Option<Guard>), Failure> {
        let search = self.condition(resource_type, query, max + 1)?;
        let page = self.store.search(&search, None).await?;
        let found: Vec<Stored> = page.hits.into_iter().map(|hit| hit.resource).collect();
        if found.len() > max {
            return Err(too_many(resource_type, max));
        }
        let guard = match found.as_slice() {
            [] => Some(guard_of(search, &Found::Nothing)),
            [one] => Some(guard_of(search, &Found::One(Box::new(one.clone())))),
            _ => None,
        };
        Ok((found, guard))
    }

    /// A condition as a search that selects and does nothing else.
    pub(crate) fn condition(
        &self,
        resource_type: ResourceType,
        query: &str,
        count: usize,
    ) -> Result<Search, Failure> {
        check_query(query)?;
        let pairs = decode_query(query);
        if pairs.iter().all(|(name, _)| SHAPING.contains(&base_of(name))) {
            return Err(Failure::plain(
                Category::PreconditionFailed,
                IssueCode::Invalid,
                "a condition needs at least one search parameter, such as identifier=system|value",
            ));
        }
        let mut search = self.parse_search(resource_type, &pairs, ::search::Handling::Strict)?.0;
        self.refuse_building(&search)?;
        search.count = count;
        search.total = ::search::Total::None;
        search.includes.clear();
        for branch in &mut search.branches {
            branch.sort.clear();
        }
        Ok(search)
    }
}

fn base_of(name: &str) -> &str {
    name.split_once(':').map_or(name, |(base, _)| base)
}

pub(crate) fn too_many(resource_type: ResourceType, max: usize) -> Failure {
    let words = if max == 1 { "one".to_owned() } else { format!("{max} resources") };
    Failure::new(
        Category::PreconditionFailed,
        IssueCode::MultipleMatches,
        resource_type.as_str(),
        format!("the condition finds more than {words}; make it more selective"),
    )
}
