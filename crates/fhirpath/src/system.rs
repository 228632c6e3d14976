//! Values of the `System` types: what literals are and what computing gives.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#literals>, `#reflection`. To add a type, add it to
//! [`System`] and [`SystemType`], to `convert.rs` and to the operators.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::number::Number;
use crate::quantity::Quantity;
use crate::temporal::{Date, DateTime, Time};

/// Text that stands in the input or was made.
#[derive(Clone, Debug)]
pub enum Text<'t> {
    /// In the input.
    Borrowed(&'t str),
    /// A literal, or computed.
    Shared(Arc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Text::Borrowed(text) => text,
            Text::Shared(text) => text,
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text<'_> {}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Text::Shared(Arc::from(text))
    }
}

/// What `type()` answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeInfo {
    /// `System` or `FHIR`.
    pub namespace: &'static str,
    /// The name in its namespace.
    pub name: Box<str>,
    /// The type that it is a kind of.
    pub base: Option<Box<str>>,
}

/// A value of a `System` type.
#[derive(Clone, Debug, PartialEq)]
pub enum System<'t> {
    /// `true` or `false`
    Boolean(bool),
    /// Text.
    String(Text<'t>),
    /// A whole number of 32 bits.
    Integer(i32),
    /// A whole number of 64 bits.
    Long(i64),
    /// A decimal number; trailing zeros are kept.
    Decimal(Decimal),
    /// A date.
    Date(Date),
    /// A date with or without time.
    DateTime(DateTime),
    /// A time of day.
    Time(Time),
    /// A number with a unit.
    Quantity(Quantity<'t>),
    /// A type, as `type()` answers.
    Type(Box<TypeInfo>),
}

/// The types of the `System` namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SystemType {
    /// The type of all.
    Any,
    /// `Boolean`
    Boolean,
    /// `String`
    String,
    /// `Integer`
    Integer,
    /// `Long`
    Long,
    /// `Decimal`
    Decimal,
    /// `Date`
    Date,
    /// `DateTime`
    DateTime,
    /// `Time`
    Time,
    /// `Quantity`
    Quantity,
    /// What `type()` answers.
    TypeInfo,
}

const NAMES: [(SystemType, &str); 11] = [
    (SystemType::Any, "Any"),
    (SystemType::Boolean, "Boolean"),
    (SystemType::String, "String"),
    (SystemType::Integer, "Integer"),
    (SystemType::Long, "Long"),
    (SystemType::Decimal, "Decimal"),
    (SystemType::Date, "Date"),
    (SystemType::DateTime, "DateTime"),
    (SystemType::Time, "Time"),
    (SystemType::Quantity, "Quantity"),
    (SystemType::TypeInfo, "SimpleTypeInfo"),
];

impl SystemType {
    /// The type of this name.
    pub fn from_name(name: &str) -> Option<SystemType> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(system, _)| *system)
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|(system, _)| *system == self).map_or("Any", |(_, name)| name)
    }
}

impl<'t> System<'t> {
    /// The type.
    pub fn system_type(&self) -> SystemType {
        match self {
            System::Boolean(_) => SystemType::Boolean,
            System::String(_) => SystemType::String,
            System::Integer(_) => SystemType::Integer,
            System::Long(_) => SystemType::Long,
            System::Decimal(_) => SystemType::Decimal,
            System::Date(_) => SystemType::Date,
            System::DateTime(_) => SystemType::DateTime,
            System::Time(_) => SystemType::Time,
            System::Quantity(_) => SystemType::Quantity,
            System::Type(_) => SystemType::TypeInfo,
        }
    }

    /// Text that was made.
    pub fn from_string(text: impl Into<Arc<str>>) -> System<'t> {
        System::String(Text::Shared(text.into()))
    }

    pub(crate) fn from_number(number: Number) -> System<'t> {
        match number {
            Number::Integer(value) => System::Integer(value),
            Number::Long(value) => System::Long(value),
            Number::Decimal(value) => System::Decimal(value),
        }
    }

    pub(crate) fn as_number(&self) -> Option<Number> {
        match self {
            System::Integer(value) => Some(Number::Integer(*value)),
            System::Long(value) => Some(Number::Long(*value)),
            System::Decimal(value) => Some(Number::Decimal(*value)),
            _ => None,
        }
    }

    /// A copy that borrows nothing.
    pub fn into_owned<'o>(self) -> System<'o> {
        match self {
            System::Boolean(value) => System::Boolean(value),
            System::String(text) => System::from_string(&*text),
            System::Integer(value) => System::Integer(value),
            System::Long(value) => System::Long(value),
            System::Decimal(value) => System::Decimal(value),
            System::Date(value) => System::Date(value),
            System::DateTime(value) => System::DateTime(value),
            System::Time(value) => System::Time(value),
            System::Quantity(value) => System::Quantity(value.into_owned()),
            System::Type(value) => System::Type(value),
        }
    }
}

impl fmt::Display for System<'_> {
    /// As `toString()` gives it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            System::Boolean(value) => value.fmt(f),
            System::String(text) => f.write_str(text),
            System::Integer(value) => value.fmt(f),
            System::Long(value) => value.fmt(f),
            System::Decimal(value) => value.fmt(f),
            System::Date(value) => value.fmt(f),
            System::DateTime(value) => value.fmt(f),
            System::Time(value) => value.fmt(f),
            System::Quantity(value) => value.fmt(f),
            System::Type(info) => write!(f, "{}.{}", info.namespace, info.name),
        }
    }
}
