//! What random searches may ask for.
//!
//! To add a feature, add a variant and ask [`Features::has`] where searches are made.

/// A part of search that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Composite parameters.
    Composite,
    /// `near`
    Near,
    /// `_filter`
    Filter,
    /// `_text` and `_content`
    FullText,
    /// `_list`
    List,
    /// Searches of the system.
    System,
    /// Searches of a compartment.
    Compartment,
    /// `_contained`
    Contained,
    /// Chains that lead into contained resources.
    ChainContained,
    /// Canonicals with and without versions.
    Canonical,
    /// `:text` of tokens and references.
    TokenText,
    /// `:of-type`
    OfType,
    /// `:in` and `:not-in`
    In,
    /// `:above` and `:below` of tokens.
    Subsumption,
    /// `:identifier`
    Identifier,
    /// `:above` and `:below` of references.
    Hierarchy,
    /// Units of UCUM that are converted.
    Ucum,
}

/// All of them.
const ALL: [Feature; 17] = [
    Feature::Composite,
    Feature::Near,
    Feature::Filter,
    Feature::FullText,
    Feature::List,
    Feature::System,
    Feature::Compartment,
    Feature::Contained,
    Feature::ChainContained,
    Feature::Canonical,
    Feature::TokenText,
    Feature::OfType,
    Feature::In,
    Feature::Subsumption,
    Feature::Identifier,
    Feature::Hierarchy,
    Feature::Ucum,
];

/// The features that are on.
#[derive(Clone, Debug)]
pub struct Features(Vec<Feature>);

impl Features {
    /// Everything.
    pub fn all() -> Features {
        Features(ALL.to_vec())
    }

    /// Everything but these.
    pub fn all_but(off: &[Feature]) -> Features {
        Features(ALL.into_iter().filter(|each| !off.contains(each)).collect())
    }

    /// Whether it is on.
    pub fn has(&self, feature: Feature) -> bool {
        self.0.contains(&feature)
    }
}
