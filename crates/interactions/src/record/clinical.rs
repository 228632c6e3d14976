//! Condition, medicines, AllergyIntolerance, Immunization, Procedure → entries.

use fhir::Value;

use super::entry::Draft;
use super::words::{Context, code_of, first_when, notes, quantity, status_of, text_at, when};
use super::{Detail, dose};

/// SNOMED CT codes, one statement of which says that there are no known allergies.
const NO_KNOWN_ALLERGY: [&str; 5] =
    ["716186003", "409137002", "428607008", "429625007", "716184000"];

/// Whether a code says that the person has no known allergies of some kind.
pub fn is_no_known_allergy(code: &str) -> bool {
    NO_KNOWN_ALLERGY.contains(&code)
}

pub(super) fn condition(context: &Context, root: Value<'_>) -> Draft {
    let clinical = status_of(root, "clinicalStatus");
    let until = first_when(root, &["abatementDateTime", "abatementPeriod.end"]);
    let over = matches!(clinical.as_deref(), Some("resolved" | "inactive" | "remission"))
        || (clinical.is_none() && (until.is_some() || root.get("abatementString").is_some()));
    let mut facts = Vec::new();
    facts.extend(context.first_concept(root, "severity").map(|said| ("Severity", said)));
    facts.extend(context.first_concept(root, "bodySite").map(|said| ("Place", said)));
    facts.extend(text_at(root, "abatementString").map(|said| ("Ended", said)));
    let category = root.at("category[0].coding[0].code").and_then(Value::as_text);
    let mut status: Vec<String> = clinical.into_iter().collect();
    let verification = status_of(root, "verificationStatus").filter(|code| code != "confirmed");
    status.extend(verification);
    Draft {
        title: context.first_concept(root, "code"),
        code: root.get("code").and_then(code_of),
        when: first_when(root, &["onsetDateTime", "onsetPeriod.start", "recordedDate"]),
        until,
        status,
        facts,
        notes: notes(root),
        author: context
            .first_reference(root, "recorder", "")
            .or_else(|| context.first_reference(root, "asserter", "")),
        // A diagnosis of a stay is no problem that lasts beyond it, unless the source says so.
        ..Draft::new(Detail::Problem { current: !over && category != Some("encounter-diagnosis") })
    }
}

pub(super) fn medicine(context: &Context, root: Value<'_>, dosage: &str) -> Draft {
    let status = root.text_of("status").unwrap_or("");
    let current = matches!(status, "active" | "on-hold" | "intended" | "draft" | "unknown" | "");
    let drug = context
        .first_concept(root, "medicationCodeableConcept")
        .or_else(|| context.first_reference(root, "medicationReference", ""));
    let mut facts = Vec::new();
    let given = root.at(&format!("{dosage}[0]"));
    if let Some(route) = given.and_then(|dose| dose.get("route")) {
        facts.extend(
            context.concept(route, &format!("{dosage}[0].route")).map(|said| ("Route", said)),
        );
    }
    if let Some(amount) = root.at("dispenseRequest.quantity") {
        facts.extend(quantity(amount, "dispenseRequest.quantity").map(|said| ("Quantity", said)));
    }
    facts.extend(context.first_concept(root, "courseOfTherapyType").map(|said| ("Course", said)));
    facts.extend(context.first_concept(root, "reasonCode").map(|said| ("For", said)));
    facts.extend(context.first_concept(root, "statusReason").map(|said| ("Because", said)));
    Draft {
        title: drug,
        code: root.get("medicationCodeableConcept").and_then(code_of),
        when: first_when(
            root,
            &["effectivePeriod.start", "effectiveDateTime", "authoredOn", "dateAsserted"],
        ),
        until: first_when(root, &["effectivePeriod.end", "dispenseRequest.validityPeriod.end"])
            .filter(|_| !current),
        status: status_of(root, "status").into_iter().collect(),
        facts,
        notes: notes(root),
        author: context
            .first_reference(root, "requester", "")
            .or_else(|| context.first_reference(root, "informationSource", "")),
        ..Draft::new(Detail::Medicine { current, dose: dose::of(context, root, dosage) })
    }
}

pub(super) fn allergy(context: &Context, root: Value<'_>) -> Draft {
    let code = root.get("code").and_then(code_of);
    let none_known = root.get("code").is_some_and(|concept| {
        concept.all("coding").any(|coding| coding.text_of("code").is_some_and(is_no_known_allergy))
    });
    let (mut reactions, mut severity) = (Vec::new(), None);
    for (index, reaction) in root.all("reaction").enumerate() {
        for (inner, sign) in reaction.all("manifestation").enumerate() {
            let path = format!("reaction[{index}].manifestation[{inner}]");
            reactions.extend(context.concept(sign, &path));
        }
        if reactions.is_empty() {
            reactions.extend(text_at(root, &format!("reaction[{index}].description")));
        }
        severity = severity.max(match reaction.text_of("severity") {
            Some("severe") => Some(3),
            Some("moderate") => Some(2),
            Some("mild") => Some(1),
            _ => None,
        });
    }
    let mut status: Vec<String> = status_of(root, "clinicalStatus").into_iter().collect();
    status.extend(status_of(root, "verificationStatus").filter(|code| code != "confirmed"));
    let holds = !status
        .iter()
        .any(|s| matches!(s.as_str(), "resolved" | "inactive" | "refuted" | "entered-in-error"));
    let mut facts = Vec::new();
    facts.extend(
        text_at(root, "criticality")
            .filter(|c| c.text != "unable-to-assess")
            .map(|said| ("Criticality", said)),
    );
    Draft {
        title: context.first_concept(root, "code"),
        code,
        when: first_when(root, &["recordedDate", "onsetDateTime", "lastOccurrence"]),
        status,
        facts,
        notes: notes(root),
        author: context.first_reference(root, "recorder", ""),
        ..Draft::new(Detail::Allergy {
            severity: severity
                .and_then(|rank: usize| ["mild", "moderate", "severe"].get(rank - 1).copied()),
            reactions,
            none_known,
            holds,
        })
    }
}

pub(super) fn immunisation(context: &Context, root: Value<'_>) -> Draft {
    let mut facts = Vec::new();
    facts.extend(text_at(root, "lotNumber").map(|said| ("Batch", said)));
    facts.extend(context.first_concept(root, "site").map(|said| ("Site", said)));
    facts.extend(context.first_concept(root, "route").map(|said| ("Route", said)));
    facts.extend(
        text_at(root, "protocolApplied[0].doseNumberPositiveInt").map(|said| ("Dose number", said)),
    );
    facts.extend(context.first_concept(root, "statusReason").map(|said| ("Reason", said)));
    facts.extend(context.first_reference(root, "performer", "actor").map(|said| ("By", said)));
    Draft {
        title: context.first_concept(root, "vaccineCode"),
        code: root.get("vaccineCode").and_then(code_of),
        when: first_when(root, &["occurrenceDateTime", "recorded"]),
        status: status_of(root, "status").into_iter().collect(),
        facts,
        notes: notes(root),
        ..Draft::new(Detail::Immunisation { given: root.text_of("status") != Some("not-done") })
    }
}

pub(super) fn procedure(context: &Context, root: Value<'_>) -> Draft {
    let mut facts = Vec::new();
    facts.extend(context.first_concept(root, "bodySite").map(|said| ("Place", said)));
    facts.extend(context.first_concept(root, "outcome").map(|said| ("Outcome", said)));
    facts.extend(context.first_reference(root, "performer", "actor").map(|said| ("By", said)));
    Draft {
        title: context.first_concept(root, "code"),
        code: root.get("code").and_then(code_of),
        when: first_when(root, &["performedDateTime", "performedPeriod.start"]),
        until: when(root, "performedPeriod.end"),
        status: status_of(root, "status").into_iter().collect(),
        facts,
        notes: notes(root),
        ..Draft::new(Detail::Procedure)
    }
}
