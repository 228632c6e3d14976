//! The resources that a practice sends, one function each.

use fhir::Element;

use super::element::{
    bare, coding, concept, identifier, list, meta, number, object, quantity, reference, snomed,
    text,
};
use crate::calendar::{fhir_time, iso_date};
use crate::clinical::{Allergen, Disease, Medicine, Vaccine};
use crate::mess::Identity;
use crate::person::Person;
use crate::sites::{Clinician, Practice};
use jiff::civil::{Date, DateTime};

/// The practice.
pub(super) fn organization(practice: &Practice) -> Element {
    object([
        ("resourceType", text("Organization")),
        ("meta", meta("Organization")),
        (
            "identifier",
            list([identifier("https://fhir.nhs.uk/Id/ods-organization-code", &practice.code)]),
        ),
        ("active", Element::Bool(true)),
        ("name", text(&practice.name)),
        (
            "address",
            list([object([
                ("line", list([text(&practice.street)])),
                ("postalCode", text(&practice.postcode)),
            ])]),
        ),
    ])
}

/// A doctor of the practice.
pub(super) fn practitioner(doctor: &Clinician) -> Element {
    object([
        ("resourceType", text("Practitioner")),
        ("meta", meta("Practitioner")),
        ("identifier", list([identifier("https://fhir.hl7.org.uk/Id/gmp-number", &doctor.code)])),
        (
            "name",
            list([object([
                ("family", text(&doctor.family)),
                ("given", list([text(&doctor.given)])),
                ("prefix", list([text(doctor.prefix)])),
            ])]),
        ),
    ])
}

/// The patient, as the practice knows them at a moment.
pub(super) fn patient(
    person: &Person,
    identity: &Identity,
    source: Element,
    practice: &str,
    doctor: &str,
    on: Date,
) -> Element {
    let mut identifiers = vec![source];
    if let Some(value) = &identity.nhs_number {
        identifiers.push(nhs_number(value, identity.nhs_status));
    }
    let mut given = vec![text(&identity.given)];
    given.extend(identity.middle.as_ref().map(text));
    let mut names = vec![object([
        ("use", text("official")),
        ("family", text(&identity.family)),
        ("given", list(given)),
        ("prefix", list([text(identity.prefix)])),
    ])];
    names.extend(identity.former_family.as_ref().map(|former| {
        object([
            ("use", text("maiden")),
            ("family", text(former)),
            ("given", list([text(&identity.given)])),
        ])
    }));
    let telecom = [(&identity.phone, "phone", "home"), (&identity.mobile, "phone", "mobile")]
        .into_iter()
        .chain([(&person.email, "email", "home")])
        .filter_map(|(value, system, use_)| {
            let value = value.as_ref()?;
            Some(object([("system", text(system)), ("value", text(value)), ("use", text(use_))]))
        });
    let telecom: Vec<Element> = telecom.collect();
    let death = person.death.filter(|day| on >= *day);
    object([
        ("resourceType", text("Patient")),
        ("meta", meta("Patient")),
        ("extension", list([ethnicity(person.ethnicity)])),
        ("identifier", list(identifiers)),
        ("active", Element::Bool(true)),
        ("name", list(names)),
        ("telecom", if telecom.is_empty() { Element::Null } else { list(telecom) }),
        ("gender", text(identity.sex.map_or("unknown", |sex| sex.fhir()))),
        ("birthDate", identity.birth.map_or(Element::Null, |birth| text(iso_date(birth)))),
        ("deceasedDateTime", death.map_or(Element::Null, |day| text(iso_date(day)))),
        ("address", list([address(identity)])),
        ("communication", list([object([("language", bare("urn:ietf:bcp:47", person.language))])])),
        ("generalPractitioner", list([reference(doctor)])),
        ("managingOrganization", reference(practice)),
    ])
}

fn nhs_number(value: &str, status: &str) -> Element {
    let display = match status {
        "01" => "Number present and verified",
        "02" => "Number present but not traced",
        "03" => "Trace required",
        _ => "Trace attempted - No match or multiple match found",
    };
    let system = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland";
    object([
        (
            "extension",
            list([object([
                (
                    "url",
                    text(
                        "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
                    ),
                ),
                (
                    "valueCodeableConcept",
                    object([("coding", list([coding(system, status, display)]))]),
                ),
            ])]),
        ),
        ("system", text("https://fhir.nhs.uk/Id/nhs-number")),
        ("value", text(value)),
    ])
}

fn ethnicity(code: &str) -> Element {
    object([
        (
            "url",
            text("https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"),
        ),
        (
            "valueCodeableConcept",
            bare("https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland", code),
        ),
    ])
}

fn address(identity: &Identity) -> Element {
    let address = &identity.address;
    let lines = [&address.line1, &address.line2];
    object([
        ("use", text("home")),
        ("line", list(lines.into_iter().filter(|line| !line.is_empty()).map(text))),
        ("city", text(&address.town)),
        ("district", text(address.county)),
        ("postalCode", address.postcode.as_ref().map_or(Element::Null, text)),
    ])
}

/// A problem.
pub(super) fn condition(id: Element, disease: &Disease, onset: Date, patient: &str) -> Element {
    let term = disease.term;
    problem(id, (disease.snomed, term), onset, patient)
}

/// A problem from its code and term.
pub(super) fn problem(id: Element, code: (&str, &str), onset: Date, patient: &str) -> Element {
    object([
        ("resourceType", text("Condition")),
        ("meta", meta("Condition")),
        ("identifier", list([id])),
        (
            "clinicalStatus",
            bare("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
        ),
        (
            "verificationStatus",
            bare("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"),
        ),
        (
            "category",
            list([bare(
                "http://terminology.hl7.org/CodeSystem/condition-category",
                "problem-list-item",
            )]),
        ),
        ("code", snomed(code.0, code.1)),
        ("subject", reference(patient)),
        ("onsetDateTime", text(iso_date(onset))),
        ("recordedDate", text(iso_date(onset))),
    ])
}

/// An allergy.
pub(super) fn allergy(id: Element, allergen: &Allergen, since: Date, patient: &str) -> Element {
    object([
        ("resourceType", text("AllergyIntolerance")),
        ("meta", meta("AllergyIntolerance")),
        ("identifier", list([id])),
        (
            "clinicalStatus",
            bare("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active"),
        ),
        (
            "verificationStatus",
            bare(
                "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
                "confirmed",
            ),
        ),
        ("category", list([text(allergen.category)])),
        ("code", snomed(allergen.snomed, allergen.term)),
        ("patient", reference(patient)),
        ("recordedDate", text(iso_date(since))),
        (
            "reaction",
            list([object([
                ("manifestation", list([snomed(allergen.reaction.0, allergen.reaction.1)])),
                ("severity", text(allergen.severity)),
            ])]),
        ),
    ])
}

/// The statement that someone has no known allergies, which differs from saying nothing.
pub(super) fn no_known_allergies(id: Element, patient: &str, on: Date) -> Element {
    object([
        ("resourceType", text("AllergyIntolerance")),
        ("meta", meta("AllergyIntolerance")),
        ("identifier", list([id])),
        (
            "clinicalStatus",
            bare("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active"),
        ),
        (
            "verificationStatus",
            bare(
                "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
                "confirmed",
            ),
        ),
        ("code", snomed("716186003", "No known allergy")),
        ("patient", reference(patient)),
        ("recordedDate", text(iso_date(on))),
    ])
}

fn medicine_code(medicine: &Medicine) -> Element {
    object([
        (
            "coding",
            medicine.snomed.map_or(Element::Null, |(code, term)| {
                list([coding(super::element::SNOMED, code, term)])
            }),
        ),
        ("text", text(medicine.text)),
    ])
}

fn dosage(medicine: &Medicine) -> Element {
    object([
        ("text", text(medicine.dosage)),
        (
            "timing",
            object([(
                "repeat",
                object([
                    ("frequency", number(medicine.per_day.to_string())),
                    ("period", number("1")),
                    ("periodUnit", text("d")),
                ]),
            )]),
        ),
        ("asNeededBoolean", Element::Bool(medicine.as_needed)),
        (
            "doseAndRate",
            list([object([(
                "doseQuantity",
                object([("value", number(medicine.dose.0)), ("unit", text(medicine.dose.1))]),
            )])]),
        ),
    ])
}

/// A prescription; `course` is `continuous` or `acute`.
pub(super) fn medication_request(
    id: Element,
    medicine: &Medicine,
    on: Date,
    patient: &str,
    doctor: &str,
    course: &str,
) -> Element {
    object([
        ("resourceType", text("MedicationRequest")),
        ("meta", meta("MedicationRequest")),
        ("identifier", list([id])),
        ("status", text(if course == "acute" { "completed" } else { "active" })),
        ("intent", text("order")),
        ("medicationCodeableConcept", medicine_code(medicine)),
        ("subject", reference(patient)),
        ("authoredOn", text(iso_date(on))),
        ("requester", reference(doctor)),
        (
            "courseOfTherapyType",
            bare(
                "http://terminology.hl7.org/CodeSystem/medicationrequest-course-of-therapy",
                course,
            ),
        ),
        ("dosageInstruction", list([dosage(medicine)])),
        (
            "dispenseRequest",
            object([(
                "quantity",
                object([
                    ("value", number(medicine.quantity.to_string())),
                    ("unit", text(medicine.dose.1)),
                ]),
            )]),
        ),
        ("substitution", object([("allowedBoolean", Element::Bool(true))])),
    ])
}

/// A medicine that the person buys.
pub(super) fn medication_statement(
    id: Element,
    medicine: &Medicine,
    on: Date,
    patient: &str,
) -> Element {
    object([
        ("resourceType", text("MedicationStatement")),
        ("meta", meta("MedicationStatement")),
        ("identifier", list([id])),
        ("status", text("active")),
        ("medicationCodeableConcept", medicine_code(medicine)),
        ("subject", reference(patient)),
        ("effectivePeriod", object([("start", text(iso_date(on)))])),
        ("dateAsserted", text(iso_date(on))),
        ("dosage", list([dosage(medicine)])),
    ])
}

/// A vaccination.
pub(super) fn immunization(id: Element, vaccine: &Vaccine, on: Date, patient: &str) -> Element {
    object([
        ("resourceType", text("Immunization")),
        ("meta", meta("Immunization")),
        ("identifier", list([id])),
        ("status", text("completed")),
        ("vaccineCode", snomed(vaccine.snomed, vaccine.term)),
        ("patient", reference(patient)),
        ("occurrenceDateTime", text(iso_date(on))),
        ("primarySource", Element::Bool(true)),
    ])
}

/// A consultation.
pub(super) fn encounter(
    id: Element,
    at: DateTime,
    until: DateTime,
    patient: &str,
    doctor: &str,
    practice: &str,
) -> Element {
    object([
        ("resourceType", text("Encounter")),
        ("meta", meta("Encounter")),
        ("identifier", list([id])),
        ("status", text("finished")),
        ("class", coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB", "ambulatory")),
        ("type", list([snomed("185345009", "Encounter for symptom")])),
        ("subject", reference(patient)),
        ("participant", list([object([("individual", reference(doctor))])])),
        ("period", object([("start", text(fhir_time(at))), ("end", text(fhir_time(until)))])),
        ("serviceProvider", reference(practice)),
    ])
}

/// An appointment with a doctor.
pub(super) fn appointment(
    id: Element,
    start: DateTime,
    end: DateTime,
    created: DateTime,
    patient: &str,
    doctor: &str,
) -> Element {
    let participant = |who: &str| object([("actor", reference(who)), ("status", text("accepted"))]);
    object([
        ("resourceType", text("Appointment")),
        ("meta", meta("Appointment")),
        ("identifier", list([id])),
        ("status", text("booked")),
        ("description", text("GP consultation")),
        ("start", text(fhir_time(start))),
        ("end", text(fhir_time(end))),
        ("minutesDuration", number("15")),
        ("created", text(fhir_time(created))),
        ("participant", list([participant(patient), participant(doctor)])),
    ])
}

/// What an observation says.
pub(super) enum Said<'a> {
    /// Value, unit, UCUM code.
    Amount(&'a str, &'a str, &'a str),
    /// SNOMED CT code and term.
    Code(&'a str, &'a str),
    /// Systolic and diastolic pressure.
    Pressure(&'a str, &'a str),
}

/// A measurement.
pub(super) fn observation(
    id: Element,
    category: &str,
    code: Element,
    said: &Said<'_>,
    at: DateTime,
    patient: &str,
    encounter: Option<&str>,
) -> Element {
    let (quantity_, code_, components) = match said {
        Said::Amount(value, unit, ucum) => {
            (quantity(value, unit, ucum), Element::Null, Element::Null)
        }
        Said::Code(value, term) => (Element::Null, snomed(value, term), Element::Null),
        Said::Pressure(high, low) => (Element::Null, Element::Null, pressure(high, low)),
    };
    object([
        ("resourceType", text("Observation")),
        ("meta", meta("Observation")),
        ("identifier", list([id])),
        ("status", text("final")),
        (
            "category",
            list([bare("http://terminology.hl7.org/CodeSystem/observation-category", category)]),
        ),
        ("code", code),
        ("subject", reference(patient)),
        ("encounter", encounter.map_or(Element::Null, reference)),
        ("effectiveDateTime", text(fhir_time(at))),
        ("valueQuantity", quantity_),
        ("valueCodeableConcept", code_),
        ("component", components),
    ])
}

fn pressure(high: &str, low: &str) -> Element {
    let part = |loinc: &str, sct: &str, term: &str, sct_term: &str, value: &str| {
        object([
            (
                "code",
                object([
                    (
                        "coding",
                        list([
                            coding("http://loinc.org", loinc, term),
                            coding(super::element::SNOMED, sct, sct_term),
                        ]),
                    ),
                    ("text", text(term)),
                ]),
            ),
            ("valueQuantity", quantity(value, "millimeter of mercury", "mm[Hg]")),
        ])
    };
    list([
        part("8480-6", "72313002", "Systolic blood pressure", "Systolic arterial pressure", high),
        part(
            "8462-4",
            "1091811000000102",
            "Diastolic blood pressure",
            "Diastolic arterial pressure",
            low,
        ),
    ])
}

/// Blood pressure in LOINC and SNOMED CT.
pub(super) fn pressure_code() -> Element {
    both("85354-9", "75367002", "Blood pressure")
}

/// A code in LOINC and in SNOMED CT.
pub(super) fn both(loinc: &str, sct: &str, term: &str) -> Element {
    object([
        (
            "coding",
            list([
                coding("http://loinc.org", loinc, term),
                coding(super::element::SNOMED, sct, term),
            ]),
        ),
        ("text", text(term)),
    ])
}

/// A code in SNOMED CT.
pub(super) fn sct(code: &str, term: &str) -> Element {
    concept(super::element::SNOMED, code, term)
}
