//! Every search parameter of the definitions is indexed, or listed here with its reason.

use search::{Indexer, Readiness};

use crate::definitions;

#[test]
fn every_parameter_is_accounted_for() {
    let definitions = definitions();
    let indexer = Indexer::new(definitions);
    let (mut indexed, mut kept) = (0, 0);
    let mut unusable = Vec::new();
    for resource_type in definitions.resource_types() {
        for parameter in definitions.search_parameters(*resource_type) {
            match indexer.readiness(*resource_type, parameter) {
                Readiness::Indexed => indexed += 1,
                Readiness::KeptByStore => {
                    assert!(["_id", "_lastUpdated"].contains(&parameter.code));
                    kept += 1;
                }
                Readiness::Unusable(reason) => {
                    unusable.push(format!("{resource_type}.{}: {reason}", parameter.code));
                }
            }
        }
    }
    assert_eq!(unusable, Vec::<String>::new());
    assert_eq!(kept, 2 * definitions.resource_types().len());
    // Counted by type: a parameter on three types counts three times.
    assert_eq!(indexed, 2290);
}

#[test]
fn every_definition_is_reached_through_some_type() {
    let definitions = definitions();
    let mut reached = vec![false; definitions.parameters().len()];
    for resource_type in definitions.resource_types() {
        for parameter in definitions.search_parameters(*resource_type) {
            reached[parameter.id as usize] = true;
        }
    }
    let unreached: Vec<_> = definitions
        .parameters()
        .filter(|parameter| !reached[parameter.id as usize] && !parameter.expression.is_empty())
        .map(|parameter| parameter.url)
        .collect();
    assert_eq!(unreached, Vec::<&str>::new());
}

/// Parameters whose definition says nothing of where their values are, with what answers them.
const WITHOUT_EXPRESSION: [(&str, &str); 12] = [
    ("Resource-content", "full text of the store"),
    ("DomainResource-text", "full text of the store"),
    ("SearchParameter/filter", "read as a condition"),
    ("Resource-query", "refused: no named queries are defined"),
    ("example", "an example of how to define a parameter"),
    ("patient-extensions-Patient-age", "an example of an extension, without an expression"),
    ("patient-extensions-Patient-birthOrderBoolean", "an example, without an expression"),
    ("-author", "of workflow patterns, which are no resources"),
    ("-effective", "of workflow patterns, which are no resources"),
    ("-end", "of workflow patterns, which are no resources"),
    ("-keyword", "of workflow patterns, which are no resources"),
    ("-workflow", "of workflow patterns, which are no resources"),
];

#[test]
fn parameters_without_an_expression_are_listed() {
    let without = definitions().parameters().filter(|parameter| parameter.expression.is_empty());
    let unlisted: Vec<_> = without
        .map(|parameter| parameter.url)
        .filter(|url| !WITHOUT_EXPRESSION.iter().any(|(end, _)| url.ends_with(end)))
        .collect();
    assert_eq!(unlisted, Vec::<&str>::new());
}
