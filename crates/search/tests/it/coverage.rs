//! Every search parameter of the definitions is indexed, or listed here with its reason.

use definitions::ParameterKind;
use search::{Indexer, Readiness};

use crate::definitions;

#[test]
fn every_parameter_is_accounted_for() {
    let definitions = definitions();
    let indexer = Indexer::new(definitions);
    let (mut indexed, mut kept, mut later) = (0, 0, 0);
    let mut unusable = Vec::new();
    for resource_type in definitions.resource_types() {
        for parameter in definitions.search_parameters(*resource_type) {
            let later_kind = parameter.kind == ParameterKind::Composite;
            match indexer.readiness(*resource_type, parameter) {
                Readiness::Indexed => indexed += 1,
                Readiness::KeptByStore => {
                    assert!(["_id", "_lastUpdated"].contains(&parameter.code));
                    kept += 1;
                }
                Readiness::NotYet => {
                    assert!(later_kind, "{resource_type}.{}", parameter.code);
                    later += 1;
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
    assert_eq!((indexed, later), (2218, 72));
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
        .iter()
        .filter(|parameter| !reached[parameter.id as usize] && !parameter.expression.is_empty())
        .map(|parameter| parameter.url)
        .collect();
    assert_eq!(unreached, Vec::<&str>::new());
}
