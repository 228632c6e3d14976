//! FHIR's primitive types: what stands for a value in JSON and how its text must look.
//! Spec: <https://hl7.org/fhir/R4/datatypes.html#primitive>.

/// A primitive type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Primitive {
    /// `true` or `false`.
    Boolean,
    /// A signed 32-bit number.
    Integer,
    /// A whole number from 0.
    UnsignedInt,
    /// A whole number from 1.
    PositiveInt,
    /// A decimal number, digits kept.
    Decimal,
    /// Text.
    String,
    /// Text in Markdown.
    Markdown,
    /// Text without leading, trailing or doubled white space.
    Code,
    /// A logical id.
    Id,
    /// A URI.
    Uri,
    /// A URL.
    Url,
    /// The URL of a definition.
    Canonical,
    /// `urn:oid:…`
    Oid,
    /// `urn:uuid:…`
    Uuid,
    /// Bytes.
    Base64Binary,
    /// A date, a month or a year.
    Date,
    /// A date, or a date and time with zone.
    DateTime,
    /// A time with zone, to the second at least.
    Instant,
    /// A time of day.
    Time,
}

const NAMES: [(Primitive, &str); 19] = [
    (Primitive::Boolean, "boolean"),
    (Primitive::Integer, "integer"),
    (Primitive::UnsignedInt, "unsignedInt"),
    (Primitive::PositiveInt, "positiveInt"),
    (Primitive::Decimal, "decimal"),
    (Primitive::String, "string"),
    (Primitive::Markdown, "markdown"),
    (Primitive::Code, "code"),
    (Primitive::Id, "id"),
    (Primitive::Uri, "uri"),
    (Primitive::Url, "url"),
    (Primitive::Canonical, "canonical"),
    (Primitive::Oid, "oid"),
    (Primitive::Uuid, "uuid"),
    (Primitive::Base64Binary, "base64Binary"),
    (Primitive::Date, "date"),
    (Primitive::DateTime, "dateTime"),
    (Primitive::Instant, "instant"),
    (Primitive::Time, "time"),
];

impl Primitive {
    /// The type of this name.
    pub fn from_name(name: &str) -> Option<Primitive> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(primitive, _)| *primitive)
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|(known, _)| *known == self).map_or("string", |(_, name)| name)
    }
}
