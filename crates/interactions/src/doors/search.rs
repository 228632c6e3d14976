//! Searches with the policy joined to them: to what is searched, and to every resource of another type
//! that a chain or `_has` steps to, so that nothing of what the caller may not see can be told from what
//! is found. Spec: <https://hl7.org/fhir/R4/search.html#chaining>.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use ::access::{Action, Filter, patients_named};
use ::search::{Contained, Expression, Handling, Search};
use ::store::{Refusal, SearchHit, SearchHitKind, StoreError};
use definitions::Definitions;
use fhir::{ResourceId, ResourceType};

use super::Doors;

impl Doors {
    /// The search that finds what the caller may see of what this one finds.
    pub(super) async fn narrowed(&self, search: &Search) -> Result<Search, StoreError> {
        if search.contained != Contained::No {
            // What contains a match is of any type, and would be answered with.
            let words = "contained resources are not searched for callers with limited access; leave _contained out";
            return Err(self.refuse(StoreError::refused(Refusal::Forbidden, words)));
        }
        let definitions = self.shared.current.get().definitions;
        let mut named = BTreeSet::new();
        for branch in &search.branches {
            name_patients(definitions, branch.resource_type, &branch.filter, &mut named);
        }
        let mut narrowed = search.clone();
        let mut refused = None;
        let mut branches = Vec::with_capacity(narrowed.branches.len());
        for mut branch in narrowed.branches {
            match self.joined(branch.resource_type, branch.filter, &named).await {
                Ok(filter) => {
                    branch.filter = filter;
                    branches.push(branch);
                }
                Err(error) if error.refusal().is_none() => return Err(error),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        // Of many types those that are not open are left out; where none is, it is said.
        if let Some(refused) = refused.filter(|_| branches.is_empty()) {
            return Err(refused);
        }
        narrowed.branches = branches;
        Ok(narrowed)
    }

    /// A condition together with what the caller may see of the type.
    pub(super) async fn joined(
        &self,
        resource_type: ResourceType,
        filter: Expression,
        named: &BTreeSet<ResourceId>,
    ) -> Result<Expression, StoreError> {
        let inner = self.inside(filter, named).await?;
        let decision = self.decided(Action::Search, resource_type, named).await?;
        let policy = match &decision.filter {
            Filter::Everything => return Ok(inner),
            filter => {
                let definitions = self.shared.current.get().definitions;
                let options = self.shared.parse_options(Handling::Strict);
                filter.expression(definitions, resource_type, &options)
            }
        };
        // A constraint of a scope that is no search finds nothing.
        Ok(::search::simplify(Expression::And(vec![inner, policy.unwrap_or(Expression::Never)])))
    }

    /// The same condition with the policy at each step to another type.
    fn inside<'a>(
        &'a self,
        filter: Expression,
        named: &'a BTreeSet<ResourceId>,
    ) -> Pin<Box<dyn Future<Output = Result<Expression, StoreError>> + Send + 'a>> {
        Box::pin(async move {
            Ok(match filter {
                Expression::And(all) => Expression::And(self.each(all, named).await?),
                Expression::Or(any) => Expression::Or(self.each(any, named).await?),
                Expression::Not(inner) => {
                    Expression::Not(Box::new(self.inside(*inner, named).await?))
                }
                Expression::Chain { parameter, target, inner } => {
                    let inner = Box::new(self.joined(target, *inner, named).await?);
                    Expression::Chain { parameter, target, inner }
                }
                Expression::Has { source, parameter, inner } => {
                    let inner = Box::new(self.joined(source, *inner, named).await?);
                    Expression::Has { source, parameter, inner }
                }
                other => other,
            })
        })
    }

    async fn each(
        &self,
        filters: Vec<Expression>,
        named: &BTreeSet<ResourceId>,
    ) -> Result<Vec<Expression>, StoreError> {
        let mut done = Vec::with_capacity(filters.len());
        for filter in filters {
            done.push(self.inside(filter, named).await?);
        }
        Ok(done)
    }

    /// Takes included resources out that the caller may not see, and notes whose the rest are.
    pub(super) async fn shown(&self, hits: Vec<SearchHit>) -> Result<Vec<SearchHit>, StoreError> {
        let mut shown = Vec::with_capacity(hits.len());
        for hit in hits {
            // Matches passed the search that the policy was joined to.
            if hit.kind == SearchHitKind::Match {
                self.note(&hit.resource);
                shown.push(hit);
                continue;
            }
            match self.lets_version(Action::Read, &hit.resource).await {
                Ok(true) => shown.push(hit),
                Ok(false) => {}
                Err(error) if error.refusal().is_some() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(shown)
    }
}

/// The patients that a search names at any step.
fn name_patients(
    definitions: &'static Definitions,
    resource_type: ResourceType,
    filter: &Expression,
    named: &mut BTreeSet<ResourceId>,
) {
    named.extend(patients_named(definitions, resource_type, filter).into_iter().flatten());
    match filter {
        Expression::And(all) | Expression::Or(all) => {
            for each in all {
                name_patients(definitions, resource_type, each, named);
            }
        }
        Expression::Chain { target, inner, .. } => {
            name_patients(definitions, *target, inner, named);
        }
        Expression::Has { source, inner, .. } => {
            name_patients(definitions, *source, inner, named);
        }
        _ => {}
    }
}
