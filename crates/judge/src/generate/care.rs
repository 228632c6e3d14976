//! Random records of care: encounters, observations, orders, reports.

use fhir::Element;

use super::prng::Prng;
use super::value::{number, object, text};
use super::vocabulary as words;

type Members = Vec<(&'static str, Option<Element>)>;

/// Whom records are about, mostly patients.
const SUBJECTS: [&str; 5] = ["Patient", "Patient", "Patient", "Patient", "Group"];

fn subject(prng: &mut Prng) -> Option<Element> {
    prng.maybe(90, |prng| prng.reference(&SUBJECTS))
}

fn encounter_of(prng: &mut Prng) -> Option<Element> {
    prng.maybe(50, |prng| prng.reference(&["Encounter"]))
}

fn patient_of(prng: &mut Prng) -> Option<Element> {
    prng.maybe(90, |prng| prng.reference(&["Patient"]))
}

pub(crate) fn encounter(prng: &mut Prng) -> Members {
    vec![
        ("identifier", prng.some(1, Prng::identifier)),
        ("status", Some(prng.one(&["planned", "in-progress", "finished"]))),
        ("class", Some(prng.coding())),
        ("type", prng.some(2, Prng::concept)),
        ("subject", subject(prng)),
        (
            "participant",
            prng.some(2, |prng| {
                object(vec![
                    ("type", prng.some(1, Prng::concept)),
                    ("individual", Some(prng.reference(&["Practitioner", "PractitionerRole"]))),
                ])
            }),
        ),
        ("appointment", prng.some(1, |prng| prng.reference(&["Appointment"]))),
        ("period", prng.maybe(80, Prng::period)),
        ("length", prng.maybe(50, Prng::quantity)),
        ("reasonCode", prng.some(1, Prng::concept)),
        (
            "diagnosis",
            prng.some(1, |prng| object(vec![("condition", Some(prng.reference(&["Condition"])))])),
        ),
        (
            "location",
            prng.some(2, |prng| {
                object(vec![
                    ("location", Some(prng.reference(&["Location"]))),
                    ("period", prng.maybe(60, Prng::period)),
                ])
            }),
        ),
        ("serviceProvider", prng.maybe(50, |prng| prng.reference(&["Organization"]))),
        ("partOf", prng.maybe(30, |prng| prng.reference(&["Encounter"]))),
    ]
}

pub(crate) fn condition(prng: &mut Prng) -> Members {
    let clinical = "http://terminology.hl7.org/CodeSystem/condition-clinical";
    let codes = ["active", "recurrence", "relapse", "inactive", "remission", "resolved"];
    let (onset, abatement) = (prng.below(6), prng.below(5));
    vec![
        ("identifier", prng.some(1, Prng::identifier)),
        ("clinicalStatus", prng.maybe(80, |prng| prng.concept_of(clinical, &codes))),
        ("category", prng.some(2, Prng::concept)),
        ("severity", prng.maybe(40, Prng::concept)),
        ("code", prng.maybe(80, Prng::concept)),
        ("bodySite", prng.some(2, Prng::concept)),
        ("subject", subject(prng)),
        ("encounter", encounter_of(prng)),
        ("onsetDateTime", (onset == 1).then(|| prng.date_time())),
        ("onsetAge", (onset == 2).then(|| prng.quantity())),
        ("onsetPeriod", (onset == 3).then(|| prng.period())),
        ("onsetRange", (onset == 4).then(|| prng.range())),
        ("onsetString", (onset == 5).then(|| prng.one(&words::TEXTS))),
        ("abatementDateTime", (abatement == 1).then(|| prng.date_time())),
        ("abatementAge", (abatement == 2).then(|| prng.quantity())),
        ("abatementString", (abatement == 3).then(|| prng.one(&words::TEXTS))),
        ("recordedDate", prng.maybe(60, Prng::date_time)),
        ("asserter", prng.maybe(40, |prng| prng.reference(&["Practitioner", "Patient"]))),
    ]
}

/// A value of an Observation or of one of its components.
fn observed(prng: &mut Prng) -> Members {
    let which = prng.below(9);
    vec![
        ("valueQuantity", (which < 4).then(|| prng.quantity())),
        ("valueCodeableConcept", (which == 4).then(|| prng.concept())),
        ("valueString", (which == 5).then(|| prng.one(&words::TEXTS))),
        ("valueDateTime", (which == 6).then(|| prng.date_time())),
        ("valuePeriod", (which == 7).then(|| prng.period())),
        ("dataAbsentReason", (which == 8).then(|| prng.concept())),
    ]
}

pub(crate) fn observation(prng: &mut Prng) -> Members {
    let effective = prng.below(5);
    let mut members = vec![
        ("identifier", prng.some(1, Prng::identifier)),
        ("basedOn", prng.some(1, |prng| prng.reference(&["ServiceRequest", "MedicationRequest"]))),
        ("status", Some(prng.one(&["registered", "preliminary", "final", "amended"]))),
        (
            "category",
            prng.some(2, |prng| {
                let system = "http://terminology.hl7.org/CodeSystem/observation-category";
                let codes = ["vital-signs", "laboratory", "exam"];
                if prng.percent(60) { prng.concept_of(system, &codes) } else { prng.concept() }
            }),
        ),
        ("code", Some(prng.concept())),
        ("subject", subject(prng)),
        ("encounter", encounter_of(prng)),
        ("effectiveDateTime", (effective == 1).then(|| prng.date_time())),
        ("effectivePeriod", (effective == 2).then(|| prng.period())),
        ("effectiveTiming", (effective == 3).then(|| prng.timing())),
        ("effectiveInstant", (effective == 4).then(|| prng.instant())),
        (
            "performer",
            prng.some(2, |prng| {
                prng.reference(&["Practitioner", "Organization", "Patient", "PractitionerRole"])
            }),
        ),
        ("method", prng.maybe(30, Prng::concept)),
    ];
    members.extend(observed(prng));
    members.push(("hasMember", prng.some(2, |prng| prng.reference(&["Observation"]))));
    members.push((
        "component",
        prng.some(3, |prng| {
            let mut part = vec![("code", Some(prng.concept()))];
            part.extend(observed(prng));
            object(part)
        }),
    ));
    members
}

pub(crate) fn diagnostic_report(prng: &mut Prng) -> Members {
    let effective = prng.below(3);
    vec![
        ("identifier", prng.some(1, Prng::identifier)),
        ("status", Some(prng.one(&["partial", "final"]))),
        ("category", prng.some(2, Prng::concept)),
        ("code", Some(prng.concept())),
        ("subject", subject(prng)),
        ("encounter", encounter_of(prng)),
        ("effectiveDateTime", (effective == 1).then(|| prng.date_time())),
        ("effectivePeriod", (effective == 2).then(|| prng.period())),
        ("issued", prng.maybe(60, Prng::instant)),
        ("performer", prng.some(2, |prng| prng.reference(&["Practitioner", "Organization"]))),
        ("result", prng.some(3, |prng| prng.reference(&["Observation"]))),
        ("conclusionCode", prng.some(1, Prng::concept)),
    ]
}

pub(crate) fn medication(prng: &mut Prng) -> Members {
    vec![
        ("identifier", prng.some(1, Prng::identifier)),
        ("code", prng.maybe(80, Prng::concept)),
        ("status", prng.maybe(60, |prng| prng.one(&["active", "inactive"]))),
        ("manufacturer", prng.maybe(40, |prng| prng.reference(&["Organization"]))),
        ("form", prng.maybe(40, Prng::concept)),
        (
            "ingredient",
            prng.some(2, |prng| {
                let is_code = prng.percent(50);
                object(vec![
                    ("itemCodeableConcept", is_code.then(|| prng.concept())),
                    ("itemReference", (!is_code).then(|| prng.reference(&["Medication"]))),
                ])
            }),
        ),
        (
            "batch",
            prng.maybe(40, |prng| {
                object(vec![
                    ("lotNumber", prng.maybe(70, |prng| prng.one(&words::VALUES))),
                    ("expirationDate", prng.maybe(70, Prng::date_time)),
                ])
            }),
        ),
    ]
}

pub(crate) fn medication_request(prng: &mut Prng) -> Members {
    let which = prng.below(4);
    let inner = (which == 0).then(|| {
        let mut members = vec![("resourceType", Some(text("Medication"))), ("id", Some(text("m")))];
        members.extend(medication(prng));
        Element::Array(vec![object(members)])
    });
    let by_reference = match which {
        0 => Some(object(vec![("reference", Some(text("#m")))])),
        1 => Some(prng.reference(&["Medication"])),
        _ => None,
    };
    vec![
        ("contained", inner),
        ("identifier", prng.some(1, Prng::identifier)),
        ("status", Some(prng.one(&["active", "completed"]))),
        ("intent", Some(prng.one(&["order", "plan"]))),
        ("medicationReference", by_reference),
        ("medicationCodeableConcept", (which > 1).then(|| prng.concept())),
        ("subject", subject(prng)),
        ("encounter", encounter_of(prng)),
        ("authoredOn", prng.maybe(70, Prng::date_time)),
        (
            "requester",
            prng.maybe(60, |prng| {
                prng.reference(&["Practitioner", "PractitionerRole", "Organization", "Patient"])
            }),
        ),
        ("dosageInstruction", prng.some(2, |prng| object(vec![("timing", Some(prng.timing()))]))),
    ]
}

pub(crate) fn service_request(prng: &mut Prng) -> Members {
    let occurrence = prng.below(4);
    vec![
        ("identifier", prng.some(1, Prng::identifier)),
        ("instantiatesUri", prng.some(1, |prng| prng.one(&words::URLS))),
        ("replaces", prng.some(1, |prng| prng.reference(&["ServiceRequest"]))),
        ("status", Some(prng.one(&["active", "completed"]))),
        ("intent", Some(prng.one(&["order", "plan"]))),
        ("code", prng.maybe(70, Prng::concept)),
        ("subject", subject(prng)),
        ("occurrenceDateTime", (occurrence == 1).then(|| prng.date_time())),
        ("occurrencePeriod", (occurrence == 2).then(|| prng.period())),
        ("occurrenceTiming", (occurrence == 3).then(|| prng.timing())),
        ("requester", prng.maybe(50, |prng| prng.reference(&["Practitioner", "Organization"]))),
        ("bodySite", prng.some(1, Prng::concept)),
    ]
}

pub(crate) fn risk_assessment(prng: &mut Prng) -> Members {
    vec![
        ("identifier", prng.some(1, Prng::identifier)),
        ("status", Some(text("final"))),
        ("subject", subject(prng)),
        ("encounter", encounter_of(prng)),
        ("occurrenceDateTime", prng.maybe(60, Prng::date_time)),
        ("condition", prng.maybe(40, |prng| prng.reference(&["Condition"]))),
        (
            "prediction",
            prng.some(3, |prng| {
                let which = prng.below(4);
                object(vec![
                    ("probabilityDecimal", (which < 2).then(|| number(prng.any(&words::NUMBERS)))),
                    ("probabilityRange", (which == 2).then(|| prng.range())),
                    ("qualitativeRisk", prng.maybe(40, Prng::concept)),
                ])
            }),
        ),
    ]
}

pub(crate) fn appointment(prng: &mut Prng) -> Members {
    vec![
        ("identifier", prng.some(1, Prng::identifier)),
        ("status", Some(prng.one(&["booked", "cancelled"]))),
        ("serviceType", prng.some(1, Prng::concept)),
        ("reasonCode", prng.some(1, Prng::concept)),
        ("start", prng.maybe(80, Prng::instant)),
        (
            "participant",
            prng.some(3, |prng| {
                object(vec![
                    (
                        "actor",
                        prng.maybe(90, |prng| {
                            prng.reference(&["Patient", "Patient", "Practitioner", "Location"])
                        }),
                    ),
                    ("status", Some(prng.one(&["accepted", "declined"]))),
                ])
            }),
        ),
    ]
}

pub(crate) fn charge_item(prng: &mut Prng) -> Members {
    let occurrence = prng.below(4);
    vec![
        ("identifier", prng.some(1, Prng::identifier)),
        ("status", Some(text("billable"))),
        ("code", Some(prng.concept())),
        ("subject", patient_of(prng)),
        ("context", prng.maybe(50, |prng| prng.reference(&["Encounter"]))),
        ("occurrenceDateTime", (occurrence == 1).then(|| prng.date_time())),
        ("occurrencePeriod", (occurrence == 2).then(|| prng.period())),
        ("occurrenceTiming", (occurrence == 3).then(|| prng.timing())),
        ("quantity", prng.maybe(60, Prng::quantity)),
        ("factorOverride", prng.maybe(60, |prng| number(prng.any(&words::NUMBERS)))),
        (
            "priceOverride",
            prng.maybe(60, |prng| {
                object(vec![
                    ("value", Some(number(prng.any(&words::NUMBERS)))),
                    ("currency", prng.maybe(80, |prng| prng.one(&["GBP", "EUR"]))),
                ])
            }),
        ),
        ("service", prng.some(1, |prng| prng.reference(&["Observation", "DiagnosticReport"]))),
        ("enteredDate", prng.maybe(50, Prng::date_time)),
    ]
}
