//! All that a search finds, page after page, for use cases that decide by it: one page is not enough there,
//! and how long a page may be is the area's own setting.

use ::search::Handling;
use fhir::{IssueCode, ResourceType};
use store::{SearchCursor, Stored};

use crate::app::App;
use crate::failure::{Category, Failure};

/// Resources of one page.
const PAGE: usize = 500;
/// Resources that a decision is made by at the most.
const ALL_MAX: usize = 20_000;

impl App {
    /// Resources that a search finds, `max` at the most; and whether there are more.
    pub(crate) async fn first_found(
        &self,
        resource_type: ResourceType,
        query: &[(&str, String)],
        max: usize,
    ) -> Result<(Vec<Stored>, bool), Failure> {
        let page = max.min(PAGE).min(self.options.page_count_max).max(1);
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let pairs: Vec<_> = query.chain([("_count".to_owned(), page.to_string())]).collect();
        let (search, _) = self.parse_search(resource_type, &pairs, Handling::Strict)?;
        let mut cursor: Option<SearchCursor> = None;
        let mut all = Vec::new();
        loop {
            let page = self.store.search(&search, cursor.as_ref()).await?;
            all.extend(page.hits.into_iter().map(|hit| hit.resource));
            match page.next {
                Some(next) if all.len() < max => cursor = Some(next),
                next => {
                    let is_more = next.is_some() || all.len() > max;
                    all.truncate(max);
                    return Ok((all, is_more));
                }
            }
        }
    }

    /// Everything that a search finds. A decision by a part of it would show what is to be hidden, so more
    /// than can be looked through is a failure.
    pub(crate) async fn all_found(
        &self,
        resource_type: ResourceType,
        query: &[(&str, String)],
    ) -> Result<Vec<Stored>, Failure> {
        let (all, is_more) = self.first_found(resource_type, query, ALL_MAX).await?;
        if is_more {
            let message = format!(
                "there are more than {ALL_MAX} {resource_type} resources to decide by; ask who runs this server"
            );
            return Err(Failure::plain(Category::Unavailable, IssueCode::TooCostly, message));
        }
        Ok(all)
    }
}
