//! What an evaluation is given: terminology, profiles, traces, variables, how `as` is taken.

use std::cell::RefCell;

use fhirpath::{Environment, Expression, Item, Node, Profiles, Terminology, TraceSink};

const CONDITION: &str = r#"{"resourceType":"Condition","code":{"coding":[
    {"system":"urn:s","code":"b"},{"system":"urn:other","code":"z"}]},
    "modifierExtension":[{"url":"urn:known"}]}"#;

/// `a` is above `b`; the value set has `b` of `urn:s`.
struct Small;

impl Terminology for Small {
    fn member_of(&self, value_set: &str, system: Option<&str>, code: &str) -> Option<bool> {
        (value_set == "urn:vs")
            .then_some(system.is_none_or(|system| system == "urn:s") && code == "b")
    }

    fn subsumes(&self, system: &str, above: &str, below: &str) -> Option<bool> {
        (system == "urn:s").then_some(above == below || (above, below) == ("a", "b"))
    }
}

impl Profiles for Small {
    fn conforms(&self, node: &Node<'_>, profile: &str) -> Option<bool> {
        (profile == "urn:profile").then(|| node.type_name() == "Condition")
    }
}

#[derive(Default)]
struct Log(RefCell<Vec<String>>);

impl TraceSink for Log {
    fn trace(&self, name: &str, items: &[Item<'_>]) {
        self.0.borrow_mut().push(format!("{name}: {}", items.len()));
    }
}

fn answer(text: &str) -> Option<String> {
    let definitions = definitions::embedded();
    let tree = fhir::Tree::parse(CONDITION.as_bytes()).unwrap();
    let mut environment = Environment::new(definitions);
    environment.terminology = Some(&Small);
    environment.profiles = Some(&Small);
    let environment = environment.with_variable("mine", vec![Item::string("x"), Item::string("y")]);
    let focus = Item::resource(tree.root(), definitions);
    let found = Expression::parse(text).unwrap().evaluate(&environment, focus).unwrap();
    found.first().map(|item| item.system().unwrap().to_string())
}

#[test]
fn answers_of_services() {
    let cases = [
        ("code.memberOf('urn:vs')", Some("true")),
        ("code.coding.last().memberOf('urn:vs')", Some("false")),
        ("'b'.memberOf('urn:vs')", Some("true")),
        ("code.memberOf('urn:unknown')", None),
        ("code.coding.first().subsumes(code.coding.first())", Some("true")),
        ("code.coding.first().subsumedBy(code)", Some("true")),
        ("code.coding.first().subsumes(code.coding.last())", Some("false")),
        ("conformsTo('urn:profile')", Some("true")),
        ("conformsTo('http://hl7.org/fhir/StructureDefinition/DomainResource')", Some("true")),
        ("checkModifiers('urn:known').exists()", Some("true")),
        ("%mine.last()", Some("y")),
    ];
    for (text, expected) in cases {
        assert_eq!(answer(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn a_modifier_that_is_not_known_is_an_error() {
    let definitions = definitions::embedded();
    let tree = fhir::Tree::parse(CONDITION.as_bytes()).unwrap();
    let expression = Expression::parse("checkModifiers('urn:other')").unwrap();
    let focus = Item::resource(tree.root(), definitions);
    let error = expression.evaluate(&Environment::new(definitions), focus).unwrap_err();
    assert!(error.message.contains("modifier extension"), "{error}");
}

#[test]
fn traces_come_with_their_projection() {
    let definitions = definitions::embedded();
    let tree = fhir::Tree::parse(CONDITION.as_bytes()).unwrap();
    let log = Log::default();
    let mut environment = Environment::new(definitions);
    environment.trace = Some(&log);
    let expression =
        Expression::parse("code.trace('a').coding.trace('b', code | system).count()").unwrap();
    expression.evaluate(&environment, Item::resource(tree.root(), definitions)).unwrap();
    assert_eq!(*log.0.borrow(), ["a: 1", "b: 4"]);
}

#[test]
fn as_on_several_items() {
    let definitions = definitions::embedded();
    let tree = fhir::Tree::parse(
        br#"{"resourceType":"Group","characteristic":[{"valueBoolean":true},{"valueCodeableConcept":{"text":"a"}}]}"#,
    )
    .unwrap();
    let expression = Expression::parse("(Group.characteristic.value as CodeableConcept)").unwrap();
    let focus = || Item::resource(tree.root(), definitions);
    assert!(expression.evaluate(&Environment::new(definitions), focus()).is_err());
    let found = expression.evaluate(&Environment::for_search(definitions), focus()).unwrap();
    assert_eq!(found[0].as_node().unwrap().path(), "Group.characteristic[1].valueCodeableConcept");
}

#[test]
fn without_a_clock_there_is_no_now() {
    let definitions = definitions::embedded();
    let tree = fhir::Tree::parse(CONDITION.as_bytes()).unwrap();
    let focus = Item::resource(tree.root(), definitions);
    let result =
        Expression::parse("now()").unwrap().evaluate(&Environment::new(definitions), focus);
    assert_eq!(result.unwrap_err().kind, fhirpath::ErrorKind::Missing);
}
