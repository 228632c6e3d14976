//! `__schema` and `__type`.

use serde_json::{Value, json};

use crate::store::{data, try_run};

fn type_of(name: &str, fields: &str) -> Value {
    data(&format!("{{ __type(name: \"{name}\") {{ {fields} }} }}"))["__type"].clone()
}

fn names(list: &Value) -> Vec<&str> {
    let all = list.as_array().map_or(&[][..], Vec::as_slice);
    all.iter().filter_map(|each| each["name"].as_str()).collect()
}

#[test]
fn types() {
    let cases = [
        ("Patient", json!({"kind": "OBJECT", "name": "Patient"})),
        ("PatientContact", json!({"kind": "OBJECT", "name": "PatientContact"})),
        ("HumanName", json!({"kind": "OBJECT", "name": "HumanName"})),
        ("ElementBase", json!({"kind": "OBJECT", "name": "ElementBase"})),
        ("PatientConnection", json!({"kind": "OBJECT", "name": "PatientConnection"})),
        ("PatientEdge", json!({"kind": "OBJECT", "name": "PatientEdge"})),
        ("PatientInput", json!({"kind": "INPUT_OBJECT", "name": "PatientInput"})),
        ("PatientContactInput", json!({"kind": "INPUT_OBJECT", "name": "PatientContactInput"})),
        // Task.input has the name that the input of a Task would have.
        ("TaskInput", json!({"kind": "OBJECT", "name": "TaskInput"})),
        ("TaskInputObject", json!({"kind": "INPUT_OBJECT", "name": "TaskInputObject"})),
        ("PatientInputObject", json!(null)),
        ("Resource", json!({"kind": "INTERFACE", "name": "Resource"})),
        ("code", json!({"kind": "SCALAR", "name": "code"})),
        ("Boolean", json!({"kind": "SCALAR", "name": "Boolean"})),
        ("__TypeKind", json!({"kind": "ENUM", "name": "__TypeKind"})),
        ("__Schema", json!({"kind": "OBJECT", "name": "__Schema"})),
        ("Nothing", json!(null)),
        ("PatientNothing", json!(null)),
    ];
    for (name, expected) in cases {
        assert_eq!(type_of(name, "kind name"), expected, "{name}");
    }
}

#[test]
fn fields() {
    let patient =
        type_of("Patient", "fields { name type { kind name ofType { name } } args { name } }");
    let find = |name: &str| {
        let all = patient["fields"].as_array().unwrap();
        all.iter().find(|field| field["name"] == name).unwrap_or_else(|| panic!("{name}")).clone()
    };
    assert_eq!(find("birthDate")["type"]["name"], "date");
    assert_eq!(find("active")["type"]["name"], "Boolean");
    assert_eq!(find("_birthDate")["type"]["name"], "ElementBase");
    assert_eq!(
        find("name")["type"],
        json!({"kind": "LIST", "name": null, "ofType": {"name": "HumanName"}})
    );
    assert!(names(&find("name")["args"]).contains(&"use"));
    assert!(names(&find("name")["args"]).contains(&"fhirpath"));
    assert_eq!(find("deceasedBoolean")["type"]["name"], "Boolean");
    let query = type_of("Query", "fields { name args { name type { kind ofType { name } } } }");
    let list = query["fields"].as_array().unwrap();
    let list = list.iter().find(|field| field["name"] == "PatientList").unwrap();
    assert!(names(&list["args"]).contains(&"address_city"));
    assert!(names(&list["args"]).contains(&"_filter"));
    let reference = type_of("Reference", "fields { name type { name } }");
    let resource = reference["fields"].as_array().unwrap();
    let resource = resource.iter().find(|field| field["name"] == "resource").unwrap();
    assert_eq!(resource["type"]["name"], "Resource");
}

/// The question that tools ask: every type that a field names is among the types.
#[test]
fn the_whole_schema_is_closed() {
    let found = data(
        "query IntrospectionQuery { __schema { queryType { name } mutationType { name }
            subscriptionType { name } directives { name locations args { ...Input } }
            types { ...Full } } }
         fragment Full on __Type { kind name description fields(includeDeprecated: true) { name
            args { ...Input } type { ...Ref } isDeprecated deprecationReason }
            inputFields { ...Input } interfaces { ...Ref }
            enumValues(includeDeprecated: true) { name isDeprecated } possibleTypes { ...Ref } }
         fragment Input on __InputValue { name description type { ...Ref } defaultValue }
         fragment Ref on __Type { kind name ofType { kind name ofType { kind name } } }",
    );
    let schema = &found["__schema"];
    assert_eq!(schema["queryType"]["name"], "Query");
    assert_eq!(schema["subscriptionType"], json!(null));
    let mut known = names(&schema["types"]);
    known.sort_unstable();
    let twice: Vec<_> = known.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "each type once: {twice:?}");
    let mut pending = vec![schema];
    while let Some(value) = pending.pop() {
        match value {
            Value::Array(items) => pending.extend(items),
            Value::Object(members) => {
                if members.contains_key("ofType")
                    && let Some(name) = members["name"].as_str()
                {
                    assert!(known.binary_search(&name).is_ok(), "{name}");
                }
                pending.extend(members.values());
            }
            _ => {}
        }
    }
}

#[test]
fn what_is_not_there() {
    for query in [
        "{ __type { name } }",
        "{ __schema { nothing } }",
        "{ __schema }",
        "{ __type(name: \"a\") { fields } }",
    ] {
        assert!(try_run(query).is_err(), "{query}");
    }
}
