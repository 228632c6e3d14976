//! Types of items: which type a name means, what is a kind of what.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#types>, <https://hl7.org/fhir/R4/fhirpath.html#types>. Types
//! of FHIR come from the definitions; those of `System` are [`SystemType`].

use definitions::{Definitions, Primitive};

use crate::ast::TypeName;
use crate::error::{Error, ErrorKind};
use crate::item::Item;
use crate::system::SystemType;

/// What a type's name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named<'n> {
    /// A type of FHIR.
    pub(crate) fhir: Option<&'n str>,
    /// A type of `System`.
    pub(crate) system: Option<SystemType>,
}

/// Finds the types of a name; without a namespace it may be of either.
///
/// A name that `System` does not have is no type of anything, and nothing is of it; the suite asks
/// for that (`Patient.is(System.Patient)`). A name that nobody has is a mistake.
pub(crate) fn named<'n>(name: &'n TypeName, definitions: &Definitions) -> Result<Named<'n>, Error> {
    let namespace = name.namespace.as_deref();
    let word: &str = &name.name;
    let fhir = (namespace != Some("System") && is_fhir(word, definitions)).then_some(word);
    let system = if namespace == Some("FHIR") { None } else { SystemType::from_name(word) };
    let is_known = fhir.is_some() || system.is_some() || namespace == Some("System");
    if !is_known || !matches!(namespace, None | Some("System" | "FHIR")) {
        let message = format!("unknown type {}; expected a type of FHIR or System", shown(name));
        return Err(Error::new(ErrorKind::Semantic, name.range, message));
    }
    Ok(Named { fhir, system })
}

fn shown(name: &TypeName) -> String {
    let namespace = name.namespace.as_deref().map_or(String::new(), |space| format!("{space}."));
    format!("{namespace}{}", name.name).chars().take(60).collect()
}

/// Whether FHIR has a type of this name.
pub(crate) fn is_fhir(name: &str, definitions: &Definitions) -> bool {
    Primitive::from_name(name).is_some()
        || name == "xhtml"
        || (!name.contains('.') && definitions.type_id(name).is_some())
}

/// Whether an item is of the type.
pub(crate) fn is(item: &Item<'_>, named: Named<'_>, definitions: &Definitions) -> bool {
    if named.system == Some(SystemType::Any) {
        return true;
    }
    match item {
        Item::Value(value) => named.system == Some(value.system_type()),
        Item::Node(_) | Item::Unread(_) => {
            named.fhir.is_some_and(|wanted| is_kind_of(item.type_name(), wanted, definitions))
        }
    }
}

/// The item as a value of the type, for `as` and `ofType`; `None` where it is none.
///
/// A `code` is a `string`, but R4's suite wants `as(string)` to leave a code out, so a primitive
/// has to be of the very type. A primitive can be asked for as its `System` value.
pub(crate) fn cast<'t>(
    item: Item<'t>,
    named: Named<'_>,
    definitions: &Definitions,
) -> Option<Item<'t>> {
    let is_primitive = named.fhir.is_some_and(|wanted| Primitive::from_name(wanted).is_some());
    let is_it = if is_primitive {
        named.fhir == Some(item.type_name()) && !matches!(item, Item::Value(_))
    } else {
        is(&item, named, definitions)
    };
    if is_it {
        return Some(item);
    }
    let value = item.system().filter(|value| named.system == Some(value.system_type()))?;
    Some(Item::Value(value))
}

/// Whether a type of FHIR is another one or below it.
pub(crate) fn is_kind_of(type_name: &str, wanted: &str, definitions: &Definitions) -> bool {
    let mut at = type_name;
    for _ in 0..8 {
        if at == wanted {
            return true;
        }
        match base(at, definitions) {
            Some(next) => at = next,
            None => return false,
        }
    }
    false
}

/// The type that a type of FHIR is derived from.
pub(crate) fn base(type_name: &str, definitions: &Definitions) -> Option<&'static str> {
    match type_name {
        "code" | "id" | "markdown" => return Some("string"),
        "url" | "canonical" | "oid" | "uuid" => return Some("uri"),
        "unsignedInt" | "positiveInt" => return Some("integer"),
        "BackboneElement" => return Some("Element"),
        "Element" | "Resource" => return None,
        _ if Primitive::from_name(type_name).is_some() => return Some("Element"),
        _ => {}
    }
    let url = format!("http://hl7.org/fhir/StructureDefinition/{type_name}");
    let base = definitions.structure(&url)?.base?;
    base.rsplit('/').next()
}
