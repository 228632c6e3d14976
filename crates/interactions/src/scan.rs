//! Every current resource of a type, page by page: for start-up and small types.

use ::search::{Branch, Contained, Expression, Search, Summary, Total};
use fhir::{ResourceType, Tree, VersionId};
use store::{ResourceKey, SearchCursor};

use crate::app::App;
use crate::failure::Failure;

/// Resources read at once.
const PAGE: usize = 500;

/// Calls `visit` with each current resource of a type, in the store's order.
pub(crate) async fn scan_type(
    app: &App,
    resource_type: ResourceType,
    mut visit: impl FnMut(&ResourceKey, VersionId, &Tree),
) -> Result<(), Failure> {
    let search = search_of(resource_type, Expression::All, PAGE);
    let mut cursor: Option<SearchCursor> = None;
    loop {
        let page = app.store.search(&search, cursor.as_ref()).await?;
        for hit in &page.hits {
            let Some(body) = hit.resource.body.as_deref() else { continue };
            if let Ok(tree) = Tree::parse(body) {
                visit(&hit.resource.key, hit.resource.version, &tree);
            }
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(()),
        }
    }
}

/// A search made inside the program: a filter, a page size, nothing else.
pub(crate) fn search_of(resource_type: ResourceType, filter: Expression, count: usize) -> Search {
    Search {
        branches: vec![Branch { resource_type, filter, sort: Vec::new() }],
        contained: Contained::No,
        count,
        includes: Vec::new(),
        total: Total::None,
        summary: Summary::False,
        elements: Vec::new(),
        explain: false,
        criteria: Vec::new(),
    }
}
