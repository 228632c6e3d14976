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

use fhir::{IssueCode, Tree};

pub use answer::{EntryAnswer, deleted_words};
pub use plan::BundleKind;

use crate::app::App;
use crate::failure::{Category, Failure};
use crate::heavy::INLINE_BYTES_MAX;
use crate::write::Return;
use plan::Plan;

/// A Bundle posted to the base.
#[derive(Clone, Debug)]
pub struct BundleRequest {
    /// The Bundle.
    pub tree: Arc<Tree>,
    /// What the answers of writes carry (`Prefer: return=…`).
    pub answer: Return,
}

impl App {
    /// Processes a batch or transaction and gives the response Bundle in JSON.
    pub async fn process_bundle(
        self: &Arc<Self>,
        request: BundleRequest,
    ) -> Result<Vec<u8>, Failure> {
        let (app, tree) = (Arc::clone(self), Arc::clone(&request.tree));
        let plan = off_thread(request.tree.text().len(), move || Plan::read(&app, &tree)).await?;
        let kind = plan.kind;
        let answers = match kind {
            BundleKind::Batch => self.run_batch(&request, &Arc::new(plan)).await,
            BundleKind::Transaction => self.run_transaction(&request, plan).await?,
        };
        Ok(answer::response_bundle(kind, &answers, self, &request))
    }
}

/// Runs CPU-heavy work where it does not hold up other requests.
pub(crate) async fn off_thread<T, F>(bytes: usize, work: F) -> Result<T, Failure>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Failure> + Send + 'static,
{
    if bytes <= INLINE_BYTES_MAX {
        return work();
    }
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(Failure::plain(
            Category::Fault,
            IssueCode::Exception,
            "the bundle could not be processed because of a fault of the server; nothing was written",
        ))
    })
}
