//! What people have agreed to, applied: how much of a record its person sees, who acts for them, what is
//! hidden from them, and what they have chosen about sharing.
//!
//! The rules are `access`'s ([`access::consent`], `access::ended`); agreements are Consent resources, so
//! they have versions, an author and a place in the record. To add a kind of agreement, add it there and
//! its use case here. Spec: issue 4, "Consent and opt-out as Consent resources", "Levels", "Proxy access".

mod choice;
mod limits;
mod proxy;

use access::consent::{self, Agreed, Agreement};
use fhir::{ResourceId, ResourceType, Tree, VersionId, format_instant};
use store::{Expected, Method, ResourceKey, Stored};

pub use choice::{Choices, HideRequest};
pub(crate) use limits::RESULT_REVIEW;
pub use limits::Withholding;
pub use proxy::{NewProxy, ProxyView, Represented};

use crate::app::App;
use crate::failure::Failure;
use crate::linking::PATIENT;

/// The type of agreements.
const CONSENT: ResourceType = ResourceType::from_static("Consent");

/// An agreement as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) id: ResourceId,
    pub(crate) version: VersionId,
    pub(crate) agreement: Agreement,
}

impl App {
    /// The active agreements about these patients. For use cases that decide by them; the caller must be
    /// elevated.
    pub(crate) async fn agreements(&self, patients: &[ResourceId]) -> Result<Vec<Held>, Failure> {
        if patients.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<&str> = patients.iter().map(ResourceId::as_str).collect();
        self.agreements_by("patient", &ids.join(",")).await
    }

    /// The active agreements that a search parameter finds.
    pub(crate) async fn agreements_by(
        &self,
        parameter: &str,
        value: &str,
    ) -> Result<Vec<Held>, Failure> {
        let query = [
            (parameter, value.to_owned()),
            ("status", "active".to_owned()),
            ("category", format!("{}|", consent::SYSTEM)),
        ];
        let stored = self.all_found(CONSENT, &query).await?;
        Ok(stored.iter().filter_map(|one| self.held(one)).collect())
    }

    fn held(&self, stored: &Stored) -> Option<Held> {
        let tree = Tree::parse(stored.body.as_deref()?).ok()?;
        let agreement = consent::read(self.definitions(), &tree)?;
        Some(Held { id: stored.key.id.clone(), version: stored.version, agreement })
    }

    /// Writes an agreement: a new one, or the next version of one that is held.
    async fn agree(
        &self,
        held: Option<&Held>,
        patient: &ResourceId,
        agreed: Agreed,
        by: &str,
    ) -> Result<ResourceId, Failure> {
        let at = format_instant(self.clock.now());
        let on = at.get(..10).unwrap_or("").to_owned();
        let id = held.map_or_else(|| self.ids.next(), |held| held.id.clone());
        let agreement = Agreement { patient: patient.clone(), on, agreed };
        let resource = consent::written(&id, &agreement, &at, by);
        let expected = held.map_or(Expected::Absent, |held| Expected::Version(held.version));
        self.write_consent(&id, &resource.to_compact(), expected).await?;
        Ok(id)
    }

    /// Ends an agreement: it stays as a version that is not active.
    async fn end(&self, held: &Held, by: &str) -> Result<(), Failure> {
        let at = format_instant(self.clock.now());
        let resource = consent::written(&held.id, &held.agreement, &at, by);
        let text = resource.to_compact();
        let text = String::from_utf8_lossy(&text).replacen(
            r#""status":"active""#,
            r#""status":"inactive""#,
            1,
        );
        self.write_consent(&held.id, text.as_bytes(), Expected::Version(held.version)).await
    }

    async fn write_consent(
        &self,
        id: &ResourceId,
        json: &[u8],
        expected: Expected,
    ) -> Result<(), Failure> {
        let tree = Tree::parse(json).map_err(|error| {
            let message = format!("a Consent was made that is no json: {error}");
            Failure::plain(crate::Category::Fault, fhir::IssueCode::Exception, message)
        })?;
        let in_force = self.in_force();
        let key = ResourceKey { resource_type: CONSENT, id: id.clone() };
        let change = self.change(&in_force, &key, tree.root(), Method::Put, expected);
        self.commit_one(change, Vec::new(), crate::Return::Minimal).await?;
        Ok(())
    }

    /// A person's date of birth as one of their patients has it, and their patients' sources.
    async fn born_and_sources(
        &self,
        patients: &[ResourceId],
    ) -> Result<(String, Vec<(ResourceId, String)>), Failure> {
        let key = |id: &ResourceId| ResourceKey { resource_type: PATIENT, id: id.clone() };
        let keys: Vec<ResourceKey> = patients.iter().map(key).collect();
        let (mut born, mut sources) = (String::new(), Vec::new());
        for stored in self.store.read_many(&keys).await?.into_iter().flatten() {
            let Some(tree) = stored.body.as_deref().and_then(|body| Tree::parse(body).ok()) else {
                continue;
            };
            let root = tree.root();
            let date = root.text_of("birthDate").unwrap_or("");
            // The most exact one; of two that differ the later, which makes the person younger.
            if (date.len(), date) > (born.len(), born.as_str()) {
                date.clone_into(&mut born);
            }
            let source = root.at("meta.source").and_then(fhir::Value::as_str);
            sources.push((stored.key.id.clone(), source.unwrap_or("").to_owned()));
        }
        Ok((born, sources))
    }

    /// Today as a FHIR date, UTC: a birthday may come an hour late in summer.
    fn today(&self) -> String {
        format_instant(self.clock.now()).get(..10).unwrap_or("").to_owned()
    }
}
