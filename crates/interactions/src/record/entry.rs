//! One resource → one entry of the record.

use fhir::Value;

use super::words::{
    Context, code_of, first_when, human_name, join, notes, quantity, said, status_of, text_at, when,
};
use super::{
    Attachment, CareKind, Code, Detail, Entry, Said, Source, When, clinical, measurement, visits,
};

/// An entry before its source is known.
pub(super) struct Draft {
    pub(super) title: Option<Said>,
    pub(super) code: Option<Code>,
    pub(super) when: Option<When>,
    pub(super) until: Option<When>,
    pub(super) status: Vec<String>,
    pub(super) facts: Vec<(&'static str, Said)>,
    pub(super) notes: Vec<String>,
    pub(super) author: Option<Said>,
    pub(super) detail: Detail,
}

impl Draft {
    pub(super) fn new(detail: Detail) -> Draft {
        Draft {
            title: None,
            code: None,
            when: None,
            until: None,
            status: Vec::new(),
            facts: Vec::new(),
            notes: Vec::new(),
            author: None,
            detail,
        }
    }
}

/// Reads a resource as an entry; `None` for a type that the record does not show.
pub(super) fn read(context: &Context, root: Value<'_>, source: Source) -> Option<Entry> {
    let draft = match source.key.resource_type.as_str() {
        "Condition" => clinical::condition(context, root),
        "MedicationRequest" => clinical::medicine(context, root, "dosageInstruction"),
        "MedicationStatement" => clinical::medicine(context, root, "dosage"),
        "AllergyIntolerance" => clinical::allergy(context, root),
        "Immunization" => clinical::immunisation(context, root),
        "Procedure" => clinical::procedure(context, root),
        "Observation" => observation(context, root),
        "DiagnosticReport" => report(context, root),
        "Encounter" => visits::encounter(context, root),
        "Appointment" => visits::appointment(context, root),
        "DocumentReference" => document(context, root),
        "RelatedPerson" => related(context, root),
        "CarePlan"
        | "ServiceRequest"
        | "Flag"
        | "QuestionnaireResponse"
        | "CareTeam"
        | "EpisodeOfCare"
        | "Goal" => care(context, root, source.key.resource_type.as_str()),
        _ => return None,
    };
    let title = draft.title.unwrap_or_else(|| said("Not described", ""));
    Some(Entry {
        title,
        code: draft.code,
        when: draft.when,
        until: draft.until,
        status: draft.status,
        facts: draft.facts,
        notes: draft.notes,
        author: draft.author.map(|said| said.text),
        detail: draft.detail,
        grouped: false,
        source,
    })
}

fn observation(context: &Context, root: Value<'_>) -> Draft {
    let title = context.first_concept(root, "code");
    let code = root.get("code").and_then(code_of);
    let name = title.as_ref().map_or("", |title| title.text.as_str());
    let measured = measurement::read(context, root, name, code.as_ref());
    let mut facts = Vec::new();
    facts.extend(context.first_concept(root, "bodySite").map(|said| ("Place", said)));
    facts.extend(context.first_concept(root, "method").map(|said| ("Method", said)));
    Draft {
        title,
        code,
        when: first_when(
            root,
            &["effectiveDateTime", "effectivePeriod.start", "effectiveInstant", "issued"],
        ),
        status: status_of(root, "status").into_iter().collect(),
        facts,
        notes: notes(root),
        author: context.first_reference(root, "performer", ""),
        ..Draft::new(Detail::Result(Box::new(measured)))
    }
}

fn report(context: &Context, root: Value<'_>) -> Draft {
    let results = root
        .all("result")
        .filter_map(|result| super::load::local_key(result.text_of("reference")?));
    let mut facts = Vec::new();
    facts.extend(text_at(root, "conclusion").map(|said| ("Conclusion", said)));
    Draft {
        title: context.first_concept(root, "code"),
        code: root.get("code").and_then(code_of),
        when: first_when(root, &["effectiveDateTime", "effectivePeriod.start", "issued"]),
        status: status_of(root, "status").into_iter().collect(),
        facts,
        author: context
            .first_reference(root, "resultsInterpreter", "")
            .or_else(|| context.first_reference(root, "performer", "")),
        ..Draft::new(Detail::Report(results.collect()))
    }
}

fn document(context: &Context, root: Value<'_>) -> Draft {
    let title = context
        .first_concept(root, "type")
        .or_else(|| text_at(root, "description"))
        .or_else(|| text_at(root, "content[0].attachment.title"));
    let mut status: Vec<String> = status_of(root, "status").into_iter().collect();
    status.extend(status_of(root, "docStatus"));
    Draft {
        title,
        code: root.get("type").and_then(code_of),
        when: first_when(root, &["date", "context.period.start", "content[0].attachment.creation"]),
        status,
        author: context.first_reference(root, "author", ""),
        ..Draft::new(Detail::Document(root.at("content[0].attachment").map(attachment)))
    }
}

fn attachment(value: Value<'_>) -> Attachment {
    let media_type =
        value.text_of("contentType").unwrap_or("").split(';').next().unwrap_or("").trim();
    let data = value.text_of("data").unwrap_or("");
    let padding = data.bytes().rev().take_while(|byte| *byte == b'=').count();
    let is_text = media_type.starts_with("text/plain");
    let bytes = is_text.then(|| super::load::decode_base64(data)).flatten();
    Attachment {
        media_type: media_type.to_owned(),
        size: (data.len() / 4 * 3).saturating_sub(padding),
        text: bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        held: !data.is_empty(),
    }
}

fn related(context: &Context, root: Value<'_>) -> Draft {
    let name = root.all("name").next().and_then(human_name).map(|name| said(name, "name[0]"));
    let mut facts = Vec::new();
    for (index, point) in root.all("telecom").enumerate() {
        let label = match (point.text_of("system"), point.text_of("use")) {
            (Some("email"), _) => "Email",
            (_, Some("mobile")) => "Mobile",
            (_, Some("work")) => "Work",
            _ => "Phone",
        };
        let path = format!("telecom[{index}].value");
        facts.extend(point.text_of("value").map(|value| (label, said(value, path))));
    }
    if let Some(address) = root.at("address[0]") {
        let lines = super::face::address_lines(address);
        facts
            .extend((!lines.is_empty()).then(|| ("Address", said(lines.join(", "), "address[0]"))));
    }
    let relationships: Vec<Said> = root
        .all("relationship")
        .enumerate()
        .filter_map(|(index, concept)| context.concept(concept, &format!("relationship[{index}]")))
        .collect();
    let relationship = relationships
        .into_iter()
        .reduce(|all, one| Said { text: format!("{}, {}", all.text, one.text), ..all });
    Draft {
        title: name,
        when: when(root, "period.start"),
        until: when(root, "period.end"),
        facts,
        ..Draft::new(Detail::Related(relationship))
    }
}

fn care(context: &Context, root: Value<'_>, kind: &str) -> Draft {
    let care_kind = match kind {
        "QuestionnaireResponse" => CareKind::Assessment,
        "Flag" => CareKind::Alert,
        _ => CareKind::Package,
    };
    let title = text_at(root, "title")
        .or_else(|| context.first_concept(root, "code"))
        .or_else(|| context.first_concept(root, "type"))
        .or_else(|| context.first_concept(root, "category"))
        .or_else(|| text_at(root, "name"))
        .or_else(|| text_at(root, "questionnaire"));
    let mut facts = Vec::new();
    facts.extend(text_at(root, "description").map(|said| ("About", said)));
    activities(context, root, &mut facts);
    answers(context, root, &mut facts);
    facts.extend(context.first_concept(root, "reasonCode").map(|said| ("Reason", said)));
    facts.extend(context.first_reference(root, "performer", "").map(|said| ("Provider", said)));
    let author = context
        .first_reference(root, "author", "")
        .or_else(|| context.first_reference(root, "requester", ""));
    Draft {
        title,
        code: root.get("code").and_then(code_of),
        when: first_when(
            root,
            &[
                "period.start",
                "occurrencePeriod.start",
                "occurrenceDateTime",
                "authored",
                "authoredOn",
                "created",
                "startDate",
            ],
        ),
        until: first_when(root, &["period.end", "occurrencePeriod.end"]),
        status: status_of(root, "status").into_iter().collect(),
        facts,
        notes: notes(root),
        author,
        ..Draft::new(Detail::Care(care_kind))
    }
}

/// What a CarePlan says is done, by whom, how often and how much.
fn activities(context: &Context, root: Value<'_>, facts: &mut Vec<(&'static str, Said)>) {
    for (index, activity) in root.all("activity").enumerate() {
        let path = format!("activity[{index}].detail");
        let Some(detail) = activity.get("detail") else { continue };
        let words = detail.get("code").and_then(|code| context.concept(code, &join(&path, "code")));
        let words = words
            .or_else(|| Some(said(detail.text_of("description")?, join(&path, "description"))));
        facts.extend(words.map(|said| ("Service", said)));
        if let Some(who) = detail.all("performer").next() {
            facts.extend(
                context.reference(who, &join(&path, "performer[0]")).map(|said| ("Provider", said)),
            );
        }
        if let Some(text) = detail.text_of("scheduledString") {
            facts.push(("How often", said(text, join(&path, "scheduledString"))));
        }
        if let Some(amount) = detail.get("quantity").or_else(|| detail.get("dailyAmount")) {
            facts.extend(quantity(amount, &path).map(|said| ("Amount", said)));
        }
    }
}

/// The answers of a QuestionnaireResponse, each with its question.
fn answers(context: &Context, root: Value<'_>, facts: &mut Vec<(&'static str, Said)>) {
    for (index, item) in root.all("item").enumerate() {
        let answer = item.all("answer").next().and_then(|answer| {
            let value = answer.members().find(|member| member.name().starts_with("value"))?;
            value
                .as_text()
                .map(str::to_owned)
                .or_else(|| context.coding(value, "").map(|said| said.text))
        });
        let text = item.text_of("text").or_else(|| item.text_of("linkId")).unwrap_or("");
        facts.extend(
            answer.map(|answer| {
                ("Answer", said(format!("{text}: {answer}"), format!("item[{index}]")))
            }),
        );
    }
}
