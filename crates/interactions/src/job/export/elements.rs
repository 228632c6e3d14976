//! `_elements` and `_typeFilter` of an export.

use std::collections::HashSet;

use ::search::{Branch, Expression, Handling, Search, Summary};
use fhir::{ResourceId, ResourceType};

use super::work::TypePlan;
use crate::app::App;
use crate::failure::Failure;
use crate::scan::search_of;
use crate::search::decode_query;
use crate::subset::write_subset;

/// Ids that are looked at in one search.
const IDS_AT_ONCE: usize = 200;

impl App {
    /// Those of the resources that one of the type's filters selects.
    pub(super) async fn selected(
        &self,
        plan: &TypePlan,
        resource_type: ResourceType,
        ids: Vec<ResourceId>,
    ) -> Result<HashSet<ResourceId>, Failure> {
        let mut filters = Vec::new();
        for query in &plan.filters {
            let pairs = decode_query(query);
            let search = self.parse_search(resource_type, &pairs, Handling::Strict)?.0;
            filters.extend(search.branches.into_iter().map(|branch| branch.filter));
        }
        let any = Expression::Or(filters);
        let mut selected = HashSet::new();
        for some in ids.chunks(IDS_AT_ONCE) {
            let filter = Expression::And(vec![Expression::Id(some.to_vec()), any.clone()]);
            let search = search_of(resource_type, filter, some.len());
            let page = self.store.search(&search, None).await?;
            selected.extend(page.hits.into_iter().map(|hit| hit.resource.key.id));
        }
        Ok(selected)
    }

    /// A resource as the export shows it.
    pub(super) fn shaped(&self, shape: Option<&Search>, body: &[u8], out: &mut Vec<u8>) {
        match shape {
            Some(search) => write_subset(body, search, self.definitions(), out),
            None => out.extend_from_slice(body),
        }
    }
}

/// The search whose `_elements` shapes what is written.
pub(super) fn shape_of(plan: &TypePlan, resource_type: ResourceType) -> Option<Search> {
    if plan.elements.is_empty() {
        return None;
    }
    let mut search = search_of(resource_type, Expression::All, 0);
    search.branches = Vec::<Branch>::new();
    search.summary = Summary::False;
    search.elements = plan.elements.iter().map(|element| element.as_str().into()).collect();
    Some(search)
}
