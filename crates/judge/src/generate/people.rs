//! Random people, organisations and places.

use fhir::Element;

use super::prng::Prng;
use super::value::{number, object, text};
use super::vocabulary as words;

type Members = Vec<(&'static str, Option<Element>)>;

pub(crate) fn patient(prng: &mut Prng) -> Members {
    let deceased = prng.below(4);
    vec![
        ("identifier", prng.some(2, Prng::identifier)),
        ("active", prng.maybe(60, |prng| Element::Bool(prng.percent(50)))),
        ("name", prng.some(2, Prng::name)),
        ("telecom", prng.some(2, Prng::telecom)),
        ("gender", prng.maybe(80, |prng| prng.one(&["male", "female", "other", "unknown"]))),
        ("birthDate", prng.maybe(80, Prng::date)),
        ("deceasedBoolean", (deceased == 1).then(|| Element::Bool(prng.percent(50)))),
        ("deceasedDateTime", (deceased == 2).then(|| prng.date_time())),
        ("address", prng.some(2, Prng::address)),
        (
            "communication",
            prng.some(1, |prng| {
                object(vec![(
                    "language",
                    Some(prng.concept_of("urn:ietf:bcp:47", &["en", "en-GB", "cy"])),
                )])
            }),
        ),
        (
            "generalPractitioner",
            prng.some(2, |prng| {
                prng.reference(&["Practitioner", "Organization", "PractitionerRole"])
            }),
        ),
        ("managingOrganization", prng.maybe(50, |prng| prng.reference(&["Organization"]))),
        (
            "link",
            prng.some(1, |prng| {
                object(vec![
                    ("other", Some(prng.reference(&["Patient"]))),
                    ("type", Some(text("seealso"))),
                ])
            }),
        ),
    ]
}

pub(crate) fn practitioner(prng: &mut Prng) -> Members {
    vec![
        ("identifier", prng.some(2, Prng::identifier)),
        ("active", prng.maybe(60, |prng| Element::Bool(prng.percent(50)))),
        ("name", prng.some(2, Prng::name)),
        ("telecom", prng.some(1, Prng::telecom)),
        ("address", prng.some(1, Prng::address)),
        ("gender", prng.maybe(60, |prng| prng.one(&["male", "female"]))),
        ("communication", prng.some(1, Prng::concept)),
    ]
}

pub(crate) fn practitioner_role(prng: &mut Prng) -> Members {
    vec![
        ("identifier", prng.some(1, Prng::identifier)),
        ("period", prng.maybe(60, Prng::period)),
        ("practitioner", prng.maybe(80, |prng| prng.reference(&["Practitioner"]))),
        ("organization", prng.maybe(80, |prng| prng.reference(&["Organization"]))),
        ("code", prng.some(2, Prng::concept)),
        ("location", prng.some(2, |prng| prng.reference(&["Location"]))),
        ("telecom", prng.some(1, Prng::telecom)),
    ]
}

pub(crate) fn organization(prng: &mut Prng) -> Members {
    vec![
        ("identifier", prng.some(2, Prng::identifier)),
        ("active", prng.maybe(60, |prng| Element::Bool(prng.percent(50)))),
        ("type", prng.some(2, Prng::concept)),
        ("name", prng.maybe(80, |prng| prng.one(&words::NAMES))),
        ("alias", prng.some(2, |prng| prng.one(&words::NAMES))),
        ("address", prng.some(1, Prng::address)),
        ("partOf", prng.maybe(60, |prng| prng.reference(&["Organization"]))),
    ]
}

pub(crate) fn location(prng: &mut Prng) -> Members {
    vec![
        ("identifier", prng.some(1, Prng::identifier)),
        ("status", prng.maybe(70, |prng| prng.one(&["active", "suspended", "inactive"]))),
        ("operationalStatus", prng.maybe(40, Prng::coding)),
        ("name", prng.maybe(80, |prng| prng.one(&words::NAMES))),
        ("alias", prng.some(1, |prng| prng.one(&words::NAMES))),
        ("type", prng.some(2, Prng::concept)),
        ("address", prng.maybe(50, Prng::address)),
        (
            "position",
            prng.maybe(70, |prng| {
                let (latitude, longitude) = prng.any(&words::POSITIONS);
                object(vec![
                    ("longitude", Some(number(longitude))),
                    ("latitude", Some(number(latitude))),
                ])
            }),
        ),
        ("managingOrganization", prng.maybe(50, |prng| prng.reference(&["Organization"]))),
        ("partOf", prng.maybe(60, |prng| prng.reference(&["Location"]))),
    ]
}

pub(crate) fn group(prng: &mut Prng) -> Members {
    vec![
        ("identifier", prng.some(1, Prng::identifier)),
        ("type", Some(prng.one(&["person", "practitioner"]))),
        ("actual", Some(Element::Bool(prng.percent(50)))),
        ("code", prng.maybe(60, Prng::concept)),
        (
            "managingEntity",
            prng.maybe(40, |prng| prng.reference(&["Organization", "Practitioner"])),
        ),
        (
            "characteristic",
            prng.some(3, |prng| {
                let which = prng.below(3);
                object(vec![
                    ("code", Some(prng.concept())),
                    ("valueCodeableConcept", (which == 0).then(|| prng.concept())),
                    ("valueBoolean", (which == 1).then(|| Element::Bool(prng.percent(50)))),
                    ("valueQuantity", (which == 2).then(|| prng.quantity())),
                    ("exclude", Some(Element::Bool(prng.percent(30)))),
                ])
            }),
        ),
        (
            "member",
            prng.some(3, |prng| {
                object(vec![(
                    "entity",
                    Some(prng.reference(&["Patient", "Practitioner", "Group"])),
                )])
            }),
        ),
    ]
}
