//! Reading and building the small shapes that the resources share: references, concepts,
//! extensions, instants.
//!
//! To read one more shape, take a `Value` and push an `Issue` with its place where it is wrong.

use fhir::{Element, Issue, IssueCode, Reference, ReferenceKind, Value};
use jiff::Timestamp;

use crate::zone;

/// A CodeableConcept's first coding and its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Concept {
    /// `coding[0].system`.
    pub system: Option<String>,
    /// `coding[0].code`.
    pub code: Option<String>,
    /// `coding[0].display`.
    pub display: Option<String>,
    /// `text`.
    pub text: Option<String>,
}

impl Concept {
    /// A concept that is only words.
    pub fn text(text: impl Into<String>) -> Concept {
        Concept { text: Some(text.into()), ..Concept::default() }
    }

    /// A code of a system.
    pub fn code(system: &str, code: &str, display: &str) -> Concept {
        Concept {
            system: Some(system.to_owned()),
            code: Some(code.to_owned()),
            display: Some(display.to_owned()),
            text: None,
        }
    }

    /// The words to show: text, display or code.
    pub fn words(&self) -> Option<&str> {
        self.text.as_deref().or(self.display.as_deref()).or(self.code.as_deref())
    }

    pub(crate) fn read(value: Value<'_>) -> Concept {
        let coding = value.all("coding").next();
        let part = |name: &str| coding.and_then(|c| c.text_of(name)).map(str::to_owned);
        Concept {
            system: part("system"),
            code: part("code"),
            display: part("display"),
            text: value.text_of("text").map(str::to_owned),
        }
    }

    pub(crate) fn to_element(&self) -> Element {
        let mut concept = Element::object();
        let mut coding = Element::object();
        for (name, value) in
            [("system", &self.system), ("code", &self.code), ("display", &self.display)]
        {
            set(&mut coding, name, value.as_deref().map(text));
        }
        if coding != Element::object() {
            concept.set("coding", Element::Array(vec![coding]));
        }
        set(&mut concept, "text", self.text.as_deref().map(text));
        concept
    }
}

/// The id in a reference `Type/id` (relative, absolute, with or without a version) to `resource_type`.
pub fn reference_id<'t>(reference: &'t str, resource_type: &str) -> Option<&'t str> {
    let (found, id) = match Reference::parse(reference).kind {
        ReferenceKind::Relative { resource_type, id, .. } => (resource_type, id),
        ReferenceKind::Absolute { target: Some(target), .. } => target,
        _ => return None,
    };
    (found == resource_type).then_some(id)
}

/// The text of a reference element.
pub(crate) fn reference_of(value: Value<'_>) -> Option<String> {
    value.text_of("reference").filter(|text| !text.is_empty()).map(str::to_owned)
}

pub(crate) fn text(value: impl Into<Box<str>>) -> Element {
    Element::string(value)
}

pub(crate) fn number(value: i64) -> Element {
    Element::Number(value.to_string().into())
}

pub(crate) fn object<const N: usize>(members: [(&str, Element); N]) -> Element {
    Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

pub(crate) fn reference(to: &str) -> Element {
    object([("reference", text(to))])
}

pub(crate) fn period(start: Timestamp, end: Timestamp) -> Element {
    object([("start", text(zone::local_text(start))), ("end", text(zone::local_text(end)))])
}

/// Sets a member, or takes it out.
pub(crate) fn set(of: &mut Element, name: &str, value: Option<Element>) {
    match value {
        Some(value) => of.set(name, value),
        None => {
            of.remove(name);
        }
    }
}

/// An extension with one value; `kind` is the member's name, such as `valueInstant`.
pub(crate) fn simple(url: &str, kind: &str, value: Element) -> Element {
    object([("url", text(url)), (kind, value)])
}

/// An extension of parts.
pub(crate) fn complex(url: &str, parts: Vec<Element>) -> Element {
    object([("url", text(url)), ("extension", Element::Array(parts))])
}

/// The first extension with this URL.
pub(crate) fn extension<'t>(of: Value<'t>, url: &str) -> Option<Value<'t>> {
    of.all("extension").find(|extension| extension.text_of("url") == Some(url))
}

/// An extension's `value[x]`.
pub(crate) fn value_of(extension: Value<'_>) -> Option<Value<'_>> {
    extension.members().find(|member| member.name().starts_with("value"))
}

/// The text of a part's value.
pub(crate) fn part<'t>(of: Value<'t>, name: &str) -> Option<&'t str> {
    value_of(extension(of, name)?)?.as_text()
}

/// The texts of all parts with this name.
pub(crate) fn parts(of: Value<'_>, name: &str) -> Vec<String> {
    of.all("extension")
        .filter(|extension| extension.text_of("url") == Some(name))
        .filter_map(|extension| value_of(extension)?.as_text().map(str::to_owned))
        .collect()
}

/// A part's value as a number; anything else is an issue.
pub(crate) fn part_number<N: std::str::FromStr>(
    of: Value<'_>,
    name: &str,
    issues: &mut Vec<Issue>,
) -> Option<N> {
    let value = value_of(extension(of, name)?)?;
    let number = value.as_text().and_then(|text| text.parse().ok());
    if number.is_none() {
        issues.push(doubt(value, &format!("{name} is no whole number in range; left out")));
    }
    number
}

/// A part's value as an instant.
pub(crate) fn part_instant(
    of: Value<'_>,
    name: &str,
    issues: &mut Vec<Issue>,
) -> Option<Timestamp> {
    instant(value_of(extension(of, name)?)?, issues)
}

/// An instant; anything else is an issue.
pub(crate) fn instant(value: Value<'_>, issues: &mut Vec<Issue>) -> Option<Timestamp> {
    let at = value.as_str().and_then(zone::read_instant);
    if at.is_none() {
        issues.push(fault(value, IssueCode::Value, "expected a date and time with an offset"));
    }
    at
}

/// The member `name` as an instant; its absence is an issue too.
pub(crate) fn instant_member(
    of: Value<'_>,
    name: &str,
    issues: &mut Vec<Issue>,
) -> Option<Timestamp> {
    if let Some(value) = of.get(name) {
        return instant(value, issues);
    }
    issues.push(missing(of, name));
    None
}

/// Puts `new` in the place of the extensions with this URL, or takes them out.
pub(crate) fn set_extension(of: &mut Element, url: &str, new: Option<Element>) {
    set_extensions(of, url, new.into_iter().collect());
}

/// The same with several.
pub(crate) fn set_extensions(of: &mut Element, url: &str, new: Vec<Element>) {
    let mut all = match of.remove("extension") {
        Some(Element::Array(items)) => items,
        Some(single) => vec![single],
        None => Vec::new(),
    };
    let is_it = |item: &Element| item.get("url").and_then(Element::as_str) == Some(url);
    let at = all.iter().position(is_it).unwrap_or(all.len());
    all.retain(|item| !is_it(item));
    let at = at.min(all.len());
    all.splice(at..at, new);
    if !all.is_empty() {
        of.set("extension", Element::Array(all));
    }
}

/// Puts `new` where the first item of a list stands; the rest of the list stays.
pub(crate) fn set_first(of: &mut Element, name: &str, new: Option<Element>) {
    let mut items = match of.remove(name) {
        Some(Element::Array(items)) => items,
        Some(single) => vec![single],
        None => Vec::new(),
    };
    if !items.is_empty() {
        items.remove(0);
    }
    if let Some(new) = new {
        items.insert(0, new);
    }
    if !items.is_empty() {
        of.set(name, Element::Array(items));
    }
}

/// A resource of this type with an id and nothing else.
pub(crate) fn bare(resource_type: &str, id: &str) -> Element {
    object([("resourceType", text(resource_type)), ("id", text(id))])
}

/// Checks the type and gives the id.
pub(crate) fn identity(
    value: Value<'_>,
    resource_type: &str,
    issues: &mut Vec<Issue>,
) -> Option<String> {
    if value.text_of("resourceType") != Some(resource_type) {
        let words = format!("expected a {resource_type}");
        issues.push(fault(value, IssueCode::Invalid, &words));
        return None;
    }
    Some(value.text_of("id").unwrap_or("").to_owned())
}

pub(crate) fn missing(of: Value<'_>, name: &str) -> Issue {
    let place = format!("{}.{name}", of.expression());
    Issue::error(IssueCode::Required, place, format!("{name} is missing; it is needed"))
}

pub(crate) fn fault(at: Value<'_>, code: IssueCode, words: &str) -> Issue {
    Issue::error(code, at.expression(), words)
}

pub(crate) fn doubt(at: Value<'_>, words: &str) -> Issue {
    Issue::warning(IssueCode::Value, at.expression(), words)
}

/// Reads a value back from an element that this crate holds.
pub(crate) fn reread<T>(element: &Element, read: impl Fn(Value<'_>) -> Option<T>) -> Option<T> {
    let tree = fhir::Tree::parse(&element.to_compact()).ok()?;
    read(tree.root())
}
