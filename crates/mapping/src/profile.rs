//! What is known of a feed before its items are read.

use std::collections::BTreeMap;

/// A feed's settings for mapping; from configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedProfile {
    /// The feed's configured name: keeps ids of different systems apart.
    pub system: String,
    /// `meta.source` of what the feed says, a URI.
    pub source: String,
    /// ODS code of the organisation whose system it is; may be empty where the messages say it.
    pub organisation: String,
    /// Identifier systems of assigning authorities, over those of the rules: `RCB` → a URI.
    pub authorities: BTreeMap<String, String>,
    /// How the bytes of CSV files are read where they have no byte-order mark.
    pub encoding: Encoding,
}

/// A character encoding of CSV files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte-order mark.
    #[default]
    Utf8,
    /// Windows-1252.
    Windows1252,
}

impl FeedProfile {
    /// A profile for a feed with nothing else known.
    ///
    /// ```
    /// let profile = mapping::FeedProfile::new("lvp-hospital");
    /// assert_eq!(profile.source, "urn:careloom:feed:lvp-hospital");
    /// ```
    pub fn new(system: &str) -> FeedProfile {
        FeedProfile {
            system: system.to_owned(),
            source: format!("urn:careloom:feed:{system}"),
            organisation: String::new(),
            authorities: BTreeMap::new(),
            encoding: Encoding::Utf8,
        }
    }
}
