//! Compartments as filters of a search, and the other way round: whose a resource is.
//! Spec: <https://hl7.org/fhir/R4/compartmentdefinition.html>.

use std::collections::BTreeSet;

use ::search::{
    Branch, Comparison, Expression, IndexValue, ParameterId, Predicate, ReferenceTarget,
};
use definitions::Definitions;
use fhir::{ResourceId, ResourceType, Value};

use crate::app::App;
use crate::in_force::InForce;

/// Whose compartments.
#[derive(Clone, Debug)]
pub(crate) enum Owners {
    /// Those of all resources of the type.
    All,
    /// Those of these.
    Some(Vec<ResourceId>),
}

/// A branch for each type that can be in a compartment, with the filter that says what is; the type
/// that it is around comes first.
pub(crate) fn branches(
    definitions: &Definitions,
    around: ResourceType,
    owners: &Owners,
) -> Vec<Branch> {
    let Some(compartment) = definitions.compartment(around) else { return Vec::new() };
    let itself = match owners {
        Owners::All => Expression::All,
        Owners::Some(ids) => Expression::Id(ids.clone()),
    };
    let mut branches = vec![Branch { resource_type: around, filter: itself, sort: Vec::new() }];
    for (member, _) in &compartment.members {
        let mut ways = Vec::new();
        for parameter in parameters(definitions, around, *member) {
            match owners {
                Owners::All => ways.push(Expression::Chain {
                    parameter,
                    target: around,
                    inner: Box::new(Expression::All),
                }),
                Owners::Some(ids) => ways.extend(ids.iter().map(|id| {
                    let target = ReferenceTarget::Local(around, id.clone());
                    let predicate = Predicate::Reference(target);
                    Expression::Compare(Comparison { parameter, predicate })
                })),
            }
        }
        if ways.is_empty() {
            continue;
        }
        if *member == around {
            ways.push(branches[0].filter.clone());
            branches[0].filter = Expression::Or(ways);
        } else {
            let filter = Expression::Or(ways);
            branches.push(Branch { resource_type: *member, filter, sort: Vec::new() });
        }
    }
    branches
}

/// The parameters by which resources of a type are in a compartment.
fn parameters(
    definitions: &Definitions,
    around: ResourceType,
    member: ResourceType,
) -> Vec<ParameterId> {
    let codes =
        definitions.compartment(around).map_or(&[][..], |known| known.parameters_of(member));
    codes
        .iter()
        .filter_map(|code| definitions.search_parameter(member, code))
        .map(|parameter| ParameterId(parameter.id))
        .collect()
}

/// Whether resources of a type can be in the compartments around another type.
pub(super) fn can_belong(
    definitions: &Definitions,
    around: ResourceType,
    member: ResourceType,
) -> bool {
    member == around || !parameters(definitions, around, member).is_empty()
}

/// In whose compartments a resource is.
pub(super) fn owners_of(
    app: &App,
    in_force: &InForce,
    around: ResourceType,
    resource_type: ResourceType,
    resource: Value<'_>,
) -> BTreeSet<ResourceId> {
    let parameters = parameters(in_force.definitions, around, resource_type);
    named_by(app, in_force, around, resource_type, &parameters, resource)
}

/// Whose a resource is, in their compartment or not: a Device is in nobody's, and still a patient's.
pub(super) fn subjects_of(
    app: &App,
    in_force: &InForce,
    around: ResourceType,
    resource_type: ResourceType,
    resource: Value<'_>,
) -> BTreeSet<ResourceId> {
    let definitions = in_force.definitions;
    let mut parameters = parameters(definitions, around, resource_type);
    let named = ["patient", "subject"].into_iter();
    let named = named.filter_map(|code| definitions.search_parameter(resource_type, code));
    parameters.extend(named.map(|parameter| ParameterId(parameter.id)));
    named_by(app, in_force, around, resource_type, &parameters, resource)
}

/// The resources of a type that a resource refers to by some parameters, and itself if it is one.
fn named_by(
    app: &App,
    in_force: &InForce,
    around: ResourceType,
    resource_type: ResourceType,
    parameters: &[ParameterId],
    resource: Value<'_>,
) -> BTreeSet<ResourceId> {
    let mut owners = BTreeSet::new();
    if resource_type == around {
        owners.extend(resource.text_of("id").and_then(ResourceId::parse));
    }
    if parameters.is_empty() {
        return owners;
    }
    let indexed = in_force.indexer.extract(resource, &|text| app.local_target(text));
    for entry in indexed.entries {
        if let IndexValue::Reference(ReferenceTarget::Local(target, id)) = entry.value
            && target == around
            && parameters.contains(&entry.parameter)
        {
            owners.insert(id);
        }
    }
    owners
}
