//! Whether staff have to do with a person, and opening a record all the same, with a reason.
//! Spec: issue 4, "legitimate relationship and break-glass (reason, alert, review)".

use std::collections::BTreeSet;

use ::store::KeptExpected;
use access::{Duty, Who};
use fhir::{IssueCode, ResourceId, Tree};

use super::glass_review::GlassReview;
use super::session;
use crate::app::App;
use crate::audit::Look;
use crate::failure::{Category, Failure};

/// Microseconds that a record stays open once the glass is broken.
const OPEN_FOR: i64 = 4 * 60 * 60 * 1_000_000;
/// Characters of a reason at the least: "need it" says nothing to who reviews it.
const REASON_MIN: usize = 10;
/// Characters of a reason at the most.
const REASON_MAX: usize = 500;
/// The interaction's name in the audit.
const BREAK_GLASS: &str = "break-glass";

/// What a caller has to do with a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Nothing stands in the way, or it is no question of relationship.
    Known,
    /// Their organisation's systems know nothing of the person.
    Unknown,
    /// They know the person, who has chosen that others' parts of the record are not shared with them.
    NotShared,
}

/// A record that somebody opened in an emergency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenGlass {
    /// The AuditEvent that tells of it.
    pub id: ResourceId,
    /// When: a FHIR instant.
    pub at: String,
    /// Who.
    pub who: String,
    /// What they do and for whom.
    pub role: String,
    /// Why, in their own words.
    pub reason: String,
    /// The patients whose record it was.
    pub patients: Vec<ResourceId>,
    /// What whoever reviewed it found.
    pub review: Option<GlassReview>,
}

impl App {
    /// What the caller has to do with a person.
    pub async fn relation_to(&self, person: &ResourceId) -> Result<Relation, Failure> {
        let (Some(doors), Who::Staff(_)) = (&self.doors, &self.caller().who) else {
            return Ok(Relation::Known);
        };
        let patients: BTreeSet<ResourceId> =
            self.patients_of_person(person).await?.into_iter().collect();
        let related = doors.related(&patients).await?;
        if !related.is_empty() {
            return Ok(Relation::Known);
        }
        let is_known = doors.are_known(&patients.into_iter().collect::<Vec<_>>()).await?;
        Ok(if is_known { Relation::NotShared } else { Relation::Unknown })
    }

    /// What to call a person, in the order of names: for who decides whether to open the record.
    pub async fn name_of(&self, person: &ResourceId) -> Result<String, Failure> {
        for patient in self.patients_of_person(person).await? {
            let identity = self.identity(&patient).await?;
            if let Some(name) = identity.name_said {
                return Ok(name.text);
            }
        }
        let message = "there is no record of this person";
        Err(Failure::plain(Category::NotFound, IssueCode::NotFound, message))
    }

    /// Opens a person's record for the session's member of staff, for some hours, and notes it.
    pub async fn break_glass(
        &self,
        token: &str,
        person: &ResourceId,
        reason: &str,
        from: &str,
    ) -> Result<(), Failure> {
        let app = self.on_duty(Duty::BreakGlass)?;
        let reason = reason.trim();
        let length = reason.chars().count();
        if !(REASON_MIN..=REASON_MAX).contains(&length) {
            let message = "say in 10 to 500 characters why this person's record is needed now";
            return Err(Failure::new(Category::Invalid, IssueCode::Value, "reason", message));
        }
        let over = || {
            let message = "the session is over; sign in again";
            Failure::plain(Category::NotSignedIn, IssueCode::Login, message)
        };
        let (mut session, kept) = app.session(token).await?.ok_or_else(over)?;
        let patients: BTreeSet<ResourceId> =
            app.patients_of_person(person).await?.into_iter().collect();
        if patients.is_empty() {
            let message = "there is no record of this person";
            return Err(Failure::plain(Category::NotFound, IssueCode::NotFound, message));
        }
        let now = app.clock.now();
        session.opened.retain(|(opened, until)| *until > now && opened != person.as_str());
        session.opened.push((person.to_string(), now + OPEN_FOR));
        let look = Look {
            interaction: BREAK_GLASS.to_owned(),
            action: 'E',
            address: "the record was opened without a relationship".to_owned(),
            from: Some(from.to_owned()),
            status: 200,
            reason: Some(reason.to_owned()),
        };
        // Noted first: a record is never open without its trace.
        self.note(&look, &patients).await?;
        let change = session::change(&kept.key, KeptExpected::Version(kept.version), &session);
        if app.store.keep(vec![change]).await? {
            // For who watches the server; no more than who it was about stands in the record's own trail.
            tracing::warn!("a record was opened without a relationship; it is to be reviewed");
            return Ok(());
        }
        let message = "the session was used at the same moment; try again";
        Err(Failure::plain(Category::Conflict, IssueCode::Conflict, message))
    }

    /// The records that were opened so, newest first: for who reviews them.
    pub async fn broken_glass(&self, count: usize) -> Result<Vec<BrokenGlass>, Failure> {
        let app = self.on_duty(Duty::Audit)?;
        let query = [("subtype", BREAK_GLASS.to_owned()), ("_sort", "-date".to_owned())];
        let resource_type = app.resource_type(crate::audit::AUDIT_EVENT)?;
        let (events, _) = app.first_found(resource_type, &query, count).await?;
        let mut reviews = app.glass_reviews().await?;
        let glass = events.iter().filter_map(|event| {
            let tree = Tree::parse(event.body.as_deref()?).ok()?;
            let root = tree.root();
            let text = |path: &str| {
                let value = root.at(path).and_then(|v| v.as_str().map(ToOwned::to_owned));
                value.unwrap_or_default()
            };
            let patients = root.all("entity").filter_map(|entity| {
                let reference = entity.at("what.reference")?.as_str()?.to_owned();
                ResourceId::parse(reference.strip_prefix("Patient/")?)
            });
            Some(BrokenGlass {
                review: reviews.remove(event.key.id.as_str()),
                id: event.key.id.clone(),
                at: text("recorded"),
                who: text("agent[0].name"),
                role: text("agent[0].role[0].text"),
                reason: text("outcomeDesc"),
                patients: patients.collect(),
            })
        });
        Ok(glass.collect())
    }
}
