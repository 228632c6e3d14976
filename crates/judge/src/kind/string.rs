//! String: texts, and the parts of names and addresses.
//! Spec: <https://hl7.org/fhir/R4/search.html#string>.

use fhir::Value;

use crate::query::Modifier;
use crate::words::plain;

/// What of a name or an address a search may find; the rest says what it is for.
const NAME: [&str; 5] = ["text", "family", "given", "prefix", "suffix"];
const ADDRESS: [&str; 7] = ["text", "line", "city", "district", "state", "postalCode", "country"];

/// The texts of an element.
pub(crate) fn read(value: Value<'_>, type_name: &str) -> Option<Vec<String>> {
    let parts = |names: &[&str]| {
        let texts = names.iter().flat_map(|name| value.all(name)).filter_map(Value::as_str);
        texts.filter(|text| !text.is_empty()).map(str::to_owned).collect()
    };
    match type_name {
        "HumanName" => Some(parts(&NAME)),
        "Address" => Some(parts(&ADDRESS)),
        "Extension" => {
            let text = value.members().find(|member| member.name().starts_with("value"))?;
            text.as_str().map(|text| vec![text.to_owned()])
        }
        _ => value.as_str().map(|text| vec![text.to_owned()]),
    }
}

/// Whether one of the texts is what is asked for.
pub(crate) fn fits(texts: &[String], modifier: &Modifier, wanted: &str) -> bool {
    texts.iter().any(|text| match modifier {
        Modifier::Exact => text == wanted,
        Modifier::Contains => plain(text).contains(&plain(wanted)),
        _ => plain(text).starts_with(&plain(wanted)),
    })
}
