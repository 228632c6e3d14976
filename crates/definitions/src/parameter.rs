//! SearchParameters. Spec: <https://hl7.org/fhir/R4/searchparameter.html>.
//!
//! To add a fact, add a field and write and read it at the same place in `pack` and `unpack`.

use fhir::{ResourceType, Value};

use crate::packed::{Packer, Reader};

/// What kind of values a parameter has, which decides how they are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterKind {
    /// A code, identifier, boolean, contact point.
    Token,
    /// A reference to another resource.
    Reference,
    /// Text, compared by its beginning.
    String,
    /// A date, a time or a period.
    Date,
    /// A number with a unit.
    Quantity,
    /// A number.
    Number,
    /// A URI.
    Uri,
    /// Several parameters of one value.
    Composite,
    /// As its description says (`near`, `_filter`).
    Special,
}

const KINDS: [(ParameterKind, &str); 9] = [
    (ParameterKind::Token, "token"),
    (ParameterKind::Reference, "reference"),
    (ParameterKind::String, "string"),
    (ParameterKind::Date, "date"),
    (ParameterKind::Quantity, "quantity"),
    (ParameterKind::Number, "number"),
    (ParameterKind::Uri, "uri"),
    (ParameterKind::Composite, "composite"),
    (ParameterKind::Special, "special"),
];

impl ParameterKind {
    /// The kind of this code.
    pub fn parse(code: &str) -> Option<ParameterKind> {
        KINDS.iter().find(|(_, known)| *known == code).map(|(kind, _)| *kind)
    }

    /// The code of <http://hl7.org/fhir/search-param-type>.
    pub fn as_str(self) -> &'static str {
        KINDS.iter().find(|(kind, _)| *kind == self).map_or("special", |(_, code)| code)
    }
}

/// A parameter that resources can be searched by.
#[derive(Debug)]
pub struct SearchParameter {
    /// Its place in [`crate::Definitions::parameters`]: stable while the process runs only.
    pub id: u32,
    /// The name in a URL: `birthdate`.
    pub code: &'static str,
    /// The canonical URL.
    pub url: &'static str,
    /// The kind of its values.
    pub kind: ParameterKind,
    /// The types that it is defined on; may be `Resource` or `DomainResource`.
    pub base: Box<[ResourceType]>,
    /// The FHIRPath that yields its values; empty where the definition gives none.
    pub expression: &'static str,
    /// For references: the types that the target may have.
    pub targets: Box<[ResourceType]>,
    /// For composites: (canonical URL of the parameter, FHIRPath from a value of `expression`).
    pub components: Box<[(&'static str, &'static str)]>,
    /// Whether `code=a,b` is allowed, where stated.
    pub multiple_or: Option<bool>,
    /// Prefixes allowed, where listed: `eq`, `gt` …
    pub comparators: Box<[&'static str]>,
    /// Modifiers allowed, where listed: `exact`, `missing` …
    pub modifiers: Box<[&'static str]>,
    /// Whether the parameter is meant for use, or marked as an example or retired.
    pub xpath_usage: Option<&'static str>,
}

impl SearchParameter {
    pub(crate) fn pack(parameter: Value<'_>, out: &mut Packer) {
        let text = |out: &mut Packer, value: Value<'_>| out.optional(value.as_str());
        out.optional(parameter.text_of("code"));
        out.optional(parameter.text_of("url"));
        let kind = parameter.text_of("type").unwrap_or("special");
        out.uint(KINDS.iter().position(|(_, code)| *code == kind).unwrap_or(8) as u64);
        out.list(parameter.all("base"), text);
        out.optional(parameter.text_of("expression"));
        out.list(parameter.all("target"), text);
        out.list(parameter.all("component"), |out, component| {
            out.optional(component.text_of("definition"));
            out.optional(component.text_of("expression"));
        });
        out.optional_uint(parameter.text_of("multipleOr").map(|is| u64::from(is == "true")));
        out.list(parameter.all("comparator"), text);
        out.list(parameter.all("modifier"), text);
        out.optional(parameter.text_of("xpathUsage"));
    }

    pub(crate) fn unpack(reader: &mut Reader, id: u32) -> SearchParameter {
        let types = |reader: &mut Reader| reader.list(|r| ResourceType::from_static(r.string()));
        SearchParameter {
            id,
            code: reader.string(),
            url: reader.string(),
            kind: KINDS.get(reader.uint() as usize).map_or(ParameterKind::Special, |k| k.0),
            base: types(reader),
            expression: reader.optional().unwrap_or(""),
            targets: types(reader),
            components: reader
                .list(|reader| (reader.optional().unwrap_or(""), reader.optional().unwrap_or(""))),
            multiple_or: reader.optional_uint().map(|is| is != 0),
            comparators: reader.strings(),
            modifiers: reader.strings(),
            xpath_usage: reader.optional(),
        }
    }
}
