//! delete. Spec: <https://hl7.org/fhir/R4/http.html#delete>.

use fhir::VersionId;
use store::{Batch, Change, ChangeKind, CommitError, Committed, Expected, ResourceKey};

use crate::app::App;
use crate::failure::Failure;
use crate::write::version_conflict;

impl App {
    /// Deletes a resource. Deleting what is not there, or is deleted already, is no failure.
    pub async fn delete(
        &self,
        key: &ResourceKey,
        if_match: Option<VersionId>,
    ) -> Result<Committed, Failure> {
        let expected = if_match.map_or(Expected::Any, Expected::Version);
        let change = Change { key: key.clone(), expected, kind: ChangeKind::Delete, lineage: None };
        let batch = Batch { guards: Vec::new(), changes: vec![change], outcomes: Vec::new() };
        match self.store.commit(batch).await {
            Ok(committed) => {
                self.note_written([key]);
                Ok(committed[0])
            }
            Err(CommitError::Expected(_, found)) => Err(version_conflict(key, if_match, found)),
            Err(error) => Err(error.into()),
        }
    }
}
