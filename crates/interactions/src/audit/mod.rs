//! Who looked at what: an AuditEvent for each request that touched somebody's record, and the chain of
//! seals that shows whether one was changed or taken away.
//!
//! The edge calls [`App::note_look`] once a request of a caller has its answer and before it is sent, so
//! that nothing is shown that is not noted. The events of all callers are sealed in the order in which
//! they were written, about once a second ([`App::run_sealing`]). Spec:
//! <https://hl7.org/fhir/R4/auditevent.html>; `docs/security.md`.

mod event;
mod looks;
mod seal;

pub use looks::{LookedAt, PersonLooks};
pub use seal::{AuditCheck, Broken};

use std::collections::BTreeSet;

use fhir::{ResourceId, Tree};
use store::{Change, Expected, Method};

use crate::app::App;
use crate::failure::Failure;

/// The type of what is noted.
pub(crate) const AUDIT_EVENT: &str = "AuditEvent";

/// A request that was answered.
#[derive(Clone, Debug)]
pub struct Look {
    /// What was asked for: a code of <http://hl7.org/fhir/restful-interaction>, or a page's name.
    pub interaction: String,
    /// Which it was: `C`, `R`, `U`, `D` or `E`.
    pub action: char,
    /// Method and path without the query, which may name people: `GET /fhir/Observation`.
    pub address: String,
    /// Where the request came from, an IP address.
    pub from: Option<String>,
    /// HTTP status of the answer.
    pub status: u16,
    /// Why, where the caller has given a reason in their own words.
    pub reason: Option<String>,
}

impl App {
    /// Notes a request of a caller: whose records they were shown or refused, and that they were shown a
    /// message. Nothing is noted of who has seen nothing of anybody's.
    pub async fn note_look(&self, look: &Look) -> Result<(), Failure> {
        let Some(doors) = &self.doors else { return Ok(()) };
        let seen = doors.seen();
        if seen.patients.is_empty() && !seen.refused && !seen.message {
            return Ok(());
        }
        self.note(look, &seen.patients).await.map(|_| ())
    }

    /// Notes that a caller is shown something of these patients that did not come through the doors:
    /// what a duty opens.
    pub fn note_shown<'p>(&self, patients: impl IntoIterator<Item = &'p ResourceId>) {
        if let Some(doors) = &self.doors {
            doors.note_shown(patients);
        }
    }

    /// Notes an act that concerns these people, by the caller.
    pub(crate) async fn note(
        &self,
        look: &Look,
        patients: &BTreeSet<ResourceId>,
    ) -> Result<ResourceId, Failure> {
        let change = self.noted(look, patients)?;
        let id = change.key.id.clone();
        self.elevated().commit_one(change, Vec::new(), crate::Return::Minimal).await?;
        Ok(id)
    }

    /// The note of an act that concerns these people, to be committed together with the act.
    pub(crate) fn noted(
        &self,
        look: &Look,
        patients: &BTreeSet<ResourceId>,
    ) -> Result<Change, Failure> {
        let id = self.ids.next();
        let event = event::of(self.caller(), look, patients, id.as_str(), self.clock.now());
        let tree = Tree::parse(&event.to_compact()).map_err(|error| {
            let message = format!("what was looked at could not be noted: {error}");
            Failure::plain(crate::Category::Fault, fhir::IssueCode::Exception, message)
        })?;
        let app = self.elevated();
        let in_force = app.in_force();
        let resource_type = app.resource_type(AUDIT_EVENT)?;
        let key = store::ResourceKey { resource_type, id };
        Ok(app.change(&in_force, &key, tree.root(), Method::Post, Expected::Absent))
    }
}
