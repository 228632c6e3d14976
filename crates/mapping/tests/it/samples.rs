//! The sample messages of the shared data: all map without an error, and what differs from the
//! expected Bundles beside them (made by another converter) is listed with its reason.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use expect_test::expect_file;
use fhir::{Tree, Value};

use crate::{check_sound, map_hl7, shared_data};

fn messages() -> Vec<PathBuf> {
    let Some(data) = shared_data() else { return Vec::new() };
    let mut files: Vec<_> = std::fs::read_dir(data.join("hl7v2/messages"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "hl7"))
        .collect();
    files.sort();
    files
}

#[test]
fn all_messages_map_without_an_error() {
    let files = messages();
    assert!(files.is_empty() || files.len() == 66);
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let mapped = map_hl7("sample", &bytes);
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        assert!(!mapped.is_set_aside(), "{name}: {:?}", mapped.issues);
        assert!(mapped.contributions.iter().any(|c| c.resource_type.as_str() == "Patient"));
        check_sound(&mapped, &bytes, &name);
    }
}

/// Why a fact of the expected Bundle is not one of ours. The first row that begins the fact holds.
const REASONS: &[(&str, &str)] = &[
    ("type Account", "billing is not in the record"),
    ("type Coverage", "insurance is not in the record"),
    ("type ChargeItem", "billing is not in the record"),
    ("type ClaimResponse", "billing is not in the record"),
    ("type MessageHeader", "lineage and the ledger hold what the message was"),
    ("type Provenance", "lineage and the ledger hold where values came from"),
    ("type Device", "senders and equipment are not mapped yet"),
    ("type PractitionerRole", "participants point to the Practitioner"),
    ("type EpisodeOfCare", "visits are Encounters; PV1 alone makes no episode"),
    ("type Consent", "CON is not mapped yet"),
    ("type Procedure", "expected from PDA, FT1 or BLG; we map PR1"),
    ("type Medication", "RXE, RXD, RXO are not mapped yet"),
    ("type Immunization", "RXA is not mapped yet"),
    ("type NutritionOrder", "ODS is not mapped yet"),
    ("type SupplyRequest", "RQD is not mapped yet"),
    ("type ResearchStudy", "CTI is not mapped yet"),
    ("type Substance", "SPM-6 is not mapped yet"),
    ("type Specimen", "expected from OBR-15 or SAC; we map SPM"),
    ("type DiagnosticReport", "orders without results make no report"),
    ("type DocumentReference", "expected from OBX or NTE of laboratory orders"),
    ("type Linkage", "an identifier change retires the old Patient, as a merge does"),
    ("type RelatedPerson", "expected from PID-21, GT1 or IN1; we map NK1"),
    (
        "type Encounter",
        "the visit has neither number nor time of admission, or comes from PV2 alone",
    ),
    ("type ServiceRequest", "expected from AIS or RF1; we map OBR"),
    ("type Condition", "expected from PV2-3 or a reference; we map DG1 and PRB"),
    ("type Observation", "expected from PD1-7, PV1-15 or another segment than OBX"),
    ("type Location", "the message has no place but what others make of addresses"),
    ("type Organization", "expected from names of authorities"),
    ("type Practitioner", "expected from fields that name no person of the record"),
    ("identifier", "PID-18, PID-19 and PID-20 (account, US numbers) are left out"),
    ("family", "the expected Bundle has another person's or an upper-cased name"),
    ("birthDate", "the expected Bundle writes a time zone's other day"),
    ("gender", "the code is another table's"),
    ("class", "the PV1 of a prior result: another visit, without a number"),
    ("observation", "an OBX that is the content of a document, or expected from another segment"),
    ("condition", "expected from PV2-3 or PDA"),
    ("allergy", "expected with another code first"),
    ("appointment", "the expected Bundle reads other fields"),
];

#[test]
fn differences_from_the_expected_bundles_have_reasons() {
    let mut told = String::new();
    for file in messages() {
        let expected = file.with_extension("expected.json");
        let Ok(expected) = std::fs::read(&expected) else { continue };
        let tree = Tree::parse(&expected).unwrap();
        let wanted = facts(tree.root().all("entry").filter_map(|entry| entry.get("resource")));
        let mapped = map_hl7("sample", &std::fs::read(&file).unwrap());
        let ours: Vec<Tree> = mapped
            .contributions
            .iter()
            .map(|c| Tree::parse(&c.element.to_compact()).unwrap())
            .collect();
        let found = facts(ours.iter().map(Tree::root));
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        for fact in wanted.difference(&found) {
            let reason = REASONS.iter().find(|(start, _)| fact.starts_with(start));
            let reason = reason.unwrap_or_else(|| panic!("{name}: {fact} is missing")).1;
            let _ = writeln!(told, "{name}: {fact} -- {reason}");
        }
    }
    if !told.is_empty() {
        expect_file!["samples.differences"].assert_eq(&told);
    }
}

/// What matters of resources, as texts that two Bundles can be compared by.
fn facts<'t>(resources: impl Iterator<Item = Value<'t>>) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    for resource in resources {
        let resource_type = resource.text_of("resourceType").unwrap_or("");
        facts.insert(format!("type {resource_type}"));
        let mut say = |name: &str, text: Option<&str>| {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                facts.insert(format!("{name} {text}"));
            }
        };
        let code = || resource.at("code.coding[0].code").and_then(Value::as_text);
        match resource_type {
            "Patient" => {
                for identifier in resource.all("identifier") {
                    say("identifier", identifier.text_of("value"));
                }
                say("family", resource.at("name[0].family").and_then(Value::as_text));
                say("birthDate", resource.text_of("birthDate"));
                say("gender", resource.text_of("gender"));
            }
            "Encounter" => say("class", resource.at("class.code").and_then(Value::as_text)),
            "Observation" => say("observation", code()),
            "Condition" => say("condition", code()),
            "AllergyIntolerance" => say("allergy", code()),
            "Appointment" => say("appointment", resource.text_of("status")),
            _ => {}
        }
    }
    facts
}
