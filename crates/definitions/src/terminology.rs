//! CodeSystems and ValueSets, each decoded when it is first asked for.
//! Spec: <https://hl7.org/fhir/R4/codesystem.html>, <https://hl7.org/fhir/R4/valueset.html>.
//!
//! To add a fact, add a field and write and read it at the same place in `pack` and `unpack`.

use std::sync::OnceLock;

use fhir::Value;

use crate::Map;
use crate::packed::{Packer, Reader, index_by};

/// How much of a code system its definition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeSystemContent {
    /// All codes.
    Complete,
    /// Some codes.
    Fragment,
    /// A few, as examples.
    Example,
    /// None: it is defined elsewhere.
    NotPresent,
    /// Additions to another code system.
    Supplement,
}

const CONTENTS: [(CodeSystemContent, &str); 5] = [
    (CodeSystemContent::Complete, "complete"),
    (CodeSystemContent::Fragment, "fragment"),
    (CodeSystemContent::Example, "example"),
    (CodeSystemContent::NotPresent, "not-present"),
    (CodeSystemContent::Supplement, "supplement"),
];

/// A code system.
#[derive(Debug)]
pub struct CodeSystem {
    /// The canonical URL, which is the `system` of its codes.
    pub url: &'static str,
    /// The business version.
    pub version: Option<&'static str>,
    /// The computer name.
    pub name: &'static str,
    /// How much of it is here.
    pub content: CodeSystemContent,
    /// Whether `A` and `a` are different codes.
    pub case_sensitive: bool,
    /// What the hierarchy means: `is-a`, `part-of` …
    pub hierarchy_meaning: Option<&'static str>,
    /// Number of codes.
    pub count: u32,
    packed: Reader,
    codes: OnceLock<Codes>,
}

#[derive(Debug)]
struct Codes {
    concepts: Box<[Concept]>,
    by_code: Map<&'static str, u32>,
}

/// A code and what it is called.
#[derive(Debug)]
pub struct Concept {
    /// The code.
    pub code: &'static str,
    /// The name for people.
    pub display: Option<&'static str>,
    /// The place in [`CodeSystem::concepts`] of the concept that this one stands under.
    pub parent: Option<u32>,
    /// (property, value): `status`, `notSelectable`, `child` …
    pub properties: Box<[(&'static str, &'static str)]>,
}

impl CodeSystem {
    /// The concepts, each after the one it stands under.
    pub fn concepts(&self) -> &[Concept] {
        &self.codes().concepts
    }

    /// The concept with this code.
    pub fn concept(&self, code: &str) -> Option<&Concept> {
        let codes = self.codes();
        let exact = codes.by_code.get(code).map(|index| &codes.concepts[*index as usize]);
        if exact.is_some() || self.case_sensitive {
            return exact;
        }
        codes.concepts.iter().find(|concept| concept.code.eq_ignore_ascii_case(code))
    }

    fn codes(&self) -> &Codes {
        self.codes.get_or_init(|| {
            let mut reader = self.packed;
            let concepts = reader.list(Concept::unpack);
            let by_code = index_by(&concepts, |concept| concept.code);
            Codes { concepts, by_code }
        })
    }

    pub(crate) fn pack(system: Value<'_>, out: &mut Packer) {
        out.optional(system.text_of("url"));
        out.optional(system.text_of("version"));
        out.optional(system.text_of("name"));
        let content = system.text_of("content").unwrap_or("complete");
        out.uint(CONTENTS.iter().position(|(_, code)| *code == content).unwrap_or(0) as u64);
        out.flag(system.text_of("caseSensitive") != Some("false"));
        out.optional(system.text_of("hierarchyMeaning"));
        let mut flat = Vec::new();
        flatten(system, None, &mut flat);
        out.uint(flat.len() as u64);
        out.block(|out| {
            out.list(flat, |out, (concept, parent)| {
                out.optional(concept.text_of("code"));
                out.optional(concept.text_of("display"));
                out.optional_uint(parent);
                out.list(concept.all("property"), |out, property| {
                    out.optional(property.text_of("code"));
                    out.optional(property_value(property));
                });
            });
        });
    }

    pub(crate) fn unpack(reader: &mut Reader) -> CodeSystem {
        CodeSystem {
            url: reader.string(),
            version: reader.optional(),
            name: reader.optional().unwrap_or(""),
            content: CONTENTS
                .get(reader.uint() as usize)
                .map_or(CodeSystemContent::Complete, |c| c.0),
            case_sensitive: reader.flag(),
            hierarchy_meaning: reader.optional(),
            count: reader.uint() as u32,
            packed: reader.block(),
            codes: OnceLock::new(),
        }
    }
}

impl Concept {
    fn unpack(reader: &mut Reader) -> Concept {
        Concept {
            code: reader.optional().unwrap_or(""),
            display: reader.optional(),
            parent: reader.optional_uint().map(|parent| parent as u32),
            properties: reader
                .list(|reader| (reader.optional().unwrap_or(""), reader.optional().unwrap_or(""))),
        }
    }
}

/// A property's value as text; a Coding by its code.
fn property_value(property: Value<'_>) -> Option<&str> {
    let value = property.members().find(|member| member.name().starts_with("value"))?;
    value.as_text().or_else(|| value.text_of("code"))
}

fn flatten<'t>(level: Value<'t>, parent: Option<u64>, out: &mut Vec<(Value<'t>, Option<u64>)>) {
    for concept in level.all("concept") {
        let place = out.len() as u64;
        out.push((concept, parent));
        flatten(concept, Some(place), out);
    }
}

/// A set of codes from one or more code systems.
#[derive(Debug)]
pub struct ValueSet {
    /// The canonical URL.
    pub url: &'static str,
    /// The business version.
    pub version: Option<&'static str>,
    /// The computer name.
    pub name: &'static str,
    packed: Reader,
    content: OnceLock<ValueSetContent>,
}

#[derive(Debug)]
struct ValueSetContent {
    includes: Box<[Include]>,
    excludes: Box<[Include]>,
    expansion: Option<Expansion>,
}

/// One rule of what is in a value set (or taken out of it).
#[derive(Debug)]
pub struct Include {
    /// The code system.
    pub system: Option<&'static str>,
    /// Its version.
    pub version: Option<&'static str>,
    /// The codes, with displays; empty means all that the filters leave.
    pub concepts: Box<[(&'static str, Option<&'static str>)]>,
    /// (property, operator, value), all of which must hold.
    pub filters: Box<[(&'static str, &'static str, &'static str)]>,
    /// Value sets of which the codes must be members too.
    pub value_sets: Box<[&'static str]>,
}

/// The members of a value set, as its publisher worked them out.
#[derive(Debug)]
pub struct Expansion {
    /// Whether members are missing because there were too many or they could not be worked out.
    pub is_partial: bool,
    /// (system, code, display, abstract), in order; the hierarchy is not kept.
    pub members: Box<[Member]>,
}

/// A member of an expansion.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The code system.
    pub system: &'static str,
    /// The code.
    pub code: &'static str,
    /// The name for people.
    pub display: Option<&'static str>,
    /// Whether it only groups others and is not to be chosen.
    pub is_abstract: bool,
}

impl ValueSet {
    /// What is in the set.
    pub fn includes(&self) -> &[Include] {
        &self.content().includes
    }

    /// What is taken out of it.
    pub fn excludes(&self) -> &[Include] {
        &self.content().excludes
    }

    /// The expansion that came with the definitions.
    pub fn expansion(&self) -> Option<&Expansion> {
        self.content().expansion.as_ref()
    }

    fn content(&self) -> &ValueSetContent {
        self.content.get_or_init(|| {
            let mut reader = self.packed;
            ValueSetContent {
                includes: reader.list(Include::unpack),
                excludes: reader.list(Include::unpack),
                expansion: Expansion::unpack(&mut reader),
            }
        })
    }

    /// `expanded` is the same value set with its expansion, where that stands elsewhere.
    pub(crate) fn pack(set: Value<'_>, expanded: Option<Value<'_>>, out: &mut Packer) {
        out.optional(set.text_of("url"));
        out.optional(set.text_of("version"));
        out.optional(set.text_of("name"));
        let rules =
            |name| set.get("compose").map(|compose| compose.all(name)).into_iter().flatten();
        let expansion = set.get("expansion").or_else(|| expanded?.get("expansion"));
        out.block(|out| {
            out.list(rules("include"), Include::pack);
            out.list(rules("exclude"), Include::pack);
            Expansion::pack(expansion, out);
        });
    }

    pub(crate) fn unpack(reader: &mut Reader) -> ValueSet {
        ValueSet {
            url: reader.string(),
            version: reader.optional(),
            name: reader.optional().unwrap_or(""),
            packed: reader.block(),
            content: OnceLock::new(),
        }
    }
}

impl Include {
    fn pack(out: &mut Packer, include: Value<'_>) {
        out.optional(include.text_of("system"));
        out.optional(include.text_of("version"));
        out.list(include.all("concept"), |out, concept| {
            out.optional(concept.text_of("code"));
            out.optional(concept.text_of("display"));
        });
        out.list(include.all("filter"), |out, filter| {
            out.optional(filter.text_of("property"));
            out.optional(filter.text_of("op"));
            out.optional(filter.text_of("value"));
        });
        out.list(include.all("valueSet"), |out, set| out.optional(set.as_str()));
    }

    fn unpack(reader: &mut Reader) -> Include {
        let text = |reader: &mut Reader| reader.optional().unwrap_or("");
        Include {
            system: reader.optional(),
            version: reader.optional(),
            concepts: reader.list(|reader| (text(reader), reader.optional())),
            filters: reader.list(|reader| (text(reader), text(reader), text(reader))),
            value_sets: reader.list(text),
        }
    }
}

const TOO_COSTLY: &str = "http://hl7.org/fhir/StructureDefinition/valueset-toocostly";
const UNCLOSED: &str = "http://hl7.org/fhir/StructureDefinition/valueset-unclosed";

impl Expansion {
    fn pack(expansion: Option<Value<'_>>, out: &mut Packer) {
        out.flag(expansion.is_some());
        let Some(expansion) = expansion else { return };
        let mut members = Vec::new();
        contained(expansion, &mut members);
        let total = expansion.text_of("total").and_then(|total| total.parse::<usize>().ok());
        let is_marked = expansion
            .all("extension")
            .any(|e| matches!(e.text_of("url"), Some(TOO_COSTLY | UNCLOSED)));
        out.flag(is_marked || total.is_some_and(|total| total > members.len()));
        out.list(members, |out, member| {
            out.optional(member.text_of("system"));
            out.optional(member.text_of("code"));
            out.optional(member.text_of("display"));
            out.flag(member.text_of("abstract") == Some("true"));
        });
    }

    fn unpack(reader: &mut Reader) -> Option<Expansion> {
        if !reader.flag() {
            return None;
        }
        Some(Expansion {
            is_partial: reader.flag(),
            members: reader.list(|reader| Member {
                system: reader.optional().unwrap_or(""),
                code: reader.optional().unwrap_or(""),
                display: reader.optional(),
                is_abstract: reader.flag(),
            }),
        })
    }
}

fn contained<'t>(level: Value<'t>, out: &mut Vec<Value<'t>>) {
    for member in level.all("contains") {
        if member.get("code").is_some() {
            out.push(member);
        }
        contained(member, out);
    }
}
