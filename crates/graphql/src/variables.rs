//! Variables of a request, checked against their declarations.
//! Spec: <https://spec.graphql.org/October2021/#sec-Coercing-Variable-Values>.

use fhir::IssueCode;

use crate::document::{Input, Operation, TypeShape, VariableDefinition, VariableType};
use crate::error::GraphqlError;

/// Values by name; a variable that was not sent and has no default is absent.
#[derive(Debug, Default)]
pub(crate) struct Variables(Vec<(Box<str>, Input)>);

impl Variables {
    /// The value with all variables in it replaced; `Null` for one that is absent.
    pub(crate) fn resolve(&self, input: &Input) -> Input {
        match input {
            Input::Variable(name) => {
                let found = self.0.iter().find(|(known, _)| known == name);
                found.map_or(Input::Null, |(_, value)| value.clone())
            }
            Input::List(items) => {
                Input::List(items.iter().map(|item| self.resolve(item)).collect())
            }
            Input::Object(members) => Input::Object(
                members.iter().map(|(name, value)| (name.clone(), self.resolve(value))).collect(),
            ),
            other => other.clone(),
        }
    }
}

/// Reads what was sent for the variables of an operation.
pub(crate) fn coerce(
    operation: &Operation,
    sent: Option<fhir::Value<'_>>,
) -> Result<Variables, Vec<GraphqlError>> {
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for (index, definition) in operation.variables.iter().enumerate() {
        let repeated = operation.variables[..index].iter().any(|d| d.name == definition.name);
        if repeated {
            errors.push(wrong(definition, "is declared twice"));
            continue;
        }
        let given = sent.and_then(|sent| sent.get(&definition.name)).map(Input::from_json);
        let value = given.or_else(|| definition.default.clone());
        match value {
            None if definition.variable_type.required => {
                errors.push(wrong(definition, "must have a value; add it to variables"));
            }
            None => {}
            Some(value) => {
                if fits(&value, &definition.variable_type) {
                    values.push((definition.name.clone(), value));
                } else {
                    errors.push(wrong(definition, "has a value that is not of its type"));
                }
            }
        }
    }
    if errors.is_empty() { Ok(Variables(values)) } else { Err(errors) }
}

fn wrong(definition: &VariableDefinition, what: &str) -> GraphqlError {
    let message = format!("the variable ${} {what}", definition.name);
    GraphqlError::at(definition.position, IssueCode::Invalid, message)
}

/// Whether a value is of GraphQL's own scalars, or some value of FHIR's. One value stands for a
/// list of one.
fn fits(value: &Input, wanted: &VariableType) -> bool {
    match (value, &wanted.shape) {
        (Input::Null, _) => !wanted.required,
        (Input::List(items), TypeShape::List(item)) => items.iter().all(|value| fits(value, item)),
        (value, TypeShape::List(item)) => fits(value, item),
        (value, TypeShape::Named(name)) => match &**name {
            "Boolean" => matches!(value, Input::Bool(_)),
            "Int" => matches!(value, Input::Number(digits) if digits.parse::<i32>().is_ok()),
            "Float" => matches!(value, Input::Number(_)),
            "String" => matches!(value, Input::String(_)),
            "ID" => matches!(value, Input::String(_) | Input::Number(_)),
            name if name.ends_with("Input") || name.ends_with("InputObject") => {
                matches!(value, Input::Object(_))
            }
            _ => value.text().is_some(),
        },
    }
}
