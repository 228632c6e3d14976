//! FHIR's directives: `@flatten`, `@first`, `@singleton`, `@slice`.

use serde_json::json;

use crate::store::{data, run, try_run};

#[test]
fn flattening() {
    let cases = [
        // Names go up, and are lists, because there are several.
        (
            "name @flatten { use given }",
            json!({"use": ["official", "usual"], "given": ["Amina", "R", "Mina"]}),
        ),
        ("name @flatten { family }", json!({"family": ["Shah"]})),
        ("name(use: old) @flatten { family } id", json!({"id": "p"})),
        ("name @flatten { family @singleton use @singleton }", json!(null)),
        ("name(use: official) @flatten { family @singleton }", json!({"family": "Shah"})),
        ("name @first { use }", json!({"name": {"use": "official"}})),
        ("name @first { given @first }", json!({"name": {"given": "Amina"}})),
        ("name @flatten @first { use given }", json!({"use": "official", "given": ["Amina", "R"]})),
        (
            "contact @flatten { name @flatten { family } relationship @flatten { text } }",
            json!({"family": ["Shah"], "text": ["mother"]}),
        ),
        (
            "managingOrganization @flatten { resource(type: Organization) @flatten { name } }",
            json!({"name": "Hope Street"}),
        ),
        (
            "managingOrganization @flatten { org: resource(type: Organization) { name } } id",
            json!({"org": {"name": "Hope Street"}, "id": "p"}),
        ),
        (
            "generalPractitioner @flatten { resource(optional: true, type: Practitioner) @flatten {
            name @flatten { family } } }",
            json!({"family": ["Wong", "Inside"]}),
        ),
    ];
    for (fields, expected) in cases {
        let told = run(&format!("{{ Patient(id: \"p\") {{ {fields} }} }}"));
        if expected.is_null() {
            // Two uses do not fit one.
            assert!(told.messages()[0].contains("@singleton"), "{fields}: {}", told.answer);
            continue;
        }
        assert_eq!(told.answer["data"]["Patient"], expected, "{fields}");
        assert_eq!(told.messages(), [""; 0], "{fields}");
    }
}

#[test]
fn slicing() {
    let cases = [
        (
            "name @flatten @slice(fhirpath: \"use\") { given family @singleton }",
            json!({"given.official": ["Amina", "R"], "family.official": "Shah",
                "given.usual": ["Mina"]}),
        ),
        (
            "telecom @flatten @slice(path: \"$index\") { value @singleton }",
            json!({"value.0": "1", "value.1": "a@x.test", "value.2": "2"}),
        ),
        (
            "name @slice(path: \"use\") { given @first }",
            json!({"name": [{"given.official": "Amina"}, {"given.usual": "Mina"}]}),
        ),
    ];
    for (fields, expected) in cases {
        let found = data(&format!("{{ Patient(id: \"p\") {{ {fields} }} }}"));
        assert_eq!(found["Patient"], expected, "{fields}");
    }
}

#[test]
fn directives_out_of_place() {
    for directive in [
        "@slice",
        "@slice(path: 3)",
        "@slice(path: \"use\", fhirpath: \"use\")",
        "@slice(path: \"use\") @first",
        "@flatten @flatten",
        "@flatten(if: true)",
        "@include",
        "@include(if: 1)",
        "@include(unless: true)",
        "@deprecated",
        "@skip(if: \"true\")",
    ] {
        let query = format!("{{ Patient(id: \"p\") {{ name {directive} {{ use }} }} }}");
        assert!(try_run(&query).is_err(), "{directive}");
    }
    let on_a_fragment = r#"{ Patient(id: "p") { ... @flatten { id } } }"#;
    assert!(try_run(on_a_fragment).is_err());
    let told = run(r#"{ Patient(id: "p") { id name @slice(path: "use(") { use } } }"#);
    assert_eq!(told.answer["data"]["Patient"]["id"], "p");
    assert_eq!(told.answer["errors"][0]["extensions"]["code"], "invalid");
}
