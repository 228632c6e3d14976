//! Random lists, questionnaires and their answers, value sets.

use fhir::Element;

use super::prng::Prng;
use super::value::{object, text};
use super::vocabulary as words;

type Members = Vec<(&'static str, Option<Element>)>;

pub(crate) fn list(prng: &mut Prng) -> Members {
    vec![
        ("identifier", prng.some(1, Prng::identifier)),
        ("status", Some(prng.one(&["current", "retired"]))),
        ("mode", Some(text("working"))),
        ("title", prng.maybe(60, |prng| prng.one(&words::TEXTS))),
        ("code", prng.maybe(60, Prng::concept)),
        ("subject", prng.maybe(60, |prng| prng.reference(&["Patient", "Group", "Location"]))),
        ("date", prng.maybe(60, Prng::date_time)),
        ("source", prng.maybe(40, |prng| prng.reference(&["Practitioner", "Patient"]))),
        ("note", prng.some(1, |prng| object(vec![("text", Some(prng.one(&words::TEXTS)))]))),
        (
            "entry",
            prng.some(4, |prng| {
                let types = [
                    "Patient",
                    "Observation",
                    "Condition",
                    "Encounter",
                    "Location",
                    "Organization",
                ];
                object(vec![("item", Some(prng.reference(&types)))])
            }),
        ),
    ]
}

/// What questionnaires and value sets have in common.
fn conformance(prng: &mut Prng) -> Members {
    vec![
        ("url", prng.maybe(85, |prng| prng.one(&words::URLS))),
        ("identifier", prng.some(1, Prng::identifier)),
        ("version", prng.maybe(70, |prng| prng.one(&words::VERSIONS))),
        ("name", prng.maybe(50, |prng| prng.one(&words::NAMES))),
        ("title", prng.maybe(60, |prng| prng.one(&words::TEXTS))),
        ("status", Some(prng.one(&["draft", "active", "retired"]))),
        ("date", prng.maybe(60, Prng::date_time)),
        ("publisher", prng.maybe(40, |prng| prng.one(&words::NAMES))),
        ("description", prng.maybe(40, |prng| prng.one(&words::TEXTS))),
        (
            "useContext",
            prng.some(2, |prng| {
                let which = prng.below(3);
                object(vec![
                    ("code", Some(prng.coding())),
                    ("valueCodeableConcept", (which == 0).then(|| prng.concept())),
                    ("valueQuantity", (which == 1).then(|| prng.quantity())),
                    ("valueRange", (which == 2).then(|| prng.range())),
                ])
            }),
        ),
        ("jurisdiction", prng.some(1, Prng::concept)),
    ]
}

pub(crate) fn questionnaire(prng: &mut Prng) -> Members {
    let mut members = conformance(prng);
    members.push(("effectivePeriod", prng.maybe(40, Prng::period)));
    members.push((
        "item",
        prng.some(2, |prng| {
            object(vec![
                ("linkId", Some(text("1"))),
                ("definition", prng.maybe(40, |prng| prng.one(&words::URLS))),
                ("code", prng.some(2, Prng::coding)),
                ("type", Some(text("display"))),
            ])
        }),
    ));
    members
}

pub(crate) fn questionnaire_response(prng: &mut Prng) -> Members {
    vec![
        ("identifier", prng.maybe(60, Prng::identifier)),
        (
            "questionnaire",
            prng.maybe(90, |prng| {
                let url = prng.any(&words::URLS);
                if prng.percent(50) {
                    return text(url);
                }
                text(&format!("{url}|{}", prng.pick(&words::VERSIONS)))
            }),
        ),
        ("status", Some(prng.one(&["in-progress", "completed"]))),
        ("subject", prng.maybe(80, |prng| prng.reference(&["Patient", "Encounter", "Group"]))),
        ("encounter", prng.maybe(50, |prng| prng.reference(&["Encounter"]))),
        ("authored", prng.maybe(70, Prng::date_time)),
        ("author", prng.maybe(50, |prng| prng.reference(&["Practitioner", "Patient"]))),
        ("source", prng.maybe(50, |prng| prng.reference(&["Patient", "Practitioner"]))),
    ]
}

pub(crate) fn value_set(prng: &mut Prng) -> Members {
    let mut members = conformance(prng);
    members.push((
        "compose",
        prng.maybe(70, |prng| {
            let include =
                |prng: &mut Prng| object(vec![("system", Some(prng.one(&words::SYSTEMS)))]);
            let count = prng.between(1, 2);
            let all = (0..count).map(|_| include(prng)).collect();
            object(vec![("include", Some(Element::Array(all)))])
        }),
    ));
    members
}
