//! batch and transaction. Spec: <https://hl7.org/fhir/R4/http.html#transaction>.
//!
//! A transaction is planned (what each entry asks), resolved (conditions, identities, references),
//! prepared (references rewritten, texts stamped, index entries extracted) and committed as one
//! batch; when another writer made a condition untrue in between, it is resolved again. A batch
//! runs each entry on its own. Entries are processed in the order DELETE, POST, PUT and PATCH, GET
//! and HEAD; answers stand in the order of the request.

mod action;
mod answer;
mod batch;
mod get;
mod identity;
mod overlap;
mod plan;
mod reference;
mod resolve;
mod transaction;

use std::sync::Arc;

use ::search::Handling;
use fhir::Tree;

pub use answer::{EntryAnswer, deleted_words};
pub use plan::BundleKind;

use crate::app::App;
use crate::failure::Failure;
use crate::write::Return;
use plan::Plan;

/// A Bundle posted to the base.
#[derive(Clone, Debug)]
pub struct BundleRequest {
    /// The Bundle.
    pub tree: Arc<Tree>,
    /// What the answers of writes carry (`Prefer: return=…`).
    pub answer: Return,
    /// What an unknown parameter of a search does (`Prefer: handling=…`).
    pub handling: Handling,
}

impl App {
    /// Processes a batch or transaction and gives the response Bundle in JSON.
    pub async fn process_bundle(
        self: &Arc<Self>,
        request: BundleRequest,
    ) -> Result<Vec<u8>, Failure> {
        let (app, tree) = (Arc::clone(self), Arc::clone(&request.tree));
        let plan =
            self.off_thread(request.tree.text().len(), move || Plan::read(&app, &tree)).await?;
        let kind = plan.kind;
        let answers = match kind {
            BundleKind::Batch => self.run_batch(&request, &Arc::new(plan)).await,
            BundleKind::Transaction => self.run_transaction(&request, plan).await?,
        };
        Ok(answer::response_bundle(kind, &answers, self, &request))
    }
}
