//! StructureDefinitions: the facts of types, profiles and extensions, without their prose.
//! Spec: <https://hl7.org/fhir/R4/structuredefinition.html>, <https://hl7.org/fhir/R4/elementdefinition.html>.
//!
//! To add a fact, add a field and write and read it at the same place in `pack` and `unpack`.

use std::sync::OnceLock;

use fhir::Value;

use crate::packed::{Packer, Reader};

/// What a structure describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StructureKind {
    /// `string`, `date` …
    Primitive,
    /// `HumanName`, `Extension` …
    Complex,
    /// `Patient` …
    Resource,
    /// A model that is not exchanged as such.
    Logical,
}

/// A type, or a profile or extension that constrains one.
#[derive(Debug)]
pub struct Structure {
    /// The canonical URL, without version.
    pub url: &'static str,
    /// The business version.
    pub version: Option<&'static str>,
    /// The computer name: `Patient`, `UKCorePatient`.
    pub name: &'static str,
    /// What it describes.
    pub kind: StructureKind,
    /// The type that it defines or constrains.
    pub type_name: &'static str,
    /// The URL of the structure that this one is derived from.
    pub base: Option<&'static str>,
    /// Whether it constrains its base (a profile) instead of defining a new type.
    pub is_profile: bool,
    /// Whether it cannot stand in data by itself: `Element`, `DomainResource`.
    pub is_abstract: bool,
    /// Where an extension may stand: (`element` | `extension` | `fhirpath`, expression).
    pub contexts: Box<[(&'static str, &'static str)]>,
    constraints: &'static [Constraint],
    packed: Reader,
    elements: OnceLock<Box<[ElementDefinition]>>,
}

impl Structure {
    /// The elements of the snapshot, in order; decoded when first asked for.
    pub fn elements(&self) -> &[ElementDefinition] {
        self.elements.get_or_init(|| {
            let mut reader = self.packed;
            reader.list(|reader| ElementDefinition::unpack(reader, self.constraints))
        })
    }

    /// The element with this id: `Patient.name.given`, `Extension.extension:code.url`.
    pub fn element(&self, id: &str) -> Option<&ElementDefinition> {
        self.elements().iter().find(|element| element.id == id)
    }

    pub(crate) fn pack(structure: Value<'_>, constraints: &mut ConstraintTable, out: &mut Packer) {
        out.optional(structure.text_of("url"));
        out.optional(structure.text_of("version"));
        out.optional(structure.text_of("name"));
        out.uint(match structure.text_of("kind") {
            Some("primitive-type") => 0,
            Some("complex-type") => 1,
            Some("resource") => 2,
            _ => 3,
        });
        out.optional(structure.text_of("type"));
        out.optional(structure.text_of("baseDefinition"));
        out.flag(structure.text_of("derivation") == Some("constraint"));
        out.flag(structure.text_of("abstract") == Some("true"));
        out.list(structure.all("context"), |out, context| {
            out.optional(context.text_of("type"));
            out.optional(context.text_of("expression"));
        });
        let elements = structure.get("snapshot").map(|snapshot| snapshot.all("element"));
        out.block(|out| {
            out.list(elements.into_iter().flatten(), |out, element| {
                ElementDefinition::pack(element, constraints, out);
            });
        });
    }

    pub(crate) fn unpack(reader: &mut Reader, constraints: &'static [Constraint]) -> Structure {
        Structure {
            url: reader.string(),
            version: reader.optional(),
            name: reader.string(),
            kind: match reader.uint() {
                0 => StructureKind::Primitive,
                1 => StructureKind::Complex,
                2 => StructureKind::Resource,
                _ => StructureKind::Logical,
            },
            type_name: reader.string(),
            base: reader.optional(),
            is_profile: reader.flag(),
            is_abstract: reader.flag(),
            contexts: reader
                .list(|reader| (reader.optional().unwrap_or(""), reader.optional().unwrap_or(""))),
            constraints,
            packed: reader.block(),
            elements: OnceLock::new(),
        }
    }
}

/// One element of a structure's snapshot.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the specification's own flags, by its names")]
pub struct ElementDefinition {
    /// The id, with slice names: `Patient.identifier:nhsNumber.system`.
    pub id: &'static str,
    /// The path, without: `Patient.identifier.system`.
    pub path: &'static str,
    /// The slice that this element begins.
    pub slice_name: Option<&'static str>,
    /// How often at the least.
    pub min: u32,
    /// How often at the most; `None` for `*`.
    pub max: Option<u32>,
    /// How often at the most in the type that is constrained: more than once means an array in JSON.
    pub base_max: Option<u32>,
    /// The types allowed; none where `content_reference` says what it holds.
    pub types: Box<[ElementType]>,
    /// The path, after `#`, of the element whose content this one has.
    pub content_reference: Option<&'static str>,
    /// The codes allowed.
    pub binding: Option<Binding>,
    /// How the repetitions are told apart.
    pub slicing: Option<Slicing>,
    /// The value that it must have.
    pub fixed: Option<Given>,
    /// The value that its value must contain.
    pub pattern: Option<Given>,
    /// The least value.
    pub min_value: Option<Given>,
    /// The greatest value.
    pub max_value: Option<Given>,
    /// Length of a string in characters at the most.
    pub max_length: Option<u32>,
    /// The rules that it must follow.
    pub constraints: Box<[&'static Constraint]>,
    /// Whether it can change the meaning of what holds it.
    pub is_modifier: bool,
    /// Whether it stands in a summary.
    pub is_summary: bool,
    /// Whether a system that conforms must support it.
    pub must_support: bool,
    /// Whether it is an attribute in XML.
    pub is_attribute: bool,
}

const MODIFIER: u64 = 1;
const SUMMARY: u64 = 2;
const MUST_SUPPORT: u64 = 4;
const ATTRIBUTE: u64 = 8;
/// The id is not written because it equals the path.
const ID_IS_PATH: u64 = 16;
/// The rarer fields, from `content_reference` to `max_length`, follow.
const RARE: u64 = 32;

impl ElementDefinition {
    /// The name of the element: the path's last part, `value[x]` for a choice.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// Whether it is a choice of types, `value[x]`.
    pub fn is_choice(&self) -> bool {
        self.path.ends_with("[x]")
    }

    fn pack(element: Value<'_>, constraints: &mut ConstraintTable, out: &mut Packer) {
        let given = |prefix: &str| {
            element.members().find(|m| m.name().starts_with(prefix) && m.name() != "maxLength")
        };
        let (path, id) = (element.text_of("path"), element.text_of("id"));
        let is = |name: &str, bit: u64| if element.text_of(name) == Some("true") { bit } else { 0 };
        let rare_names = ["contentReference", "binding", "slicing", "maxLength"];
        let rare_prefixes = ["fixed", "pattern", "minValue", "maxValue"];
        let is_rare = rare_names.iter().any(|name| element.get(name).is_some())
            || rare_prefixes.iter().any(|prefix| given(prefix).is_some());
        let is_attribute = element.all("representation").any(|r| r.as_str() == Some("xmlAttr"));
        let id_is_path = id.is_none() || id == path;
        out.uint(
            is("isModifier", MODIFIER)
                | is("isSummary", SUMMARY)
                | is("mustSupport", MUST_SUPPORT)
                | if is_attribute { ATTRIBUTE } else { 0 }
                | if id_is_path { ID_IS_PATH } else { 0 }
                | if is_rare { RARE } else { 0 },
        );
        out.optional(path);
        if !id_is_path {
            out.optional(id);
        }
        out.optional(element.text_of("sliceName"));
        out.uint(element.text_of("min").and_then(|min| min.parse().ok()).unwrap_or(0));
        let max = element.text_of("max");
        let base_max = element.get("base").and_then(|base| base.text_of("max")).or(max);
        for max in [max, base_max] {
            out.optional_uint(max.and_then(|max| max.parse().ok()));
        }
        out.list(element.all("type"), ElementType::pack);
        out.list(element.all("constraint"), |out, constraint| {
            let number = constraints.number(constraint, out);
            out.uint(number);
        });
        if is_rare {
            out.optional(
                element.text_of("contentReference").map(|r| r.rsplit('#').next().unwrap_or(r)),
            );
            Binding::pack(element.get("binding"), out);
            Slicing::pack(element.get("slicing"), out);
            for prefix in rare_prefixes {
                Given::pack(given(prefix), prefix, out);
            }
            out.optional_uint(element.text_of("maxLength").and_then(|max| max.parse().ok()));
        }
    }

    fn unpack(reader: &mut Reader, constraints: &'static [Constraint]) -> ElementDefinition {
        let flags = reader.uint();
        let is = |bit: u64| flags & bit != 0;
        let path = reader.string();
        let mut element = ElementDefinition {
            id: if is(ID_IS_PATH) { path } else { reader.string() },
            path,
            slice_name: reader.optional(),
            min: reader.uint() as u32,
            max: reader.optional_uint().map(|max| max as u32),
            base_max: reader.optional_uint().map(|max| max as u32),
            types: reader.list(ElementType::unpack),
            constraints: reader
                .list(|reader| constraints.get(reader.uint() as usize))
                .into_iter()
                .flatten()
                .collect(),
            content_reference: None,
            binding: None,
            slicing: None,
            fixed: None,
            pattern: None,
            min_value: None,
            max_value: None,
            max_length: None,
            is_modifier: is(MODIFIER),
            is_summary: is(SUMMARY),
            must_support: is(MUST_SUPPORT),
            is_attribute: is(ATTRIBUTE),
        };
        if is(RARE) {
            element.content_reference = reader.optional();
            element.binding = Binding::unpack(reader);
            element.slicing = Slicing::unpack(reader);
            element.fixed = Given::unpack(reader);
            element.pattern = Given::unpack(reader);
            element.min_value = Given::unpack(reader);
            element.max_value = Given::unpack(reader);
            element.max_length = reader.optional_uint().map(|max| max as u32);
        }
        element
    }
}

/// A type that an element may have.
#[derive(Debug)]
pub struct ElementType {
    /// `Quantity`, `code`; an element's `id` and a primitive's value are `string`, `uri` … too.
    pub code: &'static str,
    /// Profiles that the value must conform to one of.
    pub profiles: Box<[&'static str]>,
    /// For references and canonicals: profiles that the target must conform to one of.
    pub targets: Box<[&'static str]>,
}

const FHIR_TYPE: &str = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type";

impl ElementType {
    fn pack(out: &mut Packer, value: Value<'_>) {
        let fhir_type = value
            .all("extension")
            .find(|extension| extension.text_of("url") == Some(FHIR_TYPE))
            .and_then(|extension| extension.text_of("valueUrl").or(extension.text_of("valueUri")));
        out.optional(fhir_type.or(value.text_of("code")));
        let text = |out: &mut Packer, value: Value<'_>| out.optional(value.as_str());
        out.list(value.all("profile"), text);
        out.list(value.all("targetProfile"), text);
    }

    fn unpack(reader: &mut Reader) -> ElementType {
        ElementType {
            code: reader.optional().unwrap_or(""),
            profiles: reader.strings(),
            targets: reader.strings(),
        }
    }
}

/// How far a binding binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BindingStrength {
    /// For illustration.
    Example,
    /// Advised.
    Preferred,
    /// These codes unless none fits.
    Extensible,
    /// These codes only.
    Required,
}

/// The codes that an element takes.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// How far it binds.
    pub strength: BindingStrength,
    /// The value set's canonical URL, with `|version` where given.
    pub value_set: Option<&'static str>,
}

impl Binding {
    fn pack(binding: Option<Value<'_>>, out: &mut Packer) {
        let Some(binding) = binding else { return out.uint(0) };
        out.uint(match binding.text_of("strength") {
            Some("required") => 4,
            Some("extensible") => 3,
            Some("preferred") => 2,
            _ => 1,
        });
        out.optional(binding.text_of("valueSet"));
    }

    fn unpack(reader: &mut Reader) -> Option<Binding> {
        let strength = match reader.uint() {
            0 => return None,
            1 => BindingStrength::Example,
            2 => BindingStrength::Preferred,
            3 => BindingStrength::Extensible,
            _ => BindingStrength::Required,
        };
        Some(Binding { strength, value_set: reader.optional() })
    }
}

/// How repetitions of an element are told apart.
#[derive(Debug)]
pub struct Slicing {
    /// By what: (`value` | `exists` | `pattern` | `type` | `profile`, path).
    pub discriminators: Box<[(&'static str, &'static str)]>,
    /// Whether the slices stand in order.
    pub ordered: bool,
    /// `open`, `closed` or `openAtEnd`.
    pub rules: &'static str,
}

impl Slicing {
    fn pack(slicing: Option<Value<'_>>, out: &mut Packer) {
        out.flag(slicing.is_some());
        let Some(slicing) = slicing else { return };
        out.list(slicing.all("discriminator"), |out, discriminator| {
            out.optional(discriminator.text_of("type"));
            out.optional(discriminator.text_of("path"));
        });
        out.flag(slicing.text_of("ordered") == Some("true"));
        out.optional(slicing.text_of("rules"));
    }

    fn unpack(reader: &mut Reader) -> Option<Slicing> {
        if !reader.flag() {
            return None;
        }
        Some(Slicing {
            discriminators: reader
                .list(|reader| (reader.optional().unwrap_or(""), reader.optional().unwrap_or(""))),
            ordered: reader.flag(),
            rules: reader.optional().unwrap_or("open"),
        })
    }
}

/// A value given in a definition.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    /// Its type: `Uri`, `CodeableConcept` (as the member's name ends).
    pub type_name: &'static str,
    /// The value as compact JSON.
    pub json: &'static str,
}

impl Given {
    fn pack(value: Option<Value<'_>>, prefix: &str, out: &mut Packer) {
        let Some(value) = value else { return out.uint(0) };
        let mut json = Vec::new();
        value.write_compact(&mut json);
        out.optional(value.name().strip_prefix(prefix));
        out.string(&String::from_utf8_lossy(&json));
    }

    fn unpack(reader: &mut Reader) -> Option<Given> {
        let type_name = reader.optional()?;
        Some(Given { type_name, json: reader.string() })
    }
}

/// A rule that an element follows.
#[derive(Debug, PartialEq)]
pub struct Constraint {
    /// The key: `ele-1`.
    pub key: &'static str,
    /// Whether breaking it is an error; otherwise a warning.
    pub is_error: bool,
    /// The rule for people.
    pub human: &'static str,
    /// The rule as FHIRPath; absent where it cannot be said so.
    pub expression: Option<&'static str>,
    /// The structure that states it.
    pub source: Option<&'static str>,
}

impl Constraint {
    pub(crate) fn unpack(reader: &mut Reader) -> Constraint {
        Constraint {
            key: reader.string(),
            is_error: reader.flag(),
            human: reader.optional().unwrap_or(""),
            expression: reader.optional(),
            source: reader.optional(),
        }
    }
}

/// The constraints met while packing, each once: most elements carry the same few.
#[derive(Default)]
pub(crate) struct ConstraintTable {
    packed: Vec<Vec<u8>>,
}

impl ConstraintTable {
    fn number(&mut self, constraint: Value<'_>, out: &mut Packer) -> u64 {
        let packed = out.aside(|out| {
            out.optional(constraint.text_of("key"));
            out.flag(constraint.text_of("severity") != Some("warning"));
            out.optional(constraint.text_of("human"));
            out.optional(constraint.text_of("expression"));
            out.optional(constraint.text_of("source"));
        });
        let found = self.packed.iter().position(|earlier| *earlier == packed);
        found.unwrap_or_else(|| {
            self.packed.push(packed);
            self.packed.len() - 1
        }) as u64
    }

    /// All constraints, as a list that [`Constraint::unpack`] reads.
    pub(crate) fn finish(&self, out: &mut Packer) {
        out.list(&self.packed, |out, packed| out.append(packed));
    }
}
