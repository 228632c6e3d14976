//! Text made of structure: codes, quantities, names, references, dates.

use std::collections::HashMap;

use definitions::Definitions;
use fhir::{PartialDate, Tree, Value};

use super::{Code, Said, When};

/// What reading an entry needs besides the resource.
pub(super) struct Context {
    pub(super) definitions: &'static Definitions,
    /// The names of what references point to, by `Type/id`.
    pub(super) names: HashMap<String, String>,
}

/// A path one step deeper.
pub(super) fn join(path: &str, step: &str) -> String {
    if path.is_empty() { step.to_owned() } else { format!("{path}.{step}") }
}

pub(super) fn said(text: impl Into<String>, path: impl Into<String>) -> Said {
    Said { text: text.into(), path: path.into() }
}

/// A primitive child in words.
pub(super) fn text_at(value: Value<'_>, name: &str) -> Option<Said> {
    let text = value.at(name)?.as_text()?.trim();
    (!text.is_empty()).then(|| said(text, name))
}

impl Context {
    /// A CodeableConcept: its text, else a display, else what the definitions call the code.
    pub(super) fn concept(&self, value: Value<'_>, path: &str) -> Option<Said> {
        let filled =
            |text: Option<&str>| text.map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        let words = filled(value.text_of("text"))
            .or_else(|| value.all("coding").find_map(|coding| filled(coding.text_of("display"))))
            .or_else(|| value.all("coding").find_map(|coding| self.coding_display(coding)))
            .or_else(|| value.all("coding").find_map(|coding| filled(coding.text_of("code"))))?;
        Some(said(words, path))
    }

    /// The first concept of the member `name`.
    pub(super) fn first_concept(&self, root: Value<'_>, name: &str) -> Option<Said> {
        let member = root.get(name)?;
        let path =
            if member.kind() == fhir::Kind::Array { format!("{name}[0]") } else { name.to_owned() };
        self.concept(member.items().next()?, &path)
    }

    /// A Coding: its display, else the definitions' word, else the code.
    pub(super) fn coding(&self, value: Value<'_>, path: &str) -> Option<Said> {
        let words = value
            .text_of("display")
            .map(str::to_owned)
            .or_else(|| self.coding_display(value))
            .or_else(|| value.text_of("code").map(str::to_owned))?;
        Some(said(words, path))
    }

    fn coding_display(&self, coding: Value<'_>) -> Option<String> {
        let (system, code) = (coding.text_of("system")?, coding.text_of("code")?);
        self.definitions.display(system, code).map(str::to_owned)
    }

    /// What a reference points to, in words.
    pub(super) fn reference(&self, value: Value<'_>, path: &str) -> Option<Said> {
        let known = value.text_of("reference").and_then(|text| self.names.get(text));
        let words = known
            .cloned()
            .or_else(|| value.text_of("display").map(str::to_owned))
            .or_else(|| value.at("identifier.value")?.as_text().map(str::to_owned))?;
        Some(said(words, path))
    }

    /// The first reference of the member `name`, or of `inner` within its items.
    pub(super) fn first_reference(&self, root: Value<'_>, name: &str, inner: &str) -> Option<Said> {
        let member = root.get(name)?;
        let is_array = member.kind() == fhir::Kind::Array;
        member.items().enumerate().find_map(|(index, item)| {
            let path = if is_array { format!("{name}[{index}]") } else { name.to_owned() };
            if inner.is_empty() {
                return self.reference(item, &path);
            }
            self.reference(item.get(inner)?, &join(&path, inner))
        })
    }
}

/// The code of a concept: SNOMED CT's where there is one, else the first.
pub(super) fn code_of(concept: Value<'_>) -> Option<Code> {
    let code = |coding: Value<'_>| {
        Some(Code {
            system: coding.text_of("system").unwrap_or("").to_owned(),
            code: coding.text_of("code")?.to_owned(),
        })
    };
    let snomed =
        concept.all("coding").find(|c| c.text_of("system") == Some("http://snomed.info/sct"));
    snomed.and_then(code).or_else(|| concept.all("coding").find_map(code))
}

/// The status code of a concept or of a plain code.
pub(super) fn status_of(root: Value<'_>, name: &str) -> Option<String> {
    let value = root.get(name)?;
    let code = value.as_text().or_else(|| value.at("coding[0].code")?.as_text());
    code.or_else(|| value.text_of("text")).map(str::to_owned)
}

/// A Quantity without its unit, as written, with its comparator.
pub(super) fn number_of(quantity: Value<'_>) -> Option<String> {
    let value = quantity.text_of("value")?;
    Some(match quantity.text_of("comparator") {
        Some(comparator) => format!("{comparator} {value}"),
        None => value.to_owned(),
    })
}

/// The unit of a Quantity.
pub(super) fn unit_of(quantity: Value<'_>) -> String {
    let unit = quantity.text_of("unit").or_else(|| quantity.text_of("code")).unwrap_or("");
    match unit {
        "mm[Hg]" | "millimeter of mercury" => "mmHg".to_owned(),
        "1" => String::new(),
        _ => unit.to_owned(),
    }
}

/// A quantity with its unit.
pub(super) fn quantity(value: Value<'_>, path: &str) -> Option<Said> {
    let (number, unit) = (number_of(value)?, unit_of(value));
    let text = if unit.is_empty() { number } else { format!("{number} {unit}") };
    Some(said(text, path))
}

/// A date at a path.
pub(super) fn when(root: Value<'_>, path: &str) -> Option<When> {
    let text = root.at(path)?.as_str()?;
    let at = PartialDate::parse(text).map(|date| date.low);
    Some(When { text: text.to_owned(), at, path: path.to_owned() })
}

/// The first of several dates that is there.
pub(super) fn first_when(root: Value<'_>, paths: &[&str]) -> Option<When> {
    paths.iter().find_map(|path| when(root, path))
}

/// The texts of `note`.
pub(super) fn notes(root: Value<'_>) -> Vec<String> {
    let texts = root.all("note").filter_map(|note| note.text_of("text"));
    texts.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// The name of a practitioner, organisation, place or medicine, to stand for a reference to it.
pub(super) fn name_of_resource(tree: &Tree) -> Option<String> {
    let root = tree.root();
    match tree.resource_type()? {
        "Practitioner" | "RelatedPerson" | "Patient" => human_name(root.all("name").next()?),
        "Medication" => {
            let code = root.get("code")?;
            let text = code.text_of("text").or_else(|| code.at("coding[0].display")?.as_text());
            text.map(str::to_owned)
        }
        "PractitionerRole" => root.at("practitioner.display")?.as_str().map(str::to_owned),
        _ => {
            let name = root.text_of("name").or_else(|| root.text_of("description"));
            name.or_else(|| root.at("identifier[0].value")?.as_text()).map(str::to_owned)
        }
    }
}

/// A HumanName as it is spoken: title, given names, family name.
pub(super) fn human_name(name: Value<'_>) -> Option<String> {
    let list = |member| name.all(member).filter_map(Value::as_str).collect::<Vec<_>>().join(" ");
    let parts = [list("prefix"), list("given"), name.text_of("family").unwrap_or("").to_owned()];
    let spoken =
        parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ");
    if spoken.is_empty() { name.text_of("text").map(str::to_owned) } else { Some(spoken) }
}
