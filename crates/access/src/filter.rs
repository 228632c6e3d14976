//! Which resources of a type: a condition that a search can be joined with, and that one resource can
//! be held against.
//!
//! Both readings come from one [`search::Expression`], so that what a search leaves out a read refuses.
//! Spec of compartments: <https://hl7.org/fhir/R4/compartmentdefinition.html>.

use std::collections::BTreeSet;

use definitions::Definitions;
use fhir::{ResourceId, ResourceType};
use search::{
    Comparison, Expression, IndexValue, Indexed, Modifier, ParameterId, ParseOptions, Predicate,
    ReferenceTarget, TokenCode, TokenSystem,
};

/// The type that a record is around.
pub const PATIENT: ResourceType = ResourceType::from_static("Patient");
/// The code that a compartment has for the resource that it is around.
const ITSELF: &str = "{def}";

/// Which resources of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All.
    Everything,
    /// None.
    Nothing,
    /// Those in the compartment of one of these patients.
    Patients(Vec<ResourceId>),
    /// Those with one of these ids.
    Ids(Vec<ResourceId>),
    /// Those that this search finds.
    Query(Vec<(String, String)>),
    /// Those that each of these lets through.
    All(Vec<Filter>),
    /// Those that one of these lets through.
    Any(Vec<Filter>),
    /// Those that this keeps out.
    Not(Box<Filter>),
}

impl Filter {
    /// A search by one parameter.
    pub fn query(name: &str, value: impl Into<String>) -> Filter {
        Filter::Query(vec![(name.to_owned(), value.into())])
    }

    /// Both, with the plain cases taken out.
    #[must_use]
    pub fn and(self, other: Filter) -> Filter {
        match (self, other) {
            (Filter::Nothing, _) | (_, Filter::Nothing) => Filter::Nothing,
            (Filter::Everything, one) | (one, Filter::Everything) => one,
            (Filter::All(mut all), one) => {
                all.push(one);
                Filter::All(all)
            }
            (a, b) => Filter::All(vec![a, b]),
        }
    }

    /// One or the other, with the plain cases taken out.
    #[must_use]
    pub fn or(self, other: Filter) -> Filter {
        match (self, other) {
            (Filter::Everything, _) | (_, Filter::Everything) => Filter::Everything,
            (Filter::Nothing, one) | (one, Filter::Nothing) => one,
            (Filter::Any(mut any), one) => {
                any.push(one);
                Filter::Any(any)
            }
            (a, b) => Filter::Any(vec![a, b]),
        }
    }

    /// The condition for a search of the type. `None` where a query in it cannot be read, which lets
    /// nothing through.
    pub fn expression(
        &self,
        definitions: &'static Definitions,
        resource_type: ResourceType,
        options: &ParseOptions,
    ) -> Option<Expression> {
        let each = |filters: &[Filter]| {
            filters
                .iter()
                .map(|filter| filter.expression(definitions, resource_type, options))
                .collect::<Option<Vec<_>>>()
        };
        Some(match self {
            Filter::Everything => Expression::All,
            Filter::Nothing => Expression::Never,
            Filter::Patients(ids) => in_compartments(definitions, resource_type, ids),
            Filter::Ids(ids) => Expression::Id(ids.clone()),
            Filter::Query(pairs) => {
                let (search, _) =
                    search::parse_query(definitions, resource_type, pairs, options).ok()?;
                search.branches.into_iter().next()?.filter
            }
            Filter::All(filters) => Expression::And(each(filters)?),
            Filter::Any(filters) => Expression::Or(each(filters)?),
            Filter::Not(filter) => {
                Expression::Not(Box::new(filter.expression(definitions, resource_type, options)?))
            }
        })
    }
}

/// Whether resources of the type can be in a patient's compartment.
pub fn is_of_patients(definitions: &Definitions, resource_type: ResourceType) -> bool {
    resource_type == PATIENT || memberships(definitions, resource_type).next().is_some()
}

/// The parameters by which resources of the type are in a patient's compartment.
fn memberships(
    definitions: &Definitions,
    resource_type: ResourceType,
) -> impl Iterator<Item = ParameterId> {
    let codes = definitions
        .compartment(PATIENT)
        .map_or(&[][..], |known| known.parameters_of(resource_type));
    codes
        .iter()
        .filter(|code| **code != ITSELF)
        .filter_map(move |code| definitions.search_parameter(resource_type, code))
        .map(|parameter| ParameterId(parameter.id))
}

fn in_compartments(
    definitions: &Definitions,
    resource_type: ResourceType,
    ids: &[ResourceId],
) -> Expression {
    // A Patient that another links to is not that other's: only the record itself counts.
    if resource_type == PATIENT {
        return Expression::Id(ids.to_vec());
    }
    let mut ways = Vec::new();
    for parameter in memberships(definitions, resource_type) {
        ways.extend(ids.iter().map(|id| {
            let target = ReferenceTarget::Local(PATIENT, id.clone());
            Expression::Compare(Comparison { parameter, predicate: Predicate::Reference(target) })
        }));
    }
    if ways.is_empty() { Expression::Never } else { Expression::Or(ways) }
}

/// The patients whose compartments a resource is in.
pub fn patients_of(
    definitions: &Definitions,
    resource_type: ResourceType,
    id: &ResourceId,
    indexed: &Indexed,
) -> BTreeSet<ResourceId> {
    if resource_type == PATIENT {
        return BTreeSet::from([id.clone()]);
    }
    let parameters: Vec<ParameterId> = memberships(definitions, resource_type).collect();
    let entries = indexed.entries.iter().filter(|entry| parameters.contains(&entry.parameter));
    entries
        .filter_map(|entry| match &entry.value {
            IndexValue::Reference(ReferenceTarget::Local(PATIENT, id)) => Some(id.clone()),
            _ => None,
        })
        .collect()
}

/// The patients that a search names for resources of a type, so that it finds no others' records: `None`
/// where it does not.
pub fn patients_named(
    definitions: &Definitions,
    resource_type: ResourceType,
    expression: &Expression,
) -> Option<BTreeSet<ResourceId>> {
    match expression {
        Expression::Never => Some(BTreeSet::new()),
        Expression::Id(ids) if resource_type == PATIENT => Some(ids.iter().cloned().collect()),
        Expression::Compare(Comparison { parameter, predicate }) => {
            let id = match predicate {
                Predicate::Reference(ReferenceTarget::Local(PATIENT, id)) => id,
                Predicate::ReferenceId(types, id) if types.contains(&PATIENT) => id,
                _ => return None,
            };
            // `patient` is what `subject` and its like say of patients, so whoever it names is a member too.
            let patient = definitions.search_parameter(resource_type, "patient");
            let is_member = memberships(definitions, resource_type)
                .chain(patient.map(|known| ParameterId(known.id)))
                .any(|each| each == *parameter);
            is_member.then(|| BTreeSet::from([id.clone()]))
        }
        Expression::And(all) => {
            all.iter().find_map(|each| patients_named(definitions, resource_type, each))
        }
        Expression::Or(any) if !any.is_empty() => any
            .iter()
            .map(|each| patients_named(definitions, resource_type, each))
            .try_fold(BTreeSet::new(), |mut all, each| {
                all.extend(each?);
                Some(all)
            }),
        _ => None,
    }
}

/// Whether a condition holds of one resource; `None` where that takes more than the resource.
///
/// What it can decide is what a policy is made of: ids, tokens, references, URIs, and what is missing.
pub fn holds(expression: &Expression, id: &ResourceId, indexed: &Indexed) -> Option<bool> {
    match expression {
        Expression::All => Some(true),
        Expression::Never => Some(false),
        Expression::Id(ids) => Some(ids.contains(id)),
        Expression::Not(inner) => holds(inner, id, indexed).map(|held| !held),
        Expression::And(all) => settle(all, id, indexed, false),
        Expression::Or(any) => settle(any, id, indexed, true),
        Expression::Missing(parameter) => {
            Some(!indexed.entries.iter().any(|entry| entry.parameter == *parameter))
        }
        Expression::Compare(Comparison { parameter, predicate }) => {
            let values = indexed.entries.iter().filter(|entry| entry.parameter == *parameter);
            let mut any = Some(false);
            for entry in values {
                match value_holds(predicate, &entry.value) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => any = None,
                }
            }
            // A predicate that is never decided must not look like one that does not hold.
            if is_decidable(predicate) { any } else { None }
        }
        Expression::LastUpdated(_)
        | Expression::Chain { .. }
        | Expression::Has { .. }
        | Expression::FullText { .. } => None,
    }
}

/// And (`until` false) and Or (`until` true): one that settles it settles it, whatever the others are.
fn settle(
    expressions: &[Expression],
    id: &ResourceId,
    indexed: &Indexed,
    until: bool,
) -> Option<bool> {
    let mut whole = Some(!until);
    for each in expressions {
        match holds(each, id, indexed) {
            Some(held) if held == until => return Some(until),
            Some(_) => {}
            None => whole = None,
        }
    }
    whole
}

fn is_decidable(predicate: &Predicate) -> bool {
    matches!(
        predicate,
        Predicate::Token { .. }
            | Predicate::TokenIn(_)
            | Predicate::Reference(_)
            | Predicate::ReferenceId(..)
            | Predicate::Uri { modifier: Modifier::Plain | Modifier::Exact, .. }
    )
}

fn value_holds(predicate: &Predicate, value: &IndexValue) -> Option<bool> {
    match (predicate, value) {
        (Predicate::Token { system, code }, IndexValue::Token { system: has, code: code_has }) => {
            let system_holds = match system {
                TokenSystem::Any => true,
                TokenSystem::None => has.is_none(),
                TokenSystem::Is(system) => has.as_ref() == Some(system),
            };
            let code_holds = match code {
                TokenCode::Any => true,
                TokenCode::Is(code) => code_has.as_ref() == Some(code),
            };
            Some(system_holds && code_holds)
        }
        (Predicate::TokenIn(set), IndexValue::Token { system: Some(system), code: Some(code) }) => {
            let of_system = set.systems.iter().filter(|(name, _)| name == system);
            Some(of_system.flat_map(|(_, codes)| codes).any(|each| each == code))
        }
        (Predicate::Reference(target), IndexValue::Reference(has)) => Some(target == has),
        (Predicate::ReferenceId(types, id), IndexValue::Reference(has)) => Some(match has {
            ReferenceTarget::Local(has_type, has_id) => has_id == id && types.contains(has_type),
            ReferenceTarget::Uri(_) => false,
        }),
        (Predicate::Uri { uri, .. }, IndexValue::Uri(has)) => Some(uri == has),
        // Text beside a token, a type beside an identifier: another value of the same parameter.
        _ if is_decidable(predicate) => Some(false),
        _ => None,
    }
}
