//! Nodes of answers: their paths, types, and what references lead to.

use fhirpath::{Environment, Expression, Item, Node, Resolver, Target, TypeOnly};

fn paths(json: &str, text: &str) -> Vec<String> {
    let definitions = definitions::embedded();
    let tree = fhir::Tree::parse(json.as_bytes()).unwrap();
    let only = TypeOnly { definitions };
    let mut environment = Environment::new(definitions);
    environment.resolver = Some(&only);
    let focus = Item::resource(tree.root(), definitions);
    let found = Expression::parse(text).unwrap().evaluate(&environment, focus).unwrap();
    found
        .iter()
        .map(|item| match item {
            Item::Node(node) => format!("{}: {}", node.path(), node.type_name()),
            Item::Value(value) => value.to_string(),
            Item::Unread(name) => format!("unread {name}"),
        })
        .collect()
}

const BUNDLE: &str = r##"{"resourceType":"Bundle","type":"collection","entry":[
    {"fullUrl":"http://example.org/fhir/Observation/o1","resource":{"resourceType":"Observation","id":"o1",
        "contained":[{"resourceType":"Device","id":"d"}],
        "device":{"reference":"#d"},
        "subject":{"reference":"Patient/p1"},
        "performer":[{"reference":"Practitioner/9"},{"reference":"urn:uuid:1","type":"Organization"},
                     {"reference":"http://other.org/base/Patient/4/_history/2"},{"display":"nobody"}],
        "valueQuantity":{"value":1.50,"unit":"mg"}}},
    {"fullUrl":"http://example.org/fhir/Patient/p1","resource":{"resourceType":"Patient","id":"p1",
        "name":[{"given":["A",null,"C"],"_given":[null,{"id":"x"},null]}]}}]}"##;

#[test]
fn paths_are_those_of_json() {
    let cases = [
        ("entry[0].resource.value", "Bundle.entry[0].resource.valueQuantity: Quantity"),
        ("entry.resource.value.value", "Bundle.entry[0].resource.valueQuantity.value: decimal"),
        ("entry[1].resource.name.given[1]", "Bundle.entry[1].resource.name[0]._given[1]: string"),
        ("entry[1].resource.name.given[2]", "Bundle.entry[1].resource.name[0].given[2]: string"),
        ("entry[0].resource.id", "Bundle.entry[0].resource.id: id"),
        ("entry[0].resource.contained", "Bundle.entry[0].resource.contained[0]: Device"),
    ];
    for (text, expected) in cases {
        assert_eq!(paths(BUNDLE, text), [expected], "{text}");
    }
}

#[test]
fn references() {
    let cases: [(&str, &[&str]); 5] = [
        ("entry[0].resource.device.resolve()", &["Bundle.entry[0].resource.contained[0]: Device"]),
        ("entry[0].resource.subject.resolve()", &["Bundle.entry[1].resource: Patient"]),
        (
            "entry[0].resource.performer.resolve()",
            &["unread Practitioner", "unread Organization", "unread Patient"],
        ),
        ("entry[0].resource.performer.where(resolve() is Patient).count()", &["1"]),
        ("entry[0].resource.performer.resolve().ofType(Practitioner).name", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(paths(BUNDLE, text), expected, "{text}");
    }
}

/// Leads to one tree, whatever is asked.
struct Always<'t>(&'t fhir::Tree);

impl<'t> Resolver<'t> for Always<'t> {
    fn resolve(&self, reference: &str, _: Option<&Node<'t>>) -> Option<Target<'t>> {
        (reference == "Organization/1").then(|| Target::Resource(self.0.root()))
    }
}

#[test]
fn a_resolver_gives_resources_of_other_trees() {
    let definitions = definitions::embedded();
    let organization =
        fhir::Tree::parse(br#"{"resourceType":"Organization","name":"Ward"}"#).unwrap();
    let patient = fhir::Tree::parse(
        br#"{"resourceType":"Patient","managingOrganization":{"reference":"Organization/1"}}"#,
    )
    .unwrap();
    let resolver = Always(&organization);
    let mut environment = Environment::new(definitions);
    environment.resolver = Some(&resolver);
    let expression = Expression::parse("managingOrganization.resolve().name").unwrap();
    let focus = Item::resource(patient.root(), definitions);
    let found = expression.evaluate(&environment, focus).unwrap();
    assert_eq!(found[0].as_node().unwrap().path(), "Organization.name");
}

#[test]
fn a_focus_can_be_an_element() {
    let definitions = definitions::embedded();
    let tree = fhir::Tree::parse(
        br#"{"resourceType":"Patient","id":"p","contact":[{"name":{"family":"A"}}]}"#,
    )
    .unwrap();
    let contact = tree.root().at("contact[0]").unwrap();
    let node = Node::element(contact, "Patient.contact", definitions).unwrap();
    let environment = Environment::new(definitions);
    let expression = Expression::parse("name.family & %resource.id").unwrap();
    let found = expression.evaluate(&environment, Item::Node(node)).unwrap();
    assert_eq!(found[0].system().unwrap().to_string(), "Ap");
    assert!(Node::element(contact, "Patient.nothing", definitions).is_none());
}

#[test]
fn unknown_types_are_walked_by_name() {
    let json = r#"{"resourceType":"Unheard","name":["a","b"],"inner":{"value":5}}"#;
    assert_eq!(paths(json, "name").len(), 2);
    assert_eq!(paths(json, "inner.value + 1"), ["6"]);
}

#[test]
fn the_root_resource_of_a_contained_one() {
    let found = paths(BUNDLE, "entry[0].resource.contained.select(%rootResource)");
    assert_eq!(found, [": Bundle"].map(|_| "Bundle: Bundle"));
    let definitions = definitions::embedded();
    let tree = fhir::Tree::parse(BUNDLE.as_bytes()).unwrap();
    let device = tree.root().at("entry[0].resource.contained[0]").unwrap();
    let environment = Environment::new(definitions);
    let expression = Expression::parse("%rootResource.id & %resource.id").unwrap();
    let focus = Item::resource(device, definitions);
    let found = expression.evaluate(&environment, focus).unwrap();
    assert_eq!(found[0].system().unwrap().to_string(), "o1d");
}
