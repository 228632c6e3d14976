//! Every expression of the definitions can be read and has a meaning: search parameters and
//! constraints.

use fhirpath::{CheckContext, Expression, OtherTypes};

#[test]
fn search_parameters() {
    let definitions = definitions::embedded();
    let mut count = 0;
    let mut wrong = Vec::new();
    for parameter in definitions.parameters() {
        let components = parameter.components.iter().map(|(_, expression)| *expression);
        for text in components.chain([parameter.expression]).filter(|text| !text.is_empty()) {
            let parsed = Expression::parse(text);
            assert!(parsed.is_ok(), "{}: {text}: {parsed:?}", parameter.url);
            count += 1;
        }
        let Ok(expression) = Expression::parse(parameter.expression) else { continue };
        for base in &parameter.base {
            let mut context = CheckContext::new(definitions, base.as_str());
            context.other_types = OtherTypes::Empty;
            for issue in expression.check(&context).issues {
                wrong.push(format!("{} on {base}: {expression}: {issue}", parameter.url));
            }
        }
    }
    assert!(count > 1300, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn constraints() {
    let definitions = definitions::embedded();
    let mut failures = Vec::new();
    let mut count = 0;
    for structure in definitions.structures().iter().filter(|structure| !structure.is_profile) {
        for element in structure.elements() {
            for constraint in &element.constraints {
                let Some(text) = constraint.expression else { continue };
                count += 1;
                let expression = match Expression::parse(text) {
                    Ok(expression) => expression,
                    Err(error) => {
                        failures
                            .push(format!("{} {}: {text}: {error}", element.path, constraint.key));
                        continue;
                    }
                };
                let resource_type = element.path.split('.').next();
                let mut issues: Vec<Vec<String>> = Vec::new();
                for context_type in context_types(element) {
                    let mut context = CheckContext::new(definitions, context_type);
                    context.resource_type =
                        resource_type.filter(|name| definitions.resource_type(name).is_some());
                    let checked = expression.check(&context);
                    issues.push(checked.issues.iter().map(ToString::to_string).collect());
                }
                // A constraint on a choice is about one of its types.
                let is_known = MISTAKEN.iter().any(|(key, _)| *key == constraint.key);
                let is_wrong = issues.iter().all(|issues| !issues.is_empty()) && !issues.is_empty();
                if is_wrong != is_known {
                    let place = element.path;
                    failures.push(format!("{place} {}: {text}: {issues:?}", constraint.key));
                }
            }
        }
    }
    failures.sort();
    failures.dedup();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 1000, "{count}");
}

/// Constraints of R4 that can mean nothing where they stand, by key.
const MISTAKEN: [(&str, &str); 1] =
    [("cid-0", "ChargeItemDefinition has no name; R5 took the constraint away")];

/// The types that an element's constraints are about: its content's, or those it may have.
fn context_types(element: &definitions::ElementDefinition) -> Vec<&'static str> {
    if definitions::embedded().type_id(element.path).is_some() {
        return vec![element.path];
    }
    element.types.iter().map(|element_type| element_type.code).collect()
}
