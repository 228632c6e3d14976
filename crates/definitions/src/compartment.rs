//! Compartments: which resources belong to a patient, an encounter, a practitioner …
//! Spec: <https://hl7.org/fhir/R4/compartmentdefinition.html>.

use fhir::{ResourceType, Value};

use crate::packed::{Packer, Reader};

/// A type and the codes of its parameters that lead into a compartment.
type Membership = (ResourceType, Box<[&'static str]>);

/// The rule of one compartment.
#[derive(Debug)]
pub struct Compartment {
    /// The canonical URL.
    pub url: &'static str,
    /// The type that it is around: `Patient`.
    pub resource_type: ResourceType,
    /// For each type that can belong to it, the codes of the reference parameters that make it so;
    /// `{def}` stands for the resource itself.
    pub members: Box<[Membership]>,
}

impl Compartment {
    /// The codes of the parameters by which a resource of this type belongs here; none if it never does.
    pub fn parameters_of(&self, resource_type: ResourceType) -> &[&'static str] {
        self.members
            .iter()
            .find(|(member, _)| *member == resource_type)
            .map_or(&[], |(_, codes)| codes)
    }

    pub(crate) fn pack(compartment: Value<'_>, out: &mut Packer) {
        out.optional(compartment.text_of("url"));
        out.optional(compartment.text_of("code"));
        let members = compartment.all("resource").filter(|member| member.get("param").is_some());
        out.list(members, |out, member| {
            out.optional(member.text_of("code"));
            out.list(member.all("param"), |out, code| out.optional(code.as_str()));
        });
    }

    pub(crate) fn unpack(reader: &mut Reader) -> Compartment {
        Compartment {
            url: reader.string(),
            resource_type: ResourceType::from_static(reader.string()),
            members: reader
                .list(|reader| (ResourceType::from_static(reader.string()), reader.strings())),
        }
    }
}
