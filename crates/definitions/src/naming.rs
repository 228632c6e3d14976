//! NamingSystems: the OIDs, UUIDs and URIs by which one and the same system is named.
//! Spec: <https://hl7.org/fhir/R4/namingsystem.html>.

use fhir::Value;

use crate::packed::{Packer, Reader};

/// A system of codes or identifiers and its names.
#[derive(Debug)]
pub struct NamingSystem {
    /// The name for people.
    pub name: &'static str,
    /// `codesystem`, `identifier` or `root`.
    pub kind: &'static str,
    /// (type: `oid` | `uuid` | `uri` | `other`, value, preferred).
    pub unique_ids: Box<[(&'static str, &'static str, bool)]>,
}

impl NamingSystem {
    /// The URI, the preferred one where there are several.
    pub fn uri(&self) -> Option<&'static str> {
        let uris = || self.unique_ids.iter().filter(|(kind, _, _)| *kind == "uri");
        uris()
            .find(|(_, _, preferred)| *preferred)
            .or_else(|| uris().next())
            .map(|(_, uri, _)| *uri)
    }

    pub(crate) fn pack(naming: Value<'_>, out: &mut Packer) {
        out.optional(naming.text_of("name"));
        out.optional(naming.text_of("kind"));
        out.list(naming.all("uniqueId"), |out, id| {
            out.optional(id.text_of("type"));
            out.optional(id.text_of("value"));
            out.flag(id.text_of("preferred") == Some("true"));
        });
    }

    pub(crate) fn unpack(reader: &mut Reader) -> NamingSystem {
        NamingSystem {
            name: reader.optional().unwrap_or(""),
            kind: reader.optional().unwrap_or(""),
            unique_ids: reader.list(|reader| {
                let kind = reader.optional().unwrap_or("");
                (kind, reader.optional().unwrap_or(""), reader.flag())
            }),
        }
    }
}
