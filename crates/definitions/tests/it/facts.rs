//! The committed asset: that it is the one its provenance names, and facts of the packages in it.

use definitions::{
    BindingStrength, CodeSystemContent, Content, ParameterKind, Primitive, StructureKind, embedded,
};

#[test]
fn asset_is_the_one_of_the_provenance() {
    let asset = include_bytes!("../../assets/r4-ukcore.bin");
    let provenance = include_str!("../../assets/provenance.toml");
    let hash = crate::package::sha256(asset);
    assert!(
        provenance.contains(&format!("sha256 = \"{hash}\"")),
        "asset hash {hash} not in provenance"
    );
    assert!(provenance.contains(&format!("bytes = {}", asset.len())));
    assert!(asset.len() < 3 << 20);
}

#[test]
fn all_that_is_packed_can_be_read() {
    let definitions = embedded();
    let elements: usize = definitions.structures().iter().map(|s| s.elements().len()).sum();
    assert!(elements > 14_000, "{elements}");
    for system in definitions.code_systems() {
        assert_eq!(system.concepts().len(), system.count as usize, "{}", system.url);
        for (index, concept) in system.concepts().iter().enumerate() {
            assert!(
                concept.parent.is_none_or(|parent| (parent as usize) < index),
                "{}",
                system.url
            );
        }
    }
    let members: usize = definitions
        .value_sets()
        .iter()
        .filter_map(|s| s.expansion())
        .map(|e| e.members.len())
        .sum();
    assert!(members > 50_000, "{members}");
}

#[test]
fn resource_types() {
    let definitions = embedded();
    assert_eq!(definitions.resource_types().len(), 146);
    for (name, is_known) in [
        ("Patient", true),
        ("Bundle", true),
        ("Resource", false),
        ("DomainResource", false),
        ("HumanName", false),
        ("patient", false),
        ("", false),
    ] {
        assert_eq!(definitions.resource_type(name).is_some(), is_known, "{name}");
    }
}

#[test]
fn structures() {
    let definitions = embedded();
    let kinds =
        |kind| definitions.structures().iter().filter(|s| s.kind == kind && !s.is_profile).count();
    assert_eq!(kinds(StructureKind::Primitive), 20);
    assert_eq!(kinds(StructureKind::Resource), 148);
    assert_eq!(kinds(StructureKind::Complex), 41);

    let patient = definitions.structure("http://hl7.org/fhir/StructureDefinition/Patient").unwrap();
    assert_eq!(patient.elements().len(), 45);
    let link = patient.element("Patient.link").unwrap();
    assert!(link.is_modifier && link.is_summary && link.max.is_none());
    let gender = patient.element("Patient.gender").unwrap();
    let binding = gender.binding.unwrap();
    assert_eq!(binding.strength, BindingStrength::Required);
    assert_eq!(binding.value_set, Some("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1"));
    let keys: Vec<&str> = patient.elements()[0].constraints.iter().map(|c| c.key).collect();
    assert_eq!(keys, ["dom-2", "dom-3", "dom-4", "dom-5", "dom-6"]);
}

#[test]
fn uk_core_profile() {
    let definitions = embedded();
    let url = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient|2.4.0";
    let profile = definitions.structure(url).unwrap();
    assert!(profile.is_profile);
    assert_eq!(profile.base, Some("http://hl7.org/fhir/StructureDefinition/Patient"));
    let slicing = profile.element("Patient.identifier").unwrap().slicing.as_ref().unwrap();
    assert_eq!(&*slicing.discriminators, [("value", "system")]);
    let system = profile.element("Patient.identifier:nhsNumber.system").unwrap();
    assert_eq!(system.fixed.unwrap().json, "\"https://fhir.nhs.uk/Id/nhs-number\"");
    assert_eq!(system.path, "Patient.identifier.system");
}

#[test]
fn search_parameters() {
    let definitions = embedded();
    assert!(definitions.parameters().len() >= 1395, "{}", definitions.parameters().len());
    for (index, parameter) in definitions.parameters().enumerate() {
        assert_eq!(definitions.parameter(index as u32).url, parameter.url);
    }
    let get = |name: &str, code: &str| {
        definitions.search_parameter(definitions.resource_type(name).unwrap(), code)
    };
    for (name, code, kind) in [
        ("Patient", "birthdate", ParameterKind::Date),
        ("Patient", "identifier", ParameterKind::Token),
        ("Patient", "_id", ParameterKind::Token),
        ("Patient", "_lastUpdated", ParameterKind::Date),
        ("Observation", "code-value-quantity", ParameterKind::Composite),
        ("Observation", "value-quantity", ParameterKind::Quantity),
        ("Encounter", "subject", ParameterKind::Reference),
        ("ValueSet", "url", ParameterKind::Uri),
        ("RiskAssessment", "probability", ParameterKind::Number),
        ("Location", "near", ParameterKind::Special),
        ("Binary", "_tag", ParameterKind::Token),
    ] {
        assert_eq!(get(name, code).map(|p| p.kind), Some(kind), "{name}?{code}");
    }
    for (name, code) in
        [("Patient", "birthDate"), ("Binary", "_text"), ("Patient", "subject"), ("Patient", "")]
    {
        assert!(get(name, code).is_none(), "{name}?{code}");
    }
    let subject = get("Condition", "subject").unwrap();
    assert_eq!(subject.url, "http://hl7.org/fhir/SearchParameter/Condition-subject");
    assert_eq!(subject.targets.len(), 2);
    let composite = get("Observation", "code-value-quantity").unwrap();
    assert_eq!(composite.components.len(), 2);
    assert!(definitions.parameter_by_url(composite.components[0].0).is_some());
}

#[test]
fn every_parameter_of_a_type_is_found_by_its_code() {
    let definitions = embedded();
    for resource_type in definitions.resource_types() {
        let parameters = definitions.search_parameters(*resource_type);
        assert!(parameters.len() >= 6, "{resource_type}");
        for parameter in parameters {
            let found = definitions.search_parameter(*resource_type, parameter.code).unwrap();
            assert_eq!(found.id, parameter.id, "{resource_type}?{}", parameter.code);
        }
    }
}

#[test]
fn elements() {
    let definitions = embedded();
    for (path, child, type_name, is_many) in [
        ("Patient", "name", "HumanName", true),
        ("Patient", "birthDate", "date", false),
        ("Patient", "id", "id", false),
        ("Patient.contact", "relationship", "CodeableConcept", true),
        ("Observation", "valueQuantity", "Quantity", false),
        ("Observation", "valueDateTime", "dateTime", false),
        ("Extension", "valueBase64Binary", "base64Binary", false),
        ("Extension", "url", "uri", false),
        ("Questionnaire.item", "item", "BackboneElement", true),
        ("Bundle.entry", "resource", "Resource", false),
        ("Timing.repeat", "boundsPeriod", "Period", false),
        ("Narrative", "div", "xhtml", false),
    ] {
        let element = definitions.element(path, child).unwrap_or_else(|| panic!("{path}.{child}"));
        assert_eq!((element.type_name, element.is_many), (type_name, is_many), "{path}.{child}");
    }
    for (path, child) in [
        ("Patient", "nom"),
        ("Observation", "value"),
        ("Observation", "valueAddress"),
        ("Observation", "value[x]"),
        ("Patient", ""),
        ("Nobody", "name"),
    ] {
        assert!(definitions.element(path, child).is_none(), "{path}.{child}");
    }
    let item = definitions.type_id("Questionnaire.item").unwrap();
    assert_eq!(definitions.child(item, "item").unwrap().content, Content::Complex(item));
    let birth_date = definitions.element("Patient", "birthDate").unwrap();
    assert_eq!(birth_date.content, Content::Primitive(Primitive::Date));
    let observation = definitions.type_id("Observation").unwrap();
    assert_eq!(definitions.children_named(observation, "value").count(), 11);
    let subject = definitions.element("Observation", "subject").unwrap();
    assert_eq!(subject.definition.types[0].targets.len(), 4);
}

#[test]
fn terminology() {
    let definitions = embedded();
    for (system, code, display) in [
        ("http://hl7.org/fhir/administrative-gender", "female", Some("Female")),
        ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB", Some("ambulatory")),
        ("http://terminology.hl7.org/CodeSystem/v2-0203", "MR", Some("Medical record number")),
        ("http://hl7.org/fhir/administrative-gender|4.0.1", "male", Some("Male")),
        ("http://hl7.org/fhir/administrative-gender", "Female", None),
        ("http://example.org/none", "female", None),
    ] {
        assert_eq!(definitions.display(system, code), display, "{system}|{code}");
    }
    let gender =
        definitions.value_set("http://hl7.org/fhir/ValueSet/administrative-gender").unwrap();
    assert_eq!(gender.includes()[0].system, Some("http://hl7.org/fhir/administrative-gender"));
    assert_eq!(gender.expansion().unwrap().members.len(), 4);
    let snomed = definitions.code_system("http://snomed.info/sct");
    assert!(snomed.is_none_or(|s| s.content == CodeSystemContent::NotPresent));
    let names = definitions.naming_systems();
    let snomed = names.iter().find(|n| n.uri() == Some("http://snomed.info/sct")).unwrap();
    assert!(
        snomed
            .unique_ids
            .iter()
            .any(|(kind, id, _)| *kind == "oid" && *id == "2.16.840.1.113883.6.96")
    );
}

#[test]
fn compartments() {
    let definitions = embedded();
    assert_eq!(definitions.compartments().len(), 5);
    let patient = definitions.resource_type("Patient").unwrap();
    let around = definitions.compartment(patient).unwrap();
    let codes = |name: &str| around.parameters_of(definitions.resource_type(name).unwrap());
    assert_eq!(codes("Observation"), ["subject", "performer"]);
    assert!(codes("Organization").is_empty());
}

#[test]
fn a_damaged_asset_is_an_error() {
    let asset = include_bytes!("../../assets/r4-ukcore.bin");
    for (name, bytes) in [
        ("empty", Vec::new()),
        ("other format", [b"CLDEFS\0\xFF".as_slice(), &asset[8..]].concat()),
        ("cut in the head", asset[..20].to_vec()),
        ("cut in a section", asset[..asset.len() / 2].to_vec()),
        ("byte changed", {
            let mut bytes = asset.to_vec();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x55;
            bytes
        }),
    ] {
        assert!(definitions::Definitions::load(&bytes).is_err(), "{name}");
    }
}

#[test]
fn definitions_can_be_built_at_run_time() {
    let mut builder = definitions::Builder::default();
    let code_system = br#"{"resourceType":"CodeSystem","url":"http://example.org/c","name":"C","status":"active",
        "content":"complete","caseSensitive":false,"concept":[{"code":"a","display":"A thing","concept":[{"code":"b"}]}]}"#;
    let parameter = br#"{"resourceType":"SearchParameter","url":"http://example.org/p","code":"p","type":"token",
        "base":["Patient"],"expression":"Patient.active"}"#;
    for text in [code_system.as_slice(), parameter, br#"{"resourceType":"Patient"}"#] {
        builder.add(fhir::Tree::parse(text).unwrap());
    }
    let definitions = builder.build().unwrap();
    assert_eq!(definitions.display("http://example.org/c", "A"), Some("A thing"));
    let b = definitions.code_system("http://example.org/c").unwrap().concept("b").unwrap();
    assert_eq!(b.parent, Some(0));
    assert_eq!(definitions.parameters().len(), 1);
    assert!(definitions.resource_types().is_empty());
}
