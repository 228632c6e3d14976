//! What a store must know of the definitions in force: resource types, and search parameters by
//! their [`ParameterId`].
//!
//! A store keeps its own, lasting number for every (type, code), so that the definitions may be
//! rebuilt, and [`ParameterId`]s shuffled, without touching a stored row.

use definitions::Definitions;
use fhir::ResourceType;
use search::ParameterId;

/// The kind of a search parameter, by which the table that holds its values is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterKind {
    /// Codes that few values share: interned.
    Token,
    /// Tokens that hardly two resources share (identifiers, telephone numbers): kept as text.
    Identifier,
    /// References.
    Reference,
    /// Strings.
    String,
    /// Times.
    Date,
    /// Numbers.
    Number,
    /// Quantities.
    Quantity,
    /// URIs.
    Uri,
    /// Values of several components that belong together.
    Composite,
    /// Places on the earth.
    Position,
    /// Other special parameters: never indexed, searches by them are refused.
    Other,
}

impl ParameterKind {
    /// The kind for a token parameter, told by its code.
    ///
    /// Interning pays where values repeat; a text that names one person or thing would only make
    /// the table of codes grow with the number of resources.
    pub fn of_token(code: &str) -> ParameterKind {
        let distinct = code.ends_with("identifier")
            || matches!(code, "phone" | "email" | "telecom" | "udi-di" | "value-string");
        if distinct { ParameterKind::Identifier } else { ParameterKind::Token }
    }
}

/// Counts the ways in which values were turned into rows. Raise it when rows of an unchanged
/// definition would come out otherwise than before: all parameters are then indexed anew.
const INDEXING: u32 = 2;

/// One search parameter.
#[derive(Clone, Debug)]
pub struct CatalogueParameter {
    /// Its code: `birthdate`.
    pub code: &'static str,
    /// Its kind.
    pub kind: ParameterKind,
    /// The types that have it; `Resource` and `DomainResource` stand for all types. None: it is
    /// withdrawn, and its id is kept free.
    pub base: Vec<ResourceType>,
    /// The types that its canonicals lead to, by the parameter `url` of those; none where it is no
    /// reference that reads canonicals.
    pub canonical_targets: Vec<ResourceType>,
    /// Tells by what rule its values are found. Where it differs from that of the rows a store
    /// holds, they must be made anew.
    pub fingerprint: i64,
}

/// Resource types and search parameters; the place in `parameters` is the [`ParameterId`].
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// All types that can be stored.
    pub types: Vec<ResourceType>,
    /// All search parameters.
    pub parameters: Vec<CatalogueParameter>,
}

impl Catalogue {
    /// The catalogue of the definitions in force.
    pub fn of(definitions: &'static Definitions) -> Catalogue {
        let parameter = |each: &definitions::SearchParameter| {
            let canonical_targets = search::canonical_targets(definitions, each);
            CatalogueParameter {
                fingerprint: fingerprint(each, !canonical_targets.is_empty() || each.code == "url"),
                code: each.code,
                kind: match each.kind {
                    definitions::ParameterKind::Token => ParameterKind::of_token(each.code),
                    definitions::ParameterKind::Reference => ParameterKind::Reference,
                    definitions::ParameterKind::String => ParameterKind::String,
                    definitions::ParameterKind::Date => ParameterKind::Date,
                    definitions::ParameterKind::Number => ParameterKind::Number,
                    definitions::ParameterKind::Quantity => ParameterKind::Quantity,
                    definitions::ParameterKind::Uri => ParameterKind::Uri,
                    definitions::ParameterKind::Composite => ParameterKind::Composite,
                    definitions::ParameterKind::Special if each.code == "near" => {
                        ParameterKind::Position
                    }
                    definitions::ParameterKind::Special => ParameterKind::Other,
                },
                base: each.base.to_vec(),
                canonical_targets,
            }
        };
        Catalogue {
            types: definitions.resource_types().to_vec(),
            parameters: definitions.parameters().map(parameter).collect(),
        }
    }

    /// The parameter with this id.
    pub fn parameter(&self, id: ParameterId) -> Option<&CatalogueParameter> {
        self.parameters.get(id.0 as usize)
    }

    /// Every (type, parameter) that can have values, in the catalogue's order.
    pub fn pairs(&self) -> impl Iterator<Item = (ResourceType, ParameterId)> {
        self.parameters.iter().enumerate().flat_map(move |(index, parameter)| {
            let all = parameter
                .base
                .iter()
                .any(|base| matches!(base.as_str(), "Resource" | "DomainResource"));
            let types = if all { &self.types } else { &parameter.base };
            types.iter().map(move |resource_type| (*resource_type, ParameterId(index as u32)))
        })
    }
}

/// FNV-1a over all that a parameter's rows depend on; the same in every build.
fn fingerprint(parameter: &definitions::SearchParameter, is_of_canonicals: bool) -> i64 {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0xFF]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    };
    add(&INDEXING.to_string());
    add(parameter.expression);
    if is_of_canonicals {
        // Since canonicals and what they lead to are kept under one text.
        add("canonical");
    }
    add(parameter.xpath_usage.unwrap_or(""));
    parameter.targets.iter().for_each(|target| add(target.as_str()));
    for (url, expression) in &parameter.components {
        add(url);
        add(expression);
    }
    hash as i64
}
