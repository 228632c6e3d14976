//! read and vread. Spec: <https://hl7.org/fhir/R4/http.html#read>.

use ::search::{Handling, Summary};
use fhir::{IssueCode, VersionId};
use store::{ResourceKey, Stored};

use crate::app::App;
use crate::failure::{Category, Failure};
use crate::heavy::heavy;
use crate::subset::write_subset;

impl App {
    /// The current version of a resource; a deleted one is [`crate::Category::Gone`].
    pub async fn read(&self, key: &ResourceKey) -> Result<Stored, Failure> {
        let stored = self.store.read(key).await?.ok_or_else(|| Failure::not_found(key))?;
        if stored.body.is_none() { Err(Failure::gone(key)) } else { Ok(stored) }
    }

    /// One version of a resource; the version that deleted it is [`crate::Category::Gone`].
    pub async fn read_version(
        &self,
        key: &ResourceKey,
        version: VersionId,
    ) -> Result<Stored, Failure> {
        let stored =
            self.store.read_version(key, version).await?.ok_or_else(|| Failure::not_found(key))?;
        if stored.body.is_none() { Err(Failure::gone(key)) } else { Ok(stored) }
    }

    /// The part of a resource that `_summary` and `_elements` ask for, if they ask for one.
    /// Spec: <https://hl7.org/fhir/R4/http.html#read>.
    pub fn part_of(
        &self,
        stored: &Stored,
        pairs: &[(String, String)],
    ) -> Result<Option<Vec<u8>>, Failure> {
        let shaping = |name: &str| matches!(name, "_summary" | "_elements");
        let pairs: Vec<_> = pairs.iter().filter(|(name, _)| shaping(name)).cloned().collect();
        if pairs.is_empty() {
            return Ok(None);
        }
        let search = self.parse_search(stored.key.resource_type, &pairs, Handling::Strict)?.0;
        if search.summary == Summary::Count {
            return Err(Failure::new(
                Category::Invalid,
                IssueCode::Value,
                "_summary",
                "a resource cannot be counted; ask for true, text, data or false",
            ));
        }
        let body = stored.body.as_deref().unwrap_or_default();
        Ok(Some(heavy(body.len(), || {
            let mut out = Vec::with_capacity(body.len());
            write_subset(body, &search, self.definitions(), &mut out);
            out
        })))
    }
}
