//! What the FHIR specification and UK Core define, as one compact embedded asset: structures,
//! search parameters, compartments, naming systems, code systems and value sets.
//!
//! ```
//! let definitions = definitions::embedded();
//! let patient = definitions.resource_type("Patient").unwrap();
//! let parameter = definitions.search_parameter(patient, "birthdate").unwrap();
//! assert_eq!(parameter.expression, "Patient.birthDate | Person.birthDate | RelatedPerson.birthDate");
//! assert!(definitions.element("Patient", "birthDate").is_some());
//! ```
//!
//! Spec: <https://hl7.org/fhir/R4/definitions.html>. How the asset is made and laid out:
//! `docs/implementation/definitions.md`. This crate reads bytes and no files, and knows no store.
//!
//! To add a package, give its file to `cargo xtask definitions`. To add a kind of definition, add
//! a module with its type, `pack` and `unpack`, and a place for it in [`Builder`].

mod asset;
mod check;
mod compartment;
mod convert;
mod custom;
mod naming;
mod packed;
mod parameter;
mod primitive;
mod shape;
mod structure;
mod terminology;
mod types;

use std::collections::HashMap;
use std::sync::OnceLock;

use fhir::ResourceType;

pub use asset::LoadError;
pub use compartment::Compartment;
pub use convert::Builder;
pub use custom::ParameterDraft;
pub use naming::NamingSystem;
pub use parameter::{ParameterKind, SearchParameter};
pub use primitive::Primitive;
pub use structure::{
    Binding, BindingStrength, Constraint, ElementDefinition, ElementType, Given, Slicing,
    Structure, StructureKind,
};
pub use terminology::{
    CodeSystem, CodeSystemContent, Concept, Expansion, Include, Member, ValueSet,
};
pub use types::{Child, Content, TypeId};

use packed::{Reader, index_by};
use types::Types;

pub(crate) type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// The asset as committed: R4 4.0.1 and UK Core STU2.
const EMBEDDED: &[u8] = include_bytes!("../assets/r4-ukcore.bin");

/// The definitions that are part of the program; read when first asked for, kept for good.
pub fn embedded() -> &'static Definitions {
    static LOADED: OnceLock<Definitions> = OnceLock::new();
    LOADED.get_or_init(|| {
        let sections = asset::sections(EMBEDDED);
        let loaded = sections.and_then(|[core, terms]| Definitions::read(core, terms));
        loaded.expect("the embedded definitions asset can be read; a test checks that")
    })
}

/// Definitions in force. Everything reached from here is immutable and its strings are `'static`.
#[derive(Debug)]
pub struct Definitions {
    /// What came in one asset; shared by all definitions that add parameters to it.
    base: &'static Base,
    /// Parameters added at run time; their ids follow those of the base.
    custom: Box<[SearchParameter]>,
    custom_by_url: Map<&'static str, u32>,
    /// In place of the base's, for the types that have parameters of `custom`.
    custom_by_type: Map<&'static str, Box<[u32]>>,
}

/// The content of an asset.
#[derive(Debug)]
struct Base {
    structures: &'static [Structure],
    structure_by_url: Map<&'static str, u32>,
    parameters: Box<[SearchParameter]>,
    parameter_by_url: Map<&'static str, u32>,
    /// Ids of the parameters of a type and its ancestors, ordered by code.
    parameters_by_type: Map<&'static str, Box<[u32]>>,
    compartments: Box<[Compartment]>,
    naming_systems: Box<[NamingSystem]>,
    types: Types,
    resource_types: Box<[ResourceType]>,
    resource_type_by_name: Map<&'static str, ResourceType>,
    packed_terms: asset::Section<'static>,
    terms: OnceLock<Terms>,
}

/// The terminology section, unpacked.
#[derive(Debug)]
struct Terms {
    code_systems: Box<[CodeSystem]>,
    code_system_by_url: Map<&'static str, u32>,
    value_sets: Box<[ValueSet]>,
    value_set_by_url: Map<&'static str, u32>,
}

impl Definitions {
    /// Reads an asset that [`Builder::pack`] made. What it holds is never given back.
    pub fn load(asset: &[u8]) -> Result<Definitions, LoadError> {
        let [core, terms] = asset::sections(asset)?;
        let definitions = Definitions::read(core, terms.to_owned_section())?;
        let terms = Terms::read(definitions.base.packed_terms)?;
        let _ = definitions.base.terms.set(terms);
        Ok(definitions)
    }

    fn read(
        core: asset::Section<'_>,
        packed_terms: asset::Section<'static>,
    ) -> Result<Definitions, LoadError> {
        let mut reader = Reader::open(core.unpack()?).ok_or(LoadError::DAMAGED)?;
        let constraints: &'static [Constraint] = Box::leak(reader.list(Constraint::unpack));
        let structures: &'static [Structure] =
            Box::leak(reader.list(|reader| Structure::unpack(reader, constraints)));
        let mut id = 0;
        let parameters = reader.list(|reader| {
            id += 1;
            SearchParameter::unpack(reader, id - 1)
        });
        let compartments = reader.list(Compartment::unpack);
        let naming_systems = reader.list(NamingSystem::unpack);
        if reader.broken {
            return Err(LoadError::DAMAGED);
        }
        let resource_types = concrete_resource_types(structures);
        let base = Base {
            structure_by_url: index_by(structures, |structure| structure.url),
            parameter_by_url: index_by(&parameters, |parameter| parameter.url),
            parameters_by_type: parameters_by_type(structures, &parameters),
            types: Types::new(structures),
            resource_type_by_name: resource_types.iter().map(|t| (t.as_str(), *t)).collect(),
            structures,
            parameters,
            compartments,
            naming_systems,
            resource_types,
            packed_terms,
            terms: OnceLock::new(),
        };
        Ok(Definitions {
            base: Box::leak(Box::new(base)),
            custom: Box::default(),
            custom_by_url: Map::default(),
            custom_by_type: Map::default(),
        })
    }

    /// The resource type of this name, unless it is abstract or unknown.
    pub fn resource_type(&self, name: &str) -> Option<ResourceType> {
        self.base.resource_type_by_name.get(name).copied()
    }

    /// All resource types that can stand in data, by name.
    pub fn resource_types(&self) -> &[ResourceType] {
        &self.base.resource_types
    }

    /// All structures, by URL.
    pub fn structures(&self) -> &'static [Structure] {
        self.base.structures
    }

    /// The structure with this canonical URL (a `|version` is passed over).
    pub fn structure(&self, url: &str) -> Option<&'static Structure> {
        let index = self.base.structure_by_url.get(without_version(url))?;
        self.base.structures.get(*index as usize)
    }

    /// All search parameters, in the order of their ids.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = &SearchParameter> {
        (0..self.base.parameters.len() + self.custom.len()).map(|id| self.parameter(id as u32))
    }

    /// The parameter with this id.
    ///
    /// # Panics
    /// Where the id is not from these definitions.
    pub fn parameter(&self, id: u32) -> &SearchParameter {
        let id = id as usize;
        let base = &self.base.parameters;
        base.get(id).unwrap_or_else(|| &self.custom[id - base.len()])
    }

    /// The parameter with this canonical URL.
    pub fn parameter_by_url(&self, url: &str) -> Option<&SearchParameter> {
        let url = without_version(url);
        let id = self.base.parameter_by_url.get(url).or_else(|| self.custom_by_url.get(url))?;
        Some(self.parameter(*id))
    }

    /// The parameters that a type can be searched by, those of `DomainResource` and `Resource`
    /// with them, ordered by code. Parameters without an expression are left out, because
    /// nothing says what their values are.
    pub fn search_parameters(
        &self,
        resource_type: ResourceType,
    ) -> impl ExactSizeIterator<Item = &SearchParameter> {
        self.ids_of(resource_type.as_str()).iter().map(|id| self.parameter(*id))
    }

    /// The parameter with this code on a type.
    pub fn search_parameter(
        &self,
        resource_type: ResourceType,
        code: &str,
    ) -> Option<&SearchParameter> {
        let ids = self.ids_of(resource_type.as_str());
        let at = ids.binary_search_by(|id| self.parameter(*id).code.cmp(code)).ok()?;
        Some(self.parameter(ids[at]))
    }

    fn ids_of(&self, type_name: &str) -> &[u32] {
        let custom = self.custom_by_type.get(type_name);
        custom.or_else(|| self.base.parameters_by_type.get(type_name)).map_or(&[], |ids| ids)
    }

    /// The compartments.
    pub fn compartments(&self) -> &[Compartment] {
        &self.base.compartments
    }

    /// The compartment around a type.
    pub fn compartment(&self, resource_type: ResourceType) -> Option<&Compartment> {
        self.base.compartments.iter().find(|c| c.resource_type == resource_type)
    }

    /// The naming systems.
    pub fn naming_systems(&self) -> &[NamingSystem] {
        &self.base.naming_systems
    }

    /// The type of a name or path: `HumanName`, `Patient`, `Patient.contact`.
    pub fn type_id(&self, type_or_path: &str) -> Option<TypeId> {
        self.base.types.find(type_or_path)
    }

    /// The name or path of a type.
    pub fn type_path(&self, id: TypeId) -> &'static str {
        self.base.types.path(id)
    }

    /// The members that an object of the type may have, in the order of the definition.
    pub fn children(&self, id: TypeId) -> &[Child] {
        self.base.types.children(id)
    }

    /// The member of this JSON name in an object of the type.
    #[inline]
    pub fn child(&self, id: TypeId, name: &str) -> Option<&Child> {
        self.base.types.child(id, name)
    }

    /// The members of this FHIRPath name: one, or one for each type of a choice.
    pub fn children_named<'d>(
        &'d self,
        id: TypeId,
        name: &'d str,
    ) -> impl Iterator<Item = &'d Child> {
        self.children(id).iter().filter(move |child| match child.choice {
            Some(choice) => choice == name,
            None => child.name == name,
        })
    }

    /// The member of this JSON name in a type or path: `("Observation", "valueQuantity")`.
    pub fn element(&self, type_or_path: &str, child: &str) -> Option<&Child> {
        self.base.types.child(self.base.types.find(type_or_path)?, child)
    }

    /// All code systems, by URL.
    pub fn code_systems(&self) -> &[CodeSystem] {
        &self.terms().code_systems
    }

    /// The code system with this URL (a `|version` is passed over).
    pub fn code_system(&self, url: &str) -> Option<&CodeSystem> {
        let terms = self.terms();
        let index = terms.code_system_by_url.get(without_version(url))?;
        terms.code_systems.get(*index as usize)
    }

    /// All value sets, by URL.
    pub fn value_sets(&self) -> &[ValueSet] {
        &self.terms().value_sets
    }

    /// The value set with this URL (a `|version` is passed over).
    pub fn value_set(&self, url: &str) -> Option<&ValueSet> {
        let terms = self.terms();
        let index = terms.value_set_by_url.get(without_version(url))?;
        terms.value_sets.get(*index as usize)
    }

    /// What a code is called in its code system.
    pub fn display(&self, system: &str, code: &str) -> Option<&'static str> {
        self.code_system(system)?.concept(code)?.display
    }

    fn terms(&self) -> &Terms {
        self.base.terms.get_or_init(|| {
            Terms::read(self.base.packed_terms)
                .expect("the embedded definitions asset can be read; a test checks that")
        })
    }
}

impl Terms {
    fn read(packed: asset::Section<'_>) -> Result<Terms, LoadError> {
        let mut reader = Reader::open(packed.unpack()?).ok_or(LoadError::DAMAGED)?;
        let code_systems = reader.list(CodeSystem::unpack);
        let value_sets = reader.list(ValueSet::unpack);
        if reader.broken {
            return Err(LoadError::DAMAGED);
        }
        Ok(Terms {
            code_system_by_url: index_by(&code_systems, |system| system.url),
            value_set_by_url: index_by(&value_sets, |set| set.url),
            code_systems,
            value_sets,
        })
    }
}

fn without_version(url: &str) -> &str {
    url.split_once('|').map_or(url, |(url, _)| url)
}

fn concrete_resource_types(structures: &[Structure]) -> Box<[ResourceType]> {
    let mut types: Vec<ResourceType> = structures
        .iter()
        .filter(|s| s.kind == StructureKind::Resource && !s.is_profile && !s.is_abstract)
        .map(|structure| ResourceType::from_static(structure.type_name))
        .collect();
    types.sort_unstable();
    types.into()
}

fn parameters_by_type(
    structures: &[Structure],
    parameters: &[SearchParameter],
) -> Map<&'static str, Box<[u32]>> {
    let mut by_base: Map<&'static str, Vec<u32>> = Map::default();
    for parameter in parameters.iter().filter(|parameter| !parameter.expression.is_empty()) {
        for base in &parameter.base {
            by_base.entry(base.as_str()).or_default().push(parameter.id);
        }
    }
    let resources =
        structures.iter().filter(|s| s.kind == StructureKind::Resource && !s.is_profile);
    let mut by_type = Map::default();
    for structure in resources {
        let ancestors = ancestors_of(structure);
        let own = std::iter::once(structure.type_name);
        let mut ids: Vec<u32> = own
            .chain(ancestors.iter().copied())
            .filter_map(|name| by_base.get(name))
            .flatten()
            .copied()
            .collect();
        // Stable: where two share a code, the one of the type itself stays.
        ids.sort_by_key(|id| parameters[*id as usize].code);
        ids.dedup_by_key(|id| parameters[*id as usize].code);
        by_type.insert(structure.type_name, ids.into());
    }
    by_type
}

/// The abstract types that a resource type is derived from, nearest first.
fn ancestors_of(structure: &Structure) -> &'static [&'static str] {
    match structure.base.and_then(|base| base.rsplit('/').next()) {
        Some("DomainResource") => &["DomainResource", "Resource"],
        Some(_) => &["Resource"],
        None => &[],
    }
}
