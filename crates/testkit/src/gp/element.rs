//! Short ways to build JSON values of the `fhir` crate.

use fhir::Element;

/// A string.
pub(crate) fn text(value: impl AsRef<str>) -> Element {
    Element::string(value.as_ref())
}

/// A number from its digits.
pub(crate) fn number(digits: impl AsRef<str>) -> Element {
    Element::Number(digits.as_ref().into())
}

/// An array.
pub(crate) fn list(items: impl IntoIterator<Item = Element>) -> Element {
    Element::Array(items.into_iter().collect())
}

/// An object; members that are null are left out.
pub(crate) fn object<const N: usize>(members: [(&str, Element); N]) -> Element {
    Element::Object(
        members
            .into_iter()
            .filter(|(_, value)| *value != Element::Null)
            .map(|(name, value)| (name.into(), value))
            .collect(),
    )
}

/// A coding.
pub(crate) fn coding(system: &str, code: &str, display: &str) -> Element {
    object([("system", text(system)), ("code", text(code)), ("display", text(display))])
}

/// A concept of one SNOMED CT coding, whose term is its text.
pub(crate) fn snomed(code: &str, term: &str) -> Element {
    concept(SNOMED, code, term)
}

/// A concept of one coding, whose display is its text.
pub(crate) fn concept(system: &str, code: &str, term: &str) -> Element {
    object([("coding", list([coding(system, code, term)])), ("text", text(term))])
}

/// A concept of a code in an HL7 system, with nothing else.
pub(crate) fn bare(system: &str, code: &str) -> Element {
    object([("coding", list([object([("system", text(system)), ("code", text(code))])]))])
}

/// A reference.
pub(crate) fn reference(to: &str) -> Element {
    object([("reference", text(to))])
}

/// A quantity in UCUM.
pub(crate) fn quantity(value: &str, unit: &str, code: &str) -> Element {
    object([
        ("value", number(value)),
        ("unit", text(unit)),
        ("system", text("http://unitsofmeasure.org")),
        ("code", text(code)),
    ])
}

/// An identifier.
pub(crate) fn identifier(system: &str, value: &str) -> Element {
    object([("system", text(system)), ("value", text(value))])
}

/// `meta` with a UK Core profile.
pub(crate) fn meta(profile: &str) -> Element {
    let url = format!("https://fhir.hl7.org.uk/StructureDefinition/UKCore-{profile}");
    object([("profile", list([text(url)]))])
}

/// The bytes of a value.
pub(crate) fn bytes(value: &Element) -> Vec<u8> {
    value.to_compact()
}

/// SNOMED CT.
pub(crate) const SNOMED: &str = "http://snomed.info/sct";
