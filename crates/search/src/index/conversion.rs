//! Which elements a parameter of a kind can read, and how.
//! Spec: the table of each kind in <https://hl7.org/fhir/R4/search.html#ptypes>.
//!
//! To let a kind read one more data type, add an arm to [`Conversion::of`].

use definitions::ParameterKind;
use fhir::{ResourceType, Value};

use super::condition::Condition;
use crate::entry::IndexValue;
use crate::kind::reference::Targets;
use crate::kind::string::Folding;
use crate::kind::{Values, date, near, number, quantity, reference, string, token, uri};

/// How an element becomes index values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Conversion {
    /// A code or another plain value, with its implied system.
    Code(Option<&'static str>),
    Coding,
    Concept,
    Identifier,
    Contact,
    /// The truth of a condition, as `true` or `false`.
    Truth(Condition),
    Text(Folding),
    Name(Folding),
    Address(Folding),
    Date,
    Period,
    Timing,
    Number,
    NumberRange,
    Quantity,
    Money,
    QuantityRange,
    Sampled,
    /// A Reference, to one type only where `resolve() is Type` says so.
    Reference(Option<ResourceType>),
    /// A canonical or uri that is searched as a reference.
    Canonical,
    /// A resource inside the resource, of these types.
    Embedded(Box<[ResourceType]>),
    Uri,
    /// A canonical that is searched as a URI.
    VersionedUri,
    /// A place on the earth.
    Position,
}

/// What is known of the element that a path leads to.
pub(crate) struct Source<'p> {
    /// Its data type.
    pub(crate) type_name: &'p str,
    /// The system that its required binding implies.
    pub(crate) system: Option<&'static str>,
    /// The type of `where(resolve() is Type)`.
    pub(crate) only: Option<ResourceType>,
}

impl Conversion {
    /// The conversion of a data type for a parameter; `None` where the kind cannot read it.
    pub(crate) fn of(
        kind: ParameterKind,
        source: &Source<'_>,
        folding: Folding,
        targets: &[ResourceType],
    ) -> Option<Conversion> {
        let conversion = match (kind, source.type_name) {
            (ParameterKind::Token, "code") => Conversion::Code(source.system),
            (
                ParameterKind::Token,
                "boolean" | "id" | "string" | "uri" | "url" | "canonical" | "oid" | "uuid"
                | "markdown" | "integer" | "positiveInt" | "unsignedInt",
            ) => Conversion::Code(None),
            (ParameterKind::Token, "Coding") => Conversion::Coding,
            (ParameterKind::Token, "CodeableConcept") => Conversion::Concept,
            (ParameterKind::Token, "Identifier") => Conversion::Identifier,
            (ParameterKind::Token, "ContactPoint") => Conversion::Contact,
            (ParameterKind::String, "string" | "markdown" | "code" | "id" | "uri" | "url") => {
                Conversion::Text(folding)
            }
            (ParameterKind::String, "HumanName") => Conversion::Name(folding),
            (ParameterKind::String, "Address") => Conversion::Address(folding),
            (ParameterKind::Date, "date" | "dateTime" | "instant") => Conversion::Date,
            (ParameterKind::Date, "Period") => Conversion::Period,
            (ParameterKind::Date, "Timing") => Conversion::Timing,
            (ParameterKind::Number, "decimal" | "integer" | "positiveInt" | "unsignedInt") => {
                Conversion::Number
            }
            (ParameterKind::Number, "Range") => Conversion::NumberRange,
            (
                ParameterKind::Quantity,
                "Quantity" | "Age" | "Count" | "Distance" | "Duration" | "SimpleQuantity",
            ) => Conversion::Quantity,
            (ParameterKind::Quantity, "Money") => Conversion::Money,
            (ParameterKind::Quantity, "Range") => Conversion::QuantityRange,
            (ParameterKind::Quantity, "SampledData") => Conversion::Sampled,
            (ParameterKind::Reference, "Reference") => Conversion::Reference(source.only),
            (ParameterKind::Reference, "canonical" | "uri" | "url") => Conversion::Canonical,
            (ParameterKind::Reference, "Resource") => Conversion::Embedded(targets.into()),
            (ParameterKind::Uri, "canonical") => Conversion::VersionedUri,
            (ParameterKind::Uri, "uri" | "url" | "oid" | "uuid") => Conversion::Uri,
            // `near`, the only special parameter with an expression, looks at Location.position.
            (ParameterKind::Special, "BackboneElement") => Conversion::Position,
            _ => return None,
        };
        Some(conversion)
    }

    /// Appends the index values of `value`.
    pub(crate) fn run(&self, value: Value<'_>, targets: &Targets<'_>, out: &mut Values<'_>) {
        match self {
            Conversion::Code(system) => token::convert(value, *system, out),
            Conversion::Coding => token::convert_coding(value, out),
            Conversion::Concept => token::convert_concept(value, out),
            Conversion::Identifier => token::convert_identifier(value, out),
            Conversion::Contact => token::convert_contact(value, out),
            Conversion::Truth(condition) => {
                if let Some(is) = condition.holds(value) {
                    let code = if is { "true" } else { "false" };
                    out.push(IndexValue::Token { system: None, code: Some(code.into()) });
                }
            }
            Conversion::Text(folding) => string::convert(value, *folding, out),
            Conversion::Name(folding) => string::convert_name(value, *folding, out),
            Conversion::Address(folding) => string::convert_address(value, *folding, out),
            Conversion::Date => date::convert(value, out),
            Conversion::Period => date::convert_period(value, out),
            Conversion::Timing => date::convert_timing(value, out),
            Conversion::Number => number::convert(value, out),
            Conversion::NumberRange => number::convert_range(value, out),
            Conversion::Quantity => quantity::convert(value, out),
            Conversion::Money => quantity::convert_money(value, out),
            Conversion::QuantityRange => quantity::convert_range(value, out),
            Conversion::Sampled => quantity::convert_sampled(value, out),
            Conversion::Reference(only) => reference::convert(value, *only, targets, out),
            Conversion::Canonical => reference::convert_uri(value, targets, out),
            Conversion::Embedded(allowed) => {
                reference::convert_resource(value, allowed, targets, out);
            }
            Conversion::Uri => uri::convert(value, out),
            Conversion::VersionedUri => uri::convert_canonical(value, out),
            Conversion::Position => near::convert(value, out),
        }
    }
}
