//! Conditions that are searches: If-None-Exist, conditional update, conditional references.
//! Spec: <https://hl7.org/fhir/R4/http.html#ccreate>.

use fhir::{IssueCode, ResourceType};
use store::{Guard, Stored};

use crate::app::App;
use crate::failure::{Category, Failure};
use crate::search::decode_query;
use crate::write::guard_of;

/// What a condition found; more than one is a failure.
#[derive(Clone, Debug)]
pub enum Found {
    /// No match.
    Nothing,
    /// One match.
    One(Box<Stored>),
}

impl App {
    /// Runs a condition, and gives the guard that keeps its answer true until the commit.
    pub(crate) async fn find_one(
        &self,
        resource_type: ResourceType,
        query: &str,
    ) -> Result<(Found, Guard), Failure> {
        let pairs = decode_query(query);
        if pairs.iter().all(|(name, _)| name.starts_with('_') && name != "_id" && name != "_tag") {
            return Err(Failure::plain(
                Category::PreconditionFailed,
                IssueCode::Invalid,
                "a condition needs at least one search parameter, such as identifier=system|value",
            ));
        }
        let mut search = self.parse_search(resource_type, &pairs, ::search::Handling::Strict)?.0;
        search.count = 2;
        search.includes.clear();
        for branch in &mut search.branches {
            branch.sort.clear();
        }
        let page = self.store.search(&search, None).await?;
        let mut hits = page.hits.into_iter();
        let found = match (hits.next(), hits.next()) {
            (None, _) => Found::Nothing,
            (Some(hit), None) => Found::One(Box::new(hit.resource)),
            (Some(_), Some(_)) => {
                return Err(Failure::plain(
                    Category::PreconditionFailed,
                    IssueCode::MultipleMatches,
                    format!(
                        "the condition finds more than one {resource_type}; make it select one"
                    ),
                ));
            }
        };
        let guard = guard_of(search, &found);
        Ok((found, guard))
    }
}
