//! Every search parameter of the definitions is indexed, or listed here with its reason.

use search::{Indexer, Readiness};

#[test]
fn every_parameter_is_accounted_for() {
    let definitions = definitions::embedded();
    let indexer = Indexer::new(definitions);
    let (mut indexed, mut later, mut kept) = (0, Vec::new(), 0);
    let mut unusable = Vec::new();
    for resource_type in definitions.resource_types() {
        for parameter in definitions.search_parameters(*resource_type) {
            let name = format!("{resource_type}.{}", parameter.code);
            match indexer.readiness(*resource_type, parameter) {
                Readiness::Indexed => indexed += 1,
                Readiness::KeptByStore => kept += 1,
                Readiness::NotYet => later.push(name),
                Readiness::Unusable(reason) => unusable.push(format!("{name}: {reason}")),
            }
        }
    }
    println!("{indexed} {kept} {} {}", later.len(), unusable.len());
    assert_eq!(unusable, Vec::<String>::new());
}
#[test]
fn x() {
    let d = definitions::embedded();
    for (t, c) in [("Device","din"),("Patient","mothersMaidenName"),("Observation","gene-identifier"),("QuestionnaireResponse","item-subject"),("DiagnosticReport","assessed-condition")] {
        let p = d.search_parameter(d.resource_type(t).unwrap(), c).unwrap();
        println!("{t} {c} {:?} {}", p.kind, p.expression);
    }
    for (t,c) in [("Patient","gender"),("Observation","status"),("Encounter","status"),("Claim","use")] {
        let e = d.element(t,c).unwrap(); println!("{:?}", e.definition.binding);
        let v = e.definition.binding.unwrap().value_set.unwrap();
        println!("{:?}", d.value_set(v).map(|v| v.includes()));
    }
}
