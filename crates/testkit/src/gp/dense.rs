//! Entries of the dense person: the shapes of [`super::resources`], mixed.

use fhir::Element;
use jiff::civil::DateTime;

use super::element::{identifier, list, meta, object, snomed, text};
use super::resources::{self, Said};
use crate::calendar::{fhir_time, later};
use crate::clinical::{ACUTES, MEDICINES, PANELS, VACCINES};
use crate::prng::Prng;

const BASE: &str = "https://gp.lvp.example/Id";

/// The patient's entry.
pub(crate) fn patient(url: &str, nhs_number: &str) -> Element {
    let resource = object([
        ("resourceType", text("Patient")),
        ("meta", meta("Patient")),
        (
            "identifier",
            list([
                identifier(&format!("{BASE}/patient"), "DENSE"),
                identifier("https://fhir.nhs.uk/Id/nhs-number", nhs_number),
            ]),
        ),
        ("active", Element::Bool(true)),
        (
            "name",
            list([object([
                ("use", text("official")),
                ("family", text("Everett")),
                ("given", list([text("Constance"), text("Maud")])),
            ])]),
        ),
        ("gender", text("female")),
        ("birthDate", text("1941-05-17")),
    ]);
    asked(url, resource, "Patient", "patient", "DENSE")
}

fn asked(url: &str, resource: Element, kind: &str, system: &str, value: &str) -> Element {
    let request = object([
        ("method", text("PUT")),
        ("url", text(format!("{kind}?identifier={BASE}/{system}|{value}"))),
    ]);
    object([("fullUrl", text(url)), ("resource", resource), ("request", request)])
}

/// The `number`-th entry.
pub(crate) fn entry(prng: &mut Prng, number: usize, patient: &str, at: DateTime) -> Element {
    let url = format!("urn:uuid:{}", prng.uuid());
    let value = format!("dense-{number}");
    let on = at.date();
    let (system, resource) = match prng.below(100) {
        0..68 => ("observation", result(prng, &value, patient, at)),
        68..82 => ("encounter", contact(prng, &value, patient, at)),
        82..88 => {
            let drug = prng.pick(MEDICINES);
            let id = identifier(&format!("{BASE}/statement"), &value);
            ("statement", resources::medication_statement(id, drug, on, patient))
        }
        88..92 => {
            let cause = prng.pick(ACUTES);
            let id = identifier(&format!("{BASE}/condition"), &value);
            ("condition", resources::problem(id, (cause.snomed, cause.term), on, patient))
        }
        92..97 => ("document", letter(&value, patient, at)),
        _ => {
            let vaccine = prng.pick(VACCINES);
            let id = identifier(&format!("{BASE}/immunization"), &value);
            ("immunization", resources::immunization(id, vaccine, on, patient))
        }
    };
    let kind = resource.get("resourceType").and_then(Element::as_str).unwrap_or("").to_owned();
    asked(&url, resource, &kind, system, &value)
}

fn result(prng: &mut Prng, value: &str, patient: &str, at: DateTime) -> Element {
    let panel = prng.pick(PANELS);
    let analyte = prng.pick(panel.analytes);
    let (low, high) = analyte.female;
    let level =
        prng.normal(f64::midpoint(low.max(0.0), high), (high - low.max(0.0)) / 3.0).max(0.1);
    let level = format!("{level:.*}", analyte.digits);
    let id = identifier(&format!("{BASE}/observation"), value);
    let said = Said::Amount(&level, analyte.unit, analyte.unit);
    let code = snomed(analyte.snomed, analyte.term);
    resources::observation(id, "laboratory", code, &said, at, patient, None)
}

fn contact(prng: &mut Prng, value: &str, patient: &str, at: DateTime) -> Element {
    let until = later(at, i64::from(prng.range(5, 30)));
    object([
        ("resourceType", text("Encounter")),
        ("meta", meta("Encounter")),
        ("identifier", list([identifier(&format!("{BASE}/encounter"), value)])),
        ("status", text("finished")),
        (
            "class",
            object([
                ("system", text("http://terminology.hl7.org/CodeSystem/v3-ActCode")),
                ("code", text("AMB")),
            ]),
        ),
        ("subject", object([("reference", text(patient))])),
        ("period", object([("start", text(fhir_time(at))), ("end", text(fhir_time(until)))])),
    ])
}

fn letter(value: &str, patient: &str, at: DateTime) -> Element {
    let words = format!("Letter {value}: seen and well, treatment goes on unchanged.");
    let content = object([(
        "attachment",
        object([
            ("contentType", text("text/plain; charset=utf-8")),
            ("data", text(crate::base64::encode(words.as_bytes()))),
            ("title", text("Clinic letter")),
        ]),
    )]);
    object([
        ("resourceType", text("DocumentReference")),
        ("meta", meta("DocumentReference")),
        ("identifier", list([identifier(&format!("{BASE}/document"), value)])),
        ("status", text("current")),
        ("type", snomed("823681000000100", "Outpatient letter")),
        ("subject", object([("reference", text(patient))])),
        ("date", text(fhir_time(at))),
        ("content", list([content])),
    ])
}
