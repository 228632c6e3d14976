//! Reference: to a resource of this server, to one elsewhere, to a contained one, by identifier, or
//! a canonical. Spec: <https://hl7.org/fhir/R4/search.html#reference>.

use definitions::Definitions;
use fhir::{ResourceType, Value};

use crate::element::text_at;
use crate::judge::Key;
use crate::query::{Modifier, Referred, Token};
use crate::render::OWN_BASE;
use crate::words::plain;

/// What an element refers to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// The text as it stands.
    pub(crate) text: Option<String>,
    /// System and value of the identifier.
    pub(crate) identifier: Option<(Option<String>, Option<String>)>,
    /// What `:text` looks at.
    pub(crate) display: Option<String>,
    /// Whether the element is a canonical, of which a version may be parted.
    pub(crate) is_canonical: bool,
}

/// What the element refers to.
pub(crate) fn read(value: Value<'_>, type_name: &str) -> Option<Said> {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    if type_name == "Reference" {
        let identifier = value.get("identifier").map(|identifier| {
            (owned(text_at(identifier, "system")), owned(text_at(identifier, "value")))
        });
        return Some(Said {
            text: owned(text_at(value, "reference")),
            identifier,
            display: owned(text_at(value, "display")),
            is_canonical: false,
        });
    }
    let text = value.as_str()?;
    Some(Said {
        text: Some(text.to_owned()),
        identifier: None,
        display: None,
        is_canonical: type_name == "canonical",
    })
}

/// The resource of this server that a reference's text names: relative, or by the own address.
pub(crate) fn local(definitions: &Definitions, text: &str) -> Option<Key> {
    let relative = match text.strip_prefix(OWN_BASE) {
        Some(rest) => rest.strip_prefix('/')?,
        None => text,
    };
    let mut parts = relative.split('/');
    let resource_type = definitions.resource_type(parts.next()?)?;
    let id = parts.next().filter(|id| is_id(id))?;
    match (parts.next(), parts.next(), parts.next()) {
        (None, ..) | (Some("_history"), Some(_), None) => Some((resource_type, id.to_owned())),
        _ => None,
    }
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
}

/// An absolute URL without the version that it names.
fn without_history(text: &str) -> &str {
    text.split_once("/_history/").map_or(text, |(before, _)| before)
}

impl Said {
    /// The resource of this server that is referred to.
    pub(crate) fn key(&self, definitions: &Definitions) -> Option<Key> {
        if self.is_canonical {
            return None;
        }
        local(definitions, self.text.as_deref()?)
    }

    /// The local id of the contained resource that is referred to.
    pub(crate) fn contained(&self) -> Option<&str> {
        self.text.as_deref()?.strip_prefix('#')
    }

    /// A canonical as URL and version.
    pub(crate) fn canonical(&self) -> Option<(&str, Option<&str>)> {
        let text = self.text.as_deref().filter(|_| self.is_canonical)?;
        Some(text.split_once('|').map_or((text, None), |(url, version)| (url, Some(version))))
    }

    /// Whether it is what is asked for; `allowed` are the types that the parameter may refer to.
    pub(crate) fn fits(
        &self,
        definitions: &Definitions,
        allowed: &[ResourceType],
        modifier: &Modifier,
        wanted: &Referred,
    ) -> bool {
        let key = self.key(definitions);
        let is_local = |resource_type: ResourceType, id: &str| {
            key.as_ref().is_some_and(|key| key.0 == resource_type && key.1 == id)
        };
        match wanted {
            Referred::Id(id) => match modifier {
                Modifier::Type(resource_type) => is_local(*resource_type, id),
                _ => allowed.iter().any(|resource_type| is_local(*resource_type, id)),
            },
            Referred::Local(resource_type, id) | Referred::Own(resource_type, id) => {
                is_local(*resource_type, id)
            }
            Referred::Elsewhere(uri) => {
                key.is_none()
                    && !self.is_canonical
                    && self.text.as_deref().is_some_and(|text| without_history(text) == uri)
            }
            Referred::Canonical(url, version) => self.canonical().is_some_and(|said| {
                said.0 == url && version.as_deref().is_none_or(|wanted| said.1 == Some(wanted))
            }),
        }
    }

    /// Whether there is nothing in it that a search could look at.
    pub(crate) fn is_silent(&self) -> bool {
        self.text.is_none() && self.display.is_none() && !self.has_own_identifier()
    }

    fn has_own_identifier(&self) -> bool {
        self.identifier.as_ref().is_some_and(|(system, value)| system.is_some() || value.is_some())
    }

    /// `:text`: as a string, from the beginning.
    pub(crate) fn has_text(&self, wanted: &str) -> bool {
        let wanted = plain(wanted);
        self.display.as_deref().is_some_and(|text| plain(text).starts_with(&wanted))
    }

    /// `:identifier`
    pub(crate) fn has_identifier(&self, wanted: &Token) -> bool {
        self.identifier.as_ref().is_some_and(|(system, value)| {
            super::token::is(system.as_deref(), value.as_deref(), wanted)
        })
    }
}
