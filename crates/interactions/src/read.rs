//! read and vread. Spec: <https://hl7.org/fhir/R4/http.html#read>.

use fhir::VersionId;
use store::{ResourceKey, Stored};

use crate::app::App;
use crate::failure::Failure;

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
}
