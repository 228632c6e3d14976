//! Which types are searched: one, several at the base address, those of a compartment.
//! Spec: <https://hl7.org/fhir/R4/http.html#search>, <https://hl7.org/fhir/R4/search.html#type>,
//! <https://hl7.org/fhir/R4/compartmentdefinition.html>.

use definitions::Definitions;
use fhir::{Issue, IssueCode, ResourceId, ResourceType};

use super::chain::{self, known_type};
use super::criterion::{WHOLE, bad_value, not_supported};
use super::name::Name;
use super::{Context, ParseOptions, parse};
use crate::entry::{ParameterId, ReferenceTarget};
use crate::expression::{Comparison, Expression, Predicate, Search};

/// The parameter that names the types.
const TYPE: &str = "_type";
/// The code that a compartment has for the resource that it is around.
const ITSELF: &str = "{def}";

/// Reads the parameters of a search at the base address: of the types of `_type`, or of all.
///
/// Filters must be parameters of all types searched.
pub fn parse_system_query(
    definitions: &'static Definitions,
    pairs: &[(String, String)],
    options: &ParseOptions,
) -> Result<(Search, Vec<Issue>), Vec<Issue>> {
    let (named, rest) = named_types(definitions, pairs, options)?;
    let types = named.clone().unwrap_or_else(|| definitions.resource_types().to_vec());
    let types = types.into_iter().map(|resource_type| (resource_type, Expression::All)).collect();
    with_types(parse(definitions, types, &rest, options), named)
}

/// A compartment: the resources around one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompartmentOf {
    /// The type that it is around: `Patient`.
    pub resource_type: ResourceType,
    /// The resource that it is around.
    pub id: ResourceId,
}

/// Reads the parameters of a search in a compartment: of one type, or of all that belong to it
/// (`GET Patient/1/*`), which `_type` may narrow.
pub fn parse_compartment_query(
    definitions: &'static Definitions,
    compartment: &CompartmentOf,
    member: Option<ResourceType>,
    pairs: &[(String, String)],
    options: &ParseOptions,
) -> Result<(Search, Vec<Issue>), Vec<Issue>> {
    let around = compartment.resource_type;
    let Some(known) = definitions.compartment(around) else {
        let kinds: Vec<&str> =
            definitions.compartments().iter().map(|c| c.resource_type.as_str()).collect();
        let message =
            format!("{around} has no compartment; those that have are {}", kinds.join(", "));
        return Err(vec![not_supported(around.as_str(), message)]);
    };
    let belongs = |resource_type: ResourceType| {
        let codes = known.parameters_of(resource_type);
        within(definitions, compartment, resource_type, codes)
    };
    if let Some(member) = member {
        let Some(within) = belongs(member) else {
            let message = format!(
                "{member} resources are never in the compartment of a {around}; search /{member}"
            );
            return Err(vec![not_supported(member.as_str(), message)]);
        };
        return parse(definitions, vec![(member, within)], pairs, options);
    }
    let (named, rest) = named_types(definitions, pairs, options)?;
    let members = known.members.iter().map(|(member, _)| *member);
    let types: Vec<_> = members
        .filter(|member| named.as_ref().is_none_or(|named| named.contains(member)))
        .filter_map(|member| Some((member, belongs(member)?)))
        .collect();
    if let (true, Some(named)) = (types.is_empty(), &named) {
        let names: Vec<&str> = named.iter().map(|each| each.as_str()).collect();
        let message = format!("{} are never in the compartment of a {around}", names.join(", "));
        return Err(vec![bad_value(TYPE, &message)]);
    }
    with_types(parse(definitions, types, &rest, options), named)
}

/// That a resource belongs to a compartment by one of these parameters; `None` if by none.
fn within(
    definitions: &'static Definitions,
    compartment: &CompartmentOf,
    resource_type: ResourceType,
    codes: &[&str],
) -> Option<Expression> {
    let mut any = Vec::with_capacity(codes.len());
    for code in codes {
        if *code == ITSELF {
            if resource_type == compartment.resource_type {
                any.push(Expression::Id(vec![compartment.id.clone()]));
            }
        } else if let Some(parameter) = definitions.search_parameter(resource_type, code) {
            let target = ReferenceTarget::Local(compartment.resource_type, compartment.id.clone());
            any.push(Expression::Compare(Comparison {
                parameter: ParameterId(parameter.id),
                predicate: Predicate::Reference(target),
            }));
        }
    }
    if any.is_empty() { None } else { Some(Expression::Or(any)) }
}

/// The types of `_type`, each once, with the parameters that are left.
#[expect(clippy::type_complexity, reason = "two lists; a name would say no more")]
fn named_types(
    definitions: &'static Definitions,
    pairs: &[(String, String)],
    options: &ParseOptions,
) -> Result<(Option<Vec<ResourceType>>, Vec<(String, String)>), Vec<Issue>> {
    let context = Context::new(definitions, options);
    let (named, rest): (Vec<_>, Vec<_>) = pairs.iter().cloned().partition(|(name, _)| name == TYPE);
    let value = match named.as_slice() {
        [] => return Ok((None, rest)),
        [(_, value)] => value,
        _ => return Err(vec![bad_value(TYPE, "it is given more than once; part types by commas")]),
    };
    let mut types: Vec<ResourceType> = Vec::new();
    let mut at = 0;
    for name in value.split(',') {
        let known = known_type(&context, name, TYPE).map_err(|mut issue| {
            issue.message = format!("{}; at byte {at} of the value", issue.message);
            vec![issue]
        })?;
        if !types.contains(&known) {
            types.push(known);
        }
        at += name.len() + 1;
    }
    Ok((Some(types), rest))
}

/// The search as read, with `_type` among what the self link repeats.
fn with_types(
    read: Result<(Search, Vec<Issue>), Vec<Issue>>,
    named: Option<Vec<ResourceType>>,
) -> Result<(Search, Vec<Issue>), Vec<Issue>> {
    let (mut search, warnings) = read?;
    if let Some(named) = named {
        let names: Vec<&str> = named.iter().map(|each| each.as_str()).collect();
        search.criteria.insert(0, (TYPE.into(), names.join(",").into()));
    }
    Ok((search, warnings))
}

/// What a filter says of each of the types.
pub(crate) fn filters(
    context: &Context<'_>,
    types: &[ResourceType],
    name: &str,
    values: &str,
) -> Result<Vec<Expression>, Issue> {
    let [first, others @ ..] = types else { return Ok(Vec::new()) };
    if others.is_empty() {
        return Ok(vec![chain::filter(context, *first, name, values)?]);
    }
    match Name::parse(name) {
        // A parameter of all resources is one and the same for every type.
        Some(Name::Plain { code, .. }) if is_same_for(context, types, code) => {
            let one = chain::filter(context, *first, name, values)?;
            Ok(vec![one; types.len()])
        }
        Some(Name::Plain { code, .. } | Name::Chain { code, .. }) => {
            check_common(context, types, code, name)?;
            types.iter().map(|each| chain::filter(context, *each, name, values)).collect()
        }
        _ => referred_to(context, types, name, values),
    }
}

fn is_same_for(context: &Context<'_>, types: &[ResourceType], code: &str) -> bool {
    if WHOLE.contains(&code) {
        return code != "_filter";
    }
    let id_of =
        |each: &ResourceType| context.definitions.search_parameter(*each, code).map(|p| p.id);
    let first = types.first().and_then(id_of);
    first.is_some() && types.iter().all(|each| id_of(each) == first)
}

/// A code must be a parameter of one kind on every type.
pub(crate) fn check_common(
    context: &Context<'_>,
    types: &[ResourceType],
    code: &str,
    place: &str,
) -> Result<(), Issue> {
    let of = |each: &ResourceType| context.definitions.search_parameter(*each, code);
    let mut kinds = types.iter().filter_map(of).map(|parameter| parameter.kind);
    let Some(first) = kinds.next() else { return Ok(()) };
    if kinds.any(|kind| kind != first) {
        let message =
            format!("{code} is of different kinds on the types searched; search one type");
        return Err(not_supported(place, message));
    }
    let Some(lacking) = types.iter().find(|each| of(each).is_none()) else { return Ok(()) };
    let message = format!(
        "{lacking}, one of the types searched, has no search parameter {code}; name with _type those \
         that have it, or search by one of every type, such as _id, _lastUpdated, _tag or _profile"
    );
    Err(not_supported(place, message))
}

/// `_has` finds nothing among types that the reference cannot point at, but must reach one.
fn referred_to(
    context: &Context<'_>,
    types: &[ResourceType],
    name: &str,
    values: &str,
) -> Result<Vec<Expression>, Issue> {
    let mut first_issue = None;
    let mut found = Vec::with_capacity(types.len());
    let mut any = false;
    for each in types {
        match chain::filter(context, *each, name, values) {
            Ok(expression) => {
                any = true;
                found.push(expression);
            }
            Err(issue) if issue.code == IssueCode::Value => {
                first_issue.get_or_insert(issue);
                found.push(Expression::Never);
            }
            Err(issue) => return Err(issue),
        }
    }
    match first_issue {
        Some(issue) if !any => Err(issue),
        _ => Ok(found),
    }
}
