//! Search parameters' expressions, run by `fhirpath`.
//! Spec: <https://hl7.org/fhir/R4/searchparameter.html#SearchParameter.expression>.
//!
//! `resolve() is Patient` goes by the type that a reference states: whether the target is there (yet)
//! changes nothing about what a resource is found by.

use definitions::Definitions;
use fhir::{ResourceType, Value};
use fhirpath::{Environment, Expression, Item, Node, Resolver, Target};

use crate::element::{self, Found};
use crate::judge::Judge;
use crate::render::OWN_BASE;

/// A parsed expression, or why it is none.
#[derive(Debug)]
pub(crate) struct Compiled(Result<Expression, String>);

/// Parses an expression.
pub(crate) fn compile(text: &str) -> Compiled {
    Compiled(Expression::parse(text).map_err(|error| error.to_string()))
}

/// The items that an expression gives on a resource, or on an element of it.
///
/// # Panics
/// Where an expression of the definitions cannot be run: the judge would judge wrongly.
pub(crate) fn run<'t>(
    judge: &Judge,
    compiled: &Compiled,
    resource: Value<'t>,
    focus: Option<Item<'t>>,
) -> Vec<Item<'t>> {
    let definitions = judge.definitions;
    let resolver = ByStatedType { definitions };
    let own = Item::resource(resource, definitions);
    let mut environment = Environment::for_search(definitions);
    environment.resolver = Some(&resolver);
    environment.resource = Some(own.clone());
    environment.root_resource = Some(Item::resource(resource.tree().root(), definitions));
    match &compiled.0 {
        Ok(expression) => expression
            .evaluate(&environment, focus.unwrap_or(own))
            .unwrap_or_else(|error| panic!("{expression}: {error}")),
        Err(error) => panic!("{error}"),
    }
}

/// What an item is to a search; nothing for computed values other than truth.
pub(crate) fn found<'t>(item: &Item<'t>) -> Option<Found<'t>> {
    match item {
        Item::Node(node) => {
            Some(Found::Element { value: node.value()?, type_name: node.type_name() })
        }
        other => match other.system()? {
            fhirpath::System::Boolean(is) => Some(Found::Truth(is)),
            _ => None,
        },
    }
}

struct ByStatedType {
    definitions: &'static Definitions,
}

impl<'t> Resolver<'t> for ByStatedType {
    fn resolve(&self, reference: &str, from: Option<&Node<'t>>) -> Option<Target<'t>> {
        let stated = stated_type(self.definitions, reference).or_else(|| {
            let name = element::text_at(from?.value()?, "type")?;
            self.definitions.resource_type(name)
        });
        stated.map(Target::OfType)
    }
}

/// The type in `Type/id`, relative or at the end of a URL, a version after it or not.
fn stated_type(definitions: &Definitions, reference: &str) -> Option<ResourceType> {
    let text = reference.split_once("/_history/").map_or(reference, |(before, _)| before);
    let text = text.strip_prefix(OWN_BASE).map_or(text, |rest| rest.trim_start_matches('/'));
    let mut parts = text.rsplit('/');
    let (_, name) = (parts.next()?, parts.next()?);
    definitions.resource_type(name)
}
