//! Every expression of the definitions can be read: search parameters and constraints.

use fhirpath::Expression;

#[test]
fn search_parameters() {
    let definitions = definitions::embedded();
    let mut count = 0;
    for parameter in definitions.parameters() {
        let components = parameter.components.iter().map(|(_, expression)| *expression);
        for text in components.chain([parameter.expression]).filter(|text| !text.is_empty()) {
            let parsed = Expression::parse(text);
            assert!(parsed.is_ok(), "{}: {text}: {parsed:?}", parameter.url);
            count += 1;
        }
    }
    assert!(count > 1300, "{count}");
}

#[test]
fn constraints() {
    let definitions = definitions::embedded();
    let mut failures = Vec::new();
    let mut count = 0;
    for structure in definitions.structures() {
        for constraint in structure.elements().iter().flat_map(|element| &element.constraints) {
            let Some(text) = constraint.expression else { continue };
            count += 1;
            if let Err(error) = Expression::parse(text) {
                failures.push(format!("{} {}: {text}: {error}", structure.name, constraint.key));
            }
        }
    }
    failures.sort();
    failures.dedup();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 1000, "{count}");
}
