//! Token: what a code, Coding, CodeableConcept, Identifier, ContactPoint, boolean or text says.
//! Spec: <https://hl7.org/fhir/R4/search.html#token>.
//!
//! Systems and codes are compared as they stand, case included.

use fhir::Value;

use crate::element::{implied_system, text_at};
use crate::judge::Judge;
use crate::query::{System, Token};
use crate::words::plain;

/// What an element says to a token parameter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// Systems and codes.
    pub(crate) codings: Vec<(Option<String>, Option<String>)>,
    /// What `:text` looks at.
    pub(crate) texts: Vec<String>,
    /// For an Identifier: the codings of its type, and its value.
    pub(crate) of_type: Vec<(String, String, String)>,
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

impl Said {
    pub(crate) fn truth(is: bool) -> Said {
        Said::code(None, &is.to_string())
    }

    fn code(system: Option<&str>, code: &str) -> Said {
        Said { codings: vec![(owned(system), Some(code.to_owned()))], ..Said::default() }
    }
}

/// What the element says; nothing for a type that holds no token.
pub(crate) fn read(judge: &Judge, value: Value<'_>, type_name: &str) -> Option<Said> {
    let mut said = Said::default();
    match type_name {
        "code" => {
            let system = implied_system(judge.definitions, value);
            return value.as_str().map(|code| Said::code(system, code));
        }
        "Coding" => coding(value, &mut said),
        "CodeableConcept" => {
            value.all("coding").for_each(|each| coding(each, &mut said));
            said.texts.extend(owned(text_at(value, "text")));
        }
        "Identifier" => identifier(value, &mut said),
        "ContactPoint" => {
            let number = text_at(value, "value");
            said.codings.extend(number.map(|n| (owned(text_at(value, "use")), owned(Some(n)))));
        }
        "boolean" => return value.as_bool().map(Said::truth),
        "string" | "id" | "uri" | "url" | "canonical" | "oid" | "uuid" | "markdown" => {
            return value.as_str().map(|text| Said::code(None, text));
        }
        _ => return None,
    }
    Some(said)
}

fn coding(value: Value<'_>, said: &mut Said) {
    let (system, code) = (text_at(value, "system"), text_at(value, "code"));
    if system.is_some() || code.is_some() {
        said.codings.push((owned(system), owned(code)));
    }
    said.texts.extend(owned(text_at(value, "display")));
}

fn identifier(value: Value<'_>, said: &mut Said) {
    let (system, number) = (text_at(value, "system"), text_at(value, "value"));
    if system.is_some() || number.is_some() {
        said.codings.push((owned(system), owned(number)));
    }
    let Some(kind) = value.get("type") else { return };
    said.texts.extend(owned(text_at(kind, "text")));
    for each in kind.all("coding") {
        if let (Some(system), Some(code), Some(number)) =
            (text_at(each, "system"), text_at(each, "code"), number)
        {
            said.of_type.push((system.to_owned(), code.to_owned(), number.to_owned()));
        }
    }
}

/// Whether a system and code are what is asked for.
pub(crate) fn is(system: Option<&str>, code: Option<&str>, wanted: &Token) -> bool {
    let system_fits = match &wanted.system {
        System::Any => true,
        System::None => system.is_none(),
        System::Is(name) => system == Some(name),
    };
    system_fits && wanted.code.as_deref().is_none_or(|wanted| code == Some(wanted))
}

impl Said {
    /// Without a modifier.
    pub(crate) fn fits(&self, wanted: &Token) -> bool {
        self.codings.iter().any(|(system, code)| is(system.as_deref(), code.as_deref(), wanted))
    }

    /// `:text`: as a string, from the beginning.
    pub(crate) fn has_text(&self, wanted: &str) -> bool {
        let wanted = plain(wanted);
        self.texts.iter().any(|text| plain(text).starts_with(&wanted))
    }

    /// `:of-type`
    pub(crate) fn is_of_type(&self, system: &str, code: &str, value: &str) -> bool {
        self.of_type
            .iter()
            .any(|(s, c, v)| (s.as_str(), c.as_str(), v.as_str()) == (system, code, value))
    }
}
